//! docs/crosswalk.md: the rules of the official HIPAA sets and the policies that stand for them, in both directions, and
//! which policies stand for which safeguard.

use std::collections::BTreeMap;

use phiguard::catalogue::embedded;

use crate::markdown::{cell, head, notice, row};
use crate::rules::{Rule, Sets, sets};
use crate::written::{Files, up_to_date};

#[test]
fn the_page_of_the_crosswalk_is_up_to_date() {
    let catalogue = embedded::catalogue().unwrap();
    let Sets { aws_config, azure_policy } = sets();
    let mut out = notice("policies/crosswalk.yaml and the files under policies/");
    out.push_str("# Crosswalk\n\nWhich policies stand for which section of the Security Rule, and for which rule of the HIPAA sets that AWS Config ");
    out.push_str("and Azure Policy bring. [Safeguards](safeguards.md) says what each section asks for.\n");
    out.push_str("\n## From safeguard to policies\n\n");
    out.push_str(&head(&["section", "safeguard", "policies"]));
    for safeguard in &catalogue.safeguards {
        let of = catalogue.policies.iter().filter(|policy| policy.safeguards.contains(&safeguard.citation));
        let links: Vec<String> = of.map(|policy| link(&policy.id)).collect();
        if !links.is_empty() {
            out.push_str(&row(&[safeguard.citation.clone(), cell(&safeguard.name), links.join(", ")]));
        }
    }
    set("AWS Config", &aws_config, &mut out);
    set("Azure Policy", &azure_policy, &mut out);
    out.push_str("\n## From policy to rules\n\n");
    out.push_str(&head(&["policy", "AWS Config", "Azure Policy"]));
    let (aws, azure) = (by_policy(&aws_config), by_policy(&azure_policy));
    for policy in &catalogue.policies {
        let of = |by: &BTreeMap<&str, Vec<String>>| by.get(policy.id.as_str()).cloned().unwrap_or_default().join(", ");
        let (aws, azure) = (of(&aws), of(&azure));
        if !aws.is_empty() || !azure.is_empty() {
            out.push_str(&row(&[link(&policy.id), aws, azure]));
        }
    }
    up_to_date(&Files::from([("crosswalk.md".to_string(), out)]), None);
}

fn link(policy: &str) -> String {
    format!("[{policy}](policies/{policy}.md)")
}

/// The rules of a set with their policies; what no configuration shows stands apart.
fn set(name: &str, rules: &[Rule], out: &mut String) {
    let (checkable, other): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| rule.checkable == "yes");
    let (judged, left): (Vec<&Rule>, Vec<&Rule>) = checkable.into_iter().partition(|rule| !rule.policies.is_empty());
    let counts = format!(
        "{} rules: {} that configurations can show have a policy, {} have none, and {} are about what no configuration shows.",
        rules.len(),
        judged.len(),
        left.len(),
        other.len()
    );
    out.push_str(&format!("\n## From {name} to policies\n\n{counts}\n\n"));
    out.push_str(&head(&["rule", "policies"]));
    for rule in judged {
        let links: Vec<String> = rule.policies.iter().map(|policy| link(policy)).collect();
        out.push_str(&row(&[words(rule), links.join(", ")]));
    }
    if !left.is_empty() {
        out.push_str(&format!("\n### Rules of {name} without a policy\n\n{}", head(&["rule", "why"])));
        for rule in left {
            out.push_str(&row(&[words(rule), cell(rule.reason.as_deref().unwrap_or_default())]));
        }
    }
    out.push_str(&format!("\n### Rules of {name} that no configuration shows\n\n"));
    out.push_str("A policy beside one looks at the part of it that is declared.\n\n");
    out.push_str(&head(&["rule", "why", "policies"]));
    for rule in other {
        let why = match rule.checkable.as_str() {
            "runtime-only" => "what happens at run time",
            "account-state" => "what is not declared may be in the account all the same",
            _ => "people and procedures",
        };
        let links: Vec<String> = rule.policies.iter().map(|policy| link(policy)).collect();
        out.push_str(&row(&[words(rule), why.to_string(), links.join(", ")]));
    }
}

fn words(rule: &Rule) -> String {
    match &rule.title {
        Some(title) => format!("{} (`{}`)", cell(title), rule.id),
        None => format!("`{}`", rule.id),
    }
}

fn by_policy(rules: &[Rule]) -> BTreeMap<&str, Vec<String>> {
    let mut by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in rules {
        for policy in &rule.policies {
            by.entry(policy).or_default().push(format!("`{}`", rule.id));
        }
    }
    by
}
