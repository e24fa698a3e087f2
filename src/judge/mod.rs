//! Judging: every policy over every node of its kinds, in parallel, without I/O and without shared state.
//! An outcome is fail, pass, unknown or not applicable; what fails or is not known becomes a finding.

mod finding;
mod message;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

pub use finding::{Evidence, Finding, Mend, Outcome, Suppressed};

use crate::catalogue::Needed;
use crate::catalogue::condition::{Condition, Subject};
use crate::catalogue::model::PolicyFile;
use crate::catalogue::validate::FACTS;
use crate::condition::{self, Lookup, Tested};
use crate::config::Config;
use crate::graph::{Graph, NodeId};
use crate::normalize::Node;
use crate::source::{SourceId, SourceMap};
use crate::value::{Truth, Value};

/// What judging needs to see.
pub struct Judged<'a, 'c> {
    /// The resources and what ties them.
    pub graph: &'a Graph,
    /// The resources as kinds, in the same order.
    pub nodes: &'a [Node<'c>],
    /// The texts, for fingerprints and messages.
    pub sources: &'a SourceMap,
    /// Folders that were read because a module call leads there, though nobody asked to check them.
    pub outside: &'a BTreeSet<PathBuf>,
}

/// The policies by the kind that they judge.
pub struct Bench<'p> {
    by_kind: FxHashMap<&'p str, Vec<&'p PolicyFile>>,
    /// Those that judge resources of no kind: they read facts.
    without_kind: Vec<&'p PolicyFile>,
    /// All of them.
    selected: Vec<&'p PolicyFile>,
    /// How many there are.
    pub policies: usize,
}

impl<'p> Bench<'p> {
    /// Orders the selected policies of a catalogue by kind; they stay in the order of their ids. A policy of any kind
    /// is given only to those that have something that it reads.
    /// A policy among `adjusted` takes the place of the catalogue's.
    pub fn new(catalogue: &Needed<'p>, adjusted: &'p [PolicyFile], selection: &Selection) -> Self {
        let own = |policy: &'p PolicyFile| adjusted.iter().find(|one| one.id == policy.id).unwrap_or(policy);
        let selected: Vec<&PolicyFile> =
            catalogue.policies.iter().filter(|policy| selection.has(policy)).map(own).collect();
        let mut by_kind: FxHashMap<&str, Vec<&PolicyFile>> = FxHashMap::default();
        for kind in &catalogue.kinds {
            let judging = selected.iter().copied().filter(|policy| {
                let any = policy.kinds.iter().any(|name| name == "any");
                match any {
                    true => reads(&policy.fails, &|name| kind.attributes.contains_key(name)),
                    false => policy.kinds.contains(&kind.kind),
                }
            });
            by_kind.insert(&kind.kind, judging.collect());
        }
        let of_facts =
            |policy: &&PolicyFile| policy.kinds.iter().any(|name| name == "any") && reads(&policy.fails, &|_| false);
        let without_kind = selected.iter().copied().filter(|policy| of_facts(policy)).collect();
        Bench { by_kind, without_kind, policies: selected.len(), selected }
    }

    /// Whether a policy, or one of a family, judges.
    pub fn has(&self, name: &str) -> bool {
        self.selected.iter().any(|policy| policy.id == name || policy.family == name)
    }

    fn of(&self, kind: Option<&str>) -> impl Iterator<Item = &'p PolicyFile> {
        kind.and_then(|kind| self.by_kind.get(kind)).unwrap_or(&self.without_kind).iter().copied()
    }
}

/// Whether a condition reads a fact, a neighbour, or an attribute that is there.
fn reads(condition: &Condition, has: &dyn Fn(&str) -> bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| reads(part, has)),
        Condition::Not(part) => reads(part, has),
        Condition::Quantified { list, .. } => has(list) || FACTS.contains(&list.as_str()),
        Condition::Related { .. } => true,
        Condition::Test { subject: Subject::Attribute(name), .. } => has(name),
        Condition::Test { subject: Subject::Fact(_), .. } => true,
    }
}

/// Which policies judge, by their ids and families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these; all where it is empty.
    pub only: Vec<String>,
    /// Not these.
    pub without: Vec<String>,
}

impl Selection {
    /// The selection within what a project asks for: what is selected here takes the place of what is selected there, and
    /// both leave out.
    pub fn within(&self, config: &Config) -> Selection {
        let only = if self.only.is_empty() { config.select.clone() } else { self.only.clone() };
        Selection { only, without: self.without.iter().chain(&config.without).cloned().collect() }
    }

