//! The report for people: each finding with the lines that decide it, underlined, and where their values come
//! from; then the figures. The only place that knows miette.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Level, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use rayon::prelude::*;

use super::excerpt::{self, Excerpt, printable, wrapped};
use super::masked::Words;
use super::{Report, Style, figures, masked, told};
use crate::catalogue::model::Severity;
use crate::evaluate::{Diagnostic as Trouble, Resource};
use crate::judge::{Finding, Outcome};
use crate::source::{Source, SourceId, Span};

/// How many addresses of one block are listed before the rest is counted.
const ADDRESSES_SHOWN: usize = 4;
/// The columns that stand before a line of a source: its number and the rule beside it.
const GUTTER: usize = 8;
/// The columns between the middle of what is underlined and what is said of it.
const ARROW: usize = 4;
/// What is said of it has at least this many columns.
const LABEL: usize = 20;

/// Prints findings, errors and figures.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let theme = match style.colour {
        true => GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::ansi() },
        false => GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width)
        .with_context_lines(excerpt::AROUND);
    let page = Page { report, masked: masked::texts(report), words: Words::of(report) };
    // Drawing takes longer than judging did.
    let groups = groups(report, style);
    let drawn = groups.par_iter().map(|group| {
        let mut out = String::new();
        print(&mut out, &handler, finding_shown(&page, group), style);
        out
    });
    out.extend(drawn.collect::<Vec<String>>());
    for error in &report.errors {
        print(&mut out, &handler, error_shown(&page, error), style);
    }
    out.push_str(&figures::write(report, style));
    out
}

/// The report, and the texts of the sources that hold secrets without these.
struct Page<'r> {
    report: &'r Report,
    masked: BTreeMap<SourceId, String>,
    words: Words<'r>,
}

fn print(out: &mut String, handler: &GraphicalReportHandler, mut shown: Shown<'_>, style: &Style) {
    shown.lay_out(style.width.saturating_sub(GUTTER));
    // miette would put a word of its own before each further place.
    for shown in std::iter::once(&shown).chain(&shown.related) {
        let before = out.len();
        if handler.render_report(out, shown).is_err() {
            out.truncate(before);
            let _ = writeln!(out, "  {}", shown.message);
        }
        out.push('\n');
    }
}

/// The findings that are shown; those of one block's instances in a project that say the same are one.
fn groups<'r>(report: &'r Report, style: &Style) -> Vec<Vec<&'r Finding<'static>>> {
    let mut at = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding<'static>>> = Vec::new();
    for finding in report.shown(style) {
        let project = report.graph.resources.get(finding.resource).map(|resource| resource.project);
        let key = (finding.policy, finding.span, told::message(finding), project);
        match at.get(&key).and_then(|at: &usize| groups.get_mut(*at)) {
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
    source: Option<Seen<'r>>,
    marks: Vec<Mark>,
    text: Option<Text>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown<'r>>,
}

/// A source, and its text without secrets, which has the same length.
#[derive(Clone, Copy, Debug)]
struct Seen<'r> {
    source: &'r Source,
    text: &'r str,
}

/// A place of the source, and what is said of it.
#[derive(Debug)]
struct Mark {
    range: Range<usize>,
    label: String,
    primary: bool,
}

impl Shown<'_> {
    /// Cuts the lines of the source to the room that there is, and has the labels point into them.
    fn lay_out(&mut self, room: usize) {
        self.related.iter_mut().for_each(|shown| shown.lay_out(room));
        let Some(Seen { source, text }) = self.source else { return };
        let ranges: Vec<Range<usize>> = self.marks.iter().map(|mark| mark.range.clone()).collect();
        let excerpt = Excerpt::new(source.lines(), text, &ranges, room);
        let mut columns = Vec::new();
        for mark in &self.marks {
            let range = excerpt.shown(&mark.range);
            let room = room.saturating_sub(excerpt.middle(&range) + ARROW).max(LABEL);
            let label = (!mark.label.is_empty()).then(|| wrapped(&printable(&mark.label), room));
            let at = SourceSpan::new(range.start.into(), range.len());
            columns.push((range.start, source.lines().locate(&source.text, mark.range.start as u32).column as usize));
            self.labels.push(match mark.primary {
                true => LabeledSpan::new_primary_with_span(label, at),
                false => LabeledSpan::new_with_span(label, at),
            });
        }
        self.text = Some(Text { name: printable(&source.name).into_owned(), excerpt, columns });
    }
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
}

/// The lines of a source that are shown, as miette reads them.
#[derive(Debug)]
struct Text {
    name: String,
    excerpt: Excerpt,
    /// Where each label starts, and the column from 1 that this is in the source.
    columns: Vec<(usize, usize)>,
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let range = span.offset()..span.offset() + span.len();
        let part = self.excerpt.part(range, before, after).ok_or(MietteError::OutOfBounds)?;
        let data = self.excerpt.text().as_bytes().get(part.range.clone()).ok_or(MietteError::OutOfBounds)?;
        // Lines start at the first column; a label alone is asked for to say where it is.
        let column = self.columns.iter().find(|(at, _)| before + after == 0 && *at == span.offset());
        let column = column.map_or(0, |(_, column)| column.saturating_sub(1));
        let span = SourceSpan::new(part.range.start.into(), part.range.len());
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, span, part.first, column, part.count)))
    }
}

fn finding_shown<'r>(page: &'r Page<'r>, group: &[&'r Finding<'static>]) -> Shown<'r> {
    let report = page.report;
    let Some(finding) = group.first() else { return plain("", Level::Error) };
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
    let mut shown = plain(&page.words.masked(&format!("{named}: {}", told::message(finding))), level);
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
            let mut further = plain(&page.words.masked(&evidence.label), Level::Advice);
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
    let mut shown = plain(&page.words.masked(&message), level);
    shown.code = Some(format!("error {}", error.code.as_str()));
    place(page, &mut shown, error.span, "here", true);
    shown
}

fn plain<'r>(message: &str, level: Level) -> Shown<'r> {
    Shown {
        message: printable(message).into_owned(),
        code: None,
        help: None,
        level,
        source: None,
        marks: Vec::new(),
        text: None,
        labels: Vec::new(),
        related: Vec::new(),
    }
}

/// Underlines a span; one that goes over several lines is shown by its first.
fn place<'r>(page: &'r Page<'r>, shown: &mut Shown<'r>, span: Span, label: &str, primary: bool) {
    let Some(source) = page.report.sources.get(span.source) else { return };
    let text = page.report.sources.text(span);
    let length = text.find(['\n', '\r']).unwrap_or(text.len());
    let start = span.start as usize;
    shown.marks.push(Mark { range: start..start + length, label: page.words.masked(label), primary });
    let text = page.masked.get(&span.source).map_or(&*source.text, String::as_str);
    shown.source = Some(Seen { source, text });
}
