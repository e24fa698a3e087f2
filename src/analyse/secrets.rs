//! Secrets that are written out: in properties and settings that are named for one, in formats that are one wherever
//! they stand, and in scripts. Placeholders and what is put in from elsewhere are none.

use std::collections::BTreeSet;
use std::sync::{OnceLock, RwLock};

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use rustc_hash::FxHashMap;

use super::own_fact;
use super::secret_values::{decoded, each_at, is_free, is_in_use, is_written, literal, plain};
use crate::catalogue::secrets::Secrets;
use crate::evaluate::Resource;
use crate::graph::Graph;
use crate::normalize::{Names, Node};
use crate::source::Span;
use crate::value::{Data, Known, ListKind, Map, Part, Value};

/// Bodies nested deeper than this are not searched further.
const MAX_DEPTH: usize = 32;

/// As many names are remembered.
const MAX_TOLD: usize = 10_000;

/// The fact that lists what was found.
pub const FACT: &str = "secrets";

/// Adds `secrets` to the nodes whose resource holds some, and answers with the places of all. A text that several
/// resources take is found at the first of them.
pub(super) fn add(secrets: &Secrets, graph: &Graph, nodes: &mut [Node<'_>]) -> BTreeSet<Span> {
    let search = Search::new(secrets);
    let found: Vec<Vec<Found>> = graph
        .resources
        .par_iter()
        .zip(nodes.par_iter())
        .map(|(resource, node)| match node.judged {
            true => search.resource(resource),
            false => Vec::new(),
        })
        .collect();
    let mut places: BTreeSet<Span> = BTreeSet::new();
    // What takes a secret into a text of its own is no second place of it.
    let of_steps = |found: &Found| -> Vec<(Span, EcoString)> {
        let text = EcoString::from(found.value.as_str().unwrap_or_default());
        found.value.origin.steps().iter().map(|step| (step.span, text.clone())).collect()
    };
    let mut told: BTreeSet<(Span, EcoString)> = BTreeSet::new();
    let mut taken: BTreeSet<(Span, EcoString)> =
        found.iter().flatten().filter(|found| !found.inside).flat_map(of_steps).collect();
    for (id, (found, node)) in found.into_iter().zip(nodes.iter_mut()).enumerate() {
        if !node.judged {
            continue;
        }
        let Some(resource) = graph.resources.get(id) else { continue };
        let new: Vec<Value> = found
            .into_iter()
            .filter(|found| {
                let steps = if found.inside { of_steps(found) } else { Vec::new() };
                let is_known = steps.iter().any(|step| taken.contains(step));
                taken.extend(steps);
                let span = found.value.origin.span;
                let is_new = places.insert(span);
                // A text may hold several.
                !is_known && (told.insert((span, found.what.clone())) && found.inside || is_new)
            })
            .map(|found| Value::string(found.what).with_origin(found.value.origin))
            .collect();
        let value = Value::list(new, ListKind::List);
        node.facts.insert(FACT, own_fact(value, resource.header, id));
    }
    places
}

/// A text that is a secret, and what it is.
struct Found {
    what: EcoString,
    value: Value,
    /// Whether it stands inside a text that holds more than it.
    inside: bool,
}

/// The patterns, each compiled when it is first needed: most runs need few, and all of them take longer than a small run.
struct Search<'s> {
    secrets: &'s Secrets,
    properties: Lazy<RegexSet>,
    settings: Lazy<RegexSet>,
    not_names: Lazy<RegexSet>,
    placeholders: Lazy<RegexSet>,
    formats: Lazy<RegexSet>,
    single: Vec<Lazy<(Regex, Option<Regex>)>>,
    assignment: Lazy<Regex>,
    /// Which names were told already, those that a writer gave apart: most come again with every resource.
    told: [RwLock<FxHashMap<String, bool>>; 2],
}

/// What is compiled on first use; None when a pattern is wrong, which a test of the catalogue refuses.
type Lazy<T> = OnceLock<Option<T>>;

fn set<'l>(lazy: &'l Lazy<RegexSet>, patterns: impl FnOnce() -> Vec<&'l str>) -> Option<&'l RegexSet> {
    lazy.get_or_init(|| RegexSetBuilder::new(patterns()).unicode(false).build().ok()).as_ref()
}

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

fn texts(patterns: &[String]) -> Vec<&str> {
    patterns.iter().map(String::as_str).collect()
}

/// Where a text stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    name: &'p str,
    /// Whether the name was given by a writer, as that of an environment variable, rather than by the provider.
    free: bool,
    depth: usize,
    /// The name of the resource, whose own value is read here: settings of Azure are resources with a name and a value.
    resource: Option<&'p str>,
    /// Whether it is inside a text that encodes JSON.
    inside: bool,
}

