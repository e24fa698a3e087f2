//! `phiguard check`: lints and prints, and answers with the exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::explain::no_such;
use super::fix::{self, Fixing};
use super::targets::{self, Target, TargetParser};
use super::{CLEAN, Colour, FINDINGS, ProjectArguments, TROUBLE, output, spinner, watch};
use crate::catalogue::embedded;
use crate::catalogue::model::Severity;
use crate::config::Config;
use crate::judge::{Outcome, Selection};
use crate::report::{Report, Style};
use crate::run::{self, Progress, Request, RequestError, Since, Until};
use crate::source::display_path;

/// Arguments of `check`.
#[derive(Args)]
#[command(after_long_help = "Examples:
  phiguard check
  phiguard check clinic imaging/template.yaml
  phiguard check --fail-on high --format sarif=phiguard.sarif
  phiguard check --var-file clinic/prod.tfvars clinic
  phiguard check --write-baseline
  phiguard check --baseline phiguard-baseline.json
  phiguard check --since HEAD --only-new
  phiguard check --changed clinic/main.tf")]
pub(super) struct Arguments {
    /// Folders and files (default: the working directory).
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// PATHs are files that changed: check the projects that they belong to, and only these. Files that are gone, and
    /// those that belong to none, are passed over.
    #[arg(long, conflicts_with = "since")]
    changed: bool,
    /// How to print; FORMAT=FILE prints into a file. May be repeated: one goes to stdout, all others into files.
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "terminal", value_parser = TargetParser)]
    format: Vec<Target>,
    /// Print the format that names no file of its own into this one, and not to stdout.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Judge by these policies and families only, comma-separated; may be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave these policies and families out, comma-separated; may be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Judge by the policies of these profiles too, comma-separated: account, for what an account needs once.
    #[arg(long = "profile", value_name = "NAME", value_delimiter = ',')]
    profiles: Vec<String>,
    /// End with 1 for findings of this severity or worse (default: low, or what phiguard.toml says).
    #[arg(long, value_name = "SEVERITY", value_enum)]
    fail_on: Option<Threshold>,
    /// List what could not be told, with the reason.
    #[arg(long)]
    show_unknown: bool,
    /// End with 1 when something could not be told.
    #[arg(long)]
    strict: bool,
    /// End with 0 or 1 even when something could not be checked.
    #[arg(long)]
    allow_errors: bool,
    /// End with 0 even when there are findings.
    #[arg(long)]
    exit_zero: bool,
    /// Show findings that somebody suppressed like the others.
    #[arg(long)]
    no_ignores: bool,
    /// Let comments that are written for checkov, tfsec and trivy suppress the same findings here (default: what
    /// phiguard.toml says).
    #[arg(long, conflicts_with = "no_ignores")]
    foreign_ignores: bool,
    /// Let what this file lists pass: only findings that are new are shown and fail the run (default: the baseline of
    /// phiguard.toml, if it names one; --since leaves that aside).
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Say which findings are new since a revision of the git repository, which it still had, and which are mended.
    /// Two revisions as A..B judge B in place of the working tree.
    #[arg(long, value_name = "REV", conflicts_with_all = ["baseline", "write_baseline"])]
    since: Option<String>,
    /// With --since: show new findings only, and let only these fail the run.
    #[arg(long, requires = "since")]
    only_new: bool,
    /// Write all that is found into a baseline, and end with 0; without FILE into that of --baseline or phiguard.toml,
    /// or phiguard-baseline.json.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    write_baseline: Option<Option<PathBuf>>,
    /// Check again whenever a file below the PATHs changes, until stopped.
    #[arg(long, conflicts_with_all = ["since", "write_baseline", "changed"])]
    watch: bool,
    /// Mend what is safe to mend, and report what is left.
    #[arg(long, conflicts_with_all = ["since", "write_baseline", "watch"])]
    fix: bool,
    /// Mend also where something may break or be made anew: implies --fix, unless --diff is there.
    #[arg(long, conflicts_with_all = ["since", "write_baseline", "watch"])]
    unsafe_fixes: bool,
    /// Print what --fix would change as a unified diff, and change nothing.
    #[arg(long, conflicts_with_all = ["format", "since", "write_baseline", "watch"])]
    diff: bool,
    /// When to use colour.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    color: Colour,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

