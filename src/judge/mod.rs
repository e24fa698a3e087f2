//! Judging: every policy over every node of its kinds, in parallel, without I/O and without shared state.
//! An outcome is fail, pass, unknown or not applicable; what fails or is not known becomes a finding.

mod account;
mod applied;
mod compiled;
mod evidence;
mod finding;
mod message;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

pub use applied::AppliedDefault;
pub use compiled::{Compiled, compiled};
pub use finding::{Change, Evidence, Finding, Mend, Outcome, Suppressed};

use crate::analyse::CLASSIFICATION;
use crate::catalogue::condition::{Condition, Subject};
use crate::catalogue::model::PolicyFile;
use crate::catalogue::requirement::ACCOUNT;
use crate::catalogue::validate::FACTS;
use crate::catalogue::{Needed, provider};
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
    /// Whether a part of what is to be judged could not be read: what is declared there cannot be told.
    pub has_gaps: bool,
    /// The environment of each project.
    pub environments: &'a [Option<String>],
    /// Whether all that is judged is deployed into one account of each provider, else each environment into its own.
    pub has_one_account: bool,
}

impl Judged<'_, '_> {
    /// Whether a resource is deployed into the account that another one is deployed into or, as far as that can be told,
    /// stands for.
    fn share_account(&self, one: NodeId, other: NodeId) -> bool {
        let environment = |id: NodeId| self.environments.get(self.graph.resources.get(id)?.project);
        self.has_one_account || environment(one) == environment(other)
    }
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
        // No type is of this kind, so that a run never asks for its file.
        let of_accounts = |policy: &&PolicyFile| policy.kinds.iter().any(|kind| kind == ACCOUNT);
        by_kind.insert(ACCOUNT, selected.iter().copied().filter(of_accounts).collect());
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
        Condition::Related { .. } | Condition::Anywhere { .. } => true,
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
    /// The profiles that are asked for: their policies judge too.
    pub profiles: Vec<String>,
}

impl Selection {
    /// The selection within what a project asks for: what is selected here takes the place of what is selected there, and
    /// both leave out.
    pub fn within(&self, config: &Config) -> Selection {
        let only = if self.only.is_empty() { config.select.clone() } else { self.only.clone() };
        let joined = |one: &[String], other: &[String]| one.iter().chain(other).cloned().collect();
        let profiles = joined(&self.profiles, &config.profiles);
        Selection { only, without: joined(&self.without, &config.without), profiles }
    }

    /// Whether a policy is selected.
    pub fn has(&self, policy: &PolicyFile) -> bool {
        let named = |names: &[String]| names.iter().any(|name| *name == policy.id || *name == policy.family);
        let is_asked = policy.profile.as_ref().is_none_or(|profile| self.profiles.contains(profile));
        is_asked && (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// Judges every node, and answers with what fails and what is not known, sorted.
pub fn judge<'p>(judged: &Judged<'_, '_>, bench: &Bench<'p>) -> Vec<Finding<'p>> {
    let mut findings: Vec<Finding<'p>> =
        (0..judged.nodes.len()).into_par_iter().flat_map_iter(|id| judge_node(judged, bench, id)).collect();
    let files = files(&findings, judged.sources);
    // They are large: their keys are sorted, and each is moved once.
    findings.sort_by_cached_key(|finding| finding.order(&files));
    for finding in &mut findings {
        let project = judged.graph.resources.get(finding.resource).map(|resource| resource.project);
        finding.environments.extend(project.and_then(|project| judged.environments.get(project)).cloned().flatten());
    }
    once(findings, judged)
}

/// The findings, each once: a plan and the configuration that it is of may say the same, and so may environments.
fn once<'p>(findings: Vec<Finding<'p>>, judged: &Judged<'_, '_>) -> Vec<Finding<'p>> {
    let mut firsts: Vec<usize> = Vec::with_capacity(findings.len());
    // Those of one place and policy follow each other.
    for near in findings.chunk_by(|one, next| one.span.start == next.span.start && one.policy == next.policy) {
        let start = firsts.len();
        if near.len() == 1 {
            firsts.push(start);
            continue;
        }
        let mut seen = FxHashMap::default();
        for (at, finding) in near.iter().enumerate() {
            firsts.push(*seen.entry(finding.said(judged)).or_insert(start + at));
        }
    }
    let mut kept: Vec<Finding<'p>> = Vec::with_capacity(findings.len());
    let mut places: Vec<usize> = Vec::with_capacity(findings.len());
    for (at, (finding, first)) in findings.into_iter().zip(firsts).enumerate() {
        let place = if first == at { kept.len() } else { places.get(first).copied().unwrap_or(kept.len()) };
        places.push(place);
        match kept.get_mut(place) {
            Some(there) => there.take_in(finding),
            None => kept.push(finding),
        }
    }
    kept
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
            let outcome = outcome(judged, policy, id, node)?;
            finding::build(judged, policy, id, node, outcome)
        })
        .collect()
}

