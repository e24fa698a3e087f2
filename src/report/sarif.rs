//! SARIF 2.1.0: what code scanning and editors read. Findings are results, policies rules, errors notifications.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::json::pretty;
use super::place::{self, Place};
use super::told::{self, Told, Trouble};
use super::{Report, Style};
use crate::catalogue::model::Severity;
use crate::config;
use crate::fix::Proposal;
use crate::judge::{Change, Finding, Outcome, Suppressed};

/// The schema that the output follows.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of our fingerprint, and the version of what it is made of.
const FINGERPRINT: &str = "phiguard/v1";
/// The root of the scanned tree, as other tools call it.
const ROOT: &str = "%SRCROOT%";

/// What a severity is to SARIF (a level) and to GitHub (a number between 0 and 10).
fn level(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("error", "9.5"),
        Severity::High => ("error", "8.0"),
        Severity::Medium => ("warning", "5.5"),
        Severity::Low => ("note", "2.0"),
    }
}

/// Prints the log: one run.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let findings: Vec<Told<'_>> =
        told::findings(report, style).into_iter().chain(told::suppressed(report, style)).collect();
    let mut rules: BTreeMap<&str, Rule<'_>> = BTreeMap::new();
    for told in &findings {
        let severity = told.finding.severity;
        let why = report.policy(told.finding.policy).map(|policy| policy.why.trim()).unwrap_or_default();
        let rule = rules.entry(told.finding.policy).or_insert(Rule { finding: told.finding, why, severity });
        rule.severity = rule.severity.max(severity);
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, policy)| (*policy, at)).collect();
    let fixer = report.fixer();
    let one = |told: &Told<'_>| {
        let mut result = result(report, told, index.get(told.finding.policy).copied().unwrap_or_default());
        if let (Some(Ok(proposal)), Json::Object(fields)) = (fixer.propose(told.finding), &mut result) {
            fields.insert("fixes".into(), json!([fix(report, &proposal)]));
        }
        result
    };
    let results: Vec<Json> = findings.iter().map(one).collect();
    let notifications: Vec<Json> = told::errors(report).iter().map(notification).collect();
    pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "phiguard",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(Rule::json).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": !report.has_unchecked(),
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

/// A policy that has findings.
struct Rule<'r> {
    finding: &'r Finding<'static>,
    /// What goes wrong for PHI.
    why: &'r str,
    /// The worst of its findings.
    severity: Severity,
}

impl Rule<'_> {
    fn json(&self) -> Json {
        let Finding { policy, title, family, safeguards, remedy, .. } = self.finding;
        let (level, number) = level(self.severity);
        let why = self.why;
        let sections = safeguards.join(", ");
        let paragraphs =
            |parts: &[&str]| parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n");
        let (text_tail, markdown_tail) = (
            format!("HIPAA safeguards: {sections}.\n\nMore: phiguard explain {policy}"),
            format!("**HIPAA safeguards:** {sections}\n\nMore: `phiguard explain {policy}`"),
        );
        let mend = format!("**How to mend it:** {remedy}");
        let mut tags = vec!["security".to_string(), "hipaa".to_string(), (*family).to_string()];
        tags.extend(safeguards.iter().cloned());
        json!({
            "id": policy,
            "name": pascal(policy),
            "shortDescription": {"text": title},
            "fullDescription": {"text": if why.is_empty() { title } else { why }},
            "help": {
                "text": paragraphs(&[why, remedy, &text_tail]),
                "markdown": paragraphs(&[why, &mend, &markdown_tail]),
            },
            "defaultConfiguration": {"level": level},
            "properties": {
                "tags": tags,
                "precision": "high",
                "security-severity": number,
                "remediate_within_days": self.finding.remediate_within_days,
            },
        })
    }
}

/// `public-bucket` as `PublicBucket`.
fn pascal(id: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>()).unwrap_or_default()
    };
    id.split('-').map(capital).collect()
}

