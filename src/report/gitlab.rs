//! GitLab's code quality report: an array of violations, each with a fingerprint of its own.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::json::pretty;
use super::place::Place;
use super::told;
use super::{Report, Style};
use crate::catalogue::model::Severity;

#[derive(Serialize)]
struct Violation {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// What GitLab calls a severity.
fn severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "blocker",
        Some(Severity::High) => "critical",
        Some(Severity::Medium) => "major",
        Some(Severity::Low) => "minor",
        None => "info",
    }
}

/// Prints the findings, then the errors.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut fingerprints = Fingerprints::default();
    let mut violations: Vec<Violation> = Vec::new();
    for told in told::findings(report, style) {
        violations.push(Violation {
            description: format!("{}: {}", told.address, told.message),
            check_name: told.finding.policy,
            fingerprint: fingerprints.of(&[told.project(report), &told.finding.fingerprint]),
            severity: severity(told.severity()),
            location: location(told.place),
        });
    }
    for error in told::errors(report) {
        violations.push(Violation {
            fingerprint: fingerprints.of(&[&error.place.file, error.code, &error.message]),
            description: error.message,
            check_name: error.code,
            severity: if error.unchecked { "critical" } else { "minor" },
            location: location(error.place),
        });
    }
    pretty(&violations)
}

fn location(place: Place) -> Location {
    let (begin, end) = (place.range.start.line, place.range.end.line);
    Location { path: place.file, lines: Lines { begin, end } }
}

/// Gives out fingerprints. GitLab shows one violation for each, so no two are the same: addresses come again in other
/// projects, and what comes again in one is counted.
#[derive(Default)]
struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    fn of(&mut self, parts: &[&str]) -> String {
        let text = parts.join("\0");
        let before = self.seen.entry(text.clone()).or_default();
        let digest = Sha256::digest(format!("{text}\0{before}").as_bytes());
        *before += 1;
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