/// Whether a policy fails for a node: true, false or unknown; None where it is not applicable.
pub fn verdict(judged: &Judged<'_, '_>, policy: &PolicyFile, id: NodeId) -> Option<Truth> {
    let node = judged.nodes.get(id).filter(|node| node.judged)?;
    if !policy.requires.is_empty() {
        return account::outcome(judged, policy, id).map(|tested| tested.truth);
    }
    seen_by(judged, policy, id, node, |seen| condition::truth(&policy.fails, seen))
}

/// Whether a resource holds PHI, as the project declares it; None where that is not known, or nothing is declared.
fn class<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.facts.get(CLASSIFICATION).and_then(|fact| fact.value.as_str())
}

/// What a policy says of a node, unless it passes or is not applicable.
fn outcome<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId, node: &Node<'_>) -> Option<Tested<'p>> {
    if !policy.requires.is_empty() {
        return account::outcome(judged, policy, id).filter(|tested| tested.truth != Truth::False);
    }
    seen_by(judged, policy, id, node, |seen| match condition::truth(&policy.fails, seen)? {
        Truth::False => None,
        _ => condition::evaluate(&policy.fails, seen),
    })
}

/// Looks at a node as a policy sees it; None where the policy is not applicable.
fn seen_by<T>(
    judged: &Judged<'_, '_>,
    policy: &PolicyFile,
    id: NodeId,
    node: &Node<'_>,
    look: impl FnOnce(&NodeLookup<'_, '_>) -> Option<T>,
) -> Option<T> {
    let has = |name: &String| node.attributes.contains_key(name.as_str()) || node.facts.contains_key(name.as_str());
    if !policy.needs.iter().all(has) {
        return None;
    }
    let parameters = policy.parameters_for(class(node));
    let seen = NodeLookup { judged, node, id, parameters: &parameters, is_strict: false };
    let excluded =
        policy.applies.as_ref().is_some_and(|applies| condition::truth(applies, &seen) == Some(Truth::False));
    if excluded { None } else { look(&seen) }
}

/// A node as what a condition looks at.
struct NodeLookup<'a, 'c> {
    judged: &'a Judged<'a, 'c>,
    node: &'a Node<'c>,
    id: NodeId,
    parameters: &'a BTreeMap<String, Json>,
    /// Whether what its type does not have is null, rather than without part in the condition: where a resource is looked
    /// for, one that cannot be what is meant is none.
    is_strict: bool,
}

impl Lookup for NodeLookup<'_, '_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        let found = self.node.attributes.get(name).map(|attribute| Cow::Borrowed(&attribute.value));
        found.or_else(|| self.is_strict.then(|| Cow::Owned(Value::null())))
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
                    let (judged, parameters, is_strict) = (self.judged, self.parameters, self.is_strict);
                    let seen = NodeLookup { judged, node, id: *id, parameters, is_strict };
                    condition::truth(condition, &seen).unwrap_or(Truth::False)
                }
            };
            truth = truth.or(here);
        }
        Some(truth)
    }

    fn anywhere(&self, kind: &str, condition: Option<&Condition>) -> Option<Truth> {
        let provider = |id: NodeId| self.judged.graph.resources.get(id).and_then(|one| provider(&one.type_));
        let own = provider(self.id);
        let mut truth = Truth::False;
        for (id, node) in self.judged.nodes.iter().enumerate() {
            let is_apart = self.node.kind == Some(ACCOUNT) && !self.judged.share_account(self.id, id);
            if node.kind != Some(kind) || !node.judged || provider(id) != own || is_apart {
                continue;
            }
            let (judged, parameters) = (self.judged, self.parameters);
            let seen = NodeLookup { judged, node, id, parameters, is_strict: true };
            let here = match condition {
                None => Truth::True,
                Some(condition) => condition::truth(condition, &seen).unwrap_or(Truth::False),
            };
            truth = truth.or(here);
        }
        Some(truth)
    }

    fn parameter(&self, name: &str) -> Option<&Json> {
        self.parameters.get(name)
    }

    fn type_at(&self, address: &EcoString) -> Option<EcoString> {
        let graph = self.judged.graph;
        let project = graph.resources.get(self.id)?.project;
        graph.resources.get(graph.find(project, address)?).map(|found| found.type_.clone())
    }
}
