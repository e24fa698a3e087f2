//! `phiguard check`: lints and prints, and answers with the exit code.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::{CLEAN, Colour, FINDINGS, ProjectArguments, TROUBLE, output, spinner};
use crate::catalogue::model::Severity;
use crate::judge::Outcome;
use crate::report::{FORMATS, Report, Style};
use crate::run::{self, Until};

/// Arguments of `check`.
#[derive(Args)]
pub(super) struct Arguments {
    /// Folders and files (default: the working directory).
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = names())]
    format: String,
    /// End with 1 for findings of this severity or worse.
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "low")]
    fail_on: Threshold,
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
    /// When to use colour.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    color: Colour,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| format.name))
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
    let request = match arguments.project.request(&arguments.paths, Until::Judge) {
        Ok(request) => request,
        Err(message) => {
            output::complain(&message);
            return TROUBLE;
        }
    };
    let report = match spinner::with(|progress| run::run(&request, progress)) {
        Ok(report) => report,
        Err(error) => {
            output::complain(&error.to_string());
            return TROUBLE;
        }
    };
    let style = Style {
        show_unknown: arguments.show_unknown,
        colour: output::in_colour(arguments.color),
        width: output::width(),
    };
    let Some(format) = FORMATS.iter().find(|format| format.name == arguments.format) else { return TROUBLE };
    if let Err(code) = output::print(&(format.write)(&report, &style)) {
        return code;
    }
    if report.files == 0 && report.errors.is_empty() {
        output::complain("no Terraform files here, so nothing was checked");
    }
    // Freeing a large report takes longer than printing it, and the process ends here.
    let code = exit_code(arguments, &report);
    std::mem::forget(report);
    code
}

fn exit_code(arguments: &Arguments, report: &Report) -> u8 {
    if report.has_unchecked() && !arguments.allow_errors {
        return TROUBLE;
    }
    let threshold = arguments.fail_on.severity();
    let counts = report.findings.iter().any(|finding| match finding.outcome {
        Outcome::Fail => finding.severity >= threshold,
        Outcome::Unknown => arguments.strict,
    });
    if counts && !arguments.exit_zero { FINDINGS } else { CLEAN }
}
