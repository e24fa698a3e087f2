//! One run from paths to a report: the stages in order, each unit guarded, errors gathered and sorted. The
//! command line and every other way to use phiguard come through here.

pub mod examples;
mod expression;
mod given;
mod guard;
pub mod mend;
mod parts;
mod progress;
mod session;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::analyse;
use crate::catalogue::{Catalogue, Needed, embedded};
use crate::config::{Config, Date};
use crate::discover::{self, Found};
use crate::evaluate::azure::{arm, bicep, functions::Deployment};
use crate::evaluate::cloudformation::{self, Template};
use crate::evaluate::terraform::load::{self, Workspace};
use crate::evaluate::terraform::plan::{self, Around, Plan};
use crate::evaluate::terraform::{self, Input, inputs};
use crate::evaluate::{Code, Diagnostic, Dialect, Evaluated, tell_unread};
use crate::graph::Graph;
use crate::judge::{self, Bench, Judged, Selection};
use crate::normalize::{self, Tables};
use crate::parse::documents;
use crate::report::{Project, Report};
use crate::source::{Files, SourceMap, display_path};
use crate::suppress::{self, Seen};
use crate::value::Value;

pub use expression::{Answer, Asked, Calculator};
use given::Given;
pub use guard::{guarded, threads, with_quiet_panics};
use parts::Parts;
pub use progress::{Progress, Stage};
pub use session::{Pass, Session, Taken};

/// What to check, and with what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The folders and files; relative ones count from `base`.
    pub paths: Vec<PathBuf>,
    /// The folder against which paths are shown.
    pub base: PathBuf,
    /// Values of variables, in the order of the command line: later ones win.
    pub variables: Vec<VariableOption>,
    /// How far to go.
    pub until: Until,
    /// What `terraform.workspace` is; without it, "default".
    pub workspace: Option<String>,
    /// Whether variables may take their values from `TF_VAR_name` in the environment.
    pub environment: bool,
    /// The kinds and policies to judge by; without them, those that the program brings.
    pub catalogue: Option<&'static Catalogue>,
    /// Which of the policies judge.
    pub selection: Selection,
    /// What the project asks for in phiguard.toml. What `selection` says goes before it.
    pub config: Option<&'static Config>,
    /// Whether suppressions are left aside.
    pub no_ignores: bool,
    /// Where files are read: on the disk, with what is open in an editor laid over it.
    pub files: Files,
    /// Whether the report says which files each project is made of.
    pub with_parts: bool,
}

/// A value, or a file of values, for the variables of the root modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableOption {
    /// `NAME=VALUE`.
    Value(String),
    /// A variable file.
    File(PathBuf),
    /// A file of values for the parameters of templates.
    Parameters(PathBuf),
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// Files are read and parsed.
    Parse,
    /// Resources are evaluated and known as kinds.
    Graph,
    /// Policies have judged them.
    #[default]
    Judge,
}

/// Why a run could not start: the call is wrong.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A variable file cannot be read. The caller's fault.
    #[error("variable file {path} {why}")]
    VariableFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A parameter file cannot be read. The caller's fault.
    #[error("parameter file {path} {why}")]
    ParameterFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A `--var` is not of the form that it takes. The caller's fault.
    #[error("{0}")]
    Variable(String),
    /// Nobody waits for the run any more.
    #[error("this run was stopped")]
    Stopped,
    /// The embedded catalogue is broken. The build's fault.
    #[error("the embedded catalogue cannot be read ({0}); this build of phiguard is broken, please report it")]
    Catalogue(&'static str),
}

/// Runs the stages.
pub fn run(request: &Request, progress: &Progress) -> Result<Report, RequestError> {
    let started = Instant::now();
    progress.enter(Stage::Discover);
    let mut report = run_on(request, find(request), progress)?;
    report.elapsed = started.elapsed();
    Ok(report)
}

/// Finds the files to check.
fn find(request: &Request) -> Found {
    let paths: Vec<PathBuf> = request.paths.iter().map(|path| terraform::normalize(&request.base.join(path))).collect();
    let mut found = discover::discover(&paths);
    if let Some(config) = request.config {
        found.exclude(|path| config.exclude.has(path));
    }
    found
}

