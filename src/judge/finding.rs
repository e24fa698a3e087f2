//! A finding: what fails or is not known, where, why, and how the deciding value came there.

use std::hash::Hash;

use ecow::EcoString;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::applied::{AppliedDefault, severity};
use super::{Judged, NodeLookup, account, class, evidence, message};
use crate::analyse::BASIS;
use crate::catalogue::model::{PolicyFile, Severity};
use crate::condition::{self, Tested};
use crate::graph::NodeId;
use crate::normalize::Node;
use crate::source::{SourceId, Span};
use crate::value::{Origin, Truth, Value, from_json};

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
        let resource = judged.graph.resources.get(self.resource);
        let address = resource.map(|one| one.address.as_str());
        let place = (judged.sources.name(self.span), self.span.start, self.span.end);
        // Several stacks may call one module by the same name.
        let calls = resource.map(|one| one.calls.iter()).into_iter().flatten();
        let calls: Vec<(&str, u32)> = calls.map(|call| (judged.sources.name(call.span), call.span.start)).collect();
        (place, self.policy, self.outcome, self.message.as_str(), address, calls)
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
    let decided = evidence::decided(judged, node, &tested.deciding, outcome);
    let (span, value, attribute) = match &decided {
        Some(decided) => (decided.span, Some(decided.value.clone()), Some(decided.attribute)),
        None => (resource.header, None, None),
    };
    let span = if span.is_none() { resource.header } else { span };
    let mut message = match outcome {
        Outcome::Fail => message::render(judged, policy, id, node),
        Outcome::Unknown => {
            let unknown = value.as_ref().and_then(|value| value.first_unknown().and_then(Value::unknown_reason));
            let reason = unknown.or_else(|| account::not_known(judged, policy, id));
            format!("cannot be told: {}", reason.unwrap_or_else(|| "a value that decides it is not known".into()))
        }
    };
    let mut evidence = evidence::of(judged, id, resource, span, &tested.deciding, decided.as_ref());
    let label = match policy.requires.is_empty() {
        true => evidence::label(judged, outcome, decided.as_ref()),
        false => "the first resource of this account".into(),
    };
    let (span, label) = evidence::inside(judged, resource, span, label, &mut evidence);
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

/// The first 16 hexadecimal digits of SHA-256 over policy, address and attribute.
fn fingerprint(policy: &str, address: &str, attribute: &str) -> String {
    let digest = Sha256::digest(format!("{policy}\0{address}\0{attribute}").as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    format!("{first:016x}")
}
