//! A workspace that stays open: judged as a whole, and after an edit only those of its projects that have the file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Calculator, Progress, Request, RequestError, Stage, find, run_on};
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::discover::Found;
use crate::evaluate::terraform::normalize;
use crate::evaluate::{Diagnostic, Dialect};
use crate::judge::Finding;
use crate::report::{Project, Report};
use crate::source::{Files, Kept};

/// What tells the projects of a workspace apart, whichever run judged them.
type Key = (String, Dialect, Option<String>);

/// A workspace and what is known of it.
#[derive(Debug, Default)]
pub struct Session {
    request: Request,
    found: Found,
    projects: BTreeMap<Key, Judged>,
    errors: BTreeMap<PathBuf, Erroneous>,
    /// The files of the projects that were edited, as they were parsed.
    kept: Kept,
}

/// A project as it was last judged.
#[derive(Debug)]
struct Judged {
    report: Arc<Report>,
    /// Its place in the report.
    project: usize,
    /// The places of its findings in the report, by file.
    findings: BTreeMap<PathBuf, Vec<usize>>,
}

/// The errors of a file: their places in a report.
#[derive(Debug)]
struct Erroneous {
    report: Arc<Report>,
    errors: Vec<usize>,
}

/// What a run over a workspace, or over a part of it, found out.
#[derive(Debug)]
pub struct Pass {
    report: Arc<Report>,
    /// The files of the workspace, where all of it was judged.
    found: Option<Found>,
    /// The projects that were to be judged, where only some were.
    asked: BTreeSet<Key>,
}

/// What a run changed.
#[derive(Debug, Default)]
pub struct Taken {
    /// The files of which something else may be known now.
    pub files: BTreeSet<PathBuf>,
    /// Whether a project has other files than before, so that other projects may have changed too.
    pub is_restructured: bool,
}

impl Judged {
    fn files(&self) -> Option<&BTreeSet<PathBuf>> {
        self.report.projects.get(self.project).map(|project| &project.files)
    }

    fn has(&self, path: &Path) -> bool {
        self.findings.contains_key(path) || self.files().is_some_and(|files| files.contains(path))
    }
}

impl Session {
    /// A workspace of which nothing is known yet.
    pub fn new(request: Request) -> Self {
        Session { request: Request { with_parts: true, ..request }, ..Session::default() }
    }

    /// The folder of the workspace.
    pub fn base(&self) -> &Path {
        &self.request.base
    }

    /// What the workspace is judged by.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Changes what the project asks for; what is known stays until all of it is judged anew.
    pub fn configure(&mut self, config: Option<&'static Config>) {
        self.request.config = config;
    }

    /// Changes what judges; likewise.
    pub fn judge_by(&mut self, catalogue: Option<&'static Catalogue>) {
        self.request.catalogue = catalogue;
    }

    /// How many projects have one of some files.
    pub fn reach(&self, edited: &BTreeSet<PathBuf>) -> usize {
        self.projects.values().filter(|judged| edited.iter().any(|path| judged.has(path))).count()
    }

    /// What judges the workspace as a whole; made here, to be done wherever there is time.
    pub fn whole(
        &self,
        files: Files,
        open: Vec<PathBuf>,
    ) -> impl FnOnce(&Progress) -> Result<Pass, RequestError> + use<> {
        let request = Request { files, ..self.request.clone() };
        move |progress| {
            progress.enter(Stage::Discover);
            let mut found = find(&request);
            // A file that was never saved is not found on the disk.
            let is_new = |path: &PathBuf| {
                let is_excluded = request.config.is_some_and(|config| config.exclude.has(path));
                !is_excluded && found.roots.iter().any(|root| path.starts_with(root)) && !path.exists()
            };
            let new = open.into_iter().filter(is_new).collect();
            found.add(new);
            let report = Arc::new(run_on(&request, found.clone(), progress)?);
            Ok(Pass { report, found: Some(found), asked: BTreeSet::new() })
        }
    }

    /// Judges the projects that have one of some files; none where no project does.
    pub fn part(&self, edited: &BTreeSet<PathBuf>, files: Files) -> Option<Result<Pass, RequestError>> {
        let of = |(_, judged): &(&Key, &Judged)| edited.iter().any(|path| judged.has(path));
        let asked: Vec<(&Key, &Judged)> = self.projects.iter().filter(of).collect();
        if asked.is_empty() {
            return None;
        }
        let scope: BTreeSet<&Path> =
            asked.iter().filter_map(|(_, judged)| judged.files()).flatten().map(PathBuf::as_path).collect();
        let mut found = self.found.clone();
        found.exclude(|path| !scope.contains(path));
        found.troubles.clear();
        let files = files.keeping(self.kept.clone());
        // What phiguard.toml says of all that it is for cannot be told from a part of that.
        let request = Request { files, paths: Vec::new(), ..self.request.clone() };
        let asked = asked.into_iter().map(|(key, _)| key.clone()).collect();
        let report = run_on(&request, found, &Progress::default());
        Some(report.map(|report| Pass { report: Arc::new(report), found: None, asked }))
    }

    /// How many files were parsed to judge parts of the workspace.
    pub fn parsed(&self) -> usize {
        self.kept.count()
    }

    /// Whether some project has a file.
    pub fn knows(&self, path: &Path) -> bool {
        self.projects.values().any(|judged| judged.has(path))
    }

