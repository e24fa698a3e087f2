//! The object that other tools read. Its shape is a contract: version 1, fields are only ever added.

use rayon::prelude::*;
use serde::Serialize;

use super::place::{self, Range};
use super::{Report, Style, Summary};
use crate::fix::{Fixer, Proposal, Refusal};
use crate::judge::{Evidence, Finding, Outcome, Suppressed};

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<FindingJson<'r>>,
    errors: Vec<ErrorJson<'r>>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct FindingJson<'r> {
    policy: &'r str,
    title: &'r str,
    severity: &'static str,
    outcome: Outcome,
    message: &'r str,
    family: &'r str,
    safeguards: &'r [String],
    remediate_within_days: u32,
    remedy: &'r str,
    resource: ResourceJson<'r>,
    file: String,
    range: Range,
    evidence: Vec<EvidenceJson<'r>>,
    fingerprint: &'r str,
    fix: Option<FixJson>,
    suppressed: Option<SuppressedJson<'r>>,
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
    let fixer = report.fixer();
    let document = Document {
        version: 1,
        tool: Tool { name: "phiguard", version: env!("CARGO_PKG_VERSION") },
        summary: report.summary(),
        findings: Vec::new(),
        errors: errors(report),
    };
    let text = pretty(&document);
    // Findings are most of the text; they are written in parallel and put into their list.
    let parts: Vec<String> = shown.par_chunks(CHUNK).map(|part| listed(report, &fixer, part)).collect();
    let parts: Vec<&str> = parts.iter().filter_map(|part| part.strip_prefix(BEFORE)?.strip_suffix(AFTER)).collect();
    match text.split_once(NO_FINDINGS) {
        Some((before, after)) if !parts.is_empty() => {
            let length: usize = parts.iter().map(|part| part.len() + OPEN.len()).sum();
            let mut whole = String::with_capacity(text.len() + length);
            whole.push_str(before);
            for (at, part) in parts.iter().enumerate() {
                whole.push_str(if at == 0 { OPEN } else { ",\n" });
                whole.push_str(part);
            }
            whole.push_str(CLOSE);
            whole.push_str(after);
            whole
        }
        _ => text,
    }
}

/// How many findings are written at a time.
const CHUNK: usize = 256;

/// The list of findings as it is written when there are none, and what comes before and after some.
const NO_FINDINGS: &str = "\n  \"findings\": []";
const OPEN: &str = "\n  \"findings\": [\n";
const CLOSE: &str = "\n  ]";

/// What stands around the findings in a text of nothing else.
const BEFORE: &str = "{\n  \"findings\": [\n";
const AFTER: &str = "\n  ]\n}";

/// An object with some of the findings, indented as the document is.
fn listed(report: &Report, fixer: &Fixer<'_>, findings: &[&Finding<'_>]) -> String {
    #[derive(Serialize)]
    struct Part<'r> {
        findings: Vec<FindingJson<'r>>,
    }
    let findings = findings.iter().filter_map(|finding| finding_json(report, fixer, finding)).collect();
    serde_json::to_string_pretty(&Part { findings }).unwrap_or_default()
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

fn finding_json<'r>(report: &'r Report, fixer: &Fixer<'_>, finding: &'r Finding<'r>) -> Option<FindingJson<'r>> {
    let resource = report.graph.resources.get(finding.resource)?;
    let node = report.nodes.get(finding.resource)?;
    let place = place::of(&report.sources, finding.span);
    Some(FindingJson {
        policy: finding.policy,
        title: finding.title,
        severity: finding.severity.as_str(),
        outcome: finding.outcome,
        message: &finding.message,
        family: finding.family,
        safeguards: finding.safeguards,
        remediate_within_days: finding.remediate_within_days,
        remedy: finding.remedy,
        resource: ResourceJson {
            address: &resource.address,
            type_: &resource.type_,
            name: node.name.as_deref(),
            construct: resource.construct(),
            kind: node.kind,
            dialect: resource.dialect.as_str(),
            classification: None,
        },
        file: place.file,
        range: place.range,
        evidence: finding.evidence.iter().map(|evidence| evidence_json(report, evidence)).collect(),
        fingerprint: &finding.fingerprint,
        fix: fixer.propose(finding).map(|fix| fix_json(report, fix)),
        suppressed: finding.suppressed.as_ref().map(|suppressed| suppressed_json(report, suppressed)),
    })
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
