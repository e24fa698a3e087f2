//! What is refused in policy files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Sourced;
use super::condition::Known;
use crate::catalogue::condition::Condition;
use crate::catalogue::model::{AttributeDoc, Expect, KindFile, PolicyFile, Safeguard};
use crate::catalogue::provider::PROVIDERS;
use crate::catalogue::requirement::{self, ACCOUNT, PIECES};

/// Checks the policy files.
pub fn policies(
    policies: &[Sourced<PolicyFile>],
    kinds: &[Sourced<KindFile>],
    safeguards: &[Safeguard],
    problems: &mut Vec<String>,
) {
    let citations: BTreeSet<&str> = safeguards.iter().map(|safeguard| safeguard.citation.as_str()).collect();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for file in policies {
        let policy = &file.value;
        let mut complain = |needles: &[&str], message: String| problems.push(file.complain(needles, message));
        if let Some(other) = ids.insert(&policy.id, &file.path) {
            complain(&["id:"], format!("`{}` is the id of {other} already", policy.id));
        }
        if !file.path.ends_with(&format!("/{}.yaml", policy.id)) {
            complain(&["id:"], format!("the file of `{}` must be named after it", policy.id));
        }
        for citation in policy.safeguards.iter().filter(|citation| !citations.contains(citation.as_str())) {
            complain(&["safeguards:"], format!("{citation} is not in policies/safeguards.yaml"));
        }
        for kind in policy.kinds.iter().filter(|kind| *kind != "any") {
            if !kinds.iter().any(|file| file.value.kind == *kind) {
                complain(&["kinds:"], format!("there is no kind `{kind}`"));
            }
        }
        let any = policy.kinds.iter().any(|kind| kind == "any");
        let judged = kinds.iter().map(|file| &file.value).filter(|kind| any || policy.kinds.contains(&kind.kind));
        let attributes: BTreeMap<&str, &AttributeDoc> =
            judged.flat_map(|kind| kind.attributes.iter().map(|(name, doc)| (name.as_str(), doc))).collect();
        names(policy, &attributes, kinds, &mut complain);
        requirements(policy, kinds, &mut complain);
        fix(policy, &mut complain);
        for (expect, word) in [(Expect::Fail, "fails"), (Expect::Pass, "passes")] {
            if !policy.examples.iter().any(|example| example.expect == expect) {
                complain(&["examples:", "id:"], format!("it needs an example that {word}"));
            }
        }
    }
}

/// Tells what is wrong: the words by which its place is found, and a message.
type Complain<'c> = dyn FnMut(&[&str], String) + 'c;

/// Checks the attributes, facts and parameters that a policy names.
fn names(
    policy: &PolicyFile,
    attributes: &BTreeMap<&str, &AttributeDoc>,
    kinds: &[Sourced<KindFile>],
    complain: &mut Complain<'_>,
) {
    let known = Known { attributes, parameters: &policy.parameters, kinds };
    for (at, condition) in [("applies:", policy.applies.as_ref()), ("fails:", Some(&policy.fails))] {
        if let Some(condition) = condition {
            known.condition(condition, &mut |message| complain(&[at], message));
        }
    }
    for name in policy.needs.iter().chain(policy.fix.iter().flat_map(|fix| fix.set.keys())) {
        if !known.has(name) {
            complain(&[name], format!("none of its kinds has an attribute `{name}`"));
        }
    }
    for name in policy.classified.phi.parameters.keys().chain(policy.classified.none.parameters.keys()) {
        if !policy.parameters.contains_key(name) {
            complain(&["classified:"], format!("there is no parameter `{name}`"));
        }
    }
    let is_parameter = |name: &str| {
        let (name, by) = name.split_once('.').map_or((name, None), |(name, by)| (name, Some(by)));
        policy.parameters.contains_key(name) && by.is_none_or(|by| known.has(by))
    };
    for name in placeholders(&policy.message) {
        let is_known = known.has(name)
            || name.strip_prefix("parameter.").is_some_and(is_parameter)
            || matches!(name, "resource.name" | "resource.type" | "resource.address")
            || (name == "missing" && !policy.requires.is_empty());
        if !is_known {
            complain(&["message:"], format!("the message names `{name}`, which does not exist"));
        }
    }
}

/// Checks what mends a policy.
fn fix(policy: &PolicyFile, complain: &mut Complain<'_>) {
    let Some(fix) = &policy.fix else { return };
    let parameters = fix.set.values().filter_map(|value| value.get("parameter").and_then(Json::as_str));
    for name in parameters.filter(|name| !policy.parameters.contains_key(*name)) {
        complain(&["fix:"], format!("there is no parameter `{name}`"));
    }
    if fix.safe == fix.because.is_some() {
        let message = "a fix is `safe: true`, or says in `because` what to look at before it is made";
        complain(&["fix:"], message.into());
    }
}

/// Checks what a policy asks of accounts: that it says how resources fail or what accounts need, and not both.
fn requirements(policy: &PolicyFile, kinds: &[Sourced<KindFile>], complain: &mut Complain<'_>) {
    if policy.requires.is_empty() {
        if requirement::is_nothing(&policy.fails) {
            complain(&["id:"], "it needs `fails`, or `requires` for an account".into());
        }
        return;
    }
    if !requirement::is_nothing(&policy.fails) {
        complain(&["fails:"], "a policy has `fails` or `requires`, not both".into());
    }
    if policy.kinds != [ACCOUNT] || policy.profile.is_none() {
        complain(&["requires:"], format!("a policy with `requires` judges kind `{ACCOUNT}`, and has a `profile`"));
    }
    let pieces: BTreeSet<&str> = policy.requires.iter().map(|one| one.piece.as_str()).collect();
    match policy.parameters.get(PIECES).and_then(Json::as_array) {
        None => complain(&["requires:"], format!("a policy with `requires` has a list as its parameter `{PIECES}`")),
        Some(asked) => {
            for name in asked.iter().filter(|name| !name.as_str().is_some_and(|name| pieces.contains(name))) {
                complain(&["parameters:"], format!("no requirement has the piece {name}"));
            }
        }
    }
    for one in &policy.requires {
        if !PROVIDERS.contains(&one.provider.as_str()) {
            let message = format!("there is no provider `{}`; there are {}", one.provider, PROVIDERS.join(", "));
            complain(&["requires:", &one.piece], message);
        }
        anywhere(&one.met, kinds, policy, &mut |message| complain(&["requires:", &one.piece], message));
    }
}

/// Checks what a requirement asks of kinds.
fn anywhere(condition: &Condition, kinds: &[Sourced<KindFile>], policy: &PolicyFile, complain: &mut dyn FnMut(String)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| anywhere(part, kinds, policy, complain));
        }
        Condition::Not(part) => anywhere(part, kinds, policy, complain),
        Condition::Anywhere { .. } => {
            let known = Known { attributes: &BTreeMap::new(), parameters: &policy.parameters, kinds };
            known.condition(condition, complain);
        }
        _ => complain("what an account needs is said by `anywhere`, joined by all, any and not".into()),
    }
}

/// The names in braces of a message.
fn placeholders(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}
