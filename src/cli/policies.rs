//! `phiguard policies`: the catalogue.

use std::fmt::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CLEAN, TROUBLE, output};
use crate::catalogue::embedded;
use crate::catalogue::model::PolicyFile;

/// Arguments of `policies`.
#[derive(Args)]
pub(super) struct Arguments {
    /// How to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
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
    let policies: Vec<&PolicyFile> = match embedded::policies() {
        Ok(policies) => policies.values().collect(),
        Err(why) => {
            output::complain(&format!("the embedded catalogue cannot be read: {why}"));
            return TROUBLE;
        }
    };
    let text = match arguments.format {
        Format::Text => table(&policies),
        Format::Json => json(&policies),
    };
    match output::print(&text) {
        Ok(()) => CLEAN,
        Err(code) => code,
    }
}

fn table(policies: &[&PolicyFile]) -> String {
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