/// Runs the stages after discovery on the files that were found.
fn run_on(request: &Request, found: Found, progress: &Progress) -> Result<Report, RequestError> {
    let mut report = Report { sources: SourceMap::over(request.files.clone()), ..Report::default() };
    let read = read(request, found, &mut report, progress)?;
    progress.go_on()?;
    if request.until >= Until::Graph && !read.is_empty() {
        evaluate(request, &read, &mut report, progress);
        progress.go_on()?;
        let catalogue = match request.catalogue {
            Some(catalogue) => Needed::all(catalogue),
            None => embedded::needed(types(&report.graph).into_iter()).map_err(RequestError::Catalogue)?,
        };
        know(request, &catalogue, &read, &mut report, progress);
    }
    progress.go_on()?;
    sort_errors(&mut report);
    Ok(report)
}

/// What was read, and the values that the caller gives to variables.
struct Read {
    found: Found,
    workspace: Workspace,
    plans: Vec<Plan>,
    /// The sources that lie beside plans, where they are not checked themselves.
    beside: Workspace,
    templates: cloudformation::load::Workspace,
    arm: arm::load::Workspace,
    bicep: bicep::load::Workspace,
    given: FxHashMap<ecow::EcoString, Value>,
    /// The values for parameters of templates: those of variables, and those of parameter files.
    parameters: FxHashMap<ecow::EcoString, Value>,
    environment: FxHashMap<ecow::EcoString, Value>,
}

impl Read {
    /// Whether there is nothing to evaluate.
    fn is_empty(&self) -> bool {
        self.workspace.roots.is_empty()
            && self.plans.is_empty()
            && self.templates.roots.is_empty()
            && self.arm.roots.is_empty()
            && self.bicep.roots.is_empty()
    }

