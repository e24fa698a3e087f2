//! From the text of phiguard.toml to what it asks for. Every mistake is found, not only the first.

mod declared;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, RULE};
use super::{Config, Date, Paths, Problem, Rule};
use crate::catalogue::model::{PolicyFile, Severity};
use crate::catalogue::nearest;
use crate::catalogue::needed::Needed;

/// Reads a text.
pub(super) fn read(path: &Path, text: &str, catalogue: &Needed<'static>) -> Result<Config, Vec<Problem>> {
    let table = DeTable::parse(text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        vec![Problem { range, message: format!("this is not TOML: {}", error.message()) }]
    })?;
    let config = Config { path: path.to_path_buf(), text: text.into(), ..Config::default() };
    let mut reader = Reader { config, catalogue, problems: Vec::new(), adjusted: BTreeMap::new() };
    reader.table(table.get_ref());
    let Reader { mut config, mut problems, adjusted, .. } = reader;
    config.policies = adjusted.into_values().collect();
    problems.sort_by_key(|problem| problem.range.start);
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

pub(super) struct Reader<'c> {
    pub(super) config: Config,
    catalogue: &'c Needed<'static>,
    problems: Vec<Problem>,
    adjusted: BTreeMap<String, PolicyFile>,
}

pub(super) type Node<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    pub(super) fn wrong(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem { range, message: message.into() });
    }

    /// Refuses a name that is none of those there are, with the one that was meant.
    pub(super) fn unknown<'n>(
        &mut self,
        range: Range<usize>,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let message = match nearest(name, known.clone()) {
            Some(near) => format!("there is no {what} \"{name}\"; is it {near}?"),
            None => {
                let all: Vec<&str> = known.take(12).collect();
                format!("there is no {what} \"{name}\"; there are {}", all.join(", "))
            }
        };
        self.wrong(range, message);
    }

    fn table(&mut self, table: &DeTable<'_>) {
        // Locked policies have to be known before suppressions are read.
        for (key, value) in table {
            if key.get_ref() == "locked" {
                self.config.locked = self.policies(value, false);
            }
        }
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "select" => self.config.select = self.policies(value, true),
                "profiles" => self.config.profiles = self.profiles(value),
                "fail_on" => self.config.fail_on = self.severity(value),
                "baseline" => self.config.baseline = self.text(value, "a file").map(|file| self.below(file)),
                "foreign_ignores" => self.config.foreign_ignores = self.flag(value),
                "exclude" => self.exclude(value),
                "locked" => {}
                "severity" => self.severities(value),
                "parameters" => self.parameters(value),
                "environment" => self.environments(value),
                "ignore" => self.ignore(value),
                "phi" => self.phi(value),
                "agreements" => self.agreements(value),
                name => self.unknown(key.span(), "key", name, KEYS.iter().map(|key| key.name)),
            }
        }
    }

    pub(super) fn items<'v, 'i>(&mut self, value: &'v Node<'i>, of: &str) -> Vec<&'v Node<'i>> {
        match value.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => {
                self.wrong(value.span(), format!("a list of {of} is expected here, in brackets"));
                Vec::new()
            }
        }
    }

    pub(super) fn text<'v>(&mut self, value: &'v Node<'_>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(value.span(), format!("{what} is expected here, in quotes"));
        }
        text
    }

    pub(super) fn flag(&mut self, value: &Node<'_>) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value.span(), "true or false is expected here");
        }
        flag.unwrap_or_default()
    }

    /// The names of policies, or of families where these may stand.
    fn policies(&mut self, value: &Node<'_>, families: bool) -> Vec<String> {
        let items = self.items(value, "policies");
        items.into_iter().filter_map(|item| self.policy(item, families)).collect()
    }

    fn policy(&mut self, value: &Node<'_>, families: bool) -> Option<String> {
        let name = self.text(value, "the name of a policy")?;
        self.named(name, value.span(), families)
    }

    fn named(&mut self, name: &str, at: Range<usize>, families: bool) -> Option<String> {
        let policies = &self.catalogue.policies;
        if policies.iter().any(|policy| policy.id == name || (families && policy.family == name)) {
            return Some(name.to_string());
        }
        let names = policies
            .iter()
            .flat_map(|policy| [policy.id.as_str()].into_iter().chain(families.then_some(policy.family.as_str())));
        let near = nearest(name, names).map(|near| format!("is it {near}? ")).unwrap_or_default();
        let what = if families { "policy and no family" } else { "policy" };
        self.wrong(at, format!("there is no {what} \"{name}\"; {near}`phiguard policies` lists them"));
        None
    }

    fn profiles(&mut self, value: &Node<'_>) -> Vec<String> {
        let items = self.items(value, "profiles");
        items.into_iter().filter_map(|item| self.profile(item)).collect()
    }

    /// The name of a profile that policies have.
    pub(super) fn profile(&mut self, value: &Node<'_>) -> Option<String> {
        let known = self.catalogue.profiles();
        let name = self.text(value, "the name of a profile")?;
        if !known.contains(name) {
            self.unknown(value.span(), "profile", name, known.iter().copied());
            return None;
        }
        Some(name.to_string())
    }

    fn severity(&mut self, value: &Node<'_>) -> Option<Severity> {
        let name = self.text(value, "a severity")?;
        let found = Severity::ALL.into_iter().find(|severity| severity.as_str() == name);
        if found.is_none() {
            self.unknown(value.span(), "severity", name, Severity::ALL.iter().map(|severity| severity.as_str()));
        }
        found
    }

    fn exclude(&mut self, value: &Node<'_>) {
        let items = self.items(value, "patterns");
        let patterns: Vec<&str> = items.iter().filter_map(|item| self.text(item, "a pattern")).collect();
        if let Some(paths) = self.paths(&patterns, |at| items.get(at).map_or(0..0, |item| item.span())) {
            self.config.exclude = paths;
        }
    }

    fn paths(&mut self, patterns: &[&str], place: impl Fn(usize) -> Range<usize>) -> Option<Paths> {
        let folder = self.config.folder().to_path_buf();
        Paths::new(&folder, patterns)
            .map_err(|(at, why)| self.wrong(place(at), format!("this pattern cannot be read: {why}")))
            .ok()
    }

    fn severities(&mut self, value: &Node<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value.span(), "a table is expected here: [severity], then policy = \"low\"");
        };
        for (key, value) in table {
            let Some(name) = self.named(key.get_ref(), key.span(), false) else { continue };
            if let Some(severity) = self.severity(value)
                && let Some(policy) = self.adjust(&name)
            {
                policy.severity = severity;
                policy.classified.forget_severity();
            }
        }
    }

    /// A policy of phiguard's own, to be changed.
    fn adjust(&mut self, id: &str) -> Option<&mut PolicyFile> {
        let own = self.catalogue.policies.iter().find(|policy| policy.id == id)?;
        Some(self.adjusted.entry(id.to_string()).or_insert_with(|| own.clone()))
    }

    fn parameters(&mut self, value: &Node<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value.span(), "tables are expected here: [parameters.POLICY], then the parameters");
        };
        for (key, value) in table {
            let Some(id) = self.named(key.get_ref(), key.span(), false) else { continue };
            let Some(own) = self.catalogue.policies.iter().find(|policy| policy.id == id) else { continue };
            let Some(given) = value.get_ref().as_table() else {
                self.wrong(value.span(), format!("a table is expected here: [parameters.{id}], then the parameters"));
                continue;
            };
            for (name, value) in given {
                match own.parameters.get(name.get_ref().as_ref()) {
                    None if own.parameters.is_empty() => {
                        self.wrong(
                            name.span(),
                            format!("{id} has no parameters; `phiguard policies --format json` lists which have"),
                        );
                    }
                    None => {
                        let known = own.parameters.keys().map(String::as_str);
                        self.unknown(name.span(), &format!("parameter of {id}"), name.get_ref(), known);
                    }
                    Some(default) => match json(value.get_ref()).filter(|json| is_like(json, default)) {
                        None => self.wrong(value.span(), format!("a value like {default} is expected here")),
                        Some(json) => {
                            if let Some(piece) = own.unknown_piece(name.get_ref(), &json) {
                                let known = own.requires.iter().map(|one| one.piece.as_str());
                                self.unknown(value.span(), &format!("piece of {id}"), &piece, known);
                            }
                            if let Some(policy) = self.adjust(&id) {
                                policy.parameters.insert(name.get_ref().to_string(), json);
                                policy.classified.forget_parameter(name.get_ref());
                            }
                        }
                    },
                }
            }
        }
    }

    fn ignore(&mut self, value: &Node<'_>) {
        for item in self.items(value, "policies or suppressions") {
            match item.get_ref() {
                DeValue::Table(table) => self.rule(table, item.span()),
                _ => {
                    let name = self.policy(item, true);
                    self.config.without.extend(name);
                }
            }
        }
    }

    fn rule(&mut self, table: &DeTable<'_>, range: Range<usize>) {
        let before = self.problems.len();
        let mut policy = None;
        let mut rule = Rule {
            policy: (String::new(), 0..0),
            address: None,
            path: None,
            reason: String::new(),
            until: None,
            range: range.clone(),
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "policy" => policy = self.policy(value, true).map(|name| (name, value.span())),
                "address" => rule.address = self.text(value, "an address").map(str::to_string),
                "path" => {
                    let pattern = self.text(value, "a pattern");
                    rule.path = pattern.and_then(|pattern| self.paths(&[pattern], |_| value.span()));
                }
                "reason" => rule.reason = self.text(value, "a reason").unwrap_or_default().to_string(),
                "until" => {
                    let written = match value.get_ref() {
                        DeValue::Datetime(date) => date.to_string(),
                        other => other.as_str().unwrap_or_default().to_string(),
                    };
                    rule.until = Date::read(&written);
                    if rule.until.is_none() {
                        self.wrong(value.span(), "a day is expected here, such as 2030-12-31");
                    }
                }
                name => self.unknown(key.span(), "key of a suppression", name, RULE.iter().copied()),
            }
        }
        if self.problems.len() > before {
            return;
        }
        let Some(policy) = policy else {
            return self.wrong(range, "this suppression names no policy; add policy = \"...\"");
        };
        if rule.reason.trim().is_empty() {
            return self.wrong(
                range,
                "this suppression gives no reason; add reason = \"...\": why is it safe to live with this?",
            );
        }
        if self.is_locked(&policy.0) {
            return self.wrong(policy.1, format!("{} is locked in this file, so nobody may suppress it", policy.0));
        }
        rule.policy = policy;
        self.config.rules.push(rule);
    }

    fn is_locked(&self, name: &str) -> bool {
        let of_name = |policy: &&PolicyFile| policy.id == name || policy.family == name;
        self.catalogue.policies.iter().filter(of_name).any(|policy| self.config.locked.contains(&policy.id))
    }
}

/// A value as JSON; None for what policies have no use for.
pub(super) fn json(value: &DeValue<'_>) -> Option<Json> {
    Some(match value {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Integer(number) => Json::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => Json::from(number.as_str().parse::<f64>().ok()?),
        DeValue::Boolean(is_set) => Json::from(*is_set),
        DeValue::Array(items) => Json::Array(items.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?),
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

/// Whether a value has the type of another; lists, of elements like its first.
fn is_like(value: &Json, other: &Json) -> bool {
    match (value, other) {
        (Json::Array(items), Json::Array(others)) => {
            others.first().is_none_or(|first| items.iter().all(|item| is_like(item, first)))
        }
        _ => std::mem::discriminant(value) == std::mem::discriminant(other),
    }
}
