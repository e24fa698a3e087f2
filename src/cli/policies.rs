//! `phiguard policies`: the catalogue, and the examples of a folder's policies.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{CLEAN, FINDINGS, TROUBLE, coverage, output, own_policies, policies_in_full};
use crate::catalogue::model::PolicyFile;
use crate::run::examples;

/// Arguments of `policies`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard policies\n  phiguard policies --format json")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    format: Format,
    /// Print which policies judge which provider types, in which dialects.
    #[arg(long)]
    coverage: bool,
    /// Print which service each provider type belongs to, whether business associate agreements cover it, and the share of
    /// which that is unknown.
    #[arg(long, conflicts_with = "coverage")]
    services: bool,
    /// With --services: the provider types, one a line (default: those that the tables of kinds name); may be repeated.
    #[arg(long, value_name = "FILE", requires = "services")]
    types: Vec<PathBuf>,
    /// List the policies of a folder as well, as `check --policies` judges by them.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Judge the examples of a folder's policies, and say which are not as they expect.
    Test {
        /// The folder: kinds/KIND.yaml and FAMILY/POLICY.yaml.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Only policies whose id contains this.
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// A table.
    Text,
    /// An array of objects.
    Json,
}

#[derive(Serialize)]
struct PolicyJson<'p> {
    id: &'p str,
    title: &'p str,
    family: &'p str,
    severity: &'static str,
    safeguards: &'p [String],
    remediate_within_days: u32,
    kinds: &'p [String],
    parameters: &'p std::collections::BTreeMap<String, serde_json::Value>,
    remedy: &'p str,
    crosswalk: &'p std::collections::BTreeMap<String, Vec<String>>,
}

/// Prints the catalogue, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    if let Some(Command::Test { folder, only }) = &arguments.command {
        return test(folder, only.as_deref().unwrap_or_default());
    }
    match text(arguments) {
        Ok(text) => output::print(&text).map_or_else(|code| code, |()| CLEAN),
        Err(message) => {
            output::complain(&message);
            TROUBLE
        }
    }
}

fn text(arguments: &Arguments) -> Result<String, String> {
    let (policies, catalogue) = policies_in_full(arguments.policies.as_deref())?;
    if arguments.coverage {
        return Ok(coverage::matrix(catalogue, arguments.format));
    }
    if arguments.services {
        return coverage::services(catalogue, &arguments.types, arguments.format);
    }
    Ok(match arguments.format {
        Format::Text => table(&policies),
        Format::Json => json(&policies),
    })
}

/// Judges the examples of a folder's policies.
fn test(folder: &std::path::Path, only: &str) -> u8 {
    let own = match own_policies(folder) {
        Ok(own) => own,
        Err(message) => {
            output::complain(&message);
            return TROUBLE;
        }
    };
    let mut out = String::new();
    let (mut judged, mut wrong) = (0, 0);
    for policy in own.policies().filter(|policy| policy.id.contains(only)) {
        for example in &policy.examples {
            judged += 1;
            if let Err(why) = examples::judge(policy, example, Some(&own.catalogue)) {
                wrong += 1;
                let place = example.provider.as_deref().unwrap_or(&example.dialect);
                let _ = writeln!(out, "{} ({place}, {:?}, {}): {why}", policy.id, example.expect, example.title);
            }
        }
    }
    if judged == 0 {
        let what = if only.is_empty() { String::new() } else { format!(" whose id contains \"{only}\"") };
        output::complain(&format!("{} has no policy{what}, so nothing was judged", folder.display()));
        return TROUBLE;
    }
    let _ = writeln!(out, "{judged} examples, {wrong} not as they expect");
    match output::print(&out) {
        Ok(()) if wrong > 0 => FINDINGS,
        Ok(()) => CLEAN,
        Err(code) => code,
    }
}

/// The policies, one a line.
pub(super) fn table(policies: &[&PolicyFile]) -> String {
    let mut out = String::new();
    let widest = policies.iter().map(|policy| policy.id.len()).max().unwrap_or(0);
    for policy in policies {
        let _ = writeln!(
            out,
            "{:widest$}  {:8}  {:10}  {}",
            policy.id,
            policy.severity.as_str(),
            policy.family,
            policy.title
        );
    }
    out
}

fn json(policies: &[&PolicyFile]) -> String {
    let rows: Vec<PolicyJson<'_>> = policies
        .iter()
        .map(|policy| PolicyJson {
            id: &policy.id,
            title: &policy.title,
            family: &policy.family,
            severity: policy.severity.as_str(),
            safeguards: &policy.safeguards,
            remediate_within_days: policy.remediate_within_days,
            kinds: &policy.kinds,
            parameters: &policy.parameters,
            remedy: &policy.remedy.summary,
            crosswalk: &policy.crosswalk,
        })
        .collect();
    // Texts and numbers only, so that writing cannot fail.
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
    text
}
