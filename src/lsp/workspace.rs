//! The folders that the editor works in, each with its phiguard.toml and what is known of its projects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue::embedded;
use crate::catalogue::model::PolicyFile;
use crate::catalogue::own::Own;
use crate::config::{self, Config, Problem};
use crate::evaluate::terraform::normalize;
use crate::run::{Progress, Request, Session};
use crate::source::Files;

/// A folder of the workspace.
#[derive(Debug)]
pub(super) struct Root {
    /// The folder.
    pub(super) folder: PathBuf,
    /// What is known of it.
    pub(super) session: Session,
    /// Its phiguard.toml as it was last read, and what is wrong with it.
    pub(super) config: Option<(PathBuf, Arc<str>, Vec<Problem>)>,
    /// The files that were edited since their projects were judged.
    pub(super) edited: BTreeSet<PathBuf>,
    /// The files that were edited since the run over all of it started that is under way.
    pub(super) edited_since: BTreeSet<PathBuf>,
    /// The run over all of it that is under way.
    pub(super) running: Option<Progress>,
    /// Whether all of it is to be judged anew.
    pub(super) is_stale: bool,
    /// Whether all of it was judged once.
    pub(super) is_judged: bool,
}

/// All folders.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    roots: BTreeMap<PathBuf, Root>,
    /// What judges beside the program's own policies.
    own: Option<&'static Own>,
}

impl Workspace {
    /// Adds a folder.
    pub(super) fn add(&mut self, folder: &Path, files: &Files) {
        let folder = normalize(folder);
        let own = self.own;
        self.roots.entry(folder.clone()).or_insert_with(|| Root::new(folder.clone(), vec![folder], files, own));
    }

    /// Has all folders judged by policies of their user too, or by the program's own alone.
    pub(super) fn judge_by(&mut self, own: Option<&'static Own>, files: &Files) {
        self.own = own;
        for root in self.roots.values_mut() {
            root.session.judge_by(own.map(|own| &own.catalogue));
            root.configure(files, true);
            root.is_stale = true;
        }
    }

    /// All policies that judge, in the order of their names.
    pub(super) fn policies(&self) -> Vec<&'static PolicyFile> {
        match self.own {
            Some(own) => own.catalogue.policies.iter().collect(),
            None => embedded::policies().map(|policies| policies.values().collect()).unwrap_or_default(),
        }
    }

    /// A policy that judges.
    pub(super) fn policy(&self, id: &str) -> Option<&'static PolicyFile> {
        match self.own {
            Some(own) => own.catalogue.policies.iter().find(|policy| policy.id == id),
            None => embedded::policies().ok()?.get(id),
        }
    }

    /// Takes a folder away; the answer is what was known of it.
    pub(super) fn remove(&mut self, folder: &Path) -> Option<Root> {
        let root = self.roots.remove(&normalize(folder))?;
        root.running.as_ref().into_iter().for_each(Progress::stop);
        Some(root)
    }

    /// The innermost folder that has a file; for a file outside of all, one is added: the repository around it, or the
    /// files beside it.
    pub(super) fn of_or_new(&mut self, path: &Path, files: &Files) -> Option<&mut Root> {
        if self.of(path).is_none() {
            let folder = path.parent()?;
            let repository =
                folder.ancestors().find(|one| one.join(".git").exists() || files.is_file(&one.join(config::NAME)));
            let (folder, paths) = match repository {
                Some(repository) => (repository, vec![repository.to_path_buf()]),
                None => (folder, vec![path.to_path_buf()]),
            };
            let root = Root::new(folder.to_path_buf(), paths, files, self.own);
            self.roots.insert(folder.to_path_buf(), root);
        }
        self.of_mut(path)
    }

    /// The innermost folder that has a file.
    pub(super) fn of(&self, path: &Path) -> Option<&Root> {
        path.ancestors().find_map(|folder| self.roots.get(folder))
    }

    /// The same, to be changed.
    pub(super) fn of_mut(&mut self, path: &Path) -> Option<&mut Root> {
        let folder = path.ancestors().find(|folder| self.roots.contains_key(*folder))?;
        self.roots.get_mut(folder)
    }

    pub(super) fn get_mut(&mut self, folder: &Path) -> Option<&mut Root> {
        self.roots.get_mut(folder)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Root> {
        self.roots.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Root> {
        self.roots.values_mut()
    }
}

impl Root {
    fn new(folder: PathBuf, paths: Vec<PathBuf>, files: &Files, own: Option<&'static Own>) -> Self {
        let catalogue = own.map(|own| &own.catalogue);
        let request = Request { paths, base: folder.clone(), catalogue, ..Request::default() };
        let mut root = Root {
            folder,
            session: Session::new(request),
            config: None,
            edited: BTreeSet::new(),
            edited_since: BTreeSet::new(),
            running: None,
            is_stale: true,
            is_judged: false,
        };
        root.configure(files, true);
        root
    }

    /// Reads phiguard.toml, and goes by it where it is saved and has no mistakes; those that it has are told.
    pub(super) fn configure(&mut self, files: &Files, is_saved: bool) {
        self.config = None;
        let Ok(catalogue) = embedded::listed(self.session.request().catalogue) else { return };
        // One that was never saved is looked at too.
        let own = self.folder.join(config::NAME);
        let path = if files.is_file(&own) { Some(own) } else { config::find(&self.folder) };
        let before = self.session.request().config;
        let Some(path) = path else {
            self.is_stale |= before.is_some();
            self.session.configure(None);
            return;
        };
        let text = match files.read(&path) {
            Ok(text) => text,
            Err(error) => {
                let problem = Problem { range: 0..0, message: format!("this file {error}") };
                self.config = Some((path, Arc::from(""), vec![problem]));
                return;
            }
        };
        let problems = match config::parse(&path, &text, &catalogue) {
            Ok(config) => {
                if is_saved && before.is_none_or(|before| before.text != config.text || before.path != path) {
                    // Findings refer to what judged them for as long as they are shown, so it is never freed.
                    let config: &'static Config = Box::leak(Box::new(config));
                    self.session.configure(Some(config));
                    self.is_stale = true;
                }
                Vec::new()
            }
            Err(problems) => problems,
        };
        self.config = Some((path, text.into(), problems));
    }

    /// Whether a file is its phiguard.toml, or could become it.
    pub(super) fn is_config(&self, path: &Path) -> bool {
        let is_own = self.config.as_ref().is_some_and(|(own, ..)| own == path);
        is_own || path == self.folder.join(config::NAME)
    }
}
