//! A finding: what fails or is not known, where, why, and how the deciding value came there.

use std::hash::Hash;
use std::path::Path;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::applied::{AppliedDefault, severity, version};
use super::{Judged, NodeLookup, account, class, message};
use crate::analyse::BASIS;
use crate::catalogue::model::{PolicyFile, Severity};
use crate::condition::{self, Deciding, Tested};
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::normalize::{Attribute, Node, written};
use crate::source::{SourceId, Span};
use crate::value::{Origin, Step, Truth, Value, from_json};

/// Whether a resource fails, or cannot be told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It fails.
    #[default]
    Fail,
    /// What decides is not known.
    Unknown,
}

/// What a policy says of a resource that does not pass.
#[derive(Clone, Debug)]
pub struct Finding<'p> {
    /// The policy's id.
    pub policy: &'p str,
    /// The policy's title.
    pub title: &'p str,
    /// The policy's family.
    pub family: &'p str,
    /// How bad it is.
    pub severity: Severity,
    /// Why the severity is not the policy's own; none where it is.
    pub severity_note: Option<EcoString>,
    /// Fails, or is not known.
    pub outcome: Outcome,
    /// What is wrong with this resource, with the deciding values.
    pub message: String,
    /// The sections of the Security Rule.
    pub safeguards: &'p [String],
    /// Days within which it should be mended.
    pub remediate_within_days: u32,
    /// How to mend it, in one line.
    pub remedy: &'p str,
    /// The resource.
    pub resource: NodeId,
    /// Where it is: the deciding value or, when that is absent, the nearest thing that is written.
    pub span: Span,
    /// What the place shows.
    pub label: EcoString,
    /// Further places: where the value comes from, and how it came here.
    pub evidence: Vec<Evidence>,
    /// Policy, address and attribute: the same when lines move.
    pub fingerprint: String,
    /// What the provider does where nothing is written, if that decided.
    pub default: Option<AppliedDefault>,
    /// What mends it when set.
    pub fix: Option<Mend<'p>>,
    /// Who does not want to hear of it, and why.
    pub suppressed: Option<Suppressed>,
    /// The environments in which it is found, where the project names some; in their order.
    pub environments: Vec<String>,
    /// Whether it is new; none where nothing of before is known.
    pub change: Option<Change>,
}

/// Whether a finding was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not.
    New,
    /// It was.
    Kept,
}

impl Change {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Kept => "kept",
        }
    }
}

/// A decision to live with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Why.
    pub reason: EcoString,
    /// The last day on which it holds.
    pub until: Option<EcoString>,
    /// Where it is written.
    pub span: Span,
}

/// A place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it shows.
    pub label: EcoString,
    /// Where.
    pub span: Span,
}

/// What to set to mend a finding.
#[derive(Clone, Debug)]
pub struct Mend<'p> {
    /// Whether that is safe.
    pub safe: bool,
    /// Where it is not: what to look at before.
    pub because: Option<&'p str>,
    /// The attributes of the kind that are not as they should be, and their values.
    pub set: Vec<(&'p str, Json)>,
}

impl<'p> Finding<'p> {
    /// What findings are sorted by: file, place, policy, resource.
    pub(super) fn order(&self, files: &FxHashMap<SourceId, usize>) -> (Option<usize>, u32, &'p str, NodeId) {
        (files.get(&self.span.source).copied(), self.span.start, self.policy, self.resource)
    }

    /// What it says, of which resource and at which place; findings of several projects may say the same.
    pub(super) fn said<'a>(&'a self, judged: &Judged<'a, '_>) -> impl Eq + Hash + use<'a> {
        let address = judged.graph.resources.get(self.resource).map(|one| one.address.as_str());
        let place = (judged.sources.name(self.span), self.span.start, self.span.end);
        (place, self.policy, self.outcome, self.message.as_str(), address)
    }

    /// Takes in a finding of another environment that says the same.
    pub(super) fn take_in(&mut self, other: Finding<'_>) {
        let (evidence, environments) = (other.evidence, other.environments);
        let new: Vec<Evidence> = evidence.into_iter().filter(|one| !self.evidence.contains(one)).collect();
        // The way of a value is told where it differs between environments; that of the same one, once.
        if environments.iter().any(|name| !self.environments.contains(name)) {
            self.evidence.extend(new);
        }
        for name in environments {
            if !self.environments.contains(&name) {
                self.environments.push(name);
            }
        }
    }
}

