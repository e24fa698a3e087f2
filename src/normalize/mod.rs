//! From provider types to kinds: the tables of policies/kinds say where each attribute of a kind stands, and
//! one small engine reads them. Split resources come together here.

mod attributes;
mod combine;
mod companions;
mod conditions;
mod convert;
mod key;
mod links;
mod meeting;
mod openapi;
mod paths;
mod rows;
mod scopes;
mod selection;
pub mod tags;
mod tls;
mod twins;
mod updates;

use std::collections::BTreeMap;

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::catalogue::fix::RowFix;
use crate::catalogue::model::{AttributeDoc, KindFile, TypeTable};
use crate::catalogue::requirement::ACCOUNT;
use crate::evaluate::Resource;
use crate::graph::{Graph, NodeId, is_account};
use crate::source::Span;
use crate::value::Value;

pub use attributes::Attributes;
pub use paths::{Names, Version, lookup, written, written_at};

/// A resource as a kind.
#[derive(Debug, Default)]
pub struct Node<'c> {
    /// The kind, if its type belongs to one.
    pub kind: Option<&'c str>,
    /// The attributes that its type has, by name.
    pub attributes: Attributes<'c>,
    /// What analyses found out, by name.
    pub facts: Attributes<'c>,
    /// The resources that configure it.
    pub companions: Vec<NodeId>,
    /// Whether policies judge it: not a data source, and not left out by its table.
    pub judged: bool,
    /// The deployed name.
    pub name: Option<EcoString>,
}

/// An attribute of a kind, and what decided it.
#[derive(Clone, Debug)]
pub struct Attribute<'c> {
    /// The value; null when nothing is written and the table says nothing of absence.
    pub value: Value,
    /// Where it is written or, when it is absent, the nearest thing that is.
    pub span: Span,
    /// The resource that holds it.
    pub holder: NodeId,
    /// The provider's path, for fixes and for explanations.
    pub path: &'c str,
    /// Whether it is written, rather than the provider's default.
    pub written: bool,
    /// For a default: who says so.
    pub source: Option<&'c str>,
    /// How it is written, for fixes.
    pub spelling: Spelling<'c>,
}

/// How a value of a kind is written in its provider's words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spelling<'c> {
    /// The conversions from what is written to the value.
    pub conversions: &'c [Json],
    /// What the table says of writing it.
    pub fix: Option<&'c RowFix>,
}

/// What the tables say of the types that a run meets.
pub struct Tables<'c> {
    types: FxHashMap<&'c str, Table<'c>>,
    kinds: FxHashMap<&'c str, &'c BTreeMap<String, AttributeDoc>>,
    /// The types that a type configures.
    owners: FxHashMap<&'c str, Vec<&'c str>>,
    /// How the tables spell the types whose names compare without case, by their names in lower case, and those of
    /// CloudFormation, by what they have in common with the types of the Cloud Control provider.
    spelled: FxHashMap<String, &'c str>,
    /// Those of one word after their namespace, by that word; none where two namespaces have it.
    words: FxHashMap<String, Option<&'c str>>,
}

/// A type's table and its kind.
#[derive(Clone, Copy)]
pub struct Table<'c> {
    /// The kind.
    pub kind: &'c str,
    /// What its attributes are.
    pub attributes: &'c BTreeMap<String, AttributeDoc>,
    /// Where they stand.
    pub table: &'c TypeTable,
}

