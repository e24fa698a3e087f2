//! `phiguard explain`: a policy in full.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{CLEAN, TROUBLE, output, policies_in_full};
use crate::catalogue::model::{Expect, PolicyFile};
use crate::catalogue::{Catalogue, nearest};

/// Arguments of `explain`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard explain public-bucket")]
pub(super) struct Arguments {
    /// The policy's id.
    #[arg(value_name = "POLICY")]
    policy: String,
    /// Look among the policies of a folder as well, as `check --policies` does.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
}

/// Prints the policy, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let (policies, catalogue) = match policies_in_full(arguments.policies.as_deref()) {
        Ok(found) => found,
        Err(message) => {
            output::complain(&message);
            return TROUBLE;
        }
    };
    let wanted = arguments.policy.to_lowercase();
    let Some(policy) = policies.iter().find(|policy| policy.id == wanted) else {
        let near = nearest(&wanted, policies.iter().map(|policy| policy.id.as_str()));
        let hint = near.map(|near| format!("; is it {near}?")).unwrap_or_default();
        output::complain(&format!("there is no policy \"{}\"{hint} `phiguard policies` lists them", arguments.policy));
        return TROUBLE;
    };
    match output::print(&text(policy, catalogue)) {
        Ok(()) => CLEAN,
        Err(code) => code,
    }
}

fn text(policy: &PolicyFile, catalogue: &Catalogue) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", policy.id, policy.title);
    let _ = writeln!(
        out,
        "severity {}, family {}, to be mended within {} days\n",
        policy.severity.as_str(),
        policy.family,
        policy.remediate_within_days
    );
    if !policy.why.is_empty() {
        let _ = writeln!(out, "{}\n", policy.why.trim());
    }
    let _ = writeln!(out, "Safeguards (45 CFR)");
    for citation in &policy.safeguards {
        match catalogue.safeguards.iter().find(|safeguard| safeguard.citation == *citation) {
            Some(safeguard) => {
                let _ = writeln!(out, "  {citation}  {} ({})", safeguard.name, safeguard.obligation);
                if !safeguard.summary.is_empty() {
                    let _ = writeln!(out, "      {}", safeguard.summary);
                }
            }
            None => {
                let _ = writeln!(out, "  {citation}");
            }
        }
    }
    let _ = writeln!(out, "\nHow to mend it\n  {}", policy.remedy.summary);
    if let Some(fix) = &policy.fix {
        let because = fix.because.as_ref().map(|because| format!(", but look first: {because}")).unwrap_or_default();
        let option = if fix.safe { "--fix" } else { "--unsafe-fixes" };
        let _ = writeln!(out, "  phiguard check {option} does it where it can{because}");
    }
    for (dialect, remedy) in &policy.remedy.dialects {
        let _ = writeln!(out, "\n  {dialect}:\n{}", indented(remedy, "    "));
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