    /// Takes over what a run found out.
    pub fn take(&mut self, pass: Pass) -> Taken {
        let mut taken = Taken::default();
        let Pass { report, found, asked } = pass;
        let is_whole = found.is_some();
        let before: BTreeMap<Key, BTreeSet<PathBuf>> = match is_whole {
            true => BTreeMap::new(),
            false => {
                let files = |key: &Key| self.projects.get(key).and_then(Judged::files).cloned().unwrap_or_default();
                asked.iter().map(|key| (key.clone(), files(key))).collect()
            }
        };
        let gone: Vec<Judged> = match found {
            Some(found) => {
                self.found = found;
                taken.files.extend(std::mem::take(&mut self.errors).into_keys());
                std::mem::take(&mut self.projects).into_values().collect()
            }
            None => asked.iter().filter_map(|key| self.projects.remove(key)).collect(),
        };
        for judged in &gone {
            taken.files.extend(judged.findings.keys().chain(judged.files().into_iter().flatten()).cloned());
        }
        for (key, judged) in judged(&report) {
            taken.files.extend(judged.findings.keys().chain(judged.files().into_iter().flatten()).cloned());
            taken.is_restructured |= !is_whole && judged.files() != before.get(&key);
            self.projects.insert(key, judged);
        }
        taken.is_restructured |= asked.iter().any(|key| !self.projects.contains_key(key));
        // What is wrong in a file that other projects have too may come from them.
        let is_settled = |path: &&PathBuf| {
            is_whole || self.projects.iter().all(|(key, judged)| asked.contains(key) || !judged.has(path))
        };
        let settled: Vec<&PathBuf> = taken.files.iter().filter(is_settled).collect();
        let mut errors = erroneous(&report, &self.request.base);
        for path in settled {
            match errors.remove(path) {
                Some(here) => self.errors.insert(path.clone(), here),
                None => self.errors.remove(path),
            };
        }
        for (path, here) in errors {
            if is_whole || !self.errors.contains_key(&path) {
                taken.files.insert(path.clone());
                self.errors.insert(path, here);
            }
        }
        taken
    }

    /// What asks for the worth of expressions in the scope of a file; none where the file stands in no scope of its own,
    /// as that of a module does which others call.
    pub fn calculator(&self, path: &Path, files: Files) -> Option<Calculator> {
        let (root, judged, dialect) = self.projects.iter().find_map(|((root, dialect, _), judged)| {
            let root = normalize(&self.request.base.join(root));
            let is_own =
                if *dialect == Dialect::Terraform { path.parent() == Some(root.as_path()) } else { path == root };
            is_own.then_some((root, judged, *dialect))
        })?;
        let scope = judged.files()?;
        let mut found = self.found.clone();
        found.exclude(|path| !scope.contains(path));
        found.troubles.clear();
        let request = Request { files, paths: Vec::new(), ..self.request.clone() };
        Calculator::on(&request, found, Some(root), dialect).ok()
    }

    /// What is found in a file, each finding with the report that it belongs to.
    pub fn findings<'s>(&'s self, path: &'s Path) -> impl Iterator<Item = (&'s Arc<Report>, &'s Finding<'static>)> {
        self.projects.values().flat_map(move |judged| {
            let places = judged.findings.get(path).into_iter().flatten();
            places.filter_map(|at| judged.report.findings.get(*at).map(|finding| (&judged.report, finding)))
        })
    }

    /// What could not be checked in a file, each error with the report that it belongs to.
    pub fn errors<'s>(&'s self, path: &Path) -> impl Iterator<Item = (&'s Arc<Report>, &'s Diagnostic)> {
        self.errors.get(path).into_iter().flat_map(|here| {
            here.errors.iter().filter_map(|at| here.report.errors.get(*at).map(|error| (&here.report, error)))
        })
    }

    /// The projects that have a file, each with the report that judged it.
    pub fn projects<'s>(&'s self, path: &'s Path) -> impl Iterator<Item = (&'s Arc<Report>, usize, &'s Project)> {
        let of =
            |judged: &'s Judged| Some((&judged.report, judged.project, judged.report.projects.get(judged.project)?));
        self.projects.values().filter(move |judged| judged.has(path)).filter_map(of)
    }

    /// The files of which something is to be told.
    pub fn files(&self) -> BTreeSet<&PathBuf> {
        self.projects.values().flat_map(|judged| judged.findings.keys()).chain(self.errors.keys()).collect()
    }
}

/// The projects of a report with their findings.
fn judged(report: &Arc<Report>) -> BTreeMap<Key, Judged> {
    let of = |(at, project): (usize, &Project)| {
        let key = (project.root.clone(), project.dialect, project.environment.clone());
        (key, Judged { report: Arc::clone(report), project: at, findings: BTreeMap::new() })
    };
    let mut all: Vec<(Key, Judged)> = report.projects.iter().enumerate().map(of).collect();
    for (at, finding) in report.findings.iter().enumerate() {
        let project = report.graph.resources.get(finding.resource).map(|resource| resource.project);
        let path = report.sources.get(finding.span.source).map(|source| &source.path);
        if let Some((project, path)) = project.zip(path)
            && let Some((_, judged)) = all.get_mut(project)
        {
            judged.findings.entry(path.clone()).or_default().push(at);
        }
    }
    all.into_iter().collect()
}

/// The errors of a report by file.
fn erroneous(report: &Arc<Report>, base: &Path) -> BTreeMap<PathBuf, Erroneous> {
    let mut by_file: BTreeMap<PathBuf, Erroneous> = BTreeMap::new();
    for (at, error) in report.errors.iter().enumerate() {
        let path = match (&error.path, report.sources.get(error.span.source)) {
            (Some(path), _) => base.join(path),
            (None, Some(source)) => source.path.clone(),
            (None, None) => base.to_path_buf(),
        };
        let new = || Erroneous { report: Arc::clone(report), errors: Vec::new() };
        by_file.entry(path).or_insert_with(new).errors.push(at);
    }
    by_file
}
