//! Fixes: from a finding to edits of the text that mend it, or to the reason why there are none. Pure: nothing is read
//! and nothing is written here. The command line, the reports and the language server all come through [`Fixer`].

mod alignment;
mod bicep;
mod blocks;
mod layout;
mod site;
mod spelling;
mod template;
mod terraform;
mod text;
mod wanted;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

pub use text::{Applied, apply};

use crate::catalogue::fix::CompanionFix;
use crate::evaluate::terraform::module::Module;
use crate::evaluate::{Diagnostic, Resource};
use crate::graph::{Graph, NodeId};
use crate::judge::{Finding, Mend, Outcome};
use crate::normalize::{Attribute, Node, written};
use crate::source::{SourceMap, Span};
use site::Trees;
use wanted::{Parts, Want};

/// What fixes are worked out from.
#[derive(Clone, Copy)]
pub struct Seen<'r> {
    /// The texts.
    pub sources: &'r SourceMap,
    /// The resources.
    pub graph: &'r Graph,
    /// The resources as kinds, in the same order.
    pub nodes: &'r [Node<'r>],
    /// What was found.
    pub findings: &'r [Finding<'static>],
    /// What was parsed of Terraform, by folder.
    pub modules: &'r FxHashMap<PathBuf, Module>,
    /// What could not be read.
    pub errors: &'r [Diagnostic],
}

/// A change of a text: what stands at the span becomes `text`. An empty span is a place to insert at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// A fix: edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it does, in a few words.
    pub title: String,
    /// Whether what is deployed is changed in place, and who uses it rightly goes on as before.
    pub safe: bool,
    /// For one that is not safe: what to look at before.
    pub because: Option<String>,
    /// The edits, in the order of their places; they do not overlap.
    pub edits: Vec<Edit>,
}

/// Why a finding cannot be mended by an edit, though its policy says how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, in words.
    pub reason: String,
    /// Where it lies, if that is a place.
    pub span: Option<Span>,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Refusal { reason: reason.into(), span: None }
    }

    /// What stands there is no value of its own.
    fn elsewhere(text: &str, span: Span) -> Self {
        let first = text.lines().next().unwrap_or_default().trim();
        let shown: String = first.chars().take(60).collect();
        let dots = if shown.len() < text.len() { " ..." } else { "" };
        Refusal { reason: format!("its value comes from `{shown}{dots}`; change it there"), span: Some(span) }
    }
}

/// Works out fixes over one run. Files are parsed when a fix needs them, each once.
pub struct Fixer<'r> {
    seen: Seen<'r>,
    trees: Trees<'r>,
    /// How many resources each block makes.
    blocks: OnceLock<FxHashMap<Span, usize>>,
    /// What fails a policy.
    failing: OnceLock<Failing<'r>>,
    /// Whom each resource configures.
    owners: OnceLock<FxHashMap<NodeId, Vec<NodeId>>>,
}

impl<'r> Fixer<'r> {
    /// A fixer for what a run found.
    pub fn new(seen: Seen<'r>) -> Self {
        Fixer {
            seen,
            trees: Trees::new(&seen),
            blocks: OnceLock::new(),
            failing: OnceLock::new(),
            owners: OnceLock::new(),
        }
    }

    /// What mends a finding; None where its policy has no fix, or where somebody decided to live with it.
    ///
    /// # Errors
    /// A [`Refusal`] where the policy says how to mend it, and no edit can be made here.
    pub fn propose(&self, finding: &Finding<'_>) -> Option<Result<Proposal, Refusal>> {
        let mend = finding.fix.as_ref()?;
        let is_open = finding.outcome == Outcome::Fail && finding.suppressed.is_none();
        is_open.then(|| self.proposal(finding, mend))
    }

