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

mod common;

use std::collections::BTreeSet;

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::{Example, Expect, PolicyFile};
use phiguard::judge::{Judged, Outcome, verdict};
use phiguard::value::Truth;

#[test]
fn examples_are_judged_as_they_say() {
    let mut wrong = Vec::new();
    for policy in embedded::policies().unwrap().values() {
        for example in &policy.examples {
            if let Err(why) = judge(policy, example) {
                wrong.push(format!("{} ({:?}, {}): {why}", policy.id, example.expect, example.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(policy: &PolicyFile, example: &Example) -> Result<(), String> {
    let report = common::check_text(&example.code);
    if let Some(error) = report.errors.first() {
        return Err(format!("it does not evaluate: {} {}", report.sources.text(error.span), error.message));
    }
    let marker = format!("# expect: {}", policy.id);
    let marked: BTreeSet<u32> =
        (1..).zip(example.code.lines()).filter(|(_, line)| line.contains(&marker)).map(|(at, _)| at).collect();
    let lines = |outcome: Outcome| -> BTreeSet<u32> {
        let of_policy = report.findings.iter().filter(|one| one.policy == policy.id && one.outcome == outcome);
        of_policy.map(|finding| report.sources.range(finding.span).0.line).collect()
    };
    let (fails, unknown) = (lines(Outcome::Fail), lines(Outcome::Unknown));
    if fails != marked {
        return Err(format!("it fails at lines {fails:?}, marked are {marked:?}; unknown at {unknown:?}"));
    }
    let outside = BTreeSet::new();
    let judged = Judged { graph: &report.graph, nodes: &report.nodes, sources: &report.sources, outside: &outside };
    let verdicts: Vec<Truth> = (0..report.nodes.len()).filter_map(|id| verdict(&judged, policy, id)).collect();
    match example.expect {
        Expect::Fail if marked.is_empty() => Err("no line is marked".into()),
        Expect::Pass if !unknown.is_empty() => Err(format!("it is unknown at lines {unknown:?}")),
        Expect::Pass if !verdicts.contains(&Truth::False) => Err("the policy judges nothing in it".into()),
        Expect::Unknown if unknown.is_empty() => Err(format!("nothing is unknown; verdicts are {verdicts:?}")),
        _ => Ok(()),
    }
}

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
                if !has {
                    missing.push(format!("{} has no example for {dialect} {provider:?} that is {expect:?}", policy.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
