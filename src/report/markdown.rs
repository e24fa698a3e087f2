//! Markdown for a comment on a pull request or a job summary: figures, a table of findings, how to mend them, errors.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::place::Place;
use super::told::{self, Told};
use super::{Report, Style};
use crate::catalogue::model::Severity;
use crate::judge::Finding;

/// By this line a comment is found again, to be brought up to date.
const MARK: &str = "<!-- phiguard -->";
/// GitHub takes comments of 65,536 characters; the tables end before that, and the rest is counted.
const LONGEST_TABLE: usize = 40_000;
const LONGEST: usize = 60_000;

/// Prints the page.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let findings = told::worst_first(report, style);
    let mut out = format!("{MARK}\n## phiguard\n\n");
    figures(&mut out, report);
    table(&mut out, &findings);
    mended(&mut out, report);
    errors(&mut out, report);
    remedies(&mut out, &findings);
    out
}

fn figures(out: &mut String, report: &Report) {
    let summary = report.summary();
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| (summary.by_severity.get(*severity), severity.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let _ = match summary.failed {
        0 => write!(out, "No finding"),
        1 => write!(out, "**1 finding** ({})", by_severity.join(", ")),
        failed => write!(out, "**{failed} findings** ({})", by_severity.join(", ")),
    };
    if summary.unknown > 0 {
        let _ = write!(out, ", {} not known", summary.unknown);
    }
    if let (Some(comparison), Some(new), Some(kept)) = (&report.comparison, summary.new, summary.kept) {
        let (with, mended) = (code(&comparison.with), comparison.mended.len());
        let _ = write!(out, "; against {with}: {new} new, {kept} kept, {mended} mended");
    }
    if summary.errors > 0 {
        let _ = write!(out, ", {} error{}", summary.errors, if summary.errors == 1 { "" } else { "s" });
    }
    let _ =
        writeln!(out, ". Files: {}, resources: {}, policies: {}.", summary.files, summary.resources, summary.policies);
}

fn table(out: &mut String, findings: &[Told<'_>]) {
    if findings.is_empty() {
        return;
    }
    out.push_str("\n| severity | policy | resource | what is wrong | where |\n|---|---|---|---|---|\n");
    for (at, told) in findings.iter().enumerate() {
        let row = format!(
            "| {}{} | {} | {} | {} | {} |\n",
            told.word(),
            told.finding.change.map(|change| format!(" ({})", change.as_str())).unwrap_or_default(),
            code(told.finding.policy),
            code(&told.address),
            words(&told.message),
            code(&shown(&told.place)),
        );
        if out.len() + row.len() > LONGEST_TABLE {
            let _ = writeln!(out, "\nAnd {} more, which do not fit here.", findings.len() - at);
            return;
        }
        out.push_str(&row);
    }
}

/// What is no more found.
fn mended(out: &mut String, report: &Report) {
    let mended = report.comparison.iter().flat_map(|comparison| &comparison.mended);
    let mut mended = mended.peekable();
    if mended.peek().is_none() {
        return;
    }
    out.push_str("\n### Mended\n\n");
    for known in mended {
        let line = format!("- {} {} in {}\n", code(&known.policy), code(&known.address), code(&known.project));
        if out.len() + line.len() > LONGEST {
            out.push_str("- and more, which do not fit here\n");
            return;
        }
        out.push_str(&line);
    }
}

fn errors(out: &mut String, report: &Report) {
    let errors = told::errors(report);
    if errors.is_empty() {
        return;
    }
    out.push_str("\n### Not checked, or not all of it\n\n");
    for (at, error) in errors.iter().enumerate() {
        let row = format!("- {} {}: {}\n", code(&shown(&error.place)), error.code, words(&error.message));
        if out.len() + row.len() > LONGEST {
            let _ = writeln!(out, "\nAnd {} more, which do not fit here.", errors.len() - at);
            return;
        }
        out.push_str(&row);
    }
}

fn remedies(out: &mut String, findings: &[Told<'_>]) {
    let policies: BTreeMap<&str, &Finding<'static>> =
        findings.iter().map(|told| (told.finding.policy, told.finding)).collect();
    if policies.is_empty() {
        return;
    }
    let end = "\n</details>\n";
    out.push_str("\n<details><summary>How to mend them</summary>\n\n");
    for finding in policies.values() {
        let Finding { policy, remedy, safeguards, remediate_within_days: days, .. } = finding;
        let sections = safeguards.join(", ");
        let row = format!("- {}: {} Within {days} days; {sections}.\n", code(policy), words(remedy));
        if out.len() + row.len() + end.len() > LONGEST {
            break;
        }
        out.push_str(&row);
    }
    out.push_str(end);
}

fn shown(place: &Place) -> String {
    format!("{}:{}", place.file, place.range.start.line)
}

/// A text between back quotes, as it may stand in a table.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

/// A sentence whose characters mean nothing to Markdown, and which calls nobody by name.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&' => {
                out.push('\\');
                out.push(character);
            }
            // An invisible space: an account of that name is not told.
            '@' => out.push_str("@\u{200b}"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_nothing_to_markdown() {
        assert_eq!(words("a | <b> *c*\n@d"), "a \\| \\<b\\> \\*c\\* @\u{200b}d");
        assert_eq!(code("x[\"a`|b\"]"), "`x[\"a'\\|b\"]`");
    }
}
