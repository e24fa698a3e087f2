//! Which files a project is made of, so that an edit is judged where it counts and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Read, Unit};
use crate::evaluate::cloudformation::load::leads_to;
use crate::evaluate::terraform::Link;
use crate::evaluate::terraform::load::Workspace;
use crate::source::SourceMap;

/// What was read, by where it lies.
pub(super) struct Parts<'r> {
    read: &'r Read,
    /// The files that were read of each folder.
    folders: BTreeMap<&'r Path, Vec<&'r Path>>,
    /// The files of templates that import from others or export to them.
    joined: BTreeSet<PathBuf>,
}

impl<'r> Parts<'r> {
    pub(super) fn new(read: &'r Read, sources: &'r SourceMap) -> Self {
        let mut folders: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
        for (_, source) in sources.iter() {
            if let Some(folder) = source.path.parent() {
                folders.entry(folder).or_default().push(&source.path);
            }
        }
        let joined = read.templates.templates.iter().filter(|template| template.imports || template.exports);
        Parts { read, folders, joined: joined.map(|template| template.path.clone()).collect() }
    }

    /// The files of a unit; `claimed` are those that its resources deploy.
    pub(super) fn of(&self, unit: &Unit<'_>, claimed: &[PathBuf]) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        match unit {
            Unit::Module(root, _) => self.module(&self.read.workspace, root, &mut files),
            Unit::Plan(plan) => {
                files.insert(plan.path.clone());
                for workspace in [&self.read.workspace, &self.read.beside] {
                    plan.folder().into_iter().for_each(|folder| self.module(workspace, folder, &mut files));
                }
            }
            Unit::Template(template) => self.template(&template.path, &mut files),
            Unit::Arm(path) | Unit::Bicep(path) => self.deployment(path, &mut files),
        }
        for path in claimed {
            self.template(path, &mut files);
            self.deployment(path, &mut files);
        }
        files
    }

    /// The files of a module and of those that it calls.
    fn module(&self, workspace: &Workspace, root: &Path, files: &mut BTreeSet<PathBuf>) {
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        let mut open: Vec<&Path> = vec![root];
        while let Some((folder, module)) = open.pop().and_then(|folder| workspace.modules.get_key_value(folder)) {
            if !seen.insert(folder) {
                continue;
            }
            files.extend(self.folders.get(folder.as_path()).into_iter().flatten().map(|path| path.to_path_buf()));
            open.extend(module.calls.iter().filter_map(|call| {
                match workspace.links.get(&(folder.clone(), call.label(0).into())) {
                    Some(Link::Folder(target)) => workspace.modules.get_key_value(target).map(|(key, _)| key.as_path()),
                    _ => None,
                }
            }));
        }
    }

    /// The files of a template of CloudFormation, of those that it nests, and of those that share exports with it.
    fn template(&self, path: &Path, files: &mut BTreeSet<PathBuf>) {
        let mut open = vec![path.to_path_buf()];
        let mut is_joined = false;
        while let Some(path) = open.pop() {
            for template in self.read.templates.of_file(&path) {
                open.extend(leads_to(template).into_iter().filter(|target| !files.contains(target)));
            }
            if !is_joined && self.joined.contains(&path) {
                is_joined = true;
                open.extend(self.joined.iter().filter(|other| **other != path).cloned());
            }
            // The CDK says of its templates in a file beside them what they do not say themselves.
            files.extend(path.parent().map(|folder| folder.join("manifest.json")));
            files.insert(path);
        }
    }

    /// The files of a deployment to Azure and of those that it links to.
    fn deployment(&self, path: &Path, files: &mut BTreeSet<PathBuf>) {
        let mut open = vec![path.to_path_buf()];
        while let Some(path) = open.pop() {
            let linked = self.read.arm.linked.get(&path).into_iter().flatten().cloned();
            let targets = self.read.bicep.leads_to(&path).into_iter().chain(linked);
            open.extend(targets.filter(|target| !files.contains(target)));
            files.insert(path);
        }
    }
}
