//! Secrets that are written out: in properties and settings that are named for one, in formats that are one wherever
//! they stand, and in scripts. Placeholders and what is put in from elsewhere are none.

mod names;
mod pair;
mod text;
mod values;

use std::collections::BTreeSet;
use std::sync::RwLock;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use regex::bytes::{Regex, RegexSet};
use rustc_hash::{FxHashMap, FxHashSet};

use super::own_fact;
use crate::catalogue::secrets::Secrets;
use crate::evaluate::{CONFIGURATION, METADATA, METADATA_OF_MACHINES, Resource};
use crate::graph::Graph;
use crate::normalize::{Names, Node};
use crate::source::{SourceMap, Span};
use crate::value::{Data, Known, ListKind, Map, Part, StepKind, Value, json_template};
use pair::{Pair, is_value};
use text::{Lazy, decoded, inside, regex, set};
use values::{each_at, is_free, is_in_use};

/// Bodies nested deeper than this are not searched further.
const MAX_DEPTH: usize = 32;

/// As many names are remembered.
const MAX_TOLD: usize = 10_000;

/// The keys of a provider block that are shorter are those of an emulator, which takes any.
const SHORTEST_KEY: usize = 16;

/// The fact that lists what was found.
pub const FACT: &str = "secrets";

/// Adds `secrets` to the nodes whose resource holds some, and answers with the places of all. A text that several
/// resources take is found at the first of them. A provider block is judged for its secrets alone.
pub(super) fn add(secrets: &Secrets, graph: &Graph, sources: &SourceMap, nodes: &mut [Node<'_>]) -> BTreeSet<Span> {
    let search = Search::new(secrets, sources);
    let is_searched = |resource: &Resource, node: &Node<'_>| node.judged || resource.type_ == CONFIGURATION;
    let found: Vec<Vec<Found>> = graph
        .resources
        .par_iter()
        .zip(nodes.par_iter())
        .enumerate()
        .map(|(id, (resource, node))| match is_searched(resource, node) {
            true => search.resource(resource, graph.resources.get(id + 1)),
            false => Vec::new(),
        })
        .collect();
    let mut places: BTreeSet<Span> = BTreeSet::new();
    // What takes a secret into a text of its own is no second place of it.
    let of_steps = |found: &Found| -> Vec<(Span, EcoString)> {
        let text = EcoString::from(found.value.as_str().unwrap_or_default());
        found.value.origin.steps().iter().map(|step| (step.span, text.clone())).collect()
    };
    let mut known: FxHashSet<(Span, EcoString)> = FxHashSet::default();
    let mut taken: BTreeSet<(Span, EcoString)> =
        found.iter().flatten().filter(|found| !found.is_inside).flat_map(of_steps).collect();
    for (id, (found, node)) in found.into_iter().zip(nodes.iter_mut()).enumerate() {
        let Some(resource) = graph.resources.get(id) else { continue };
        if !is_searched(resource, node) {
            continue;
        }
        let mut new: Vec<Value> = Vec::new();
        for found in found {
            let span = found.value.origin.span;
            let steps = if found.is_inside { of_steps(&found) } else { Vec::new() };
            let is_taken = steps.iter().any(|step| taken.contains(step));
            taken.extend(steps);
            places.extend([span, found.around]);
            // A text may hold several.
            let text = found.value.as_str().filter(|_| found.is_inside).unwrap_or_default();
            if known.insert((span, text.into())) && !is_taken {
                new.push(Value::string(found.what).with_origin(found.value.origin));
            }
        }
        node.judged |= !new.is_empty();
        let value = Value::list(new, ListKind::List);
        node.facts.insert(FACT, own_fact(value, resource.header, id));
    }
    places
}

/// A text that is a secret, and what it is.
struct Found {
    what: EcoString,
    value: Value,
    /// What is written there with more around it; the place of the value itself where there is nothing around.
    around: Span,
    /// Whether it stands inside a text that holds more than it.
    is_inside: bool,
}

impl Found {
    fn new(what: EcoString, value: &Value) -> Self {
        Found { what, around: value.origin.span, value: value.clone(), is_inside: false }
    }
}

/// The patterns, each compiled when it is first needed: most runs need few, and all of them take longer than a small run.
struct Search<'s> {
    secrets: &'s Secrets,
    sources: &'s SourceMap,
    properties: Lazy<RegexSet>,
    settings: Lazy<RegexSet>,
    not_names: Lazy<RegexSet>,
    harmless: Lazy<RegexSet>,
    placeholders: Lazy<RegexSet>,
    formats: Lazy<RegexSet>,
    single: Vec<Lazy<(Regex, Option<Regex>)>>,
    assignment: Lazy<Regex>,
    /// Which names were told already, those that a writer gave apart: most come again with every resource.
    told: [RwLock<FxHashMap<String, bool>>; 2],
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
    /// Whether what stands there is a secret, whatever it is called.
    is_secure: bool,
}