impl Arguments {
    /// What to do with fixes, if anything.
    fn fixing(&self) -> Option<Fixing> {
        match (self.diff, self.fix || self.unsafe_fixes) {
            (true, _) => Some(Fixing::Show),
            (false, true) => Some(Fixing::Write),
            (false, false) => None,
        }
    }
}

/// The severity from which findings fail the run.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Threshold {
    Low,
    Medium,
    High,
    Critical,
}

impl Threshold {
    fn severity(self) -> Severity {
        match self {
            Threshold::Low => Severity::Low,
            Threshold::Medium => Severity::Medium,
            Threshold::High => Severity::High,
            Threshold::Critical => Severity::Critical,
        }
    }
}

/// Lints, prints, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    if !arguments.watch {
        return once(arguments);
    }
    let here = std::env::current_dir().unwrap_or_default();
    let paths: Vec<PathBuf> = match arguments.paths.is_empty() {
        true => vec![here.clone()],
        false => arguments.paths.iter().map(|path| here.join(path)).collect(),
    };
    let written: Vec<PathBuf> = arguments
        .format
        .iter()
        .filter_map(Target::file)
        .chain(arguments.output.as_deref())
        .map(|file| here.join(file))
        .collect();
    watch::repeat(&paths, &written, || once(arguments))
}

/// Lints and prints once.
fn once(arguments: &Arguments) -> u8 {
    let prepared = request(arguments)
        .and_then(|request| Ok((request, targets::paired(&arguments.format, arguments.output.as_deref())?)));
    let (request, targets) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            output::complain(&message);
            return TROUBLE;
        }
    };
    let report = match arguments.fixing() {
        Some(fixing) => fix::run(&request, fixing, arguments.unsafe_fixes),
        None => spinner::with(|progress| checked(arguments, &request, progress)).map_err(|error| {
            output::complain(&error.to_string());
            TROUBLE
        }),
    };
    let report = match report {
        Ok(report) => report,
        Err(code) => return code,
    };
    let asked = if arguments.changed { Ok(()) } else { output::complain_of(&report) };
    if let Some(file) = arguments.baseline_to_write(request.config) {
        if let Err(code) = asked {
            return code;
        }
        return write_baseline(arguments, &file, &request, &report);
    }
    let style = Style {
        show_unknown: arguments.show_unknown,
        colour: output::in_colour(arguments.color),
        width: output::width(),
    };
    if !arguments.diff
        && let Err(code) = targets::print(&targets, &report, style)
    {
        return code;
    }
    // Freeing a large report takes longer than printing it, and the process ends here.
    if let Some(count) = report.comparison.as_ref().map(|one| one.unchecked_before).filter(|count| *count > 0) {
        let of = report.comparison.as_ref().map(|one| one.with.as_str()).unwrap_or_default();
        let errors = if count == 1 { "error" } else { "errors" };
        output::complain(&format!("{count} {errors} in {of}: what could not be checked there may look new here"));
    }
    let code = asked.err().unwrap_or_else(|| exit_code(arguments, request.config, &report));
    if !arguments.watch {
        std::mem::forget(report);
    }
    code
}

impl Arguments {
    /// The baseline that is given, or that the project has.
    fn known(&self, config: Option<&Config>) -> Option<PathBuf> {
        self.baseline.clone().or_else(|| config?.baseline.clone())
    }

    /// The baseline to write, if any.
    fn baseline_to_write(&self, config: Option<&Config>) -> Option<PathBuf> {
        let file = self.write_baseline.as_ref()?;
        Some(file.clone().or_else(|| self.known(config)).unwrap_or_else(run::baseline_name))
    }
}

