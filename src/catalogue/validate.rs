//! What the build refuses in the files under policies/: names that do not exist, types of two kinds, absences
//! without a source, citations nobody knows. Every complaint names file and line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::condition::{Condition, Operator, Subject};
use super::model::{AttributeDoc, Expect, KindFile, OneOrMany, PolicyFile, Row, Safeguard};
use super::provider::PROVIDERS;
use super::requirement::{self, ACCOUNT, PIECES};

/// A file and what it holds.
pub struct Sourced<T> {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it holds.
    pub value: T,
}

/// The facts that analyses add to resources.
pub const FACTS: &[&str] = &[
    "open_ingress",
    "open_egress",
    "grants_everyone",
    "requires_tls",
    "allows_admin",
    "wildcard_actions",
    "escalations",
    "unrestricted_key_use",
    "open_trust",
    "secrets",
    "preview",
    "service",
    "baa",
    "agreement",
    "log_class",
    "classification",
    "classification_tag",
];

/// The conversions of a row that take no argument.
pub const CONVERSIONS: &[&str] = &[
    "not",
    "present",
    "bool",
    "number",
    "lower",
    "list",
    "key",
    "tls",
    "policy",
    "ports",
    "size",
    "days_from_weeks",
    "days_from_months",
    "days_from_years",
    "days_from_hours",
    "days_from_period",
    "openapi_anonymous",
    "openapi_any_origin",
];

/// The conversions of a row that take an argument, and the word for what `map` leaves out.
pub const CONVERSIONS_WITH_ARGUMENT: &[&str] = &["equals", "one_of", "matches", "map", "else", "capture"];

impl<T> Sourced<T> {
    /// A complaint at the first line that holds every one of `needles`, searched one after the other.
    fn complain(&self, needles: &[&str], message: impl std::fmt::Display) -> String {
        let mut line = 0;
        for needle in needles {
            let found = self.text.lines().enumerate().skip(line).find(|(_, text)| text.contains(needle));
            if let Some((at, _)) = found {
                line = at;
            }
        }
        format!("{}:{}: {message}", self.path, line + 1)
    }
}

/// Checks the kind files.
pub fn kinds(kinds: &[Sourced<KindFile>], problems: &mut Vec<String>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for file in kinds {
        let kind = &file.value;
        if !file.path.ends_with(&format!("/{}.yaml", kind.kind)) {
            problems
                .push(file.complain(&["kind:"], format!("the file of kind `{}` must be named after it", kind.kind)));
        }
        for (type_, table) in &kind.types {
            let type_key = format!("{type_}:");
            if let Some(other) = owners.insert(type_, &kind.kind) {
                let message = format!("`{type_}` is of kind `{other}` already; a type has one kind");
                problems.push(file.complain(&[&type_key], message));
            }
            let own = std::iter::once((type_key.as_str(), &table.attributes));
            let companions = table.companions.iter().map(|companion| (companion.type_.as_str(), &companion.attributes));
            for (holder, attributes) in own.chain(companions) {
                for (name, rows) in attributes {
                    let needles = [type_key.as_str(), holder, name];
                    if !kind.attributes.contains_key(name) {
                        let message = format!("kind `{}` has no attribute `{name}`", kind.kind);
                        problems.push(file.complain(&needles, message));
                    }
                    for row in rows.as_slice() {
                        row_problems(row, &mut |message| {
                            problems.push(file.complain(&needles, format!("{type_}, {name}: {message}")));
                        });
                    }
                }
            }
            for companion in &table.companions {
                let ways = [!companion.by.is_empty(), !companion.to.is_empty(), companion.anywhere, companion.by_tags];
                if ways.iter().filter(|way| **way).count() != 1 {
                    let message = format!("companion `{}` needs one of by, to, anywhere, by_tags", companion.type_);
                    problems.push(file.complain(&[&type_key, &companion.type_], message));
                }
            }
        }
    }
}

