//! What the build refuses in the files under policies/: names that do not exist, types of two kinds, absences
//! without a source, citations nobody knows. Every complaint names file and line.

mod condition;
mod policy;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::model::{KindFile, OneOrMany, Row};

use condition::over_paths;
pub use policy::policies;

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
    pub(super) fn complain(&self, needles: &[&str], message: impl std::fmt::Display) -> String {
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
            let own = table.when.iter().map(|when| (type_key.as_str(), when));
            let companions = table.companions.iter().filter_map(|one| Some((one.type_.as_str(), one.when.as_ref()?)));
            for (holder, when) in own.chain(companions) {
                over_paths(when, &mut |message| problems.push(file.complain(&[&type_key, holder, "when:"], message)));
            }
            for companion in &table.companions {
                let ways = [!companion.by.is_empty(), !companion.to.is_empty(), companion.anywhere, companion.by_tags];
                if ways.iter().filter(|way| **way).count() != 1 {
                    let message = format!("companion `{}` needs one of by, to, anywhere, by_tags", companion.type_);
                    problems.push(file.complain(&[&type_key, &companion.type_], message));
                }
                if !companion.meets.is_empty() && companion.by.is_empty() {
                    let message =
                        format!("companion `{}` meets its owner only by something: it needs by", companion.type_);
                    problems.push(file.complain(&[&type_key, &companion.type_], message));
                }
                if companion.by.is_empty() && !companion.within.is_empty() {
                    let message = format!("companion `{}` has `within`, which goes with `by`", companion.type_);
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
        over_paths(&case.when, complain);
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
            Json::Object(fields) if fields.keys().all(|key| CONVERSIONS_WITH_ARGUMENT.contains(&key.as_str())) => {
                let patterns = ["matches", "capture"].into_iter().filter_map(|name| fields.get(name));
                patterns.for_each(|argument| condition::pattern(argument, complain));
            }
            other => complain(format!("there is no conversion {other}; there are {}", CONVERSIONS.join(", "))),
        }
    }
}