/// Makes a finding of an outcome that is not a pass.
pub(super) fn build<'p>(
    judged: &Judged<'_, '_>,
    policy: &'p PolicyFile,
    id: NodeId,
    node: &Node<'_>,
    tested: Tested<'_>,
) -> Option<Finding<'p>> {
    let outcome = match tested.truth {
        Truth::True => Outcome::Fail,
        Truth::False => return None,
        Truth::Unknown => Outcome::Unknown,
    };
    let resource = judged.graph.resources.get(id)?;
    let decided = decided(node, &tested.deciding, outcome);
    let (span, value, attribute) = match &decided {
        Some(decided) => (decided.span, Some(decided.value.clone()), Some(decided.attribute)),
        None => (resource.header, None, None),
    };
    let span = if span.is_none() { resource.header } else { span };
    let mut message = message::render(judged, policy, id, node);
    if outcome == Outcome::Unknown {
        let reason = value
            .as_ref()
            .and_then(|value| value.first_unknown().and_then(Value::unknown_reason))
            .or_else(|| account::not_known(judged, policy, id))
            .unwrap_or_else(|| "a value that decides it is not known".into());
        message = format!("cannot be told: {reason}");
    }
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut add = |label: EcoString, at: Span| {
        let seen = at.is_none() || at == span || evidence.iter().any(|there| there.span == at);
        if !seen {
            evidence.push(Evidence { label, span: at });
        }
    };
    // Other elements of the same list that fail too.
    for deciding in tested.deciding.iter().skip(1) {
        if let Some((element, at)) = &deciding.element {
            let words = message::words(element);
            let label =
                if words.is_empty() || words.len() > 40 { "and here".into() } else { eco_format!("and here: {words}") };
            add(label, *at);
        }
    }
    if let Some(value) = &value {
        // From the use back to where the value is written.
        for step in steps(value).iter().rev() {
            add(step.label(), step.span);
        }
        if !value.origin.span.is_none() && !value.is_null() {
            add("written here".into(), value.origin.span);
        }
    }
    if let Some(attribute) = attribute
        && attribute.holder != id
        && let Some(holder) = judged.graph.resources.get(attribute.holder)
    {
        add(eco_format!("set by {}", holder.address), holder.header);
    }
    if span != resource.header {
        let construct = resource.construct().map(|path| eco_format!(", made by construct {path}")).unwrap_or_default();
        add(eco_format!("the resource: {}{construct}", resource.address), resource.header);
    }
    for call in resource.calls.iter().rev() {
        add(eco_format!("called as {}", call.address), call.span);
    }
    let label = match policy.requires.is_empty() {
        true => label(judged, outcome, attribute, value.as_ref()),
        false => "the first resource of this account".into(),
    };
    let (span, label) = inside(judged, resource, span, label, &mut evidence);
    if let Some(condition) = &resource.condition {
        message.push_str(&format!(" (if it is deployed: {condition})"));
    }
    let path = attribute.map(|attribute| attribute.path).unwrap_or_default();
    let (severity, severity_note) = severity(policy, node);
    if let (Some(note), Outcome::Fail) = (&severity_note, outcome) {
        message.push_str(&format!(" ({note})"));
        let basis = node.facts.get(BASIS).map(|fact| fact.span).unwrap_or(Span::NONE);
        if !basis.is_none() && basis != span && basis != resource.header {
            evidence.push(Evidence { label: "classified here".into(), span: basis });
        }
    }
    Some(Finding {
        policy: &policy.id,
        title: &policy.title,
        family: &policy.family,
        severity,
        severity_note,
        outcome,
        message,
        safeguards: &policy.safeguards,
        remediate_within_days: policy.remediate_within_days,
        remedy: &policy.remedy.summary,
        resource: id,
        span,
        label,
        evidence,
        fingerprint: fingerprint(&policy.id, &resource.address, path),
        default: decided.as_ref().and_then(|decided| AppliedDefault::of(judged, decided.attribute)),
        fix: (outcome == Outcome::Fail).then(|| mend(judged, policy, id, node)).flatten(),
        suppressed: None,
        environments: Vec::new(),
        change: None,
    })
}

/// What the policy's fix sets of this resource: the attributes that it has, and that fail.
fn mend<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId, node: &Node<'_>) -> Option<Mend<'p>> {
    let fix = policy.fix.as_ref()?;
    let parameters = policy.parameters_for(class(node));
    let seen = NodeLookup { judged, node, id, parameters: &parameters, is_strict: false };
    let wanted = fix.set.iter().filter_map(|(name, value)| {
        let attribute = node.attributes.get(name)?;
        let value = match value.get("parameter").and_then(Json::as_str) {
            Some(parameter) => parameters.get(parameter)?,
            None => value,
        };
        let fails = condition::fails(&policy.fails, name, &seen);
        let is_wanted = fails.unwrap_or_else(|| attribute.value != from_json(value, Origin::none()));
        is_wanted.then(|| (name.as_str(), value.clone()))
    });
    let set: Vec<(&str, Json)> = wanted.collect();
    (!set.is_empty()).then_some(Mend { safe: fix.safe, because: fix.because.as_deref(), set })
}

