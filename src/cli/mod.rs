//! The command line: what the arguments mean, what goes to stdout and stderr, and the exit code.

mod check;
mod completions;
mod coverage;
mod eval;
mod explain;
mod fix;
mod graph;
mod init;
mod lsp;
mod output;
mod policies;
mod spinner;
mod targets;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::catalogue::model::PolicyFile;
use crate::catalogue::own::{self, Own};
use crate::catalogue::{Catalogue, embedded};
use crate::config::{self, Config};
use crate::evaluate::terraform;
use crate::run::{self, Request, Until, VariableOption};
use crate::source::display_path;

/// Nothing at or above the threshold.
const CLEAN: u8 = 0;
/// Findings.
const FINDINGS: u8 = 1;
/// Wrong use, or something that could not be checked.
const TROUBLE: u8 = 2;

/// Reads infrastructure as code and says where it breaks the technical safeguards of the HIPAA Security Rule.
#[derive(Parser)]
#[command(name = "phiguard", version, about, disable_help_subcommand = true)]
#[command(after_help = "Start with `phiguard check`; `phiguard COMMAND --help` has examples.
Exit codes: 0 nothing found, 1 findings, 2 wrong use or something that could not be checked.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lint folders and files.
    Check(check::Arguments),
    /// Say what a policy checks, why, how to mend what it finds, and what it cites.
    Explain(explain::Arguments),
    /// List the policies.
    Policies(policies::Arguments),
    /// Show the resources and what ties them, as they were evaluated.
    Graph(graph::Arguments),
    /// Write a phiguard.toml in which everything is commented out.
    Init(init::Arguments),
    /// Serve an editor: the language server, on stdin and stdout.
    Lsp(lsp::Arguments),
    /// Say what expressions are worth in a project, and where the value comes from.
    Eval(eval::Arguments),
    /// Print what a shell needs to complete commands and options.
    Completions(completions::Arguments),
    /// Print a page of the manual, as `man` reads it.
    Man(completions::ManArguments),
}

/// What every command that reads a project takes.
#[derive(Args)]
struct ProjectArguments {
    /// Set a variable of the root modules; may be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Read variables from a file; may be repeated, and later options win.
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<PathBuf>,
    /// Read the values of templates' parameters from a file, in any form that the AWS command line takes, or of
    /// Azure; may be repeated, and later options win.
    #[arg(long = "parameters", value_name = "FILE")]
    parameter_files: Vec<PathBuf>,
    /// Let variables take their values from TF_VAR_NAME in the environment.
    #[arg(long)]
    env_vars: bool,
    /// What terraform.workspace is (default: "default").
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// Take one environment of phiguard.toml (default: each of them).
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Judge by the kinds and policies of a folder as well; what it names again replaces phiguard's own.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Use this many threads (default: one a processor).
    #[arg(long, value_name = "N", env = "PHIGUARD_THREADS")]
    threads: Option<usize>,
    /// Ignore phiguard.toml.
    #[arg(long)]
    no_config: bool,
    /// The variable options in the order in which they were given.
    #[arg(skip)]
    ordered: Vec<VariableOption>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set or TERM is "dumb".
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    run::with_quiet_panics();
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return output::usage(&error),
    };
    let mut cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    if let (Some(project), Some((_, inner))) = (cli.command.project(), matches.subcommand()) {
        project.ordered = ordered(project, inner);
    }
    let threads = cli.command.project().and_then(|project| project.threads);
    // The language server has threads of its own, and must not keep one of these waiting.
    let worked = match &cli.command {
        Command::Lsp(arguments) => run::guarded(|| lsp::run(arguments)),
        command => run::guarded(|| in_pool(threads, || command.run())),
    };
    match worked {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            output::complain(&format!("phiguard failed ({why}); this is a fault of phiguard, please report it"));
            ExitCode::from(TROUBLE)
        }
    }
}

impl Command {
    fn project(&mut self) -> Option<&mut ProjectArguments> {
        match self {
            Command::Check(arguments) => Some(&mut arguments.project),
            Command::Graph(arguments) => Some(&mut arguments.project),
            Command::Eval(arguments) => Some(&mut arguments.project),
            Command::Explain(_)
            | Command::Policies(_)
            | Command::Init(_)
            | Command::Lsp(_)
            | Command::Completions(_)
            | Command::Man(_) => None,
        }
    }

