//! Findings and errors as diagnostics: the same that `check` reports, at the places of the editor.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, Position,
    Range,
};
use serde_json::json;

use super::documents::Documents;
use super::pages::Pages;
use super::settings::{Client, Settings};
use crate::catalogue::model::Severity;
use crate::config::Problem;
use crate::evaluate::{self, Code};
use crate::judge::{Finding, Outcome};
use crate::report::{Masks, Report};
use crate::run::Session;
use crate::source::{LineIndex, Span};

/// The name under which editors show where a diagnostic comes from.
pub(super) const SOURCE: &str = "phiguard";

/// More resources than this are counted, not named.
const NAMED: usize = 3;

/// A finding and the report that it belongs to.
type Told<'s> = (&'s Arc<Report>, &'s Finding<'static>);

/// What diagnostics are made with.
pub(super) struct Maker<'m> {
    pub(super) client: Client,
    pub(super) settings: &'m Settings,
    pub(super) pages: &'m Pages,
    /// The open files, whose URIs are written as the client does.
    pub(super) documents: &'m Documents,
}

impl Maker<'_> {
    /// What is to be told of a file.
    pub(super) fn of(&self, session: &Session, path: &Path) -> Vec<Diagnostic> {
        let mut masks: Vec<(*const Report, Masks<'_>)> = Vec::new();
        let mut groups: BTreeMap<(u32, u32, &str, bool), Vec<Told<'_>>> = BTreeMap::new();
        for (report, finding) in session.findings(path) {
            let is_told = finding.outcome == Outcome::Fail || self.settings.show_unknown;
            if is_told && finding.suppressed.is_none() {
                let key = (finding.span.start, finding.span.end, finding.policy, finding.outcome == Outcome::Fail);
                groups.entry(key).or_default().push((report, finding));
            }
        }
        let mut all = Vec::new();
        for group in groups.values() {
            let Some((report, _)) = group.first() else { continue };
            let at = masks.iter().position(|(of, _)| std::ptr::eq(*of, Arc::as_ptr(report)));
            let at = at.unwrap_or_else(|| {
                masks.push((Arc::as_ptr(report), Masks::of(report)));
                masks.len() - 1
            });
            if let Some((_, masks)) = masks.get(at) {
                all.extend(self.finding(group, masks));
            }
        }
        for (report, error) in session.errors(path) {
            all.push(self.error(report, error));
        }
        all
    }

    /// One block may be several resources: they are told together.
    fn finding(&self, group: &[Told<'_>], masks: &Masks<'_>) -> Option<Diagnostic> {
        let (report, finding) = group.first()?;
        let addresses: Vec<&str> = group
            .iter()
            .filter_map(|(report, finding)| report.graph.resources.get(finding.resource))
            .map(|resource| resource.address.as_str())
            .collect();
        let named = addresses.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = addresses.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = masks.masked(&format!("{named}{more}: {}\n{}", finding.message, finding.remedy));
        let evidence = finding.evidence.iter();
        let related: Vec<DiagnosticRelatedInformation> = evidence
            .filter_map(|one| {
                let location = self.location(report, one.span)?;
                Some(DiagnosticRelatedInformation { location, message: masks.masked(&one.label) })
            })
            .collect();
        let severity = match (finding.outcome, finding.severity) {
            (Outcome::Unknown, _) => DiagnosticSeverity::Hint,
            (Outcome::Fail, Severity::Critical | Severity::High) => DiagnosticSeverity::Error,
            (Outcome::Fail, Severity::Medium) => DiagnosticSeverity::Warning,
            (Outcome::Fail, Severity::Low) => DiagnosticSeverity::Information,
        };
        Some(Diagnostic {
            range: self.range(report, finding.span),
            severity: Some(severity),
            code: Some(finding.policy.to_string().into()),
            code_description: self.pages.of(finding.policy, self.settings).map(|href| CodeDescription { href }),
            source: Some(SOURCE.into()),
            message: message.into(),
            related_information: (self.client.related && !related.is_empty()).then_some(related),
            data: Some(json!({"policy": finding.policy, "fingerprint": finding.fingerprint})),
            ..Diagnostic::default()
        })
    }

    fn error(&self, report: &Report, error: &evaluate::Diagnostic) -> Diagnostic {
        let severity = match error.code.is_unchecked() {
            true => DiagnosticSeverity::Error,
            false => DiagnosticSeverity::Warning,
        };
        let is_of_no_use = matches!(error.code, Code::UnusedSuppression);
        Diagnostic {
            range: self.range(report, error.span),
            severity: Some(severity),
            code: Some(error.code.as_str().to_string().into()),
            source: Some(SOURCE.into()),
            message: Masks::of(report).masked(&error.message).into(),
            tags: is_of_no_use.then(|| vec![DiagnosticTag::Unnecessary]),
            ..Diagnostic::default()
        }
    }

    /// The range of a span; the start of the file for what has none.
    pub(super) fn range(&self, report: &Report, span: Span) -> Range {
        let Some(source) = report.sources.get(span.source) else { return Range::default() };
        let at = |offset| {
            let at = source.lines().position(&source.text, offset, self.client.encoding);
            Position { line: at.line, character: at.column }
        };
        Range { start: at(span.start), end: at(span.end) }
    }

    fn location(&self, report: &Report, span: Span) -> Option<Location> {
        let source = report.sources.get(span.source)?;
        Some(Location { uri: self.documents.uri(&source.path), range: self.range(report, span) })
    }

    /// The mistakes of a phiguard.toml.
    pub(super) fn mistakes(&self, text: &str, mistakes: &[Problem]) -> Vec<Diagnostic> {
        let lines = LineIndex::new(text);
        let at = |offset: usize| {
            let at = lines.position(text, offset as u32, self.client.encoding);
            Position { line: at.line, character: at.column }
        };
        let one = |mistake: &Problem| Diagnostic {
            range: Range { start: at(mistake.range.start), end: at(mistake.range.end) },
            severity: Some(DiagnosticSeverity::Error),
            code: Some("invalid-configuration".to_string().into()),
            source: Some(SOURCE.into()),
            message: mistake.message.clone().into(),
            ..Diagnostic::default()
        };
        mistakes.iter().map(one).collect()
    }
}
