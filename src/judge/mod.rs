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

pub use finding::{Evidence, Finding, FixHint, Outcome};

use crate::catalogue::condition::Condition;
use crate::catalogue::model::PolicyFile;
use crate::condition::{self, Lookup, Tested};
use crate::graph::{Graph, NodeId};
use crate::normalize::Node;
use crate::source::SourceMap;
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
    any: Vec<&'p PolicyFile>,
}

impl<'p> Bench<'p> {
    /// Orders policies by kind; they stay in the order of their ids.
    pub fn new(policies: impl IntoIterator<Item = &'p PolicyFile>) -> Self {
        let mut bench = Bench { by_kind: FxHashMap::default(), any: Vec::new() };
        for policy in policies {
            if policy.kinds.iter().any(|kind| kind == "any") {
                bench.any.push(policy);
                continue;
            }
            for kind in &policy.kinds {
                bench.by_kind.entry(kind).or_default().push(policy);
            }
        }
        bench
    }

    fn of<'s>(&'s self, kind: Option<&str>) -> impl Iterator<Item = &'p PolicyFile> + 's {
        let own = kind.and_then(|kind| self.by_kind.get(kind)).map(Vec::as_slice).unwrap_or_default();
        own.iter().chain(&self.any).copied()
    }
}

/// Judges every node, and answers with what fails and what is not known, sorted.
pub fn judge<'p>(judged: &Judged<'_, '_>, bench: &Bench<'p>) -> Vec<Finding<'p>> {
    let mut findings: Vec<Finding<'p>> =
        (0..judged.nodes.len()).into_par_iter().flat_map_iter(|id| judge_node(judged, bench, id)).collect();
    findings.sort_by(|a, b| a.order(judged.sources).cmp(&b.order(judged.sources)));
    // A plan and the configuration that it is of say the same of a resource once.
    findings.dedup_by(|second, first| second.says_what(first, judged));
    findings
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