impl<'s> Search<'s> {
    fn new(secrets: &'s Secrets) -> Self {
        Search {
            secrets,
            properties: Lazy::new(),
            settings: Lazy::new(),
            not_names: Lazy::new(),
            placeholders: Lazy::new(),
            formats: Lazy::new(),
            single: secrets.formats.iter().map(|_| Lazy::new()).collect(),
            assignment: Lazy::new(),
            told: Default::default(),
        }
    }

    fn resource(&self, resource: &Resource) -> Vec<Found> {
        let (type_, body) = (&resource.type_, &resource.body);
        let mut found = Vec::new();
        let name = resource.name.as_deref().filter(|_| type_.contains('/')).and_then(|name| name.rsplit('/').next());
        self.map(body, Place { name: "", free: false, depth: 0, resource: name, inside: false }, &mut found);
        let names = Names::of(type_);
        let of_type = self.secrets.values.iter().filter(|special| special.type_.eq_ignore_ascii_case(type_));
        for special in of_type.filter(|special| is_in_use(special, body, names)) {
            each_at(body, &special.path, names, &mut |value| {
                let known = found.iter().any(|there| there.value.origin.span == value.origin.span);
                if !known
                    && let Some(text) = literal(value)
                    && self.is_secret(text, &special.path)
                {
                    found.push(Found { what: eco_format!("{}", special.path), value: value.clone(), inside: false });
                }
            });
        }
        found
    }

    fn map(&self, map: &Map, place: Place<'_>, found: &mut Vec<Found>) {
        if place.depth > MAX_DEPTH {
            return;
        }
        // `{name: DB_PASSWORD, value: x}` names its value itself.
        let named = ["name", "Name", "key", "Key", "OptionName", "ParameterKey", "option_name"]
            .iter()
            .find_map(|key| map.get(key).and_then(|entry| entry.value.as_str()))
            .or(place.resource);
        let kind = ["type", "Type"].iter().find_map(|key| map.get(key)).and_then(|entry| entry.value.as_str());
        // The value is then what the secret is called where it is kept.
        let is_looked_up = matches!(kind, Some("SECRETS_MANAGER" | "PARAMETER_STORE"));
        let is_alone = map.entries.len() == if kind == Some("SecureString") { 2 } else { 1 };
        for (key, entry) in &map.entries {
            let lower = key.to_ascii_lowercase();
            if matches!(lower.as_str(), "tags" | "tags_all" | "labels") {
                continue;
            }
            let is_value = matches!(lower.as_str(), "value" | "parametervalue");
            if is_value && is_looked_up {
                continue;
            }
            let (name, free) = match named {
                Some(named) if is_value => (named, true),
                // `{password: {value: x}}`, as a deployment is given its parameters.
                None if is_value && is_alone => (place.name, place.free),
                _ => (key.as_str(), place.free || is_free(&lower)),
            };
            let resource = place.resource.filter(|_| place.depth == 0 && key == "properties");
            let inner = Place { name, free, depth: place.depth + 1, resource, inside: place.inside };
            self.value(&entry.value, inner, found);
        }
    }

    fn value(&self, value: &Value, place: Place<'_>, found: &mut Vec<Found>) {
        match &value.data {
            Data::Map(map) => self.map(map, place, found),
            Data::List(list) if place.depth <= MAX_DEPTH => {
                let inner = Place { depth: place.depth + 1, ..place };
                list.items.iter().for_each(|item| self.value(item, inner, found));
            }
            Data::String(text) => self.text(text, value, place, found),
            Data::Unknown(unknown) => match &unknown.known {
                Known::Json(inner) | Known::Base64(inner) => {
                    self.value(inner, Place { depth: place.depth + 1, ..place }, found)
                }
                Known::Template(parts) => {
                    let known: String = parts
                        .iter()
                        .map(|part| match part {
                            Part::Text(text) => text.as_str(),
                            Part::Hole(_) => "?",
                        })
                        .collect();
                    self.formats(&known, value, place, found);
                }
                Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => {}
            },
            Data::Choice(arms) if place.depth <= MAX_DEPTH => {
                let inner = Place { depth: place.depth + 1, ..place };
                arms.iter().for_each(|arm| self.value(&arm.value, inner, found));
            }
            _ => {}
        }
    }

    fn text(&self, text: &str, value: &Value, place: Place<'_>, found: &mut Vec<Found>) {
        if !is_written(value) || text.len() < 4 {
            return;
        }
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str(trimmed)
        {
            let inner = crate::value::from_json(&json, value.origin.clone());
            if inner.as_map().is_some() || inner.as_list().is_some() {
                return self.value(&inner, Place { depth: place.depth + 1, inside: true, ..place }, found);
            }
        }
        if self.is_named(place) && !text.contains('\n') && self.is_secret(text, place.name) {
            return found.push(Found {
                what: eco_format!("{}", place.name),
                value: value.clone(),
                inside: place.inside,
            });
        }
        match decoded(text) {
            Some(script) => self.formats(&script, value, place, found),
            None => self.formats(text, value, place, found),
        }
    }