    /// The values of a root module's variables: its own files win over the environment, and the caller over both.
    fn inputs(&self, own: Option<&FxHashMap<ecow::EcoString, Value>>) -> FxHashMap<ecow::EcoString, Value> {
        let mut inputs = self.environment.clone();
        for given in own.into_iter().chain([&self.given]) {
            inputs.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        inputs
    }
}

fn read(request: &Request, mut found: Found, report: &mut Report, progress: &Progress) -> Result<Read, RequestError> {
    for (path, why) in &found.troubles {
        let shown = display_path(path, &request.base);
        let message = eco_format!("this path cannot be read ({why}), so nothing below it is checked");
        report.errors.push(Diagnostic::with_path(Code::Unreadable, shown, message));
    }
    progress.enter(Stage::Read);
    let Given { variables: given, parameters, listed } = given::read(request, &mut report.sources)?;
    let (base, sources, errors) = (&request.base, &mut report.sources, &mut report.errors);
    // Each file is read once, and the dialects take what is theirs.
    let claims = [arm::load::CLAIM, cloudformation::load::CLAIM];
    let mut files = documents::files(&found.documents);
    let plans = plan::load::load(&mut files, &claims, base, sources, errors);
    found.documents = files.iter().map(documents::File::found).collect();
    let workspace = load::load(&found, base, sources, errors);
    let beside = beside(&plans, &found, request, sources);
    let (mut documents, unread) = documents::read(files, &claims, base, sources);
    tell_unread(unread, base, errors);
    let arm = arm::load::load(&mut documents, &found, base, sources, errors);
    let templates = cloudformation::load::load(&mut documents, &found, base, sources, errors);
    let bicep = bicep::load::load(&found, base, sources, errors);
    report.files = workspace.files + plans.len() + templates.files + arm.files + bicep.count;
    report.errors.extend(cloudformation::inputs::undeclared(&templates, &listed));
    let environment = if request.environment { inputs::from_environment() } else { FxHashMap::default() };
    Ok(Read { found, workspace, plans, beside, templates, arm, bicep, given, parameters, environment })
}

/// Reads the configurations that lie beside plans and are not checked themselves. What is wrong with them is of no
/// account: the plan says what will be there.
fn beside(plans: &[Plan], found: &Found, request: &Request, sources: &mut SourceMap) -> Workspace {
    let mut wanted = Found::default();
    for folder in plans.iter().filter_map(Plan::folder).filter(|folder| !found.folders.contains_key(*folder)) {
        let files = discover::folder(folder, &mut Vec::new());
        if !files.configurations.is_empty() {
            wanted.folders.insert(folder.to_path_buf(), files);
            wanted.roots.push(folder.to_path_buf());
        }
    }
    if wanted.folders.is_empty() {
        return Workspace::default();
    }
    load::load(&wanted, &request.base, sources, &mut Vec::new())
}

/// A unit of evaluation, by its place in its workspace.
enum Unit<'r> {
    Module(&'r PathBuf, &'r FxHashMap<ecow::EcoString, Value>),
    Plan(&'r Plan),
    Template(&'r Template),
    Arm(&'r PathBuf),
    Bicep(&'r PathBuf),
}

impl Unit<'_> {
    fn project(&self, request: &Request) -> Project {
        let path = |path: &Path| display_path(path, &request.base);
        let (root, dialect) = match self {
            Unit::Module(root, _) => (path(root), Dialect::Terraform),
            Unit::Plan(plan) => (path(&plan.path), Dialect::Terraform),
            Unit::Template(template) => (template.shown(&request.base), Dialect::CloudFormation),
            Unit::Arm(root) => (path(root), Dialect::Arm),
            Unit::Bicep(root) => (path(root), Dialect::Bicep),
        };
        Project { root, dialect, environment: None, files: BTreeSet::new() }
    }

    fn evaluate(
        &self,
        project: usize,
        request: &Request,
        read: &Read,
        sources: &SourceMap,
        exports: &cloudformation::Exports,
    ) -> Evaluated {
        match self {
            Unit::Module(root, own) => {
                let inputs = read.inputs(Some(own));
                module(request, read, sources, (&read.workspace, root), inputs, project)
            }
            Unit::Plan(plan) => {
                let beside = plan.folder().and_then(|folder| {
                    let among = [&read.workspace, &read.beside];
                    let workspace = among.into_iter().find(|workspace| workspace.modules.contains_key(folder))?;
                    Some(module(request, read, sources, (workspace, folder), plan::variables(plan), project))
                });
                plan::evaluate(plan, beside.as_ref(), project, &Around { sources, templates: &read.templates })
            }
            Unit::Template(template) => cloudformation::evaluate(cloudformation::Input {
                workspace: &read.templates,
                template: Some(template),
                inputs: read.parameters.clone(),
                pseudo: FxHashMap::default(),
                exports,
                project,
            }),
            Unit::Bicep(path) => bicep::evaluate(bicep::Input {
                workspace: &read.bicep,
                templates: &read.arm,
                sources,
                path: (*path).clone(),
                inputs: read.parameters.clone(),
                deployment: Deployment::default(),
                project,
            }),
            Unit::Arm(path) => arm::evaluate(arm::Input {
                workspace: &read.arm,
                sources,
                path: (*path).clone(),
                inputs: read.given.clone(),
                deployment: Deployment::default(),
                project,
            }),
        }
    }
}

/// Evaluates a root module of a workspace.
fn module(
    request: &Request,
    read: &Read,
    sources: &SourceMap,
    (workspace, root): (&Workspace, &Path),
    inputs: FxHashMap<ecow::EcoString, Value>,
    project: usize,
) -> Evaluated {
    let input = Input {
        modules: &workspace.modules,
        links: &workspace.links,
        sources,
        templates: &read.templates,
        roots: &read.found.roots,
        root: root.to_path_buf(),
        inputs,
        locked: workspace.locked.get(root).cloned().unwrap_or_default(),
        project,
    };
    terraform::evaluate(input, request.workspace.as_deref().unwrap_or(terraform::DEFAULT_WORKSPACE))
}

fn evaluate(request: &Request, read: &Read, report: &mut Report, progress: &Progress) {
    progress.enter(Stage::Evaluate);
    let sources = &report.sources;
    let all = |units: &[Unit<'_>], first: usize, exports: &cloudformation::Exports| -> Vec<Result<Evaluated, String>> {
        let one = |(at, unit): (usize, &Unit<'_>)| match progress.is_stopped() {
            true => Ok(Evaluated::default()),
            false => guarded(|| unit.evaluate(first + at, request, read, sources, exports)),
        };
        units.par_iter().enumerate().map(one).collect()
    };
    let modules = read.workspace.roots.iter().map(|(root, own)| Unit::Module(root, own));
    let units = modules.chain(read.plans.iter().map(Unit::Plan)).chain(read.bicep.roots.iter().map(Unit::Bicep));
    let mut units: Vec<Unit<'_>> = units.collect();
    let mut evaluated = all(&units, 0, &cloudformation::Exports::default());
    // A template that a stack of theirs deploys is judged there, with the parameters that it is given.
    let claimed: BTreeSet<&PathBuf> = evaluated.iter().flatten().flat_map(|one| &one.claimed).collect();
    let stacks: Vec<&Template> =
        read.templates.root_templates().filter(|template| !claimed.contains(&template.path)).collect();
    let exports = guarded(|| cloudformation::exports::gather(&read.templates, &stacks, units.len(), &read.parameters));
    let exports = exports.unwrap_or_else(|why| {
        report.errors.push(fault(".", "reading the exports of templates for", &why));
        cloudformation::Exports::default()
    });
    let arm = read.arm.roots.iter().filter(|path| !claimed.contains(path)).map(Unit::Arm);
    let stacks = stacks.into_iter().map(Unit::Template);
    let templates: Vec<Unit<'_>> = stacks.chain(arm).collect();
    evaluated.extend(all(&templates, units.len(), &exports));
    units.extend(templates);
    let mut resources = Vec::new();
    let parts = request.with_parts.then(|| Parts::new(read, sources));
    for (project, (unit, evaluated)) in units.iter().zip(evaluated).enumerate() {
        let mut shown = unit.project(request);
        if let Some(parts) = &parts {
            shown.files = parts.of(unit, evaluated.as_ref().map(|one| one.claimed.as_slice()).unwrap_or_default());
        }
        match evaluated {
            Ok(evaluated) => {
                resources.extend(evaluated.resources);
                report.outputs.extend(evaluated.outputs.into_iter().map(|(name, value)| (project, name, value)));
                report.errors.extend(evaluated.errors);
            }
            Err(why) => report.errors.push(fault(&shown.root, "evaluating", &why)),
        }
        report.projects.push(shown);
    }
    progress.enter(Stage::Graph);
    report.graph = Graph::new(resources);
}

/// The types of resources in a graph, each once.
fn types(graph: &Graph) -> FxHashSet<&str> {
    graph.resources.iter().map(|resource| resource.type_.as_str()).collect()
}

/// Tells the kinds of resources and what follows from them, and has the policies judge them.
fn know(request: &Request, catalogue: &Needed<'static>, read: &Read, report: &mut Report, progress: &Progress) {
    let tables = Tables::new(&catalogue.kinds);
    let known = guarded(|| {
        progress.enter(Stage::Normalize);
        let mut nodes = normalize::normalize(&report.graph, &tables);
        progress.enter(Stage::Analyse);
        let secrets = analyse::analyse(catalogue, &report.graph, &tables, &mut nodes);
        (nodes, secrets)
    });
    match known {
        Ok((nodes, secrets)) => {
            report.nodes = nodes;
            report.secrets = secrets;
        }
        Err(why) => {
            report.errors.push(fault(".", "reading the tables of kinds for", &why));
            report.nodes.resize_with(report.graph.resources.len(), Default::default);
            return;
        }
    }
    if request.until < Until::Judge {
        return;
    }
    progress.enter(Stage::Judge);
    let bench = match request.config {
        Some(config) => Bench::new(catalogue, &config.policies, &request.selection.within(config)),
        None => Bench::new(catalogue, &[], &request.selection),
    };
    report.policies = bench.policies;
    let outside = [&read.workspace.outside, &read.templates.outside, &read.arm.outside, &read.bicep.outside];
    let outside = outside.into_iter().flatten().cloned().collect();
    let judged = Judged { graph: &report.graph, nodes: &report.nodes, sources: &report.sources, outside: &outside };
    match guarded(|| judge::judge(&judged, &bench)) {
        Ok(findings) => report.findings = findings,
        Err(why) => report.errors.push(fault(".", "judging", &why)),
    }
    if !request.no_ignores {
        let config = request.config.map(|config| {
            let (path, text) = (config.path.clone(), Arc::clone(&config.text));
            (config, report.sources.add(path.clone(), display_path(&path, &request.base), text))
        });
        let covers = |config: &Config| {
            request.paths.iter().any(|path| config.folder().starts_with(terraform::normalize(&request.base.join(path))))
        };
        let seen = Seen {
            sources: &report.sources,
            graph: &report.graph,
            policies: catalogue.policies,
            bench: &bench,
            outside: &outside,
            errors: &report.errors,
            config,
            is_whole: request.config.is_some_and(covers),
            today: Date::today(),
        };
        let findings = &mut report.findings;
        match guarded(|| suppress::apply(&seen, findings)) {
            Ok(told) => report.errors.extend(told),
            Err(why) => report.errors.push(fault(".", "reading the suppressions of", &why)),
        }
    }
}

/// A fault of phiguard's own, as an error of the report.
fn fault(path: &str, doing: &str, why: &str) -> Diagnostic {
    let message = eco_format!(
        "phiguard failed while {doing} this ({why}), so it is not checked; this is a fault of phiguard, please report it"
    );
    Diagnostic::with_path(Code::Internal, path, message)
}

/// Puts the errors into the order of their files and places, each once.
fn sort_errors(report: &mut Report) {
    let sources = &report.sources;
    let key = |error: &Diagnostic| {
        let file = error.path.clone().unwrap_or_else(|| sources.name(error.span).to_string());
        (file, error.span.start, error.code, error.message.clone())
    };
    report.errors.sort_by_cached_key(key);
    report.errors.dedup();
}
