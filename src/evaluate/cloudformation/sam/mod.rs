//! The transform AWS::Serverless-2016-10-31: what its resources become, written as the trees that CloudFormation
//! would get from it. Each tree stands at the place of what it is made from.

mod connector;
mod definition;
mod deployment;
mod domain;
mod draft;
mod event_bridge;
mod events;
mod function;
mod globals;
mod graphql;
mod http;
mod implicit;
mod invocation;
mod node;
mod policy_template;
mod pull;
mod references;
mod rest;
mod rest_auth;
mod rest_definition;
mod role;
mod simple;
mod state_machine;
mod usage_plan;

use std::borrow::Cow;

use ecow::{EcoString, eco_format};
use indexmap::{IndexMap, IndexSet};

use super::template::Section;
use super::{Code, Evaluator, Failure, text};
use crate::parse::tree::{Entry, Node};
use crate::source::Span;
use draft::{Draft, Source};
use node::literal;

/// What the types of the transform start with.
const PREFIX: &str = "AWS::Serverless::";

type ById<T> = IndexMap<EcoString, T, rustc_hash::FxBuildHasher>;

/// A template whose resources are being expanded.
struct Expansion<'e, 's, 'w> {
    evaluator: &'e Evaluator<'s, 'w>,
    /// Where the transform is asked for; what is made for the template as a whole stands there.
    span: Span,
    /// The resources of the transform, with what events of others add to them.
    sources: ById<Source>,
    /// The other resources, with what events add to them.
    plain: ById<Entry>,
    /// All ids in order.
    order: Vec<EcoString>,
    /// The APIs that nobody declares.
    implicit: IndexSet<EcoString>,
    /// What the resources of the transform become.
    made: ById<Vec<Draft>>,
    /// What several of them share.
    shared: ById<Draft>,
    conditions: ById<Node>,
    names: references::Names,
    rollouts: Vec<deployment::Rollout>,
    /// The conditions of the APIs that share a usage plan.
    sharing: Vec<Option<EcoString>>,
}

fn type_of(body: &Node) -> &str {
    body.get("Type").and_then(literal).unwrap_or_default()
}

/// The type of a resource of the transform, without what all of these start with.
fn kind_of(body: &Node) -> &str {
    type_of(body).trim_start_matches(PREFIX)
}

impl<'w> Evaluator<'_, 'w> {
    /// Replaces the resources of the transform by what they become.
    pub(super) fn expand_serverless(&mut self) {
        let resources = &self.sections.resources;
        if !resources.values().any(|entry| type_of(&entry.value).starts_with(PREFIX)) {
            return;
        }
        let mut expansion = Expansion::new(self);
        expansion.run();
        let (resources, conditions, names) = expansion.result();
        for (name, node) in conditions {
            let entry = Entry { key: name.clone(), key_span: node.span, value: node };
            self.sections.conditions.entry(name).or_insert(Cow::Owned(entry));
        }
        self.sections.resources = resources;
        if !names.is_empty() {
            for entry in self.sections.outputs.values_mut() {
                references::resolve(&mut entry.to_mut().value, &names);
            }
        }
    }
}

impl<'e, 's, 'w> Expansion<'e, 's, 'w> {
    fn new(evaluator: &'e Evaluator<'s, 'w>) -> Self {
        let root = &evaluator.template.root;
        let mut expansion = Expansion {
            evaluator,
            span: root.get("Transform").map_or(Span::NONE, |node| node.span),
            sources: ById::default(),
            plain: ById::default(),
            order: Vec::new(),
            implicit: IndexSet::new(),
            made: ById::default(),
            shared: ById::default(),
            conditions: ById::default(),
            names: references::Names::default(),
            rollouts: Vec::new(),
            sharing: Vec::new(),
        };
        for (id, entry) in &evaluator.sections.resources {
            expansion.order.push(id.clone());
            if type_of(&entry.value).starts_with(PREFIX) {
                expansion.sources.insert(id.clone(), Source::of(entry));
            } else {
                expansion.plain.insert(id.clone(), entry.clone().into_owned());
            }
        }
        expansion
    }

