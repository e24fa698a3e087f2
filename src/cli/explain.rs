//! `phiguard explain`: policies in full, and those of a family in short.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{CLEAN, TROUBLE, output, policies, policies_in_full};
use crate::catalogue::model::{Expect, PolicyFile};
use crate::catalogue::{Catalogue, nearest};
use crate::report::wrapped;

/// Arguments of `explain`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard explain public-bucket\n  phiguard explain logging")]
pub(super) struct Arguments {
    /// Ids of policies; the name of a family lists its policies.
    #[arg(value_name = "POLICY", required = true)]
    names: Vec<String>,
    /// Explain the policies of a folder as well, as `check --policies` judges by them.
    #[arg(long = "policies", value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints the policies, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    match texts(arguments) {
        Ok(texts) => output::print(&texts.join("\n")).map_or_else(|code| code, |()| CLEAN),
        Err(message) => {
            output::complain(&message);
            TROUBLE
        }
    }
}

/// What there is to say of each name.
fn texts(arguments: &Arguments) -> Result<Vec<String>, String> {
    let (policies, catalogue) = policies_in_full(arguments.folder.as_deref())?;
    let policies: BTreeMap<&str, &PolicyFile> = policies.iter().map(|policy| (policy.id.as_str(), *policy)).collect();
    arguments.names.iter().map(|name| explained(name, &policies, catalogue)).collect()
}

/// What there is to say of a name.
fn explained(name: &str, policies: &BTreeMap<&str, &PolicyFile>, catalogue: &Catalogue) -> Result<String, String> {
    let wanted = name.to_lowercase();
    if let Some(policy) = policies.get(wanted.as_str()) {
        return Ok(text(policy, catalogue, output::width()));
    }
    let family: Vec<&PolicyFile> = policies.values().copied().filter(|policy| policy.family == wanted).collect();
    if !family.is_empty() {
        return Ok(policies::table(&family));
    }
    let families = policies.values().map(|policy| policy.family.as_str());
    let known: BTreeSet<&str> = policies.keys().copied().chain(families).collect();
    Err(no_such(name, &known))
}

/// That there is no policy and no family of a name, and which one may be meant.
pub(super) fn no_such(name: &str, known: &BTreeSet<&str>) -> String {
    let near = nearest(&name.to_lowercase(), known.iter().copied());
    let near = near.map(|near| format!("is it {near}? ")).unwrap_or_default();
    format!("there is no policy and no family \"{name}\"; {near}`phiguard policies` lists them")
}

fn text(policy: &PolicyFile, catalogue: &Catalogue, width: usize) -> String {
    let mut out = String::new();
    let prose = |text: &str, by: &str| indented(&wrapped(text.trim(), width.saturating_sub(by.len())), by);
    let _ = writeln!(out, "{}: {}", policy.id, policy.title);
    let _ = writeln!(
        out,
        "severity {}, family {}, to be mended within {} days\n",
        policy.severity.as_str(),
        policy.family,
        policy.remediate_within_days
    );
    if !policy.why.is_empty() {
        let _ = writeln!(out, "{}\n", prose(&policy.why, ""));
    }
    let _ = writeln!(out, "Safeguards (45 CFR)");
    for citation in &policy.safeguards {
        match catalogue.safeguards.iter().find(|safeguard| safeguard.citation == *citation) {
            Some(safeguard) => {
                let _ = writeln!(out, "  {citation}  {} ({})", safeguard.name, safeguard.obligation);
                if !safeguard.summary.is_empty() {
                    let _ = writeln!(out, "{}", prose(&safeguard.summary, "      "));
                }
            }
            None => {
                let _ = writeln!(out, "  {citation}");
            }
        }
    }
    let _ = writeln!(out, "\nHow to mend it\n{}", prose(&policy.remedy.summary, "  "));
    if let Some(fix) = &policy.fix {
        let because = fix.because.as_ref().map(|because| format!(", but look first: {because}")).unwrap_or_default();
        let option = if fix.safe { "--fix" } else { "--unsafe-fixes" };
        let done = format!("phiguard check {option} does it where it can{because}");
        let _ = writeln!(out, "{}", prose(&done, "  "));
    }
    for (dialect, remedy) in &policy.remedy.dialects {
        let _ = writeln!(out, "\n  {dialect}:\n{}", prose(remedy, "    "));
    }
    if !policy.parameters.is_empty() {
        let _ = writeln!(out, "\nParameters");
        for (name, value) in &policy.parameters {
            let _ = writeln!(out, "  {name} = {value}");
        }
    }
    for example in &policy.examples {
        let word = match example.expect {
            Expect::Fail => "Fails",
            Expect::Pass => "Passes",
            Expect::Unknown => "Cannot be told",
        };
        let provider = example.provider.as_deref().map(|provider| format!(", {provider}")).unwrap_or_default();
        let _ = writeln!(out, "\n{word} ({}{provider}): {}", example.dialect, example.title);
        if let Some(config) = &example.config {
            let _ = writeln!(out, "  phiguard.toml:\n{}\n", indented(config, "    "));
        }
        let _ = writeln!(out, "{}", indented(&example.code, "    "));
    }
    let known: Vec<_> = policy.crosswalk.iter().filter(|(_, ids)| !ids.is_empty()).collect();
    if !known.is_empty() {
        let _ = writeln!(out, "\nOthers call it");
        for (tool, ids) in known {
            let _ = writeln!(out, "  {tool}: {}", ids.join(", "));
        }
    }
    out
}

fn indented(text: &str, by: &str) -> String {
    let lines = text.trim_end().lines();
    lines.map(|line| if line.is_empty() { String::new() } else { format!("{by}{line}") }).collect::<Vec<_>>().join("\n")
}