impl<'c> Tables<'c> {
    /// The tables of kinds.
    pub fn new(all: &[&'c KindFile]) -> Self {
        let mut types = FxHashMap::default();
        let mut kinds = FxHashMap::default();
        let mut owners: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut spelled: FxHashMap<String, &str> = FxHashMap::default();
        let mut words: FxHashMap<String, Option<&str>> = FxHashMap::default();
        let mut spell = |type_: &'c str| {
            if Names::of(type_) == Names::AnyCase {
                spelled.entry(type_.to_ascii_lowercase()).or_insert(type_);
                if let Some((_, word)) = type_.split_once('/').filter(|(_, word)| !word.contains('/')) {
                    let known = words.entry(word.to_ascii_lowercase()).or_insert(Some(type_));
                    if known.is_some_and(|known| !known.eq_ignore_ascii_case(type_)) {
                        *known = None;
                    }
                }
            } else if let Some(folded) = Names::folded(type_) {
                spelled.entry(folded).or_insert(type_);
            }
        };
        for kind in all {
            kinds.insert(kind.kind.as_str(), &kind.attributes);
            for (type_, table) in &kind.types {
                types.insert(type_.as_str(), Table { kind: &kind.kind, attributes: &kind.attributes, table });
                spell(type_);
                for companion in &table.companions {
                    spell(&companion.type_);
                    owners.entry(&companion.type_).or_default().push(type_);
                }
            }
        }
        // Several tables may spell a companion each in its own way.
        let mut tables = Tables { types, kinds, owners: FxHashMap::default(), spelled, words };
        let mut by_spelling: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut named: Vec<(&str, Vec<&str>)> = owners.into_iter().collect();
        named.sort_unstable();
        for (type_, of) in named {
            by_spelling.entry(tables.spelled(type_)).or_default().extend(of);
        }
        tables.owners = by_spelling;
        tables
    }

    /// The table of a provider type.
    pub fn get(&self, type_: &str) -> Option<Table<'c>> {
        self.types.get(self.spelled(type_)).copied()
    }

    /// A provider type as the tables spell it.
    pub fn spelled<'t>(&self, type_: &'t str) -> &'t str
    where
        'c: 't,
    {
        match Names::of(type_) {
            Names::Exact => type_,
            Names::AnyCase => {
                let type_in_lower = type_.to_ascii_lowercase();
                // What extends a resource may be written as if it were its child; its namespace is then in its name.
                let extension = || {
                    let (_, word) = type_in_lower.rsplit_once("/providers/")?;
                    self.words.get(word).copied().flatten()
                };
                self.spelled.get(&type_in_lower).copied().or_else(extension).unwrap_or(type_)
            }
            Names::Folded => {
                Names::folded(type_).and_then(|folded| self.spelled.get(&folded).copied()).unwrap_or(type_)
            }
        }
    }

    /// The attributes of a kind.
    pub fn kind(&self, kind: &str) -> Option<&'c BTreeMap<String, AttributeDoc>> {
        self.kinds.get(kind).copied()
    }

    /// The types that a type configures.
    fn owners(&self, type_: &str) -> &[&'c str] {
        self.owners.get(type_).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a provider type belongs to a kind.
    pub fn is_kind(&self, type_: &str, kind: &str) -> bool {
        self.get(type_).is_some_and(|table| table.kind == kind)
    }
}

/// Turns the resources of a graph into nodes of their kinds, in the same order.
pub fn normalize<'c>(graph: &Graph, tables: &Tables<'c>) -> Vec<Node<'c>> {
    let mut index: FxHashMap<(usize, &str), Vec<NodeId>> = FxHashMap::default();
    for (id, resource) in graph.resources.iter().enumerate() {
        if !resource.existing {
            index.entry((resource.project, tables.spelled(&resource.type_))).or_default().push(id);
        }
    }
    let engine = rows::Engine { graph, tables };
    let one = |(id, resource): (NodeId, &Resource)| {
        let mut node = Node { judged: !resource.existing, name: resource.name.clone(), ..Node::default() };
        if is_account(&resource.type_) {
            (node.kind, node.judged) = (Some(ACCOUNT), true);
        } else if let (Some(table), Some(seen)) = (tables.get(&resource.type_), engine.seen(id)) {
            node.kind = Some(table.kind);
            node.name = node.name.or_else(|| engine.name(id, table.table));
            if node.judged
                && let Some(when) = &table.table.when
            {
                node.judged = engine.holds(when, &seen) != crate::value::Truth::False;
            }
            node.attributes.reserve(table.table.attributes.len());
            for (name, rows) in &table.table.attributes {
                if let Some(attribute) = engine.attribute(rows.as_slice(), &seen) {
                    node.attributes.insert(name.as_str(), attribute);
                }
            }
        }
        node
    };
    let mut nodes: Vec<Node<'c>> = graph.resources.par_iter().enumerate().map(one).collect();
    companions::join(&engine, &index, &mut nodes);
    updates::lay_over(&engine, &index, &mut nodes);
    nodes
}
