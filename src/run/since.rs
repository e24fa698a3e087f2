//! A run held against a revision: the whole of both trees is evaluated, and findings are new, kept or mended.

use std::path::{Path, PathBuf};

use super::{Progress, Request, RequestError, VariableOption, run};
use crate::catalogue::embedded;
use crate::compare::{self, Against, Comparison, Known};
use crate::config::{self, Config};
use crate::evaluate::terraform;
use crate::report::Report;
use crate::source::{History, Revision, write_whole};

/// What to hold a run against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// A revision, or two with `..` between: then the later one is judged, and not the working tree.
    pub revision: String,
    /// Whether only new findings count.
    pub only_new: bool,
}

/// Runs over both trees. Those of before are what the earlier tree has by the present configuration, from where the
/// revision and what is checked went apart.
pub fn run_since(request: &Request, since: &Since, progress: &Progress) -> Result<Report, RequestError> {
    let first = request.paths.first().map_or_else(|| request.base.clone(), |path| request.base.join(path));
    let history = History::around(&terraform::normalize(&first))?;
    let (earlier, later) = match since.revision.split_once("..") {
        Some((earlier, later)) => (earlier, Some(later.trim_start_matches('.')).filter(|later| !later.is_empty())),
        None => (since.revision.as_str(), None),
    };
    let before = history.lay_out_fork(earlier, later.unwrap_or("HEAD"))?;
    let mut known = known(&moved(request, &history, &before)?, before.root(), progress)?;
    let (mut report, root) = match later {
        None => (run(request, progress)?, history.root().to_path_buf()),
        Some(later) => {
            let revision = history.lay_out(later)?;
            (run(&moved(request, &history, &revision)?, progress)?, revision.root().to_path_buf())
        }
    };
    let base = if later.is_none() { request.base.clone() } else { root.join(inside(&history, &request.base)) };
    let projects = projects(&report, &base, &root);
    let graph = &report.graph;
    let of_project = |finding: &crate::judge::Finding<'_>| graph.resources.get(finding.resource).map(|one| one.project);
    let is_gone = |project: &str| !projects.iter().any(|one| one == project);
    let mut findings = std::mem::take(&mut report.findings);
    let left = compare::hold(&known.findings, &mut findings, &projects, of_project, is_gone);
    report.findings = findings;
    let is_sound = !report.has_unchecked();
    let mut mended: Vec<Known> =
        left.into_iter().filter_map(|at| known.findings.get_mut(at).map(std::mem::take)).collect();
    // What could not be read may still have them, and what was not known is no finding.
    mended.retain(|one| is_sound && one.outcome == crate::judge::Outcome::Fail);
    report.comparison = Some(Comparison {
        against: Against::Revision,
        with: format!("{} ({})", earlier, before.id),
        only_new: since.only_new,
        mended,
        unchecked_before: known.unchecked,
    });
    Ok(report)
}

/// What an earlier tree has.
struct Before {
    findings: Vec<Known>,
    unchecked: usize,
}

fn known(request: &Request, root: &Path, progress: &Progress) -> Result<Before, RequestError> {
    if request.paths.is_empty() {
        return Ok(Before { findings: Vec::new(), unchecked: 0 });
    }
    let report = run(request, progress)?;
    let projects = projects(&report, &request.base, root);
    let of_finding = |finding: &crate::judge::Finding<'_>| Known::of(finding, &report.graph, &projects);
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let findings = open.filter_map(of_finding).collect();
    let unchecked = report.errors.iter().filter(|error| error.code.is_unchecked()).count();
    // Freeing a large report takes time, and the process is short.
    std::mem::forget(report);
    Ok(Before { findings, unchecked })
}

/// The projects of a report by their paths from the root of the tree.
fn projects(report: &Report, base: &Path, root: &Path) -> Vec<String> {
    report.projects.iter().map(|project| compare::relative(&base.join(&project.root), root)).collect()
}

/// A folder of the repository from its root; the root itself where it lies elsewhere.
fn inside(history: &History, folder: &Path) -> PathBuf {
    history.within(folder).unwrap_or_default()
}

/// The request for the files of a revision: paths lead there, and files of values too where the revision has them. What
/// the project asks for stays as it is in the working tree.
fn moved(request: &Request, history: &History, revision: &Revision) -> Result<Request, RequestError> {
    let there = |path: &Path| {
        let full = terraform::normalize(&request.base.join(path));
        history.within(&full).map(|rest| terraform::normalize(&revision.root().join(rest)))
    };
    let mut paths = Vec::new();
    for path in &request.paths {
        match there(path) {
            Some(path) if path.exists() => paths.push(path),
            // What is new was not there before.
            Some(_) => {}
            None => return Err(RequestError::Outside(path.display().to_string())),
        }
    }
    let file = |path: &PathBuf| {
        let own = there(path).filter(|path| path.exists());
        own.unwrap_or_else(|| terraform::normalize(&request.base.join(path)))
    };
    let variables = request.variables.iter().map(|option| match option {
        VariableOption::Value(text) => VariableOption::Value(text.clone()),
        VariableOption::File(path) => VariableOption::File(file(path)),
        VariableOption::Parameters(path) => VariableOption::Parameters(file(path)),
    });
    Ok(Request {
        paths,
        base: terraform::normalize(&revision.root().join(inside(history, &request.base))),
        variables: variables.collect(),
        config: request.config.map(|config| laid(config, request, &there)).transpose()?,
        ..request.clone()
    })
}

/// The present phiguard.toml at its place among the files of a revision, so that its paths lead there. It is needed
/// until the process ends, so it is never freed.
fn laid(
    config: &'static Config,
    request: &Request,
    there: &dyn Fn(&Path) -> Option<PathBuf>,
) -> Result<&'static Config, RequestError> {
    let Some(path) = there(&config.path) else { return Ok(config) };
    let Some(folder) = path.parent().filter(|folder| folder.is_dir()) else { return Ok(config) };
    let catalogue = embedded::listed(request.catalogue).map_err(RequestError::Catalogue)?;
    let failed = |why: String| RequestError::Laid(folder.display().to_string(), why);
    write_whole(&path, &config.text).map_err(|error| failed(error.to_string()))?;
    let laid = config::load(&path, config::NAME, &catalogue).map_err(failed)?;
    Ok(Box::leak(Box::new(laid)))
}
