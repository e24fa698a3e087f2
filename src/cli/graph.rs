//! `phiguard graph`: the resources and what ties them.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{CLEAN, ProjectArguments, TROUBLE, output, spinner};
use crate::report::{GRAPH_FORMATS, Style};
use crate::run::{self, Until};

/// Arguments of `graph`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard graph clinic\n  phiguard graph clinic --format mermaid")]
pub(super) struct Arguments {
    /// Folders and files (default: the working directory).
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = names())]
    format: String,
    /// End with 0 even when something could not be read.
    #[arg(long)]
    allow_errors: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(GRAPH_FORMATS.iter().map(|format| format.name))
}

/// Prints the graph, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let request = match arguments.project.request(&arguments.paths, Until::Graph) {
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
    let style = Style { show_unknown: true, colour: false, width: output::width() };
    let Some(format) = GRAPH_FORMATS.iter().find(|format| format.name == arguments.format) else { return TROUBLE };
    if let Err(code) = output::print(&(format.write)(&report, &style)) {
        return code;
    }
    if let Err(code) = output::complain_of(&report) {
        return code;
    }
    if report.has_unchecked() && !arguments.allow_errors { TROUBLE } else { CLEAN }
}
