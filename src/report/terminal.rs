//! The report for people: each finding with the lines that decide it, underlined, and where their values come
//! from; then the figures. The only place that knows miette.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Level, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use rayon::prelude::*;

use super::{Report, Style, Summary, masked, told};
use crate::catalogue::model::Severity;
use crate::compare::{Against, Comparison};
use crate::evaluate::{Diagnostic as Trouble, Resource};
use crate::judge::{Finding, Outcome};
use crate::source::{Source, SourceId, Span};

/// How many addresses of one block are listed before the rest is counted.
const ADDRESSES_SHOWN: usize = 4;

/// Prints findings, errors and figures.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let theme = match style.colour {
        true => GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::ansi() },
        false => GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::none() },
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(style.width).with_context_lines(1);
    let page = Page { report, masked: masked::texts(report) };
    // Drawing takes longer than judging did.
    let groups = groups(report, style);
    let drawn = groups.par_iter().map(|group| {
        let mut out = String::new();
        print(&mut out, &handler, &finding_shown(&page, group));
        out
    });
    out.extend(drawn.collect::<Vec<String>>());
    for error in &report.errors {
        print(&mut out, &handler, &error_shown(&page, error));
    }
    mended(&mut out, report);
    figures(&mut out, report, style);
    out
}

/// The report, and the texts of the sources that hold secrets without these.
struct Page<'r> {
    report: &'r Report,
    masked: BTreeMap<SourceId, String>,
}

fn print(out: &mut String, handler: &GraphicalReportHandler, shown: &Shown<'_>) {
    let before = out.len();
    if handler.render_report(out, shown).is_err() {
        out.truncate(before);
        let _ = writeln!(out, "  {}", shown.message);
    }
    out.push('\n');
}

/// The findings that are shown; those of one block's instances that say the same are one.
fn groups<'r>(report: &'r Report, style: &Style) -> Vec<Vec<&'r Finding<'static>>> {
    let mut at: BTreeMap<(&str, Span, Cow<'_, str>), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding<'static>>> = Vec::new();
    for finding in report.shown(style) {
        let key = (finding.policy, finding.span, told::message(finding));
        match at.get(&key).and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.push(finding),
            None => {
                at.insert(key, groups.len());
                groups.push(vec![finding]);
            }
        }
    }
    groups
}

/// A finding, an error or a further place, as miette shows it.
#[derive(Debug)]
struct Shown<'r> {
    message: String,
    code: Option<String>,
    help: Option<String>,
    level: Level,
    text: Option<Text<'r>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown<'r>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Level> {
        Some(self.level)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty())
            .then(|| Box::new(self.related.iter().map(|shown| shown as &dyn Diagnostic)) as Box<dyn Iterator<Item = _>>)
    }
}

/// A source of the map, handed to miette without copying it.
#[derive(Debug)]
struct Text<'r> {
    source: &'r Source,
    /// Its text as it may be shown, of the same length.
    text: &'r str,
}

impl SourceCode for Text<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let source = self.source;
        let lines = source.lines();
        let first = lines.line(span.offset() as u32).saturating_sub(before);
        let end = (span.offset() + span.len()).min(source.text.len());
        let last_byte = end.max(span.offset() + 1).saturating_sub(1);
        let past = lines.line(last_byte as u32) + after + 1;
        let start = lines.start(first).unwrap_or(0) as usize;
        let stop = lines.start(past).map_or(source.text.len(), |at| at as usize);
        let data = self.text.as_bytes().get(start..stop).ok_or(MietteError::OutOfBounds)?;
        let span = SourceSpan::new(start.into(), stop - start);
        Ok(Box::new(MietteSpanContents::new_named(source.name.clone(), data, span, first, 0, past - first)))
    }
}

