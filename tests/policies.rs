//! Every example of every policy, judged: what must fail fails at the marked line, what must pass was judged and
//! passes, what cannot be told is unknown.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

use std::collections::BTreeSet;

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::Expect;
use phiguard::run::examples;

#[test]
fn examples_are_judged_as_they_say() {
    let mut wrong = Vec::new();
    for policy in embedded::policies().unwrap().values() {
        for example in &policy.examples {
            if let Err(why) = examples::judge(policy, example, None) {
                wrong.push(format!("{} ({:?}, {}): {why}", policy.id, example.expect, example.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where nothing that can be written passes: a role definition of Terraform is always one's own, and no type of
/// CloudFormation replicates a machine.
const NOTHING_PASSES: &[(&str, &str)] =
    &[("custom-role-defined", "terraform"), ("disaster-recovery-missing", "cloudformation")];

/// A policy speaks of the providers that it covers with an example that fails and one that passes for each.
#[test]
fn every_provider_of_a_policy_has_a_failing_and_a_passing_example() {
    let mut missing = Vec::new();
    for policy in embedded::policies().unwrap().values() {
        let providers: BTreeSet<(&str, Option<&str>)> =
            policy.examples.iter().map(|example| (example.dialect.as_str(), example.provider.as_deref())).collect();
        for (dialect, provider) in providers {
            for expect in [Expect::Fail, Expect::Pass] {
                let has = policy.examples.iter().any(|example| {
                    example.dialect == dialect && example.provider.as_deref() == provider && example.expect == expect
                });
                let may_lack = expect == Expect::Pass && NOTHING_PASSES.contains(&(policy.id.as_str(), dialect));
                if !has && !may_lack {
                    missing.push(format!("{} has no example for {dialect} {provider:?} that is {expect:?}", policy.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