    fn run(&mut self) {
        self.embedded_connectors();
        self.implicit(&implicit::REST);
        self.implicit(&implicit::HTTP);
        self.order.extend(self.implicit.iter().cloned());
        let globals = self.evaluator.template.root.get("Globals");
        for source in self.sources.values_mut() {
            let kind = EcoString::from(kind_of(&source.body));
            globals::lay_under(globals, source, &kind);
            globals::set_version(source);
        }
        // Events write into the definitions of APIs, and connectors ask what all others have become.
        for round in [&["Function"][..], &["StateMachine"], &[], &["Connector"]] {
            let ids: Vec<EcoString> = self.sources.keys().cloned().collect();
            for id in ids {
                let Some(source) = self.sources.get(&id).cloned() else { continue };
                let type_ = EcoString::from(kind_of(&source.body));
                let is_late = matches!(type_.as_str(), "Function" | "StateMachine" | "Connector");
                if round.contains(&type_.as_str()) || (round.is_empty() && !is_late) {
                    self.expand(&source, &type_);
                }
            }
        }
        self.finish_deployments();
        self.finish_shared_plan();
    }

    fn expand(&mut self, source: &Source, type_: &str) {
        match type_ {
            "Function" => self.function(source),
            "StateMachine" => self.state_machine(source),
            "Api" => self.rest(source),
            "HttpApi" => self.http(source),
            "SimpleTable" => self.table(source),
            "LayerVersion" => self.layer(source),
            "Application" => self.application(source),
            "GraphQLApi" => self.graphql(source),
            "Connector" => self.connector(source),
            other => {
                let message = eco_format!("what {PREFIX}{other} expands to is not known, so it is not checked");
                self.fail(source.place.key, message);
            }
        }
    }

    /// The resources and conditions that are there after the transform, and the names of what it made.
    fn result<'r>(mut self) -> (Section<'r>, ById<Node>, references::Names) {
        let mut resources: Section<'r> = Section::default();
        let mut add = |mut entry: Entry, names: &references::Names| {
            if !names.is_empty() {
                references::resolve(&mut entry.value, names);
            }
            resources.insert(entry.key.clone(), Cow::Owned(entry));
        };
        let mut size = 0;
        for id in std::mem::take(&mut self.order) {
            if let Some(entry) = self.plain.shift_remove(&id) {
                add(entry, &self.names);
            } else if let Some(drafts) = self.made.shift_remove(&id) {
                for draft in drafts {
                    let entry = draft.entry();
                    size += entry.value.size();
                    add(entry, &self.names);
                }
            } else if let Some(source) = self.sources.get(&id) {
                let entry = Entry { key: id, key_span: source.place.key, value: source.body.clone() };
                add(entry, &self.names);
            }
        }
        for draft in std::mem::take(&mut self.shared).into_values() {
            add(draft.entry(), &self.names);
        }
        if let Err(failure) = self.evaluator.shared.spend(size, self.span) {
            self.evaluator.shared.fail(failure);
        }
        (resources, self.conditions, self.names)
    }

    /// Keeps what a resource has become.
    fn finish(&mut self, id: &EcoString, drafts: Vec<Draft>) {
        self.made.insert(id.clone(), drafts);
    }

    /// The type and properties of a resource after the transform.
    fn expanded(&self, id: &str) -> Option<(EcoString, Node)> {
        if let Some(draft) = self.made.values().flatten().find(|draft| draft.id == id) {
            return Some((draft.type_.clone(), draft.properties.clone()));
        }
        let entry = self.plain.get(id)?;
        let properties = entry.value.get("Properties").cloned();
        let properties = properties.unwrap_or_else(|| node::At(entry.key_span).empty());
        Some((type_of(&entry.value).into(), properties))
    }

    /// Gives a part that is made for a resource the name under which templates refer to it.
    fn names(&mut self, id: &str, part: &str, made: &EcoString) {
        self.names.insert(eco_format!("{id}.{part}"), made.clone());
    }

    /// Declares a condition.
    fn condition(&mut self, name: &EcoString, node: Node) {
        self.conditions.insert(name.clone(), node);
    }

    /// The text that a tree is worth, where that is known.
    fn text(&self, node: &Node) -> Option<EcoString> {
        match text::of_node(node) {
            Some(text) => Some(text),
            None => text::of(&self.evaluator.worth(node)?),
        }
    }

    /// Says what cannot be expanded.
    fn fail(&self, span: Span, message: impl Into<EcoString>) {
        self.evaluator.shared.fail(Failure { span, message: message.into(), code: Code::InvalidTemplate });
    }
}

#[cfg(test)]
mod tests;