fn result(report: &Report, told: &Told<'_>, rule: usize) -> Json {
    let finding = told.finding;
    let (kind, level) = match finding.outcome {
        Outcome::Fail => ("fail", level(finding.severity).0),
        // The standard knows no level for what is not a failure.
        Outcome::Unknown => ("review", "none"),
    };
    let mut primary = location(&told.place, true);
    if let Json::Object(fields) = &mut primary {
        fields.insert("logicalLocations".into(), json!([{"fullyQualifiedName": told.address, "kind": "resource"}]));
    }
    let mut result = json!({
        "ruleId": finding.policy,
        "ruleIndex": rule,
        "kind": kind,
        "level": level,
        "message": {"text": format!("{}: {}", told.address, told.message)},
        "locations": [primary],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "severity": finding.severity.as_str(),
            "address": told.address,
            "type": told.resource.type_.as_str(),
            "kind": told.node.kind,
            "dialect": told.resource.dialect.as_str(),
        },
    });
    if let (Some(change), Json::Object(fields)) = (finding.change, &mut result) {
        let state = match change {
            Change::New => "new",
            Change::Kept => "unchanged",
        };
        fields.insert("baselineState".into(), json!(state));
    }
    if let (Some(suppressed), Json::Object(fields)) = (&finding.suppressed, &mut result) {
        fields.insert("suppressions".into(), json!([suppression(report, suppressed)]));
    }
    let related: Vec<Json> =
        told.evidence.iter().enumerate().map(|(id, (label, place))| related(id, label, place)).collect();
    if !related.is_empty()
        && let Json::Object(fields) = &mut result
    {
        fields.insert("relatedLocations".into(), Json::Array(related));
    }
    result
}

/// A decision to live with a finding: in the source, or in phiguard.toml.
fn suppression(report: &Report, suppressed: &Suppressed) -> Json {
    let place = place::of(&report.sources, suppressed.span);
    let is_rule = Path::new(&place.file).ends_with(config::NAME);
    let until = suppressed.until.as_ref().map(|until| format!(" (until {until})")).unwrap_or_default();
    json!({
        "kind": if is_rule { "external" } else { "inSource" },
        "status": "accepted",
        "justification": format!("{}{until}", suppressed.reason),
        "location": location(&place, true),
    })
}

/// A fix: its edits by file. What is inserted replaces nothing.
fn fix(report: &Report, proposal: &Proposal) -> Json {
    let mut files: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for edit in &proposal.edits {
        let place = place::of(&report.sources, edit.span);
        files.entry(place.file.clone()).or_default().push(json!({
            "deletedRegion": region(&place),
            "insertedContent": {"text": edit.text},
        }));
    }
    let risk = proposal.because.as_ref().map(|because| format!(" ({because})")).unwrap_or_default();
    let changes = files.into_iter();
    let changes = changes.map(|(file, edits)| json!({"artifactLocation": artifact(&file), "replacements": edits}));
    json!({
        "description": {"text": format!("{}{risk}", proposal.title)},
        "artifactChanges": changes.collect::<Vec<_>>(),
    })
}

fn region(place: &Place) -> Json {
    let (start, end) = (place.range.start, place.range.end);
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

fn related(id: usize, label: &str, place: &Place) -> Json {
    let mut location = location(place, true);
    if let Json::Object(fields) = &mut location {
        fields.insert("id".into(), json!(id));
        fields.insert("message".into(), json!({"text": label}));
    }
    location
}

fn notification(trouble: &Trouble) -> Json {
    json!({
        "descriptor": {"id": trouble.code},
        "level": if trouble.unchecked { "error" } else { "warning" },
        "message": {"text": trouble.message},
        "locations": [location(&trouble.place, !trouble.whole)],
    })
}

fn location(place: &Place, with_region: bool) -> Json {
    let mut physical = json!({"artifactLocation": artifact(&place.file)});
    if with_region && let Json::Object(fields) = &mut physical {
        fields.insert("region".into(), region(place));
    }
    json!({"physicalLocation": physical})
}

/// A path as a URI: relative to the working directory, or absolute where it lies elsewhere.
fn artifact(file: &str) -> Json {
    let drive = file.split_once(":/").is_some_and(|(drive, _)| drive.len() == 1);
    match (file.starts_with('/'), drive) {
        (true, _) => json!({"uri": format!("file://{}", encoded(file))}),
        (false, true) => json!({"uri": format!("file:///{}", encoded(file))}),
        (false, false) => json!({"uri": encoded(file), "uriBaseId": ROOT}),
    }
}

/// A path with everything that a URI's path does not take in percent signs.
pub(super) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        for (path, uri, relative) in [
            ("main.tf", "main.tf", true),
            ("a b/ä#1.tf", "a%20b/%C3%A4%231.tf", true),
            ("/srv/main.tf", "file:///srv/main.tf", false),
            ("C:/srv/main.tf", "file:///C%3A/srv/main.tf", false),
        ] {
            let artifact = artifact(path);
            assert_eq!((&artifact["uri"], artifact.get("uriBaseId").is_some()), (&json!(uri), relative));
        }
    }

    #[test]
    fn ids_become_names() {
        assert_eq!(pascal("public-bucket"), "PublicBucket");
    }
}