    /// Whether a text is a secret by its format alone, or assigns one.
    fn formats(&self, text: &str, value: &Value, place: Place<'_>, found: &mut Vec<Found>) {
        if !is_written(value) || text.len() < 12 {
            return;
        }
        let all = || self.secrets.formats.iter().map(|format| format.pattern.as_str()).collect();
        let Some(formats) = set(&self.formats, all) else { return };
        for at in formats.matches(text.as_bytes()) {
            if let Some(name) = self.real(at, text) {
                let what = eco_format!("{name} in {}", place.name);
                return found.push(Found { what, value: value.clone(), inside: place.inside });
            }
        }
        if !text.contains('\n') {
            return;
        }
        let Some(assignment) = self.assignment.get_or_init(|| regex(&self.secrets.assignment)) else { return };
        let assigned = assignment.captures_iter(text.as_bytes()).find_map(|captures| {
            let part = |at: usize| captures.get(at).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
            let (name, assigned) = (part(1)?, part(2)?);
            self.is_secret(assigned, name).then(|| EcoString::from(name))
        });
        if let Some(name) = assigned {
            let what = eco_format!("{name} in {}", place.name);
            found.push(Found { what, value: value.clone(), inside: place.inside });
        }
    }

    /// The name of a format that a text has, unless it only looks so.
    fn real(&self, at: usize, text: &str) -> Option<&'s str> {
        let format = self.secrets.formats.get(at)?;
        let compiled = self.single.get(at)?.get_or_init(|| {
            let not = match &format.not {
                Some(not) => Some(regex(not)?),
                None => None,
            };
            Some((regex(&format.pattern)?, not))
        });
        let (pattern, not) = compiled.as_ref()?;
        let is_real = |found: &[u8]| !not.as_ref().is_some_and(|not| not.is_match(found));
        let any = pattern.find_iter(text.as_bytes()).any(|found| is_real(found.as_bytes()));
        any.then_some(format.name.as_str())
    }

    /// Whether a place is named for a secret.
    fn is_named(&self, place: Place<'_>) -> bool {
        let [provider, free] = &self.told;
        let told = if place.free { free } else { provider };
        if let Ok(told) = told.read()
            && let Some(is_named) = told.get(place.name)
        {
            return *is_named;
        }
        let is_named = self.tell(place);
        if let Ok(mut told) = told.write()
            && told.len() < MAX_TOLD
        {
            told.insert(place.name.to_string(), is_named);
        }
        is_named
    }

    fn tell(&self, place: Place<'_>) -> bool {
        // Terraform's write-only arguments are not kept in a state, but what is written in them stands there for all to read.
        let name = plain(place.name.strip_suffix("_wo").unwrap_or(place.name));
        let names = match place.free {
            true => set(&self.settings, || texts(&self.secrets.settings)),
            false => set(&self.properties, || texts(&self.secrets.properties)),
        };
        let not_names = || set(&self.not_names, || texts(&self.secrets.not_names));
        let is = |names: &RegexSet| names.is_match(name.as_bytes());
        names.is_some_and(is) && !not_names().is_some_and(is)
    }

    /// Whether a text under such a name is a secret, rather than what stands for one.
    fn is_secret(&self, text: &str, name: &str) -> bool {
        let text = text.trim();
        let placeholders = || set(&self.placeholders, || texts(&self.secrets.placeholders));
        text.len() >= 4
            && plain(text) != plain(name)
            && !placeholders().is_some_and(|placeholders| placeholders.is_match(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Search, regex, set, texts};
    use crate::catalogue::embedded;

    #[test]
    fn every_pattern_compiles() {
        let secrets = &embedded::catalogue().unwrap().secrets;
        let search = Search::new(secrets);
        for (lazy, patterns) in [
            (&search.properties, &secrets.properties),
            (&search.settings, &secrets.settings),
            (&search.not_names, &secrets.not_names),
            (&search.placeholders, &secrets.placeholders),
        ] {
            assert!(set(lazy, || texts(patterns)).is_some(), "{patterns:?}");
        }
        for format in &secrets.formats {
            assert!(regex(&format.pattern).is_some(), "{}", format.pattern);
            assert!(format.not.as_deref().is_none_or(|not| regex(not).is_some()), "{}", format.name);
        }
        assert!(regex(&secrets.assignment).is_some());
    }

    #[test]
    fn placeholders_and_names_of_places_are_no_secrets() {
        let search = Search::new(&embedded::catalogue().unwrap().secrets);
        let cases = [
            ("Wint3r-in-Davos", "password", true),
            ("changeme", "password", false),
            ("<password>", "password", false),
            ("GEN-PASSWORD", "password", false),
            ("db_password", "DbPassword", false),
            ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:x", "secret", false),
            ("{{resolve:secretsmanager:claims}}", "password", false),
            ("/run/secrets/db", "password", false),
            ("https://clinic.example/token", "token", false),
            ("********", "password", false),
        ];
        for (text, name, expected) in cases {
            assert_eq!(search.is_secret(text, name), expected, "{text}");
        }
    }
}
