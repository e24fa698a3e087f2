//! docs/policies: a page for every policy, and their index.

use std::collections::BTreeMap;
use std::fmt::Write;

use phiguard::catalogue::embedded;
use phiguard::catalogue::fix::Fix;
use phiguard::catalogue::model::{Expect, PolicyFile, Safeguard};

use crate::condition;
use crate::markdown::{cell, codes, escaped, fenced, head, notice, row, spoken};
use crate::written::{Files, up_to_date};

#[test]
fn pages_of_policies_are_up_to_date() {
    let policies = embedded::policies().unwrap();
    let safeguards = &embedded::catalogue().unwrap().safeguards;
    let mut files = Files::new();
    for policy in policies.values() {
        files.insert(format!("policies/{}.md", policy.id), page(policy, safeguards));
    }
    files.insert("policies/README.md".to_string(), index(policies));
    up_to_date(&files, Some("policies"));
}

fn index(policies: &BTreeMap<String, PolicyFile>) -> String {
    let mut families: BTreeMap<&str, Vec<&PolicyFile>> = BTreeMap::new();
    for policy in policies.values() {
        families.entry(&policy.family).or_default().push(policy);
    }
    let mut out = notice("the files under policies/");
    out.push_str(
        "# Policies\n\nEvery built-in policy, by family. `phiguard explain ID` prints the same as its page.\n",
    );
    out.push_str("[Coverage](../coverage.md) says which provider types each of them judges, and ");
    out.push_str("[safeguards](../safeguards.md) which section of the Security Rule asks for it.\n");
    for (family, policies) in families {
        let _ = write!(out, "\n## {family}\n\n{}", head(&["policy", "what is wrong", "severity", "safeguards"]));
        for policy in policies {
            out.push_str(&row(&[
                format!("[{0}]({0}.md)", policy.id),
                cell(&policy.title),
                policy.severity.as_str().to_string(),
                policy.safeguards.join(", "),
            ]));
        }
    }
    out
}

fn page(policy: &PolicyFile, safeguards: &[Safeguard]) -> String {
    let file = format!("policies/{}/{}.yaml", policy.family, policy.id);
    let mut out = notice(&file);
    let _ = write!(
        out,
        "# {}\n\n`{}` · severity {} · family {} · to be mended within {} days · [source](../../{file})\n\n",
        escaped(&policy.title),
        policy.id,
        policy.severity.as_str(),
        policy.family,
        policy.remediate_within_days,
    );
    what(policy, &mut out);
    if !policy.why.is_empty() {
        let _ = write!(out, "## Why it matters\n\n{}\n\n", escaped(policy.why.trim()));
    }
    out.push_str("## Safeguards\n\nThe sections of 45 CFR that it breaks ([all of them](../safeguards.md)):\n\n");
    for citation in &policy.safeguards {
        match safeguards.iter().find(|safeguard| safeguard.citation == *citation) {
            Some(of) => {
                let _ = writeln!(out, "- {citation} {} ({}, {}): {}", of.name, of.kind, of.obligation, of.summary);
            }
            None => {
                let _ = writeln!(out, "- {citation}");
            }
        }
    }
    mend(policy, &mut out);
    if !policy.parameters.is_empty() {
        let _ = write!(out, "\n## Parameters\n\n{}", head(&["name", "default"]));
        for (name, value) in &policy.parameters {
            out.push_str(&row(&[format!("`{name}`"), cell(&condition::value(value))]));
        }
    }
    examples(policy, &mut out);
    let known: Vec<_> = policy.crosswalk.iter().filter(|(_, ids)| !ids.is_empty()).collect();
    if !known.is_empty() {
        let _ = write!(out, "\n## What others call it\n\n{}", head(&["tool", "ids"]));
        for (tool, ids) in known {
            out.push_str(&row(&[spoken(tool), codes(ids.iter().map(String::as_str))]));
        }
    }
    out
}

