//! Comma-separated values as RFC 4180 has them: a row for each finding and each error.

use super::place::Range;
use super::told;
use super::{Report, Style};
use crate::judge::Outcome;

/// The columns. More may be added at the end.
const COLUMNS: [&str; 20] = [
    "outcome",
    "severity",
    "policy",
    "title",
    "family",
    "safeguards",
    "remediate_within_days",
    "address",
    "type",
    "name",
    "kind",
    "dialect",
    "project",
    "file",
    "line",
    "column",
    "end_line",
    "end_column",
    "message",
    "fingerprint",
];

/// Prints the header, the findings and the errors; a row of an error has its code as its policy.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    row(&mut out, COLUMNS.map(str::to_string));
    for told in told::findings(report, style) {
        let finding = told.finding;
        let project = told.project(report).to_string();
        let [line, column, end_line, end_column] = numbers(&told.place.range);
        let outcome = match finding.outcome {
            Outcome::Fail => "fail",
            Outcome::Unknown => "unknown",
        };
        row(
            &mut out,
            [
                outcome.into(),
                finding.severity.as_str().into(),
                finding.policy.into(),
                finding.title.into(),
                finding.family.into(),
                finding.safeguards.join(" "),
                finding.remediate_within_days.to_string(),
                told.address,
                told.resource.type_.to_string(),
                told.node.name.as_deref().unwrap_or_default().into(),
                told.node.kind.unwrap_or_default().into(),
                told.resource.dialect.as_str().into(),
                project,
                told.place.file,
                line,
                column,
                end_line,
                end_column,
                told.message,
                finding.fingerprint.clone(),
            ],
        );
    }
    for error in told::errors(report) {
        let [line, column, end_line, end_column] = numbers(&error.place.range);
        let mut cells: [String; COLUMNS.len()] = Default::default();
        let told = COLUMNS.iter().zip(&mut cells);
        for (name, cell) in told {
            *cell = match *name {
                "outcome" => "error".into(),
                "policy" => error.code.into(),
                "file" => error.place.file.clone(),
                "line" => line.clone(),
                "column" => column.clone(),
                "end_line" => end_line.clone(),
                "end_column" => end_column.clone(),
                "message" => error.message.clone(),
                _ => String::new(),
            };
        }
        row(&mut out, cells);
    }
    out
}

fn numbers(range: &Range) -> [String; 4] {
    [range.start.line, range.start.column, range.end.line, range.end.column].map(|number| number.to_string())
}

fn row(out: &mut String, cells: [String; COLUMNS.len()]) {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A cell. One that a spreadsheet would take for a formula gets an apostrophe, since names come from the scanned tree.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_string() };
    match cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_need_it() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(1,2)", "\"'=HYPERLINK(1,2)\""),
            ("@sum", "'@sum"),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