fn finding_shown<'r>(page: &'r Page<'r>, group: &[&'r Finding<'static>]) -> Shown<'r> {
    let report = page.report;
    let Some(finding) = group.first() else { return plain(String::new(), Level::Error) };
    let word = match finding.outcome {
        Outcome::Fail => finding.severity.as_str(),
        Outcome::Unknown => "unknown",
    };
    let level = match (finding.outcome, finding.severity) {
        (Outcome::Unknown, _) => Level::Advice,
        (Outcome::Fail, Severity::Critical | Severity::High) => Level::Error,
        (Outcome::Fail, _) => Level::Warning,
    };
    let addresses: Vec<String> =
        group.iter().filter_map(|finding| report.graph.resources.get(finding.resource)).map(shown_address).collect();
    let mut named = addresses.iter().take(ADDRESSES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if addresses.len() > ADDRESSES_SHOWN {
        let _ = write!(named, " and {} more", addresses.len() - ADDRESSES_SHOWN);
    }
    let mut shown = plain(format!("{named}: {}", told::message(finding)), level);
    shown.code = Some(match finding.change {
        Some(change) => format!("{word} {} ({})", finding.policy, change.as_str()),
        None => format!("{word} {}", finding.policy),
    });
    shown.help = Some(format!(
        "{}\nSafeguards: {}; to be mended within {} days.",
        finding.remedy,
        finding.safeguards.join(", "),
        finding.remediate_within_days
    ));
    place(page, &mut shown, finding.span, &finding.label, true);
    for evidence in &finding.evidence {
        if evidence.span.source == finding.span.source {
            place(page, &mut shown, evidence.span, &evidence.label, false);
        } else {
            let mut further = plain(evidence.label.to_string(), Level::Advice);
            place(page, &mut further, evidence.span, "", false);
            shown.related.push(further);
        }
    }
    shown
}

/// The address of a resource as people know it: with the construct that made it.
pub(super) fn shown_address(resource: &Resource) -> String {
    match resource.construct() {
        Some(path) => format!("{} ({path})", resource.address),
        None => resource.address.to_string(),
    }
}

fn error_shown<'r>(page: &'r Page<'r>, error: &Trouble) -> Shown<'r> {
    let level = if error.code.is_unchecked() { Level::Error } else { Level::Warning };
    let message = match &error.path {
        Some(path) => format!("{path}: {}", error.message),
        None => error.message.to_string(),
    };
    let mut shown = plain(message, level);
    shown.code = Some(format!("error {}", error.code.as_str()));
    place(page, &mut shown, error.span, "here", true);
    shown
}

fn plain<'r>(message: String, level: Level) -> Shown<'r> {
    Shown { message, code: None, help: None, level, text: None, labels: Vec::new(), related: Vec::new() }
}

/// Underlines a span; one that goes over several lines is shown by its first.
fn place<'r>(page: &'r Page<'r>, shown: &mut Shown<'r>, span: Span, label: &str, primary: bool) {
    let Some(source) = page.report.sources.get(span.source) else { return };
    let text = page.report.sources.text(span);
    let length = text.find(['\n', '\r']).unwrap_or(text.len());
    let label = (!label.is_empty()).then(|| label.to_string());
    let at = SourceSpan::new((span.start as usize).into(), length);
    shown.labels.push(match primary {
        true => LabeledSpan::new_primary_with_span(label, at),
        false => LabeledSpan::new_with_span(label, at),
    });
    let text = page.masked.get(&span.source).map_or(&*source.text, String::as_str);
    shown.text = Some(Text { source, text });
}

fn figures(out: &mut String, report: &Report, style: &Style) {
    let summary = report.summary();
    let _ = writeln!(
        out,
        "Checked {}, {} against {} in {:.2} s.",
        counted(summary.files, "file"),
        counted(summary.resources, "resource"),
        counted_as(summary.policies, "policy", "policies"),
        report.elapsed.as_secs_f64()
    );
    let strange = report.graph.resources.iter().zip(&report.nodes);
    let strange = strange.filter(|(resource, node)| !resource.existing && node.kind.is_none()).count();
    if strange > 0 {
        // What nobody looks at must not pass for clean.
        let _ =
            writeln!(out, "Of these, {} of a type that no kind describes: only its service is judged.", are(strange));
    }
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .filter(|severity| summary.by_severity.get(**severity) > 0)
        .map(|severity| format!("{} {}", summary.by_severity.get(*severity), severity.as_str()))
        .collect();
    let mut line = match summary.failed {
        0 => "No finding".to_string(),
        failed => format!("{} ({})", counted(failed, "finding"), by_severity.join(", ")),
    };
    if summary.unknown > 0 {
        let _ = write!(line, ", {} not known", summary.unknown);
        if !style.show_unknown {
            line.push_str(" (--show-unknown lists them)");
        }
    }
    if summary.suppressed > 0 {
        let _ = write!(line, ", {} suppressed (--no-ignores lists them)", summary.suppressed);
    }
    if let Some(comparison) = &report.comparison {
        line.push_str(&compared(comparison, &summary));
    }
    if summary.errors > 0 {
        let _ = write!(line, ", {}", counted(summary.errors, "error"));
    }
    let _ = writeln!(out, "{line}.");
    if let Some(finding) = report.shown(style).next() {
        let _ = writeln!(out, "`phiguard explain {}` says more, and likewise for the others.", finding.policy);
    }
}

/// What came of holding findings against those of before.
fn compared(comparison: &Comparison, summary: &Summary) -> String {
    let (new, kept) = (summary.new.unwrap_or_default(), summary.kept.unwrap_or_default());
    let (mended, with) = (comparison.mended.len(), &comparison.with);
    match comparison.against {
        Against::Baseline => format!(", {kept} known from {with}, {mended} mended"),
        Against::Revision => format!("; since {with}: {new} new, {kept} kept, {mended} mended"),
    }
}

/// What is mended since a revision; the entries of a baseline are errors at their lines.
fn mended(out: &mut String, report: &Report) {
    let comparison = report.comparison.iter().filter(|comparison| comparison.against == Against::Revision);
    let mut any = false;
    for known in comparison.flat_map(|comparison| &comparison.mended) {
        let _ = writeln!(out, "mended {}: {} ({})", known.policy, known.address, known.project);
        any = true;
    }
    if any {
        out.push('\n');
    }
}

fn are(count: usize) -> String {
    format!("{count} {}", if count == 1 { "is" } else { "are" })
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
