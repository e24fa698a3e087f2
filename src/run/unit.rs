//! The units of evaluation: a root module, a plan, a template. Each becomes a project of the report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::environments::{Task, Values};
use super::{Read, Request};
use crate::evaluate::azure::{arm, bicep, functions::Deployment};
use crate::evaluate::cloudformation::{self, Template};
use crate::evaluate::terraform::load::Workspace;
use crate::evaluate::terraform::plan::{self, Around, Plan};
use crate::evaluate::terraform::{self, Input};
use crate::evaluate::{Dialect, Evaluated};
use crate::judge::Compiled;
use crate::report::Project;
use crate::source::{SourceMap, display_path};
use crate::value::Value;

/// A unit of evaluation, by its place in its workspace.
#[derive(Clone, Copy)]
pub(super) enum Unit<'r> {
    Module(&'r PathBuf, &'r FxHashMap<EcoString, Value>),
    Plan(&'r Plan),
    Template(&'r Template),
    Arm(&'r PathBuf),
    Bicep(&'r PathBuf),
}

impl<'r> Unit<'r> {
    /// Where it is; none for a plan, which has its values in it.
    pub(super) fn path(&self) -> Option<&'r Path> {
        match self {
            Unit::Plan(_) => None,
            Unit::Module(path, _) | Unit::Arm(path) | Unit::Bicep(path) => Some(path),
            Unit::Template(template) => Some(&template.path),
        }
    }

    /// How the report shows it.
    pub(super) fn project(&self, request: &Request, environment: Option<String>) -> Project {
        let path = |path: &Path| display_path(path, &request.base);
        let (root, dialect) = match self {
            Unit::Module(root, _) => (path(root), Dialect::Terraform),
            Unit::Plan(plan) => (path(&plan.path), Dialect::Terraform),
            Unit::Template(template) => (template.shown(&request.base), Dialect::CloudFormation),
            Unit::Arm(root) => (path(root), Dialect::Arm),
            Unit::Bicep(root) => (path(root), Dialect::Bicep),
        };
        Project { root, dialect, environment, files: BTreeSet::new() }
    }

    /// What it declares, with some values for its variables and parameters.
    pub(super) fn evaluate(
        &self,
        project: usize,
        values: &Values,
        read: &Read,
        sources: &SourceMap,
        exports: &cloudformation::Exports,
    ) -> Evaluated {
        let workspace = values.workspace.as_str();
        match self {
            Unit::Module(root, own) => {
                let inputs = values.inputs(Some(own));
                let input = module(read, sources, (&read.workspace, root), inputs, project);
                terraform::evaluate(input, workspace)
            }
            Unit::Plan(plan) => {
                let beside = plan.folder().and_then(|folder| {
                    let among = [&read.workspace, &read.beside];
                    let among = among.into_iter().find(|among| among.modules.contains_key(folder))?;
                    let input = module(read, sources, (among, folder), plan::variables(plan), project);
                    Some(terraform::evaluate_as_written(input, workspace))
                });
                plan::evaluate(plan, beside.as_ref(), project, &Around { sources, templates: read.deployable() })
            }
            Unit::Template(template) => cloudformation::evaluate(cloudformation::Input {
                workspace: &read.templates,
                template: Some(template),
                inputs: values.parameters.clone(),
                pseudo: FxHashMap::default(),
                exports,
                project,
            }),
            Unit::Bicep(path) => bicep::evaluate(bicep::Input {
                workspace: &read.bicep,
                templates: &read.arm,
                sources,
                path: (*path).clone(),
                inputs: values.parameters.clone(),
                deployment: Deployment::default(),
                project,
            }),
            Unit::Arm(path) => arm::evaluate(arm::Input {
                workspace: &read.arm,
                sources,
                path: (*path).clone(),
                inputs: values.variables.clone(),
                deployment: Deployment::default(),
                project,
                within: arm::Within::default(),
            }),
        }
    }
}

/// What a root module of a workspace is evaluated with.
fn module<'r>(
    read: &'r Read,
    sources: &'r SourceMap,
    (workspace, root): (&'r Workspace, &Path),
    inputs: FxHashMap<EcoString, Value>,
    project: usize,
) -> Input<'r> {
    Input {
        modules: &workspace.modules,
        links: &workspace.links,
        sources,
        templates: read.deployable(),
        roots: &read.found.roots,
        root: root.to_path_buf(),
        inputs,
        locked: workspace.locked.get(root).cloned().unwrap_or_default(),
        project,
    }
}

/// Whether a template was compiled from a module beside it, which is judged where it is called.
pub(super) fn is_of_module(path: &Path, read: &Read) -> bool {
    let source = path.with_extension("bicep");
    let is_module = read.bicep.files.contains_key(&source) && !read.bicep.roots.contains(&source);
    // A parameter file stands for its template.
    let is_module = is_module && !read.bicep.roots.contains(&path.with_extension("bicepparam"));
    is_module && read.arm.templates.get(path).is_some_and(arm::is_compiled)
}

/// The templates among some tasks that Bicep compiled from a file which is among them too: one of the same name beside
/// it or, where there is none, the only one of its folder.
pub(super) fn compiled(tasks: &[Task<'_>], read: &Read) -> Vec<Compiled> {
    let sources: Vec<(usize, &Path, usize)> = tasks
        .iter()
        .enumerate()
        .filter_map(|(project, task)| match task.unit {
            Unit::Bicep(path) => Some((project, path.as_path(), task.values.position)),
            _ => None,
        })
        .collect();
    let source_of = |path: &Path, position: usize| {
        let here = || sources.iter().filter(move |(_, there, at)| there.parent() == path.parent() && *at == position);
        let named = here().find(|(_, there, _)| there.file_stem() == path.file_stem());
        let only = || here().next().filter(|_| here().count() == 1);
        named.or_else(only).map(|(project, ..)| *project)
    };
    let compiled = tasks.iter().enumerate().filter_map(|(template, task)| {
        let Unit::Arm(path) = task.unit else { return None };
        let is_compiled = read.arm.templates.get(path).is_some_and(arm::is_compiled);
        let source = source_of(path, task.values.position).filter(|_| is_compiled)?;
        Some(Compiled { template, source })
    });
    compiled.collect()
}
