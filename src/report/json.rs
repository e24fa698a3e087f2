//! The object that other tools read. Its shape is a contract: version 1, fields are only ever added.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::place::{self, Range};
use super::{Report, Style, Summary};
use crate::analyse::CLASSIFICATION;
use crate::compare::Comparison;
use crate::fix::{Fixer, Proposal, Refusal};
use crate::graph::NodeId;
use crate::judge::{AppliedDefault, Change, Evidence, Finding, Outcome, Suppressed};
use crate::source::Span;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<()>,
    errors: Vec<ErrorJson<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonJson<'r>>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// What all findings of a policy have in common, before what is their own and after it.
#[derive(Serialize)]
struct PolicyJson<'r> {
    policy: &'r str,
    title: &'r str,
}

#[derive(Serialize)]
struct RemedyJson<'r> {
    family: &'r str,
    safeguards: &'r [String],
    remediate_within_days: u32,
    remedy: &'r str,
}

#[derive(Serialize)]
struct OutcomeJson<'r> {
    severity: &'static str,
    severity_note: Option<&'r str>,
    outcome: Outcome,
    message: &'r str,
}

#[derive(Serialize)]
struct ResourceField<'r> {
    resource: ResourceJson<'r>,
}

#[derive(Serialize)]
struct RestJson<'r> {
    evidence: Vec<EvidenceJson<'r>>,
    fingerprint: &'r str,
    default: Option<&'r AppliedDefault>,
    fix: Option<FixJson>,
    suppressed: Option<SuppressedJson<'r>>,
    /// The environments in which it is found, where the project names some.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    environments: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
}

/// What findings are held against.
#[derive(Serialize)]
struct ComparisonJson<'r> {
    with: &'r str,
    only_new: bool,
    #[serde(skip_serializing_if = "is_zero")]
    unchecked_before: usize,
    mended: Vec<MendedJson<'r>>,
}

#[derive(Serialize)]
struct MendedJson<'r> {
    policy: &'r str,
    address: &'r str,
    project: &'r str,
    fingerprint: &'r str,
}

/// What mends it, or why no edit does.
#[derive(Serialize)]
#[serde(untagged)]
enum FixJson {
    Edits { title: String, safe: bool, because: Option<String>, edits: Vec<EditJson> },
    Refused { refused: String },
}

#[derive(Serialize)]
struct EditJson {
    file: String,
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct SuppressedJson<'r> {
    reason: &'r str,
    until: Option<&'r str>,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct ResourceJson<'r> {
    address: &'r str,
    #[serde(rename = "type")]
    type_: &'r str,
    name: Option<&'r str>,
    /// The path of the construct that made it, where the CDK did.
    #[serde(skip_serializing_if = "Option::is_none")]
    construct: Option<&'r str>,
    kind: Option<&'r str>,
    dialect: &'static str,
    classification: Option<&'r str>,
}

#[derive(Serialize)]
struct EvidenceJson<'r> {
    label: &'r str,
    file: String,
    range: Range,
}

#[derive(Serialize)]
pub(super) struct ErrorJson<'r> {
    file: String,
    range: Range,
    code: &'static str,
    message: &'r str,
}

/// Prints the object.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let shown: Vec<&Finding<'_>> = report.listed(style).collect();
    let document = Document {
        version: 1,
        tool: Tool { name: "phiguard", version: env!("CARGO_PKG_VERSION") },
        summary: report.summary(),
        findings: Vec::new(),
        errors: errors(report),
        comparison: report.comparison.as_ref().map(comparison),
    };
    let text = pretty(&document);
    let Some((before, after)) = text.split_once(NO_FINDINGS).filter(|_| !shown.is_empty()) else { return text };
    let fixer = report.fixer();
    let mut whole = before.to_string();
    whole.push_str("\n  \"findings\": [");
    // Findings are most of the text; they are written in parallel, some at a time.
    for (at, wave) in shown.chunks(CHUNK * 16).enumerate() {
        let parts: Vec<String> =
            wave.par_chunks(CHUNK).map(|part| Writer::new(report, &fixer).findings(part)).collect();
        if at == 0 {
            let length: usize = parts.iter().map(String::len).sum();
            whole.reserve(length / wave.len().max(1) * shown.len() * 9 / 8 + after.len());
        }
        whole.extend(parts);
    }
    // Each finding ends in a comma.
    whole.pop();
    whole.push_str("\n  ]");
    whole.push_str(after);
    whole
}

/// How many findings are written at a time.
const CHUNK: usize = 256;

/// About how many bytes a finding takes.
const LENGTH: usize = 1200;

/// The list of findings as it is written when there are none.
const NO_FINDINGS: &str = "\n  \"findings\": []";

/// Writes findings as elements of their list. What a policy or a resource says of each of its findings is written once
/// and copied.
struct Writer<'r> {
    report: &'r Report,
    fixer: &'r Fixer<'r>,
    policies: FxHashMap<&'r str, (String, String)>,
    resource: Option<(NodeId, String)>,
    place: Option<(Span, String)>,
}

impl<'r> Writer<'r> {
    fn new(report: &'r Report, fixer: &'r Fixer<'r>) -> Self {
        Writer { report, fixer, policies: FxHashMap::default(), resource: None, place: None }
    }

    /// The findings, each with a comma after it.
    fn findings(mut self, findings: &[&'r Finding<'r>]) -> String {
        let mut out = Vec::with_capacity(findings.len() * LENGTH);
        for finding in findings {
            self.finding(finding, &mut out);
        }
        // What was written are texts and what serde_json writes.
        String::from_utf8(out).unwrap_or_default()
    }