    /// Whether a policy is selected.
    pub fn has(&self, policy: &PolicyFile) -> bool {
        let named = |names: &[String]| names.iter().any(|name| *name == policy.id || *name == policy.family);
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// Judges every node, and answers with what fails and what is not known, sorted.
pub fn judge<'p>(judged: &Judged<'_, '_>, bench: &Bench<'p>) -> Vec<Finding<'p>> {
    let mut findings: Vec<Finding<'p>> =
        (0..judged.nodes.len()).into_par_iter().flat_map_iter(|id| judge_node(judged, bench, id)).collect();
    let files = files(&findings, judged.sources);
    findings.par_sort_by(|a, b| a.order(&files).cmp(&b.order(&files)));
    // A plan and the configuration that it is of say the same of a resource once.
    findings.dedup_by(|second, first| second.says_what(first, judged));
    findings
}

/// The files of findings by their names: numbers compare faster.
fn files(findings: &[Finding<'_>], sources: &SourceMap) -> FxHashMap<SourceId, usize> {
    let mut names: BTreeMap<&str, BTreeSet<SourceId>> = BTreeMap::new();
    let mut last = None;
    for span in findings.iter().map(|finding| finding.span) {
        if last.replace(span.source) != Some(span.source) {
            names.entry(sources.name(span)).or_default().insert(span.source);
        }
    }
    names.into_values().enumerate().flat_map(|(at, files)| files.into_iter().map(move |file| (file, at))).collect()
}

fn judge_node<'p>(judged: &Judged<'_, '_>, bench: &Bench<'p>, id: NodeId) -> Vec<Finding<'p>> {
    let Some(node) = judged.nodes.get(id).filter(|node| node.judged) else { return Vec::new() };
    bench
        .of(node.kind)
        .filter_map(|policy| {
            let outcome = outcome(judged, policy, id)?;
            finding::build(judged, policy, id, node, outcome)
        })
        .collect()
}

/// Whether a policy fails for a node: true, false or unknown; None where it is not applicable.
pub fn verdict(judged: &Judged<'_, '_>, policy: &PolicyFile, id: NodeId) -> Option<Truth> {
    judged.nodes.get(id).filter(|node| node.judged)?;
    outcome(judged, policy, id).map(|tested| tested.truth)
}

/// What a policy says of a node; None where it is not applicable.
fn outcome<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId) -> Option<Tested<'p>> {
    let node = judged.nodes.get(id)?;
    let has = |name: &String| node.attributes.contains_key(name.as_str()) || node.facts.contains_key(name.as_str());
    if !policy.needs.iter().all(has) {
        return None;
    }
    let seen = NodeLookup { judged, node, id, parameters: &policy.parameters };
    if let Some(applies) = &policy.applies
        && condition::evaluate(applies, &seen).is_some_and(|tested| tested.truth == Truth::False)
    {
        return None;
    }
    condition::evaluate(&policy.fails, &seen)
}

/// A node as what a condition looks at.
struct NodeLookup<'a, 'c> {
    judged: &'a Judged<'a, 'c>,
    node: &'a Node<'c>,
    id: NodeId,
    parameters: &'a BTreeMap<String, Json>,
}

impl Lookup for NodeLookup<'_, '_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.node.attributes.get(name).map(|attribute| Cow::Borrowed(&attribute.value))
    }

    fn fact(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.node.facts.get(name).map(|fact| Cow::Borrowed(&fact.value))
    }

    fn related(&self, kind: &str, condition: Option<&Condition>) -> Option<Truth> {
        let mut truth = Truth::False;
        for id in self.judged.graph.neighbours(self.id) {
            let Some(node) = self.judged.nodes.get(*id).filter(|node| node.kind == Some(kind)) else { continue };
            let here = match condition {
                None => Truth::True,
                Some(condition) => {
                    let seen = NodeLookup { judged: self.judged, node, id: *id, parameters: self.parameters };
                    condition::evaluate(condition, &seen).map_or(Truth::False, |tested| tested.truth)
                }
            };
            truth = truth.or(here);
        }
        Some(truth)
    }

    fn parameter(&self, name: &str) -> Option<&Json> {
        self.parameters.get(name)
    }
}