/// Where a finding is shown: one in a folder that nobody asked to check is placed at the call that leads there,
/// and its own place becomes evidence.
fn inside(
    judged: &Judged<'_, '_>,
    resource: &Resource,
    span: Span,
    label: EcoString,
    evidence: &mut Vec<Evidence>,
) -> (Span, EcoString) {
    let is_outside = |at: Span| {
        let path = judged.sources.get(at.source).map(|source| source.path.as_path());
        path.and_then(Path::parent).is_some_and(|folder| judged.outside.contains(folder))
    };
    if judged.outside.is_empty() || !is_outside(span) {
        return (span, label);
    }
    let Some(call) = resource.calls.iter().rev().find(|call| !is_outside(call.span)) else { return (span, label) };
    evidence.retain(|there| there.span != call.span);
    evidence.insert(0, Evidence { label, span });
    (call.span, eco_format!("in {}", call.address))
}

/// The value that decided, where it is, and the attribute it belongs to.
struct Decided<'n> {
    span: Span,
    value: Value,
    attribute: &'n Attribute<'n>,
}

/// Of the values that decided, the most telling: one that is written before one that is a default.
fn decided<'n>(node: &'n Node<'_>, deciding: &[Deciding<'_>], outcome: Outcome) -> Option<Decided<'n>> {
    let mut candidates = deciding.iter().filter_map(|deciding| {
        let name = deciding.subject;
        let attribute = node.attributes.get(name).or_else(|| node.facts.get(name))?;
        let (value, span) = match &deciding.element {
            Some((element, span)) => (element.clone(), if span.is_none() { attribute.span } else { *span }),
            None => (attribute.value.clone(), attribute.span),
        };
        Some(Decided { span, value, attribute })
    });
    let first = candidates.next()?;
    let better = |decided: &Decided<'_>| match outcome {
        Outcome::Fail => decided.attribute.written,
        Outcome::Unknown => decided.value.first_unknown().is_some(),
    };
    if better(&first) {
        return Some(first);
    }
    Some(candidates.find(better).unwrap_or(first))
}

/// The steps of a value, or of the first part of it that has some.
fn steps(value: &Value) -> &[Step] {
    if !value.origin.steps().is_empty() {
        return value.origin.steps();
    }
    match value.as_map() {
        Some(map) => map
            .entries
            .values()
            .map(|entry| entry.value.origin.steps())
            .find(|steps| !steps.is_empty())
            .unwrap_or_default(),
        None => value
            .as_list()
            .unwrap_or_default()
            .iter()
            .map(|item| item.origin.steps())
            .find(|steps| !steps.is_empty())
            .unwrap_or_default(),
    }
}

/// What a place shows: the provider's attribute and what it is worth there, before any conversion.
fn label(
    judged: &Judged<'_, '_>,
    outcome: Outcome,
    attribute: Option<&Attribute<'_>>,
    value: Option<&Value>,
) -> EcoString {
    let Some(attribute) = attribute else { return "this resource".into() };
    let path = attribute.path.trim_end_matches("[]");
    if outcome == Outcome::Unknown {
        return match path.is_empty() {
            true => "not known".into(),
            false => eco_format!("{path} is not known"),
        };
    }
    match (attribute.written, path.is_empty(), &attribute.source) {
        (true, false, _) => match worth(judged, attribute, value).map(|worth| message::words(&worth)) {
            Some(words) if words.len() <= 40 && !words.is_empty() => eco_format!("{path}: {words}"),
            _ => eco_format!("{path}"),
        },
        (false, false, Some(source)) => match judged.graph.resources.get(attribute.holder).and_then(version) {
            Some(version) => eco_format!("{path} is not set ({source}; {version})"),
            None => eco_format!("{path} is not set ({source})"),
        },
        (false, false, None) => eco_format!("{path} is not set"),
        (true, true, _) => "this resource".into(),
        (false, true, _) => "nothing here says otherwise".into(),
    }
}

/// The value that is written for an attribute; for an element of a list, the element.
fn worth(judged: &Judged<'_, '_>, attribute: &Attribute<'_>, value: Option<&Value>) -> Option<Value> {
    if attribute.path.contains("[]") || value.is_some_and(|value| value.as_map().is_some()) {
        return value.cloned();
    }
    let holder = judged.graph.resources.get(attribute.holder)?;
    written(holder, attribute.path).or_else(|| value.cloned())
}

/// The first 16 hexadecimal digits of SHA-256 over policy, address and attribute.
fn fingerprint(policy: &str, address: &str, attribute: &str) -> String {
    let digest = Sha256::digest(format!("{policy}\0{address}\0{attribute}").as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    format!("{first:016x}")
}
