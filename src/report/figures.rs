//! How the report for people ends: what was checked, what came of it, what weighs most, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::excerpt::printable;
use super::{Report, Style, Summary};
use crate::catalogue::model::Severity;
use crate::compare::{Against, Comparison};
use crate::judge::{Finding, Outcome};

/// More findings than these are more than a screen: what weighs most is listed again at the end.
const MANY: usize = 20;
/// How many policies are listed then.
const WORST_SHOWN: usize = 8;

/// What is mended, the figures, and advice.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    mended(&mut out, report);
    let summary = report.summary();
    figures(&mut out, report, style, &summary);
    let worst = worst(report, style);
    if summary.failed > MANY && worst.len() > 1 {
        list(&mut out, &worst);
    }
    advice(&mut out, report, style, &worst, &summary);
    out
}

fn figures(out: &mut String, report: &Report, style: &Style, summary: &Summary) {
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
        line.push_str(&compared(comparison, summary));
    }
    if summary.errors > 0 {
        let _ = write!(line, ", {}", counted(summary.errors, "error"));
    }
    let _ = writeln!(out, "{line}.");
}

/// The policies that found something, the worst and then those with the most findings first, with how many these are.
fn worst<'r>(report: &'r Report, style: &Style) -> Vec<(Severity, usize, &'r str)> {
    let mut counts: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for finding in report.shown(style).filter(|finding| finding.outcome == Outcome::Fail) {
        *counts.entry((finding.severity, finding.policy)).or_default() += 1;
    }
    let mut worst: Vec<_> = counts.into_iter().map(|((severity, policy), count)| (severity, count, policy)).collect();
    worst.sort_by(|one, other| (other.0, other.1, one.2).cmp(&(one.0, one.1, other.2)));
    worst
}

fn list(out: &mut String, worst: &[(Severity, usize, &str)]) {
    out.push_str("\nWhat weighs most:\n");
    for (severity, count, policy) in worst.iter().take(WORST_SHOWN) {
        let _ = writeln!(out, "  {count:>5}  {:<8}  {policy}", severity.as_str());
    }
    if worst.len() > WORST_SHOWN {
        let rest: usize = worst.iter().skip(WORST_SHOWN).map(|(_, count, _)| count).sum();
        let _ = writeln!(out, "  {rest:>5}  of {} other policies", worst.len() - WORST_SHOWN);
    }
    out.push('\n');
}

/// What to do next.
fn advice(out: &mut String, report: &Report, style: &Style, worst: &[(Severity, usize, &str)], summary: &Summary) {
    let first = report.shown(style).next().map(|finding| finding.policy);
    let Some(policy) = worst.first().map(|(_, _, policy)| *policy).or(first) else { return };
    let _ = write!(out, "`phiguard explain {policy}` says more");
    let fixer = report.fixer();
    let is_mendable = |finding: &Finding<'static>| matches!(fixer.propose(finding), Some(Ok(_)));
    if report.shown(style).any(is_mendable) {
        let _ = write!(out, "; `--diff` shows what can be mended for you");
    }
    out.push_str(".\n");
    if summary.failed > MANY && report.comparison.is_none() {
        out.push_str("`--write-baseline` lists all of them, so that from then on only new ones count.\n");
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
        let _ = writeln!(out, "mended {}: {} ({})", known.policy, printable(&known.address), known.project);
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
