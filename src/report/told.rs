//! Findings and errors as the formats for other tools tell them: place, address, and words without secrets.

use std::borrow::Cow;

use super::masked::Words;
use super::place::{self, Place};
use super::terminal::shown_address;
use super::{Report, Style};
use crate::catalogue::model::Severity;
use crate::evaluate::Resource;
use crate::judge::{Finding, Outcome};
use crate::normalize::Node;

/// A finding with what a format says of it.
pub(super) struct Told<'r> {
    pub(super) finding: &'r Finding<'static>,
    pub(super) resource: &'r Resource,
    pub(super) node: &'r Node<'static>,
    /// Where it is.
    pub(super) place: Place,
    /// The address as people know it.
    pub(super) address: String,
    /// What is wrong.
    pub(super) message: String,
    /// Where the value comes from: what the place shows, and the place.
    pub(super) evidence: Vec<(String, Place)>,
}

impl Told<'_> {
    /// The severity, or that it cannot be told.
    pub(super) fn word(&self) -> &'static str {
        match self.finding.outcome {
            Outcome::Fail => self.finding.severity.as_str(),
            Outcome::Unknown => "unknown",
        }
    }

    /// How bad it is; none where it cannot be told. Sorts the worst first.
    pub(super) fn severity(&self) -> Option<Severity> {
        (self.finding.outcome == Outcome::Fail).then_some(self.finding.severity)
    }

    /// How to mend it, by when, and for which sections.
    pub(super) fn remedy(&self) -> String {
        let Finding { remedy, safeguards, remediate_within_days: days, .. } = self.finding;
        format!("{remedy}\nSafeguards: {}; to be mended within {days} days.", safeguards.join(", "))
    }

    /// The folder or template that it is part of.
    pub(super) fn project<'r>(&self, report: &'r Report) -> &'r str {
        report.projects.get(self.resource.project).map(|project| project.root.as_str()).unwrap_or_default()
    }
}

/// An error with what a format says of it.
pub(super) struct Trouble {
    /// Where it is.
    pub(super) place: Place,
    /// Whether it is the file as a whole that it speaks of.
    pub(super) whole: bool,
    /// What kind of trouble it is.
    pub(super) code: &'static str,
    /// Whether something is not checked because of it.
    pub(super) unchecked: bool,
    /// What is wrong.
    pub(super) message: String,
}

/// What a finding says, and in which environments where the project names some.
pub(super) fn message<'f>(finding: &'f Finding<'_>) -> Cow<'f, str> {
    match finding.environments.is_empty() {
        true => Cow::Borrowed(&finding.message),
        false => Cow::Owned(format!("{} (in {})", finding.message, finding.environments.join(", "))),
    }
}

/// The findings that are shown, in their order.
pub(super) fn findings<'r>(report: &'r Report, style: &Style) -> Vec<Told<'r>> {
    all(report, report.shown(style))
}

/// The findings that somebody suppressed, in their order.
pub(super) fn suppressed<'r>(report: &'r Report, style: &Style) -> Vec<Told<'r>> {
    all(report, report.listed(style).filter(|finding| finding.suppressed.is_some()))
}

fn all<'r>(report: &'r Report, findings: impl Iterator<Item = &'r Finding<'static>>) -> Vec<Told<'r>> {
    let words = Words::of(report);
    let told = |finding: &'r Finding<'static>| {
        let resource = report.graph.resources.get(finding.resource)?;
        let node = report.nodes.get(finding.resource)?;
        let shown = |label: &str, span| (words.masked(label), place::of(&report.sources, span));
        Some(Told {
            finding,
            resource,
            node,
            place: place::of(&report.sources, finding.span),
            address: words.masked(&shown_address(resource)),
            message: words.masked(&self::message(finding)),
            evidence: finding.evidence.iter().map(|one| shown(&one.label, one.span)).collect(),
        })
    };
    findings.filter_map(told).collect()
}

/// The findings that are shown, the worst first.
pub(super) fn worst_first<'r>(report: &'r Report, style: &Style) -> Vec<Told<'r>> {
    let mut told = findings(report, style);
    told.sort_by_key(|told| std::cmp::Reverse(told.severity()));
    told
}

/// The errors, in their order.
pub(super) fn errors(report: &Report) -> Vec<Trouble> {
    let words = Words::of(report);
    let told = report.errors.iter().map(|error| Trouble {
        place: place::of_error(&report.sources, error),
        whole: error.path.is_some(),
        code: error.code.as_str(),
        unchecked: error.code.is_unchecked(),
        message: words.masked(&error.message),
    });
    told.collect()
}