fn row_problems(row: &Row, complain: &mut dyn FnMut(String)) {
    let sources = [!row.from.is_empty(), !row.from_all.is_empty(), row.value.is_some(), row.each.is_some()];
    match sources.iter().filter(|source| **source).count() {
        0 if row.cases.is_empty() => complain("a row needs from, from_all, value, each or cases".into()),
        0 | 1 => {}
        _ => complain("a row takes one of from, from_all, value, each".into()),
    }
    if row.absent.is_some() && row.source.is_none() {
        complain("`absent` is a decision: say in `source` who says so".into());
    }
    if row.each.is_some() == row.fields.is_empty() {
        complain("`each` and `fields` belong together".into());
    }
    conversions(&row.conversions, complain);
    for case in &row.cases {
        conversions(&case.conversions, complain);
    }
    for field in row.fields.values() {
        row_problems(field, complain);
    }
}

fn conversions(conversions: &OneOrMany<Json>, complain: &mut dyn FnMut(String)) {
    for conversion in conversions.as_slice() {
        match conversion {
            Json::String(name) if CONVERSIONS.contains(&name.as_str()) => {}
            Json::Object(fields) if fields.keys().all(|key| CONVERSIONS_WITH_ARGUMENT.contains(&key.as_str())) => {}
            other => complain(format!("there is no conversion {other}; there are {}", CONVERSIONS.join(", "))),
        }
    }
}

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
        if let Some(other) = ids.insert(&policy.id, &file.path) {
            problems.push(file.complain(&["id:"], format!("`{}` is the id of {other} already", policy.id)));
        }
        if !file.path.ends_with(&format!("/{}.yaml", policy.id)) {
            problems.push(file.complain(&["id:"], format!("the file of `{}` must be named after it", policy.id)));
        }
        for citation in &policy.safeguards {
            if !citations.contains(citation.as_str()) {
                let message = format!("{citation} is not in policies/safeguards.yaml");
                problems.push(file.complain(&["safeguards:"], message));
            }
        }
        let any = policy.kinds.iter().any(|kind| kind == "any");
        for kind in policy.kinds.iter().filter(|kind| *kind != "any") {
            if !kinds.iter().any(|file| file.value.kind == *kind) {
                problems.push(file.complain(&["kinds:"], format!("there is no kind `{kind}`")));
            }
        }
        let mut attributes: BTreeMap<&str, &AttributeDoc> = BTreeMap::new();
        for kind in kinds.iter().map(|file| &file.value) {
            if any || policy.kinds.contains(&kind.kind) {
                attributes.extend(kind.attributes.iter().map(|(name, doc)| (name.as_str(), doc)));
            }
        }
        let check = Check { attributes: &attributes, parameters: &policy.parameters };
        for (at, condition) in [("applies:", policy.applies.as_ref()), ("fails:", Some(&policy.fails))] {
            if let Some(condition) = condition {
                check.condition(condition, &mut |message| problems.push(file.complain(&[at], message)));
            }
        }
        requirements(file, kinds, problems);
        for name in policy.needs.iter().chain(policy.fix.iter().flat_map(|fix| fix.set.keys())) {
            if !attributes.contains_key(name.as_str()) && !FACTS.contains(&name.as_str()) {
                problems.push(file.complain(&[name], format!("none of its kinds has an attribute `{name}`")));
            }
        }
        if let Some(fix) = &policy.fix {
            for value in fix.set.values() {
                if let Some(name) = value.get("parameter").and_then(Json::as_str)
                    && !policy.parameters.contains_key(name)
                {
                    problems.push(file.complain(&["fix:"], format!("there is no parameter `{name}`")));
                }
            }
            if fix.safe == fix.because.is_some() {
                let message = "a fix is `safe: true`, or says in `because` what to look at before it is made";
                problems.push(file.complain(&["fix:"], message));
            }
        }
        for name in policy.classified.phi.parameters.keys().chain(policy.classified.none.parameters.keys()) {
            if !policy.parameters.contains_key(name) {
                problems.push(file.complain(&["classified:"], format!("there is no parameter `{name}`")));
            }
        }
        let has = |name: &str| attributes.contains_key(name) || FACTS.contains(&name);
        for name in placeholders(&policy.message) {
            let known = has(name)
                || name.strip_prefix("parameter.").is_some_and(|name| {
                    let (name, by) = name.split_once('.').map_or((name, None), |(name, by)| (name, Some(by)));
                    policy.parameters.contains_key(name) && by.is_none_or(&has)
                })
                || matches!(name, "resource.name" | "resource.type" | "resource.address")
                || (name == "missing" && !policy.requires.is_empty());
            if !known {
                problems
                    .push(file.complain(&["message:"], format!("the message names `{name}`, which does not exist")));
            }
        }
        for expect in [Expect::Fail, Expect::Pass] {
            if !policy.examples.iter().any(|example| example.expect == expect) {
                let word = if expect == Expect::Fail { "fails" } else { "passes" };
                problems.push(file.complain(&["examples:", "id:"], format!("it needs an example that {word}")));
            }
        }
    }
}