impl Place<'_> {
    /// The body of a resource.
    const BODY: Place<'static> = Place { name: "", free: false, depth: 0, resource: None, is_secure: false };
}

impl<'s> Search<'s> {
    fn new(secrets: &'s Secrets, sources: &'s SourceMap) -> Self {
        Search {
            secrets,
            sources,
            properties: Lazy::new(),
            settings: Lazy::new(),
            not_names: Lazy::new(),
            harmless: Lazy::new(),
            placeholders: Lazy::new(),
            formats: Lazy::new(),
            single: secrets.formats.iter().map(|_| Lazy::new()).collect(),
            assignment: Lazy::new(),
            told: Default::default(),
        }
    }

    /// What is found in a resource; `next` is the one after it, such as the first of those that it deploys.
    fn resource(&self, resource: &Resource, next: Option<&Resource>) -> Vec<Found> {
        let (type_, body) = (&resource.type_, &values::own_body(resource, next));
        let mut found = Vec::new();
        let name = resource.name.as_deref().filter(|_| type_.contains('/')).and_then(|name| name.rsplit('/').next());
        self.map(body, Place { resource: name, ..Place::BODY }, &mut found);
        let metadata = resource.settings.get(METADATA).and_then(|entry| entry.value.as_map());
        for entry in METADATA_OF_MACHINES.iter().filter_map(|name| metadata?.get(name)) {
            self.value(&entry.value, Place::BODY, &mut found);
        }
        for entry in ["connection", "provisioner"].iter().filter_map(|name| resource.settings.get(name)) {
            self.value(&entry.value, Place::BODY, &mut found);
        }
        let names = Names::of(type_);
        let of_type = self.secrets.values.iter().filter(|special| special.type_.eq_ignore_ascii_case(type_));
        for special in of_type.filter(|special| is_in_use(special, body, names)) {
            each_at(body, &special.path, names, &mut |value, own| {
                let is_there = |there: &Found| there.around == value.origin.span && there.value == *value;
                if !found.iter().any(is_there)
                    && let Some(text) = literal(value)
                    && self.is_secret(text, &special.path)
                    && !self.is_harmless(own.or(name), value)
                {
                    found.push(Found::new(eco_format!("{}", special.path), value));
                }
            });
        }
        if type_ == CONFIGURATION {
            let is_key = |found: &Found| matches!(found.what.as_str(), "access_key" | "secret_key");
            found.retain(|found| !is_key(found) || found.value.as_str().is_none_or(|key| key.len() >= SHORTEST_KEY));
        }
        found
    }

