//! One run from paths to a report: the stages in order, each unit guarded, errors gathered and sorted. The
//! command line and every other way to use phiguard come through here.

mod accounts;
mod compared;
mod environments;
pub mod examples;
mod expression;
mod given;
mod guard;
pub mod mend;
mod parts;
mod progress;
mod request;
mod session;
mod since;
mod undeclared;
mod unit;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::analyse;
use crate::catalogue::{Needed, embedded};
use crate::config::{Config, Date};
use crate::discover::{self, Found};
use crate::evaluate::azure::{arm, bicep};
use crate::evaluate::cloudformation::{self, Template};
use crate::evaluate::terraform;
use crate::evaluate::terraform::load::{self, Workspace};
use crate::evaluate::terraform::plan::{self, Plan};
use crate::evaluate::{Code, Diagnostic, Evaluated, tell_unread};
use crate::graph::Graph;
use crate::judge::{self, Bench, Judged};
use crate::normalize::{self, Tables};
use crate::parse::documents;
use crate::report::Report;
use crate::source::{self, SourceId, SourceMap, display_path};
use crate::suppress::{self, Seen};

use environments::{Environments, Task};
use parts::Parts;
use unit::Unit;

pub use compared::{baseline_name, write_baseline};
pub use expression::{Answer, Asked, Calculator};
pub use guard::{guarded, threads, with_quiet_panics};
pub use progress::{Progress, Stage};
pub use request::{Request, RequestError, Until, VariableOption};
pub use session::{Pass, Session, Taken};
pub use since::{Since, run_since};

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
    let mut found = match request.changed {
        false => discover::discover(&paths),
        true => {
            let root = repository(&request.base);
            let mut found = discover::discover(&discover::affected(&paths, root));
            found.roots = vec![root.to_path_buf()];
            found
        }
    };
    if let Some(config) = request.config {
        found.exclude(|path| config.exclude.has(path));
    }
    found
}

/// Runs the stages after discovery on the files that were found.
fn run_on(request: &Request, found: Found, progress: &Progress) -> Result<Report, RequestError> {
    let sources = SourceMap::over(request.files.clone());
    let mut report = Report { sources, own: request.catalogue, ..Report::default() };
    let baseline = match &request.baseline {
        Some(path) => Some(compared::baseline(path, request, &mut report.sources)?),
        None => None,
    };
    let read = read(request, found, &mut report, progress)?;
    report.undeclared = undeclared::undeclared(request, &read, &report);
    progress.go_on()?;
    if request.until >= Until::Graph && !read.is_empty() {
        evaluate(request, &read, &mut report, progress);
        progress.go_on()?;
        let types = types(&report.graph).into_iter();
        let catalogue = embedded::needed(request.catalogue, types).map_err(RequestError::Catalogue)?;
        if know(request, &catalogue, &mut report, progress) && request.until >= Until::Judge {
            judge(request, &catalogue, &read, &mut report, progress);
        }
    }
    report.modules = read.beside.modules;
    report.modules.extend(read.workspace.modules);
    if let Some(baseline) = baseline {
        compared::hold(request, &baseline, &mut report);
    }
    progress.go_on()?;
    sort_errors(&mut report);
    Ok(report)
}

/// What was read, and what it is evaluated with.
struct Read {
    found: Found,
    workspace: Workspace,
    plans: Vec<Plan>,
    /// The sources that lie beside plans, where they are not checked themselves.
    beside: Workspace,
    templates: cloudformation::load::Workspace,
    arm: arm::load::Workspace,
    bicep: bicep::load::Workspace,
    environments: Environments,
    /// The file in which the project says what it asks for.
    config: Option<SourceId>,
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

    /// The templates that resources of Terraform may deploy.
    fn deployable(&self) -> terraform::Templates<'_> {
        terraform::Templates { cloudformation: &self.templates, arm: &self.arm }
    }
}

