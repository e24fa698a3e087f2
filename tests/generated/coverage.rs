//! docs/coverage.md: which policies judge which provider types, by the tables; and that this is what happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use phiguard::catalogue::coverage::{self, TypeOf};
use phiguard::catalogue::embedded;
use phiguard::catalogue::model::PolicyFile;
use phiguard::judge::{Judged, verdict};

use crate::common;
use crate::left_out;
use crate::markdown::{codes, head, notice, provider, row};
use crate::written::{Files, up_to_date};

#[test]
fn the_page_of_coverage_is_up_to_date() {
    let catalogue = embedded::catalogue().unwrap();
    let types = coverage::types(catalogue);
    let mut out = notice("the files under policies/");
    out.push_str("# Coverage\n\nWhich policies judge which provider types, as the tables of kinds say. A type is judged by a policy ");
    out.push_str("when it has at least one of the attributes that the policy tests, and all that it needs.\n");
    out.push_str("Types marked with * configure another resource, and are judged by themselves where that one is not in the scan.\n");
    summary(&catalogue.policies, &types, &mut out);
    out.push_str("\n## By policy\n");
    for policy in &catalogue.policies {
        by_policy(policy, &types, &mut out);
    }
    by_type(&catalogue.policies, &types, &mut out);
    left_out::page(catalogue, &types, &mut out);
    up_to_date(&Files::from([("coverage.md".to_string(), out)]), None);
}

fn link(policy: &PolicyFile) -> String {
    format!("[{0}](policies/{0}.md)", policy.id)
}

/// The types that a policy judges, by provider. A policy that reads the service alone judges all there are.
fn judged<'t>(policy: &PolicyFile, types: &'t [TypeOf<'t>]) -> BTreeMap<String, Vec<&'t TypeOf<'t>>> {
    let mut by: BTreeMap<String, Vec<&TypeOf<'_>>> = BTreeMap::new();
    for type_ in types.iter().filter(|type_| coverage::judges(policy, type_)) {
        by.entry(provider(type_.type_)).or_default().push(type_);
    }
    by.values_mut().for_each(|types| types.sort_by_key(|type_| type_.type_));
    by
}

fn summary(policies: &[PolicyFile], types: &[TypeOf<'_>], out: &mut String) {
    let providers: BTreeSet<String> = types.iter().map(|type_| provider(type_.type_)).collect();
    let mut names = vec!["policy"];
    names.extend(providers.iter().map(String::as_str));
    let _ = write!(out, "\n## How many types\n\n{}", head(&names));
    for policy in policies {
        let by = judged(policy, types);
        let count = |provider: &String| match coverage::judges_any_type(policy) {
            true => "all".to_string(),
            false => by.get(provider).map_or(String::new(), |types| types.len().to_string()),
        };
        out.push_str(&row(&[vec![format!("[{0}](#{0})", policy.id)], providers.iter().map(count).collect()].concat()));
    }
}

fn by_policy(policy: &PolicyFile, types: &[TypeOf<'_>], out: &mut String) {
    let _ = write!(out, "\n### {}\n\n[What it checks](policies/{}.md).\n", policy.id, policy.id);
    if coverage::judges_any_type(policy) {
        out.push_str("It judges every type, also those that no table names.\n");
        return;
    }
    let by = judged(policy, types);
    if by.is_empty() {
        out.push_str("No type of its kinds has what it tests yet.\n");
        return;
    }
    out.push('\n');
    for (provider, types) in by {
        let names: Vec<String> = types.iter().map(|type_| named(type_)).collect();
        let _ = writeln!(out, "- {provider}: {}", names.join(", "));
    }
}

fn named(type_: &TypeOf<'_>) -> String {
    let star = if type_.alone { "\\*" } else { "" };
    format!("`{}`{star}", type_.type_)
}

fn by_type(policies: &[PolicyFile], types: &[TypeOf<'_>], out: &mut String) {
    let everywhere: Vec<&PolicyFile> = policies.iter().filter(|policy| coverage::judges_any_type(policy)).collect();
    out.push_str("\n## By provider type\n\n");
    if !everywhere.is_empty() {
        let links: Vec<String> = everywhere.iter().map(|policy| link(policy)).collect();
        let _ = writeln!(out, "Every type is judged by {} besides.\n", links.join(", "));
    }
    out.push_str(&head(&["provider type", "kind", "policies"]));
    let mut sorted: Vec<&TypeOf<'_>> = types.iter().collect();
    sorted.sort_by_key(|type_| (type_.type_, type_.kind));
    for type_ in sorted {
        let judging =
            policies.iter().filter(|policy| !coverage::judges_any_type(policy) && coverage::judges(policy, type_));
        let links: Vec<String> = judging.map(link).collect();
        out.push_str(&row(&[named(type_), format!("[{0}](kinds.md#{0})", type_.kind), links.join(", ")]));
    }
}

/// The page is worked out from the tables, so that it must be compared with what judging does.
#[test]
fn what_examples_judge_is_covered() {
    let catalogue = embedded::catalogue().unwrap();
    let types = coverage::types(catalogue);
    let mut missing = BTreeSet::new();
    let mut seen = 0;
    for example in embedded::policies().unwrap().values().flat_map(|policy| &policy.examples) {
        if example.dialect != "terraform" {
            continue;
        }
        let report = common::check_text(&example.code);
        let outside = BTreeSet::new();
        let (graph, nodes, sources) = (&report.graph, &report.nodes, &report.sources);
        let judged = Judged {
            graph,
            nodes,
            sources,
            outside: &outside,
            has_gaps: false,
            environments: &[],
            has_one_account: true,
        };
        for (id, resource) in report.graph.resources.iter().enumerate() {
            let kind = report.nodes[id].kind;
            let of_kind =
                |policy: &&PolicyFile| policy.kinds.iter().any(|one| one == "any" || Some(one.as_str()) == kind);
            for policy in catalogue.policies.iter().filter(of_kind) {
                if coverage::judges_any_type(policy) || verdict(&judged, policy, id).is_none() {
                    continue;
                }
                seen += 1;
                let mut of_type = types.iter().filter(|type_| type_.type_ == resource.type_);
                if !of_type.any(|type_| coverage::judges(policy, type_)) {
                    missing.insert(format!("{} judges {}", policy.id, resource.type_));
                }
            }
        }
    }
    let only_services = catalogue.policies.iter().all(coverage::judges_any_type);
    assert!(seen > 0 || only_services, "nothing was judged");
    assert!(
        missing.is_empty(),
        "src/catalogue/coverage.rs does not know this, perhaps since it does not know who has a fact: {}",
        codes(missing.iter().map(String::as_str))
    );
}