    fn map(&self, map: &Map, place: Place<'_>, found: &mut Vec<Found>) {
        if place.depth > MAX_DEPTH {
            return;
        }
        let pair = Pair::of(map);
        let named = pair.name.or(place.resource);
        for (key, entry) in &map.entries {
            let lower = key.to_ascii_lowercase();
            if matches!(lower.as_str(), "tags" | "tags_all" | "labels") {
                continue;
            }
            let is_value = is_value(&lower);
            let (name, free) = match named {
                Some(named) if is_value && !pair.refers => (named, true),
                Some(_) if is_value => (key.as_str(), false),
                // `{password: {value: x}}`, as a deployment is given its parameters.
                None if is_value && (map.entries.len() == 1 || pair.is_secure) => (place.name, place.free),
                _ => (key.as_str(), place.free || is_free(&lower)),
            };
            let is_secure = is_value && pair.is_secure;
            let resource = place.resource.filter(|_| place.depth == 0 && key == "properties");
            let inner = Place { name, free, depth: place.depth + 1, resource, is_secure };
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
                    let opens =
                        |part: &Part| matches!(part, Part::Text(text) if text.trim_start().starts_with(['{', '[']));
                    if place.depth <= MAX_DEPTH
                        && parts.first().is_some_and(opens)
                        && let Some(inner) = json_template(parts, value.origin.clone())
                        && self.structure(&inner, value, place, found)
                    {
                        return;
                    }
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
            if self.structure(&inner, value, place, found) {
                return;
            }
        }
        if (place.is_secure || self.is_named(place)) && !text.contains('\n') && self.is_secret(text, place.name) {
            return found.push(Found::new(eco_format!("{}", place.name), value));
        }
        match decoded(text) {
            Some(script) => self.formats(&script, value, place, found),
            None => self.formats(text, value, place, found),
        }
    }

    /// Searches what a text encodes, where that is a structure; whether it is one.
    fn structure(&self, inner: &Value, text: &Value, place: Place<'_>, found: &mut Vec<Found>) -> bool {
        let is_structure = inner.as_map().is_some() || inner.as_list().is_some();
        if is_structure {
            let before = found.len();
            self.value(inner, Place { depth: place.depth + 1, ..place }, found);
            let around = text.origin.span;
            for found in found.iter_mut().skip(before) {
                let own = found.value.as_str().and_then(|text| inside(self.sources, around, text));
                found.value.origin.span = own.unwrap_or(around);
                found.around = around;
                found.is_inside = true;
            }
        }
        is_structure
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
                return found.push(Found::new(eco_format!("{name} in {}", place.name), value));
            }
        }
        if !text.contains('\n') && !text.starts_with("export ") {
            return;
        }
        let Some(assignment) = self.assignment.get_or_init(|| regex(&self.secrets.assignment)) else { return };
        let assigned = assignment.captures_iter(text.as_bytes()).find_map(|captures| {
            let part = |at: usize| captures.get(at).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
            let (name, assigned) = (part(1)?, part(2)?);
            self.is_secret(assigned, name).then(|| EcoString::from(name))
        });
        if let Some(name) = assigned {
            found.push(Found::new(eco_format!("{name} in {}", place.name), value));
        }
    }
}

/// A known text, as far as it is written in a file.
fn literal(value: &Value) -> Option<&str> {
    value.as_str().filter(|_| is_written(value))
}

/// Whether a value is written in a file of the scan, rather than given by whoever runs phiguard.
fn is_written(value: &Value) -> bool {
    let given = |kind: StepKind| matches!(kind, StepKind::CommandLine | StepKind::Environment);
    !value.origin.span.is_none() && !value.origin.steps().iter().any(|step| given(step.kind))
}

#[cfg(test)]
mod tests {
    use super::Search;
    use super::text::{regex, set, texts};
    use crate::catalogue::embedded;
    use crate::source::SourceMap;

    #[test]
    fn every_pattern_compiles() {
        let secrets = &embedded::catalogue().unwrap().secrets;
        let sources = SourceMap::new();
        let search = Search::new(secrets, &sources);
        for (lazy, patterns) in [
            (&search.properties, &secrets.properties),
            (&search.settings, &secrets.settings),
            (&search.not_names, &secrets.not_names),
            (&search.harmless, &secrets.harmless),
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
        let sources = SourceMap::new();
        let search = Search::new(&embedded::catalogue().unwrap().secrets, &sources);
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