    fn run(&self) -> u8 {
        match self {
            Command::Check(arguments) => check::run(arguments),
            Command::Explain(arguments) => explain::run(arguments),
            Command::Policies(arguments) => policies::run(arguments),
            Command::Graph(arguments) => graph::run(arguments),
            Command::Init(arguments) => init::run(arguments),
            Command::Eval(arguments) => eval::run(arguments),
            Command::Lsp(arguments) => lsp::run(arguments),
            Command::Completions(arguments) => completions::run(arguments, Cli::command()),
            Command::Man(arguments) => completions::man(arguments, Cli::command()),
        }
    }
}

/// Does the work on threads with deep stacks.
fn in_pool(threads: Option<usize>, work: impl FnOnce() -> u8 + Send) -> u8 {
    match run::threads(threads) {
        Ok(pool) => pool.install(work),
        Err(error) => {
            output::complain(&format!("threads cannot be started: {error}"));
            TROUBLE
        }
    }
}

/// The variable options in the order of the command line, of which later ones win.
fn ordered(project: &ProjectArguments, matches: &clap::ArgMatches) -> Vec<VariableOption> {
    let at = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<usize>>();
    let values = project.variables.iter().cloned().map(VariableOption::Value);
    let files = project.variable_files.iter().cloned().map(VariableOption::File);
    let parameters = project.parameter_files.iter().cloned().map(VariableOption::Parameters);
    let variables = at("variables").into_iter().zip(values).chain(at("variable_files").into_iter().zip(files));
    let mut options: Vec<(usize, VariableOption)> =
        variables.chain(at("parameter_files").into_iter().zip(parameters)).collect();
    options.sort_by_key(|(at, _)| *at);
    options.into_iter().map(|(_, option)| option).collect()
}

impl ProjectArguments {
    /// The request for some paths; the working directory when there is none.
    fn request(&self, paths: &[PathBuf], until: Until) -> Result<Request, String> {
        let base = std::env::current_dir().map_err(|error| format!("the working directory cannot be read: {error}"))?;
        let paths = if paths.is_empty() { vec![PathBuf::from(".")] } else { paths.to_vec() };
        let (workspace, environment, env_vars) = (self.workspace.clone(), self.environment.clone(), self.env_vars);
        let catalogue = match &self.policies {
            Some(folder) => Some(&own_policies(folder)?.catalogue),
            None => None,
        };
        let config = if self.no_config { None } else { configuration(&paths, &base, catalogue)? };
        let variables = self.ordered.clone();
        Ok(Request {
            config,
            paths,
            base,
            variables,
            until,
            workspace,
            env_vars,
            environment,
            catalogue,
            ..Request::default()
        })
    }
}

/// The phiguard.toml for the first of some paths. It is needed until the process ends, so it is never freed.
fn configuration(
    paths: &[PathBuf],
    base: &Path,
    catalogue: Option<&'static Catalogue>,
) -> Result<Option<&'static Config>, String> {
    let first = paths.first().map(|path| terraform::normalize(&base.join(path)));
    let Some(path) = first.and_then(|first| config::find(&first)) else { return Ok(None) };
    let catalogue =
        embedded::listed(catalogue).map_err(|why| format!("the embedded catalogue cannot be read: {why}"))?;
    let config = config::load(&path, &display_path(&path, base), &catalogue)?;
    Ok(Some(Box::leak(Box::new(config))))
}

/// What there is to read of policies: the program's own or, with a folder, those that a run with it judges by.
fn policies_in_full(folder: Option<&Path>) -> Result<(Vec<&'static PolicyFile>, &'static Catalogue), String> {
    if let Some(folder) = folder {
        let catalogue = &own_policies(folder)?.catalogue;
        return Ok((catalogue.policies.iter().collect(), catalogue));
    }
    let broken = |why: &str| format!("the embedded catalogue cannot be read: {why}");
    Ok((embedded::policies().map_err(broken)?.values().collect(), embedded::catalogue().map_err(broken)?))
}

/// The catalogue with the files of a folder. It is needed until the process ends, so it is never freed.
fn own_policies(folder: &Path) -> Result<&'static Own, String> {
    match own::with_folder(folder) {
        Ok(own) => Ok(Box::leak(Box::new(own))),
        Err(problems) => Err(format!("{} cannot be used\n{}", folder.display(), problems.join("\n"))),
    }
}