/// Checks what a policy asks of accounts: that it says how resources fail or what accounts need, and not both.
fn requirements(file: &Sourced<PolicyFile>, kinds: &[Sourced<KindFile>], problems: &mut Vec<String>) {
    let policy = &file.value;
    let mut complain = |needles: &[&str], message: String| problems.push(file.complain(needles, message));
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
        Condition::Anywhere { kind, condition } => {
            let Some(file) = kinds.iter().find(|file| file.value.kind == *kind) else {
                return complain(format!("there is no kind `{kind}`"));
            };
            let attributes = file.value.attributes.iter().map(|(name, doc)| (name.as_str(), doc)).collect();
            if let Some(condition) = condition {
                Check { attributes: &attributes, parameters: &policy.parameters }.condition(condition, complain);
            }
        }
        _ => complain("what an account needs is said by `anywhere`, joined by all, any and not".into()),
    }
}

/// The names in braces of a message.
pub fn placeholders(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

struct Check<'a> {
    attributes: &'a BTreeMap<&'a str, &'a AttributeDoc>,
    parameters: &'a BTreeMap<String, Json>,
}

impl Check<'_> {
    fn condition(&self, condition: &Condition, complain: &mut dyn FnMut(String)) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part, complain));
            }
            Condition::Not(part) => self.condition(part, complain),
            Condition::Quantified { list, condition, .. } => {
                if !self.attributes.contains_key(list.as_str()) && !FACTS.contains(&list.as_str()) {
                    complain(format!("none of its kinds has a list `{list}`"));
                }
                self.arguments(condition, complain);
            }
            Condition::Related { .. } | Condition::Anywhere { .. } => {}
            Condition::Test { subject, operator, argument } => {
                let known = match subject {
                    Subject::Attribute(name) => self.attributes.contains_key(name.as_str()),
                    Subject::Fact(name) => FACTS.contains(&name.as_str()),
                };
                if !known {
                    complain(format!("none of its kinds has `{}`", subject.name()));
                }
                self.argument(*operator, argument, complain);
            }
        }
    }

    /// Checks only the arguments, where the names are those of a list's elements.
    fn arguments(&self, condition: &Condition, complain: &mut dyn FnMut(String)) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.arguments(part, complain));
            }
            Condition::Not(part) | Condition::Quantified { condition: part, .. } => self.arguments(part, complain),
            Condition::Related { .. } | Condition::Anywhere { .. } => {}
            Condition::Test { operator, argument, .. } => self.argument(*operator, argument, complain),
        }
    }

    fn argument(&self, operator: Operator, argument: &Json, complain: &mut dyn FnMut(String)) {
        let argument = match argument.get("parameter").and_then(Json::as_str) {
            Some(name) => match self.parameters.get(name) {
                Some(value) => value,
                None => return complain(format!("there is no parameter `{name}`")),
            },
            None => argument,
        };
        let wanted = operator.argument();
        if !wanted.fits(argument) {
            complain(format!("`{}` takes {}, not {argument}", operator.name(), wanted.wanted()));
        }
    }
}