fn read(request: &Request, mut found: Found, report: &mut Report, progress: &Progress) -> Result<Read, RequestError> {
    for (path, why) in &found.troubles {
        let shown = display_path(path, &request.base);
        let message = eco_format!("this path cannot be read ({why}), so nothing below it is checked");
        report.errors.push(Diagnostic::with_path(Code::Unreadable, shown, message));
    }
    report.unread = found.unread.iter().map(|path| display_path(path, &request.base)).collect();
    progress.enter(Stage::Read);
    let config = request.config.map(|config| {
        let (path, text) = (config.path.clone(), Arc::clone(&config.text));
        report.sources.add(path, display_path(&config.path, &request.base), text)
    });
    let environments = Environments::read(request, config, &mut report.sources)?;
    let (base, sources, errors) = (&request.base, &mut report.sources, &mut report.errors);
    // Each file is read once, and the dialects take what is theirs.
    let claims = [arm::load::CLAIM, cloudformation::load::CLAIM];
    let given: Vec<PathBuf> =
        found.documents.iter().filter(|document| document.given).map(|document| document.path.clone()).collect();
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
    if !request.changed {
        // Who names changed files names whatever changed; who names a file means that one.
        let is_read = |path: &Path| {
            let shown = display_path(path, base);
            let is_told = |error: &Diagnostic| {
                error.path.as_deref() == Some(shown.as_str()) || sources.name(error.span) == shown.as_str()
            };
            let is_plan = plans.iter().any(|plan| plan.path == *path);
            is_plan || arm.templates.contains_key(path) || templates.get(path).is_some() || errors.iter().any(is_told)
        };
        let unread = given.iter().filter(|path| !is_read(path));
        report.unread.extend(unread.map(|path| display_path(path, base)));
        report.unread.sort();
    }
    report.files = workspace.files + plans.len() + templates.files + arm.files + bicep.count;
    report.errors.extend(cloudformation::inputs::undeclared(&templates, &environments.listed));
    Ok(Read { found, workspace, plans, beside, templates, arm, bicep, environments, config })
}

/// The root of the repository that a folder lies in, or the folder itself.
fn repository(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| source::exists(&folder.join(".git"))).unwrap_or(folder)
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

