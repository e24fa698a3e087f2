//! A run held against what was found before: a baseline that somebody wrote.

use std::io;
use std::path::{Path, PathBuf};

use super::{Request, RequestError};
use crate::catalogue::embedded;
use crate::compare::baseline::{self, Baseline, Present};
use crate::evaluate::terraform;
use crate::report::Report;
use crate::source::{SourceMap, display_path, exists, write_whole};

/// Reads a baseline.
pub(super) fn baseline(path: &Path, request: &Request, sources: &mut SourceMap) -> Result<Baseline, RequestError> {
    let path = terraform::normalize(&request.base.join(path));
    baseline::read(&path, &display_path(&path, &request.base), sources).map_err(RequestError::Baseline)
}

/// Marks findings by a baseline.
pub(super) fn hold(request: &Request, baseline: &Baseline, report: &mut Report) {
    let selection = match request.config {
        Some(config) => request.selection.within(config),
        None => request.selection.clone(),
    };
    // A policy that there is no more finds nothing either.
    let policies = embedded::listed(request.catalogue).map(|known| known.policies).unwrap_or_default();
    let judged = |id: &str| {
        let policy = policies.iter().find(|policy| policy.id == id);
        policy.is_none_or(|policy| selection.has(policy))
    };
    let mut findings = std::mem::take(&mut report.findings);
    let (comparison, told) = baseline::apply(baseline, &present(request, report), judged, &mut findings);
    report.findings = findings;
    report.errors.extend(told);
    report.comparison = Some(comparison);
}

/// Writes what a report has into a baseline, and says how many findings that are. What an earlier one in its place says
/// of projects that were not checked stays.
pub fn write_baseline(path: &Path, request: &Request, report: &Report, with_unknown: bool) -> io::Result<usize> {
    let path = terraform::normalize(&request.base.join(path));
    let earlier = match exists(&path) {
        true => baseline(&path, request, &mut SourceMap::new()).ok(),
        false => None,
    };
    let folder = path.parent().unwrap_or(&path);
    let (text, count) =
        baseline::text(&present(request, report), &report.findings, with_unknown, folder, earlier.as_ref());
    write_whole(&path, &text).map(|()| count)
}

/// What a baseline is called where nobody says otherwise.
pub fn baseline_name() -> PathBuf {
    PathBuf::from(baseline::NAME)
}

fn present<'r>(request: &'r Request, report: &'r Report) -> Present<'r> {
    Present {
        base: &request.base,
        projects: report.projects.iter().map(|project| project.root.as_str()).collect(),
        graph: &report.graph,
        is_sound: !report.has_unchecked(),
    }
}