    fn finding(&mut self, finding: &'r Finding<'r>, out: &mut Vec<u8>) {
        let report = self.report;
        if self.resource.as_ref().is_none_or(|(id, _)| *id != finding.resource) {
            let Some(resource) = resource_json(report, finding.resource) else { return };
            self.resource = Some((finding.resource, fields(&ResourceField { resource })));
        }
        let (first, second) = self.policies.entry(finding.policy).or_insert_with(|| {
            let policy = PolicyJson { policy: finding.policy, title: finding.title };
            let remedy = RemedyJson {
                family: finding.family,
                safeguards: finding.safeguards,
                remediate_within_days: finding.remediate_within_days,
                remedy: finding.remedy,
            };
            (fields(&policy), fields(&remedy))
        });
        if self.place.as_ref().is_none_or(|(span, _)| *span != finding.span) {
            self.place = Some((finding.span, fields(&place::of(&report.sources, finding.span))));
        }
        out.extend_from_slice(b"\n    {");
        out.extend_from_slice(first.as_bytes());
        let outcome = OutcomeJson {
            severity: finding.severity.as_str(),
            severity_note: finding.severity_note.as_deref(),
            outcome: finding.outcome,
            message: &finding.message,
        };
        append(&outcome, out);
        out.push(b',');
        out.extend_from_slice(second.as_bytes());
        let resource = self.resource.as_ref().map(|(_, resource)| resource);
        let place = self.place.as_ref().map(|(_, place)| place);
        for fields in resource.into_iter().chain(place) {
            out.push(b',');
            out.extend_from_slice(fields.as_bytes());
        }
        append(
            &RestJson {
                evidence: finding.evidence.iter().map(|evidence| evidence_json(report, evidence)).collect(),
                fingerprint: &finding.fingerprint,
                default: finding.default.as_ref(),
                fix: self.fixer.propose(finding).map(|fix| fix_json(report, fix)),
                suppressed: finding.suppressed.as_ref().map(|suppressed| suppressed_json(report, suppressed)),
                environments: &finding.environments,
                change: finding.change,
            },
            out,
        );
        out.extend_from_slice(b"\n    },");
    }
}

/// The depth of a finding in the document.
const DEPTH: usize = 2;

/// The fields of an object as they stand in a finding, without the braces around them.
fn fields(object: &impl Serialize) -> String {
    let mut out = Vec::new();
    append(object, &mut out);
    let text = String::from_utf8(out).unwrap_or_default();
    text.strip_prefix(',').map(str::to_string).unwrap_or(text)
}

/// Writes the fields of an object behind others: the object's braces give way to a comma.
fn append(object: &impl Serialize, out: &mut Vec<u8>) {
    let mut formatter = PrettyFormatter::new();
    // A formatter starts at the margin; opened lists bring it to its depth.
    for _ in 0..DEPTH {
        let _ = formatter.begin_array(&mut std::io::sink());
    }
    let start = out.len();
    // Maps have texts as keys, numbers are finite, and a vector takes all bytes, so that writing cannot fail.
    let _ = object.serialize(&mut Serializer::with_formatter(&mut *out, formatter));
    if let Some(brace) = out.get_mut(start) {
        *brace = b',';
    }
    let end = out.len().saturating_sub("\n    }".len());
    out.truncate(end.max(start));
}

/// JSON with a line break at the end.
pub(super) fn pretty(document: &impl Serialize) -> String {
    // Maps have texts as keys and numbers are finite, so that writing cannot fail.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// What could not be checked.
pub(super) fn errors(report: &Report) -> Vec<ErrorJson<'_>> {
    report
        .errors
        .iter()
        .map(|error| {
            let place = place::of_error(&report.sources, error);
            ErrorJson { file: place.file, range: place.range, code: error.code.as_str(), message: &error.message }
        })
        .collect()
}

fn resource_json(report: &Report, id: NodeId) -> Option<ResourceJson<'_>> {
    let resource = report.graph.resources.get(id)?;
    let node = report.nodes.get(id)?;
    Some(ResourceJson {
        address: &resource.address,
        type_: &resource.type_,
        name: node.name.as_deref(),
        construct: resource.construct(),
        kind: node.kind,
        dialect: resource.dialect.as_str(),
        classification: node.facts.get(CLASSIFICATION).and_then(|fact| fact.value.as_str()),
    })
}

fn comparison(comparison: &Comparison) -> ComparisonJson<'_> {
    let mended = comparison.mended.iter().map(|known| MendedJson {
        policy: &known.policy,
        address: &known.address,
        project: &known.project,
        fingerprint: &known.fingerprint,
    });
    ComparisonJson {
        with: &comparison.with,
        only_new: comparison.only_new,
        unchecked_before: comparison.unchecked_before,
        mended: mended.collect(),
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn fix_json(report: &Report, fix: Result<Proposal, Refusal>) -> FixJson {
    match fix {
        Err(refusal) => FixJson::Refused { refused: refusal.reason },
        Ok(Proposal { title, safe, because, edits }) => {
            let edit = |edit: crate::fix::Edit| {
                let place = place::of(&report.sources, edit.span);
                EditJson { file: place.file, range: place.range, text: edit.text }
            };
            FixJson::Edits { title, safe, because, edits: edits.into_iter().map(edit).collect() }
        }
    }
}

fn suppressed_json<'r>(report: &Report, suppressed: &'r Suppressed) -> SuppressedJson<'r> {
    let place = place::of(&report.sources, suppressed.span);
    SuppressedJson {
        reason: &suppressed.reason,
        until: suppressed.until.as_deref(),
        file: place.file,
        line: place.range.start.line,
    }
}

fn evidence_json<'r>(report: &Report, evidence: &'r Evidence) -> EvidenceJson<'r> {
    let place = place::of(&report.sources, evidence.span);
    EvidenceJson { label: &evidence.label, file: place.file, range: place.range }
}
