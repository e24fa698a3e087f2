//! Twins under examples/: one system written in two dialects gets the same findings. Where a dialect or a provider
//! differs, the table says in what and why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeMap;

use phiguard::judge::Outcome;

/// A policy and a kind, how many findings more the second twin has, and why.
type Difference = (&'static str, &'static str, i64, &'static str);

const AZURE: &[Difference] =
    &[("resource-logging-disabled", "object_store", -1, "queues are logged by azurerm's own call, not by a property")];

const AWS: &[Difference] = &[
    ("database-tls-not-required", "search_domain", -1, "CloudFormation has no type for CloudSearch"),
    ("non-baa-service", "search_domain", -1, "CloudFormation has no type for CloudSearch"),
    ("single-zone", "search_domain", -1, "CloudFormation has no type for CloudSearch"),
    ("weak-tls", "search_domain", -1, "CloudFormation has no type for CloudSearch"),
    ("deletion-protection-disabled", "log_store", 1, "without a DeletionPolicy it goes with the stack"),
    ("deletion-protection-disabled", "object_store", 1, "without a DeletionPolicy it goes with the stack"),
    ("unrestricted-egress", "security_group", 1, "Terraform removes the rule that AWS adds, CloudFormation leaves it"),
];

/// The twins, and in what the second differs from the first.
const TWINS: &[(&str, &str, &[Difference])] = &[
    ("terraform-azure-leaky", "bicep-leaky", AZURE),
    ("terraform-azure-leaky", "arm-leaky", AZURE),
    ("terraform-azure-leaky", "terraform-azapi-leaky", AZURE),
    ("bicep-leaky", "arm-leaky", &[]),
    ("bicep-leaky", "terraform-azapi-leaky", &[]),
    ("terraform-azure-clean", "bicep-clean", &[]),
    ("terraform-aws-clean", "cloudformation-clean", &[]),
    ("terraform-aws-leaky", "cloudformation-leaky", AWS),
];

/// How many findings an example has of each policy, by the kind of the resource.
fn findings(example: &str) -> BTreeMap<(String, String), i64> {
    let report = common::check_paths(common::root(), &[&format!("examples/{example}")]);
    assert_eq!(common::errors(&report), [""; 0], "{example}");
    let mut counts = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail) {
        let kind = report.nodes[finding.resource].kind.unwrap_or_default();
        *counts.entry((finding.policy.to_string(), kind.to_string())).or_default() += 1;
    }
    counts
}

#[test]
fn twins_have_the_same_findings() {
    for (one, other, differences) in TWINS {
        let mut counts = findings(other);
        for (key, count) in findings(one) {
            *counts.entry(key).or_default() -= count;
        }
        counts.retain(|_, count| *count != 0);
        let known: BTreeMap<(String, String), i64> =
            differences.iter().map(|(policy, kind, more, _)| (((*policy).into(), (*kind).into()), *more)).collect();
        assert_eq!(counts, known, "{other} against {one}");
    }
}
