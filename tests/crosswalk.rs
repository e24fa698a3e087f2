//! Every rule of the official HIPAA sets that configurations can show has a policy that fails on an example of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "common/crosswalk.rs"]
mod rules;

use std::collections::BTreeSet;

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::Expect;
use phiguard::judge::Outcome;
use phiguard::report::Report;
use phiguard::run::examples;

/// What fails in a report: policy and provider type, which compares without case.
fn failing(report: &Report, into: &mut BTreeSet<(String, String)>) {
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail) {
        let resource = &report.graph.resources[finding.resource];
        into.insert((finding.policy.to_string(), resource.type_.to_lowercase().to_string()));
    }
}

#[test]
fn every_checkable_rule_has_a_policy_that_fails_on_an_example_of_it() {
    let policies = embedded::policies().unwrap();
    let mut found = BTreeSet::new();
    for example in policies.values().flat_map(|policy| &policy.examples) {
        if example.expect == Expect::Fail {
            failing(&examples::check(example, None).unwrap(), &mut found);
        }
    }
    failing(&common::check(&common::root().join("tests/crosswalk")), &mut found);
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let name = format!("{} ({})", rule.id, rule.title.as_deref().unwrap_or_default());
        for policy in rule.policies.iter().filter(|policy| !policies.contains_key(*policy)) {
            wrong.push(format!("{name}: there is no policy {policy}"));
        }
        if rule.checkable != "yes" {
            continue;
        }
        if rule.policies.is_empty() {
            if rule.reason.is_none() {
                wrong.push(format!("{name}: it has neither a policy nor a reason for having none"));
            }
            continue;
        }
        let fails =
            |policy: &String| rule.types.iter().any(|type_| found.contains(&(policy.clone(), type_.to_lowercase())));
        if !rule.policies.iter().any(fails) {
            wrong.push(format!("{name}: none of {:?} fails on one of {:?}", rule.policies, rule.types));
        }
    }
    assert!(wrong.is_empty(), "{} rules:\n{}", wrong.len(), wrong.join("\n"));
}