    fn proposal(&self, finding: &Finding<'_>, mend: &Mend<'_>) -> Result<Proposal, Refusal> {
        let (resource, node) = self.resource(finding.resource)?;
        let mut plan = Plan::default();
        for (name, value) in &mend.set {
            if let Some(attribute) = node.attributes.get(name) {
                self.plan(&mut plan, finding, (name, value), attribute)?;
            }
        }
        let mut edits: Vec<Edit> = Vec::new();
        for (holder, parts) in &plan.set {
            let (holder, _) = self.resource(*holder)?;
            self.is_ours(finding, holder)?;
            self.trees.edit(holder, parts, &mut edits)?;
        }
        for (type_, companion) in &plan.add {
            self.is_ours(finding, resource)?;
            edits.push(self.trees.add(resource, type_, companion)?);
        }
        self.fails_whole(finding, resource)?;
        edits.sort_by_key(|edit| (edit.span.source, edit.span.start, edit.span.end));
        edits.dedup();
        if edits.is_empty() {
            return Err(Refusal::new("what it sets is written already"));
        }
        let title = plan.titles.join(", ");
        Ok(Proposal { title, safe: mend.safe, because: mend.because.map(str::to_string), edits })
    }

    /// Adds what one attribute of the kind needs.
    fn plan<'c>(
        &self,
        plan: &mut Plan<'c>,
        finding: &Finding<'_>,
        (name, value): (&str, &Json),
        attribute: &Attribute<'c>,
    ) -> Result<(), Refusal> {
        let owner = finding.resource;
        let fix = attribute.spelling.fix;
        if let Some(never) = fix.and_then(|fix| fix.never.as_ref()) {
            return Err(Refusal::new(never));
        }
        let (_, node) = self.resource(owner)?;
        let is_there = |type_: &str| {
            let mut companions = node.companions.iter().filter_map(|id| self.seen.graph.resources.get(*id));
            companions.any(|companion| companion.type_ == type_)
        };
        let is_needless = |companion: &CompanionFix| {
            let unless = companion.unless.as_ref().and_then(|name| node.attributes.get(name));
            is_there(&companion.type_) || unless.is_some_and(|attribute| attribute.value.as_bool() == Some(true))
        };
        for companion in fix.into_iter().flat_map(|fix| &fix.also).filter(|companion| !is_needless(companion)) {
            plan.add(companion);
        }
        if let Some(companion) = fix.and_then(|fix| fix.companion.as_ref()).filter(|_| !attribute.written) {
            plan.add(companion);
            return Ok(());
        }
        let path = attribute.path;
        if path.is_empty() || path == "$nothing" {
            return Err(Refusal::new(format!(
                "no single attribute of this resource decides {}",
                name.replace('_', " ")
            )));
        }
        let (holder, _) = self.resource(attribute.holder)?;
        if holder.existing {
            return Err(Refusal::new(format!("{} is only referred to here", holder.address)));
        }
        let now = written(holder, path.trim_end_matches("[]"));
        let word = spelling::spelled(value, (path, attribute.spelling), now.as_ref())?;
        if path.ends_with("[]") && !word.is_array() {
            return Err(Refusal::new(format!("{path} is a list, and no table says what belongs into it")));
        }
        plan.titles.push(match word.as_str() {
            Some(word) => format!("set {path} to {word}"),
            None => format!("set {path} to {word}"),
        });
        let within = fix.is_some_and(|fix| fix.within);
        if attribute.holder != owner {
            self.fails_shared(finding, name, attribute.holder)?;
        }
        let parts = plan.set.entry(attribute.holder).or_default();
        for (beside, value) in fix.into_iter().flat_map(|fix| &fix.beside) {
            let want = Want::Value { value: value.clone(), replace: false };
            wanted::add(parts, beside, want, within);
        }
        wanted::add(parts, path, Want::value(word), within);
        Ok(())
    }

    fn resource(&self, id: NodeId) -> Result<(&'r Resource, &'r Node<'r>), Refusal> {
        let found = self.seen.graph.resources.get(id).zip(self.seen.nodes.get(id));
        found.ok_or_else(|| Refusal::new("the resource is not part of this run"))
    }

    fn failing(&self) -> &Failing<'r> {
        self.failing.get_or_init(|| {
            let mut failing = Failing::default();
            let is_open = |one: &&Finding<'_>| one.outcome == Outcome::Fail && one.suppressed.is_none();
            for one in self.seen.findings.iter().filter(is_open) {
                if let Some(resource) = self.seen.graph.resources.get(one.resource) {
                    failing.resources.insert((one.policy, one.resource));
                    *failing.by_block.entry((one.policy, resource.span)).or_default() += 1;
                }
            }
            failing
        })
    }

    /// Whether everything that the resource's block makes fails: an edit changes all of it.
    fn fails_whole(&self, finding: &Finding<'_>, resource: &Resource) -> Result<(), Refusal> {
        let blocks = self.blocks.get_or_init(|| {
            let mut count = FxHashMap::default();
            for resource in self.seen.graph.resources.iter().filter(|resource| !resource.existing) {
                *count.entry(resource.span).or_default() += 1;
            }
            count
        });
        let made = blocks.get(&resource.span).copied().unwrap_or(1);
        let fails = self.failing().by_block.get(&(finding.policy, resource.span)).copied().unwrap_or(1);
        if made > fails {
            let others = made - fails;
            return Err(Refusal::new(format!(
                "the same block makes {others} more that do not fail, and it would change them"
            )));
        }
        Ok(())
    }

    /// Whether everything else that takes an attribute from a resource fails too: an edit of that resource changes it.
    fn fails_shared(&self, finding: &Finding<'_>, name: &str, holder: NodeId) -> Result<(), Refusal> {
        let owners = self.owners.get_or_init(|| {
            let mut owners: FxHashMap<NodeId, Vec<NodeId>> = FxHashMap::default();
            for (owner, node) in self.seen.nodes.iter().enumerate() {
                node.companions.iter().for_each(|companion| owners.entry(*companion).or_default().push(owner));
            }
            owners
        });
        let takes_it = |owner: &&NodeId| {
            let attribute = self.seen.nodes.get(**owner).and_then(|node| node.attributes.get(name));
            attribute.is_some_and(|attribute| attribute.holder == holder)
        };
        let fails = |owner: NodeId| self.failing().resources.contains(&(finding.policy, owner));
        let others = owners.get(&holder).into_iter().flatten().filter(|owner| **owner != finding.resource);
        match others
            .filter(takes_it)
            .find(|owner| !fails(**owner))
            .and_then(|owner| self.seen.graph.resources.get(*owner))
        {
            Some(other) => Err(Refusal::new(format!("it is shared with {}, which does not fail", other.address))),
            None => Ok(()),
        }
    }

    /// Whether a resource lies where this run was asked to check.
    fn is_ours(&self, finding: &Finding<'_>, holder: &Resource) -> Result<(), Refusal> {
        let is_shown_at_call = finding.span != holder.header
            && holder.calls.iter().any(|call| call.span == finding.span)
            && finding.span.source != holder.span.source;
        match is_shown_at_call {
            true => Err(Refusal::new("it is written in a module that nobody asked to check")),
            false => Ok(()),
        }
    }
}

/// What fails which policy, suppressed findings aside.
#[derive(Default)]
struct Failing<'r> {
    resources: FxHashSet<(&'r str, NodeId)>,
    /// How many of those that a block makes.
    by_block: FxHashMap<(&'r str, Span), usize>,
}

/// What a fix is going to write.
#[derive(Default)]
struct Plan<'c> {
    /// Into resources that are there.
    set: BTreeMap<NodeId, Parts>,
    /// Into resources that are added, by type.
    add: BTreeMap<&'c str, Added<'c>>,
    titles: Vec<String>,
}

impl<'c> Plan<'c> {
    /// Adds a resource, or to one that is added already.
    fn add(&mut self, companion: &'c CompanionFix) {
        let added = Added { fix: companion, parts: Vec::new() };
        let own = self.add.entry(companion.type_.as_str()).or_insert(added);
        for (path, value) in &companion.set {
            wanted::add(&mut own.parts, path, Want::value(value.clone()), false);
        }
        let title = format!("add {}", companion.type_);
        if !self.titles.contains(&title) {
            self.titles.push(title);
        }
    }
}

/// A resource that is added.
struct Added<'c> {
    fix: &'c CompanionFix,
    parts: Parts,
}