fn evaluate(request: &Request, read: &Read, report: &mut Report, progress: &Progress) {
    progress.enter(Stage::Evaluate);
    let sources = &report.sources;
    let all = |tasks: &[Task<'_>], first: usize, exports: &cloudformation::Exports| -> Vec<Result<Evaluated, String>> {
        let one = |(at, task): (usize, &Task<'_>)| match progress.is_stopped() {
            true => Ok(Evaluated::default()),
            false => guarded(|| task.evaluate(first + at, read, sources, exports)),
        };
        tasks.par_iter().enumerate().map(one).collect()
    };
    let modules = read.workspace.roots.iter().map(|(root, own)| Unit::Module(root, own));
    let units = modules.chain(read.plans.iter().map(Unit::Plan)).chain(read.bicep.roots.iter().map(Unit::Bicep));
    let mut tasks: Vec<Task<'_>> = units.flat_map(|unit| read.environments.tasks(unit)).collect();
    let mut evaluated = all(&tasks, 0, &cloudformation::Exports::default());
    // A template that a stack of theirs deploys is judged there, with the parameters that it is given.
    let claimed: BTreeSet<&PathBuf> = evaluated.iter().flatten().flat_map(|one| &one.claimed).collect();
    let is_root = |path: &PathBuf| !claimed.contains(path);
    let stacks: Vec<&Template> = read.templates.root_templates().filter(|template| is_root(&template.path)).collect();
    let is_own = |path: &&PathBuf| is_root(path) && !unit::is_of_module(path, read);
    let arm = read.arm.roots.iter().filter(is_own).map(Unit::Arm);
    let units: Vec<Unit<'_>> = stacks.into_iter().map(Unit::Template).chain(arm).collect();
    let mut templates: Vec<Task<'_>> = units.into_iter().flat_map(|unit| read.environments.tasks(unit)).collect();
    // What is exported is imported within one environment.
    templates.sort_by_key(|task| task.values.position);
    for tasks in templates.chunk_by(|one, next| one.values.position == next.values.position) {
        let first = evaluated.len();
        let stacks: Vec<&Template> = tasks.iter().map_while(Task::template).collect();
        let given = tasks.first().map(|task| &task.values.parameters);
        let exports = guarded(|| match given {
            Some(given) => cloudformation::exports::gather(&read.templates, &stacks, first, given),
            None => cloudformation::Exports::default(),
        });
        let exports = exports.unwrap_or_else(|why| {
            report.errors.push(fault(".", "reading the exports of templates for", &why));
            cloudformation::Exports::default()
        });
        evaluated.extend(all(tasks, first, &exports));
    }
    tasks.extend(templates);
    report.compiled = unit::compiled(&tasks, read);
    let mut resources = Vec::new();
    let parts = request.with_parts.then(|| Parts::new(read, sources));
    for (project, (task, evaluated)) in tasks.iter().zip(evaluated).enumerate() {
        let mut shown = task.project(request);
        if let Some(parts) = &parts {
            let claimed = evaluated.as_ref().map(|one| one.claimed.as_slice()).unwrap_or_default();
            shown.files = parts.of(&task.unit, claimed);
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
    if request.until >= Until::Judge {
        resources.extend(accounts::judged(request, &tasks, &resources));
    }
    progress.enter(Stage::Graph);
    report.graph = Graph::new(resources);
}

/// The types of resources in a graph, each once.
fn types(graph: &Graph) -> FxHashSet<&str> {
    graph.resources.iter().map(|resource| resource.type_.as_str()).collect()
}

/// Tells the kinds of resources and what follows from them; whether that went well.
fn know(request: &Request, catalogue: &Needed<'static>, report: &mut Report, progress: &Progress) -> bool {
    let tables = Tables::new(&catalogue.kinds);
    let known = guarded(|| {
        progress.enter(Stage::Normalize);
        let mut nodes = normalize::normalize(&report.graph, &tables);
        progress.enter(Stage::Analyse);
        let (graph, sources, config) = (&report.graph, &report.sources, request.config);
        let seen = analyse::Seen { catalogue, graph, tables: &tables, sources, config, today: Date::today() };
        let secrets = analyse::analyse(&seen, &mut nodes);
        (nodes, secrets)
    });
    match known {
        Ok((nodes, secrets)) => {
            report.nodes = nodes;
            report.secrets = secrets;
            true
        }
        Err(why) => {
            report.errors.push(fault(".", "reading the tables of kinds for", &why));
            report.nodes.resize_with(report.graph.resources.len(), Default::default);
            false
        }
    }
}

/// Has the policies judge what is known, and marks what somebody suppressed.
fn judge(request: &Request, catalogue: &Needed<'static>, read: &Read, report: &mut Report, progress: &Progress) {
    progress.enter(Stage::Judge);
    let adjusted = request.config.map(|config| config.policies.as_slice()).unwrap_or_default();
    let mut selection = request.selected();
    let is_whole = !selection.profiles.is_empty();
    selection.profiles.extend(read.environments.profiles().cloned());
    let bench = Bench::new(catalogue, adjusted, &selection);
    report.policies = bench.policies;
    let outside = [&read.workspace.outside, &read.templates.outside, &read.arm.outside, &read.bicep.outside];
    let outside = outside.into_iter().flatten().cloned().collect();
    let environments: Vec<_> = report.projects.iter().map(|project| project.environment.clone()).collect();
    let judged = Judged {
        graph: &report.graph,
        nodes: &report.nodes,
        sources: &report.sources,
        outside: &outside,
        has_gaps: report.errors.iter().any(|error| error.code.is_unchecked() || error.code == Code::MissingModule),
        environments: &environments,
        has_one_account: is_whole,
    };
    match guarded(|| judge::judge(&judged, &bench)) {
        Ok(findings) => report.findings = judge::compiled(findings, &judged, &report.compiled),
        Err(why) => report.errors.push(fault(".", "judging", &why)),
    }
    if request.no_ignores {
        return;
    }
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
        config: request.config.zip(read.config),
        is_whole: request.config.is_some_and(covers),
        foreign: request.foreign_ignores || request.config.is_some_and(|config| config.foreign_ignores),
        today: Date::today(),
    };
    let findings = &mut report.findings;
    match guarded(|| suppress::apply(&seen, findings)) {
        Ok(told) => report.errors.extend(told),
        Err(why) => report.errors.push(fault(".", "reading the suppressions of", &why)),
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
