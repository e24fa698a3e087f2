//! JUnit's XML, for the test reports of build servers: a suite for each file, a case for each finding or error.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::told;
use super::{Report, Style};
use crate::judge::Outcome;

/// What a case ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// A case.
struct Case {
    name: String,
    end: End,
    /// The severity or the code.
    type_: &'static str,
    message: String,
    /// What is said besides.
    text: String,
}

/// Prints the suites in the order of their files. Where there is nothing to say, one case passes, since build servers
/// take an empty report for a broken one.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for told in told::findings(report, style) {
        let start = told.place.range.start;
        let (line, column) = (start.line, start.column);
        let case = Case {
            name: format!("{} {}", told.finding.policy, told.address),
            end: if told.finding.outcome == Outcome::Fail { End::Failure } else { End::Skipped },
            type_: told.word(),
            text: format!("{}:{line}:{column}\n{}\n{}", told.place.file, told.finding.title, told.remedy()),
            message: told.message,
        };
        suites.entry(told.place.file).or_default().push(case);
    }
    for error in told::errors(report) {
        let start = error.place.range.start;
        let text = format!("{}:{}:{}", error.place.file, start.line, start.column);
        let name = error.code.to_string();
        let case = Case { name, end: End::Error, type_: error.code, message: error.message, text };
        suites.entry(error.place.file).or_default().push(case);
    }
    if suites.is_empty() {
        let name = "no findings".to_string();
        let (message, text) = (String::new(), String::new());
        suites.insert("phiguard".into(), vec![Case { name, end: End::Passed, type_: "", message, text }]);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = || suites.values().flatten();
    let _ = writeln!(out, "<testsuites name=\"phiguard\" {}>", counts(all()));
    for (file, cases) in &suites {
        let _ =
            writeln!(out, "  <testsuite name=\"{}\" {} skipped=\"{}\">", escaped(file), counts(cases), skipped(cases));
        for case in cases {
            write_case(&mut out, file, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts<'c>(cases: impl IntoIterator<Item = &'c Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.end == End::Failure);
        errors += usize::from(case.end == End::Error);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn skipped(cases: &[Case]) -> usize {
    cases.iter().filter(|case| case.end == End::Skipped).count()
}

fn write_case(out: &mut String, file: &str, case: &Case) {
    let (file, name, message) = (escaped(file), escaped(&case.name), escaped(&case.message));
    if case.end == End::Passed {
        let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{file}\"/>");
        return;
    }
    let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{file}\">");
    let (type_, text) = (case.type_, escaped(&case.text));
    let _ = match case.end {
        // Whatever skips a case has no type and no text in most readers.
        End::Skipped | End::Passed => writeln!(out, "      <skipped message=\"{message}\"/>"),
        End::Failure => writeln!(out, "      <failure type=\"{type_}\" message=\"{message}\">{text}</failure>"),
        End::Error => writeln!(out, "      <error type=\"{type_}\" message=\"{message}\">{text}</error>"),
    };
    out.push_str("    </testcase>\n");
}

/// A text as it may stand in an attribute or between tags. Characters that XML has no way to write become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped("a<b> & \"c\"\n\u{1b}[0m"), "a&lt;b&gt; &amp; &quot;c&quot;&#10;?[0m");
    }
}
