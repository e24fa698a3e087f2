//! What is refused in conditions: names that do not exist, and arguments that an operator does not take.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{FACTS, Sourced};
use crate::catalogue::condition::{Argument, Condition, Operator, Subject};
use crate::catalogue::model::{AttributeDoc, KindFile};

/// What the conditions of a policy may name.
pub(super) struct Known<'a> {
    /// The attributes of the kinds that are judged.
    pub(super) attributes: &'a BTreeMap<&'a str, &'a AttributeDoc>,
    /// The policy's parameters.
    pub(super) parameters: &'a BTreeMap<String, Json>,
    /// The kinds that neighbours may be of.
    pub(super) kinds: &'a [Sourced<KindFile>],
}

impl Known<'_> {
    /// Whether there is an attribute or fact of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name) || FACTS.contains(&name)
    }

    /// Checks a condition over attributes and facts.
    pub(super) fn condition(&self, condition: &Condition, complain: &mut dyn FnMut(String)) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part, complain));
            }
            Condition::Not(part) => self.condition(part, complain),
            Condition::Quantified { list, condition, .. } => {
                if !self.has(list) {
                    complain(format!("none of its kinds has a list `{list}`"));
                }
                self.arguments(condition, complain);
            }
            Condition::Related { kind, condition } | Condition::Anywhere { kind, condition } => {
                self.elsewhere(kind, condition.as_deref(), complain);
            }
            Condition::Test { subject, operator, argument } => {
                let known = match subject {
                    Subject::Attribute(name) => self.attributes.contains_key(name.as_str()),
                    Subject::Fact(name) => FACTS.contains(&name.as_str()),
                };
                if !known {
                    complain(format!("none of its kinds has `{}`", subject.name()));
                }
                self.argument(*operator, argument, complain);
                if let Some(by) = argument.get("by").and_then(Json::as_str).filter(|by| !self.has(by)) {
                    complain(format!("none of its kinds has `{by}`"));
                }
            }
        }
    }

    /// Checks a condition over resources of another kind.
    fn elsewhere(&self, kind: &str, condition: Option<&Condition>, complain: &mut dyn FnMut(String)) {
        let Some(file) = self.kinds.iter().find(|file| file.value.kind == kind) else {
            return complain(format!("there is no kind `{kind}`"));
        };
        let attributes = file.value.attributes.iter().map(|(name, doc)| (name.as_str(), doc)).collect();
        if let Some(condition) = condition {
            Known { attributes: &attributes, ..*self }.condition(condition, complain);
        }
    }

    /// Checks only the arguments, where the names are those of a list's elements.
    fn arguments(&self, condition: &Condition, complain: &mut dyn FnMut(String)) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.arguments(part, complain));
            }
            Condition::Not(part) | Condition::Quantified { condition: part, .. } => self.arguments(part, complain),
            Condition::Related { kind, condition } | Condition::Anywhere { kind, condition } => {
                self.elsewhere(kind, condition.as_deref(), complain);
            }
            Condition::Test { operator, argument, .. } => self.argument(*operator, argument, complain),
        }
    }

    fn argument(&self, operator: Operator, argument: &Json, complain: &mut dyn FnMut(String)) {
        let written = match argument.get("parameter").and_then(Json::as_str) {
            Some(name) => match self.parameters.get(name) {
                _ if !has_only(argument, &["parameter", "by"]) => {
                    return complain(format!(
                        "a parameter is named as {{parameter: NAME}}, with a `by` or without: {argument}"
                    ));
                }
                Some(value) => value,
                None => return complain(format!("there is no parameter `{name}`")),
            },
            None => argument,
        };
        fits(operator, written, complain);
    }
}

/// Checks a condition of a kind table, whose names are provider paths.
pub(super) fn over_paths(condition: &Condition, complain: &mut dyn FnMut(String)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| over_paths(part, complain)),
        Condition::Not(part) | Condition::Quantified { condition: part, .. } => over_paths(part, complain),
        Condition::Related { .. } | Condition::Anywhere { .. } => {
            complain("`related` and `anywhere` are for policies; here only the resource itself is seen".into());
        }
        Condition::Test { subject: Subject::Fact(name), .. } => {
            complain(format!("the fact `{name}` is not known yet where kinds are told; test a provider path"));
        }
        Condition::Test { operator, argument, .. } => {
            let is_path = argument.get("path").is_some_and(Json::is_string) && has_only(argument, &["path"]);
            if !is_path || operator.argument() != Argument::List {
                fits(*operator, argument, complain);
            }
        }
    }
}

/// Whether something is a mapping that has texts under these keys, and nothing else.
fn has_only(value: &Json, keys: &[&str]) -> bool {
    let fields = value.as_object();
    fields.is_some_and(|fields| fields.iter().all(|(key, value)| keys.contains(&key.as_str()) && value.is_string()))
}

fn fits(operator: Operator, argument: &Json, complain: &mut dyn FnMut(String)) {
    let wanted = operator.argument();
    if !wanted.fits(argument) {
        complain(format!("`{}` takes {}, not {argument}", operator.name(), wanted.wanted()));
    }
    if wanted == Argument::Regex {
        pattern(argument, complain);
    }
}

/// A pattern that cannot be read would never be met, in silence.
pub(super) fn pattern(argument: &Json, complain: &mut dyn FnMut(String)) {
    if let Some(Err(error)) = argument.as_str().map(regex_syntax::parse) {
        complain(format!("the pattern {argument} cannot be read: {error}"));
    }
}
