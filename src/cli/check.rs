//! `phiguard check`: lints and prints, and answers with the exit code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::fix::{self, Fixing};
use super::targets::{self, Target, TargetParser};
use super::{CLEAN, Colour, FINDINGS, ProjectArguments, TROUBLE, output, spinner};
use crate::catalogue::model::Severity;
use crate::catalogue::{embedded, nearest};
use crate::config::Config;
use crate::judge::{Outcome, Selection};
use crate::report::{Report, Style};
use crate::run::{self, Request, Until};

/// Arguments of `check`.
#[derive(Args)]
pub(super) struct Arguments {
    /// Folders and files (default: the working directory).
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
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
    /// Mend what is safe to mend, and report what is left.
    #[arg(long)]
    fix: bool,
    /// Mend also where something may break or be made anew: implies --fix, unless --diff is there.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what --fix would change as a unified diff, and change nothing.
    #[arg(long, conflicts_with = "format")]
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
        None => spinner::with(|progress| run::run(&request, progress)).map_err(|error| {
            output::complain(&error.to_string());
            TROUBLE
        }),
    };
    let report = match report {
        Ok(report) => report,
        Err(code) => return code,
    };
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
    if report.files == 0 && report.errors.is_empty() {
        output::complain("nothing here is Terraform, CloudFormation, ARM or Bicep, so nothing was checked");
    }
    // Freeing a large report takes longer than printing it, and the process ends here.
    let code = exit_code(arguments, request.config, &report);
    std::mem::forget(report);
    code
}

/// What to check, and by which policies.
fn request(arguments: &Arguments) -> Result<Request, String> {
    let mut request = arguments.project.request(&arguments.paths, Until::Judge)?;
    request.selection = Selection { only: arguments.select.clone(), without: arguments.ignore.clone() };
    request.no_ignores = arguments.no_ignores;
    if request.selection == Selection::default() {
        return Ok(request);
    }
    let catalogue = match request.catalogue {
        Some(catalogue) => catalogue,
        None => embedded::catalogue().map_err(|why| format!("the embedded catalogue cannot be read: {why}"))?,
    };
    let known: BTreeSet<&str> =
        catalogue.policies.iter().flat_map(|policy| [policy.id.as_str(), policy.family.as_str()]).collect();
    match arguments.select.iter().chain(&arguments.ignore).find(|name| !known.contains(name.as_str())) {
        None => Ok(request),
        Some(name) => {
            let near = nearest(name, known.iter().copied()).map(|near| format!("; is it {near}?")).unwrap_or_default();
            Err(format!("there is no policy and no family \"{name}\"{near} `phiguard policies` lists them"))
        }
    }
}

fn exit_code(arguments: &Arguments, config: Option<&Config>, report: &Report) -> u8 {
    if report.has_unchecked() && !arguments.allow_errors {
        return TROUBLE;
    }
    let asked = arguments.fail_on.map(Threshold::severity).or_else(|| config.and_then(|config| config.fail_on));
    let threshold = asked.unwrap_or(Severity::Low);
    let counts =
        report.findings.iter().filter(|finding| finding.suppressed.is_none()).any(|finding| match finding.outcome {
            Outcome::Fail => finding.severity >= threshold,
            Outcome::Unknown => arguments.strict,
        });
    if counts && !arguments.exit_zero { FINDINGS } else { CLEAN }
}