fn what(policy: &PolicyFile, out: &mut String) {
    let kinds: Vec<String> = policy.kinds.iter().map(|kind| format!("[{kind}](../kinds.md#{kind})")).collect();
    out.push_str("## What it checks\n\n");
    let judges = match policy.kinds.iter().any(|kind| kind == "any") {
        true => "It judges every kind of resource".to_string(),
        false => format!("It judges {}", kinds.join(", ")),
    };
    let needs = match policy.needs.is_empty() {
        true => String::new(),
        false => format!(" where it has {}", codes(policy.needs.iter().map(String::as_str))),
    };
    let _ = writeln!(out, "{judges}{needs}: [provider types](../coverage.md#{}).", policy.id);
    if let Some(applies) = &policy.applies {
        let _ = write!(out, "It is applicable where\n\n{}", condition::list(applies));
    }
    let _ = write!(out, "\nA resource fails when\n\n{}\n", condition::list(&policy.fails));
    let braces = if policy.message.contains('{') { ", with the values in place of the names" } else { "" };
    let _ = write!(out, "The finding says{braces}: `{}`\n\n", policy.message.replace('`', "'"));
}

fn mend(policy: &PolicyFile, out: &mut String) {
    let _ = write!(out, "\n## How to mend it\n\n{}\n", escaped(policy.remedy.summary.trim()));
    if let Some(fix) = &policy.fix {
        let risk = fix.because.as_ref().map(|because| format!(": {}", escaped(because)));
        let how = match fix.safe {
            true => "`phiguard check --fix` does it".to_string(),
            false => format!("`phiguard check --unsafe-fixes` does it{}", risk.unwrap_or_default()),
        };
        let _ = write!(out, "\nSetting {} mends it ([fixes](../fixes.md)). {how}.\n", settings(fix));
    }
    for (dialect, text) in &policy.remedy.dialects {
        let _ = write!(out, "\n### {}\n\n{}", spoken(dialect), remedy(dialect, text));
    }
}

/// The attributes that a fix sets, with their values.
pub fn settings(fix: &Fix) -> String {
    let one = |(name, value): (&String, &serde_json::Value)| match value.get("parameter").and_then(|name| name.as_str())
    {
        Some(parameter) => format!("`{name}` to the parameter `{parameter}`"),
        None => format!("`{name}` to {}", condition::value(value)),
    };
    fix.set.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A remedy is prose or a snippet: a snippet has lines that open or close a block.
fn remedy(dialect: &str, text: &str) -> String {
    let opens = |line: &str| line.ends_with(['{', '[']) || matches!(line, "}" | "]") || line.starts_with('#');
    let yaml = |line: &str| dialect == "cloudformation" && line.ends_with(':') && !line.contains(' ');
    if text.lines().map(str::trim).any(|line| opens(line) || yaml(line)) {
        return fenced(language(dialect), text);
    }
    let mut out = String::new();
    for line in text.trim().lines() {
        // "AWS: ..." and "Azure: ..." are paragraphs of their own.
        let starts = line.split_once(": ").is_some_and(|(word, _)| word.chars().all(char::is_alphanumeric));
        if starts && !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", escaped(line));
    }
    out
}

fn language(dialect: &str) -> &'static str {
    match dialect {
        "terraform" => "hcl",
        "cloudformation" => "yaml",
        "arm" => "json",
        "bicep" => "bicep",
        _ => "",
    }
}

fn examples(policy: &PolicyFile, out: &mut String) {
    out.push_str("\n## Examples\n\nThe comment `expect` stands on the line at which the finding points.\n");
    for example in &policy.examples {
        let word = match example.expect {
            Expect::Fail => "Fails",
            Expect::Pass => "Passes",
            Expect::Unknown => "Cannot be told",
        };
        let provider = example.provider.as_deref().map(|name| format!(", {}", spoken(name))).unwrap_or_default();
        let title = match example.title.is_empty() {
            true => String::new(),
            false => format!(": {}", escaped(&example.title)),
        };
        let _ = write!(
            out,
            "\n### {word}{title}\n\n{}{provider}\n\n{}",
            spoken(&example.dialect),
            fenced(language(&example.dialect), &example.code)
        );
    }
}