/// The report on the working tree, held against a revision where one is given.
fn checked(arguments: &Arguments, request: &Request, progress: &Progress) -> Result<Report, RequestError> {
    match &arguments.since {
        None => run::run(request, progress),
        Some(revision) => {
            let since = Since { revision: revision.clone(), only_new: arguments.only_new };
            run::run_since(request, &since, progress)
        }
    }
}

/// Writes a baseline in place of printing, and answers with the exit code.
fn write_baseline(arguments: &Arguments, file: &Path, request: &Request, report: &Report) -> u8 {
    let shown = display_path(file, &request.base);
    let count = match run::write_baseline(file, request, report, arguments.strict) {
        Ok(count) => count,
        Err(error) => {
            output::complain(&format!("{shown} cannot be written: {error}"));
            return TROUBLE;
        }
    };
    let findings = if count == 1 { "finding" } else { "findings" };
    if let Err(code) = output::print(&format!("{shown} lists {count} {findings}\n")) {
        return code;
    }
    if report.has_unchecked() && !arguments.allow_errors {
        output::complain("something could not be checked, so it is not in there; `phiguard check` says what");
        return TROUBLE;
    }
    CLEAN
}

/// What to check, and by which policies.
fn request(arguments: &Arguments) -> Result<Request, String> {
    let mut request = arguments.project.request(&arguments.paths, Until::Judge)?;
    let (only, without) = (arguments.select.clone(), arguments.ignore.clone());
    request.selection = Selection { only, without, profiles: arguments.profiles.clone() };
    request.no_ignores = arguments.no_ignores;
    request.changed = arguments.changed;
    request.foreign_ignores = arguments.foreign_ignores;
    if arguments.changed && arguments.paths.is_empty() {
        request.paths.clear();
    }
    if arguments.write_baseline.is_none() && arguments.since.is_none() {
        request.baseline = arguments.known(request.config);
    }
    if request.selection == Selection::default() {
        return Ok(request);
    }
    let catalogue =
        embedded::listed(request.catalogue).map_err(|why| format!("the embedded catalogue cannot be read: {why}"))?;
    let known: BTreeSet<&str> =
        catalogue.policies.iter().flat_map(|policy| [policy.id.as_str(), policy.family.as_str()]).collect();
    let profiles = catalogue.profiles();
    if let Some(name) = arguments.profiles.iter().find(|name| !profiles.contains(name.as_str())) {
        let all: Vec<&str> = profiles.into_iter().collect();
        return Err(format!("there is no profile \"{name}\"; there are {}", all.join(", ")));
    }
    let by_project = request.config.iter().flat_map(|config| {
        config.profiles.iter().chain(config.environments.iter().filter_map(|environment| environment.profile.as_ref()))
    });
    let asked: Vec<&String> = arguments.profiles.iter().chain(by_project).collect();
    for policy in catalogue.policies.iter().filter(|policy| arguments.select.contains(&policy.id)) {
        if let Some(profile) = policy.profile.as_ref().filter(|one| !asked.contains(one)) {
            return Err(format!("{} judges only with its profile; add --profile {profile}", policy.id));
        }
    }
    match arguments.select.iter().chain(&arguments.ignore).find(|name| !known.contains(name.as_str())) {
        None => Ok(request),
        Some(name) => Err(no_such(name, &known)),
    }
}

fn exit_code(arguments: &Arguments, config: Option<&Config>, report: &Report) -> u8 {
    if report.has_unchecked() && !arguments.allow_errors {
        return TROUBLE;
    }
    let asked = arguments.fail_on.map(Threshold::severity).or_else(|| config.and_then(|config| config.fail_on));
    let threshold = asked.unwrap_or(Severity::Low);
    let counts =
        report.findings.iter().filter(|finding| report.is_open(finding)).any(|finding| match finding.outcome {
            Outcome::Fail => finding.severity >= threshold,
            Outcome::Unknown => arguments.strict,
        });
    if counts && !arguments.exit_zero { FINDINGS } else { CLEAN }
}
