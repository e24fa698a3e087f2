//! One line a finding: `path:line:column: severity policy message`.

use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::excerpt::printable;
use super::masked::Words;
use super::terminal::shown_address;
use super::{Report, Style, place, told};
use crate::judge::{Finding, Outcome};

/// Prints the findings, then the errors.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let words = Words::of(report);
    let one_line = |text: &str| one_line(&words.masked(text));
    let mut lines: Vec<(String, &Finding<'_>)> = Vec::new();
    for finding in report.shown(style) {
        let place = place::of(&report.sources, finding.span);
        let word = match finding.outcome {
            Outcome::Fail => finding.severity.as_str(),
            Outcome::Unknown => "unknown",
        };
        let address = report.graph.resources.get(finding.resource).map(shown_address).unwrap_or_default();
        let start = place.range.start;
        let line = format!(
            "{}:{}:{}: {word} {} {}: {}",
            printable(&place.file),
            start.line,
            start.column,
            finding.policy,
            one_line(&address),
            one_line(&told::message(finding))
        );
        lines.push((line, finding));
    }
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for (line, _) in &lines {
        *counts.entry(line).or_default() += 1;
    }
    for (line, finding) in &lines {
        let is_one_of_several = counts.get(line.as_str()).is_some_and(|count| *count > 1);
        let call = called_from(report, finding).filter(|_| is_one_of_several).unwrap_or_default();
        let _ = writeln!(out, "{line}{call}");
    }
    for error in &report.errors {
        let place = place::of_error(&report.sources, error);
        let start = place.range.start;
        let message = one_line(&error.message);
        let _ = writeln!(
            out,
            "{}:{}:{}: error {} {message}",
            printable(&place.file),
            start.line,
            start.column,
            error.code.as_str()
        );
    }
    out
}

/// Where the stack of a finding calls the modules that lead to it: what tells it from the same of another stack.
fn called_from(report: &Report, finding: &Finding<'_>) -> Option<String> {
    let call = report.graph.resources.get(finding.resource)?.calls.first()?;
    let place = place::of(&report.sources, call.span);
    Some(format!(" (called from {}:{})", printable(&place.file), place.range.start.line))
}

fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
