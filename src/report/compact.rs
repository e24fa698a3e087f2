//! One line a finding: `path:line:column: severity policy message`.

use std::fmt::Write;

use super::excerpt::printable;
use super::masked::Words;
use super::terminal::shown_address;
use super::{Report, Style, place, told};
use crate::judge::Outcome;

/// Prints the findings, then the errors.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let words = Words::of(report);
    let one_line = |text: &str| one_line(&words.masked(text));
    for finding in report.shown(style) {
        let place = place::of(&report.sources, finding.span);
        let word = match finding.outcome {
            Outcome::Fail => finding.severity.as_str(),
            Outcome::Unknown => "unknown",
        };
        let address = report.graph.resources.get(finding.resource).map(shown_address).unwrap_or_default();
        let start = place.range.start;
        let _ = writeln!(
            out,
            "{}:{}:{}: {word} {} {}: {}",
            printable(&place.file),
            start.line,
            start.column,
            finding.policy,
            one_line(&address),
            one_line(&told::message(finding))
        );
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

fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
