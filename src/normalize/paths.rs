//! Paths through a provider's body: into blocks and lists, through text that encodes JSON, and into both arms of a
//! choice. Azure's names compare without case, those of the Cloud Control provider without underscores too.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::evaluate::Resource;
use crate::evaluate::azure::functions::NAME_END;
use crate::graph::{Graph, NodeId};
use crate::source::Span;
use crate::value::{Arm, Data, Entry, Known, Map, Part, Value, from_json, json_template};

/// How the names on a path compare with those of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// As they are written.
    Exact,
    /// Without case.
    AnyCase,
    /// Without case and underscores: `kms_master_key_id` is `KMSMasterKeyID`.
    Folded,
}

/// How the types of Terraform's Cloud Control provider start, which are CloudFormation's under names of its own.
const CLOUD_CONTROL: &str = "awscc_";

impl Names {
    /// How the properties of a provider type compare. Azure Resource Manager's types have a slash, whatever dialect
    /// declares them. Source: its page on template syntax. The Cloud Control provider derives its names from those of
    /// CloudFormation; which letters were capitals is lost, so that names are compared without.
    pub fn of(type_: &str) -> Self {
        match type_ {
            _ if type_.contains('/') => Names::AnyCase,
            _ if type_.starts_with(CLOUD_CONTROL) => Names::Folded,
            _ => Names::Exact,
        }
    }

    /// Under what a provider type is looked up in the tables, where that is not its own name: `s3_bucket` for
    /// `AWS::S3::Bucket` and for `awscc_s3_bucket`. The service stays apart from the rest.
    pub(super) fn folded(type_: &str) -> Option<String> {
        let (service, rest) = match type_.strip_prefix(CLOUD_CONTROL) {
            Some(own) => own.split_once('_')?,
            None => type_.strip_prefix("AWS::")?.split_once("::")?,
        };
        let rest = rest.chars().filter(|one| !matches!(one, '_' | ':'));
        Some(format!("{service}_{}", rest.collect::<String>()).to_ascii_lowercase())
    }

    /// The entry of that name.
    pub fn find<'m>(self, map: &'m Map, name: &str) -> Option<&'m Entry> {
        match (map.get(name), self) {
            (Some(entry), _) => Some(entry),
            (None, Names::Exact) => None,
            (None, Names::AnyCase) => {
                map.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, entry)| entry)
            }
            (None, Names::Folded) => map.entries.iter().find(|(key, _)| fold_equal(key, name)).map(|(_, entry)| entry),
        }
    }
}

/// Whether two names are the same without case and underscores.
fn fold_equal(one: &str, other: &str) -> bool {
    let fold = |text: &str| text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect();
    let (one, other): (Vec<u8>, Vec<u8>) = (fold(one), fold(other));
    one == other
}

/// Which version of its provider's interface a resource is written for: defaults differ between them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Version<'r> {
    /// The deployed name, where the dialect knows it; of one of several levels the last, where only that is known.
    name: Option<&'r str>,
    /// The major version of a Terraform provider, where the project bounds it.
    major: Option<u32>,
    /// The date of an API version of Azure Resource Manager, as the number 20230101.
    date: Option<u32>,
}

impl<'r> Version<'r> {
    /// The version of a resource.
    pub fn of(resource: &'r Resource) -> Self {
        let date = resource.api_version.as_deref().and_then(|version| {
            let digits: String = version.get(..10)?.split('-').collect();
            digits.parse().ok().filter(|_| digits.len() == 8)
        });
        let end = || resource.settings.get(NAME_END).and_then(|entry| entry.value.as_str());
        Version { name: resource.name.as_deref().or_else(end), major: resource.provider_major, date }
    }

    /// What a condition sees under one of the names `$name`, `$provider_major` and `$api_date`; of the last two null
    /// where it is not known.
    pub(super) fn seen(self, name: &str) -> Option<Value> {
        let number = match name {
            "$provider_major" => self.major,
            "$api_date" => self.date,
            "$name" => return Some(self.name.map_or_else(|| Value::unknown("its name is not known"), Value::string)),
            _ => return None,
        };
        Some(number.map_or_else(Value::null, |number| Value::number(i64::from(number))))
    }
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) value: Value,
    pub(super) span: Span,
    pub(super) written: bool,
}

/// Where a row looks: an element inside a resource, or the resource itself.
#[derive(Clone, Copy)]
pub(super) struct Place<'v> {
    pub(super) graph: &'v Graph,
    pub(super) id: NodeId,
    pub(super) here: &'v Value,
    pub(super) whole: &'v Value,
    /// What is declared beside the resource's arguments: paths with `$`.
    pub(super) settings: &'v Value,
    pub(super) names: Names,
    pub(super) version: Version<'v>,
    pub(super) span: Span,
}

/// Where a path starts, and the rest of it.
pub(super) fn start<'v, 'p>(path: &'p str, place: Place<'v>) -> (&'v Value, &'p str) {
    match (path.strip_prefix("^."), path.strip_prefix('$')) {
        (Some(rest), _) => (place.whole, rest),
        (None, Some(rest)) => (place.settings, rest),
        (None, None) => (place.here, path),
    }
}

/// The value at a path of a resource, in its body or among its settings.
pub fn written(resource: &Resource, path: &str) -> Option<Value> {
    written_at(resource, path).map(|(value, _)| value)
}

/// The same with the place where it is written.
pub fn written_at(resource: &Resource, path: &str) -> Option<(Value, Span)> {
    let (map, path) = match path.strip_prefix('$') {
        Some(rest) => (&resource.settings, rest),
        None => (&resource.body, path),
    };
    let root = Value::new(Data::Map(Arc::clone(map)));
    lookup(&root, path, Names::of(&resource.type_))
}

/// What a path leads to through the first element of every list; also when nothing is written there.
pub(super) fn first(path: &str, place: Place<'_>) -> Option<Hit> {
    let (root, path) = start(path, place);
    lookup(root, path, place.names).map(|(value, span)| Hit { written: !value.is_null(), value, span })
}

/// The value at a dotted path and the place where it is written. Lists on the way are entered at their first
/// element; an unknown on the way makes the answer unknown.
pub fn lookup(root: &Value, path: &str, names: Names) -> Option<(Value, Span)> {
    seek(root, path, names).map(|(value, span)| (value.into_owned(), span))
}

/// The same, without a copy where the value stands in the root as it is.
pub(super) fn seek<'v>(root: &'v Value, path: &str, names: Names) -> Option<(Cow<'v, Value>, Span)> {
    let mut span = root.origin.span;
    if path.is_empty() {
        return Some((Cow::Borrowed(root), span));
    }
    walk(root, path, names, &mut span).map(|value| (value, span))
}

fn walk<'v>(root: &'v Value, path: &str, names: Names, span: &mut Span) -> Option<Cow<'v, Value>> {
    let mut value = root;
    let mut rest = path;
    loop {
        while let Data::List(list) = &value.data {
            value = list.items.first()?;
        }
        let (segment, mut after) = rest.split_once('.').map_or((rest, None), |(head, tail)| (head, Some(tail)));
        match &value.data {
            Data::Map(map) => {
                // A name may have dots in it: rds.force_ssl.
                let whole = || map.get(rest).filter(|_| after.is_some()).map(|entry| (entry, None));
                let (entry, next) =
                    names.find(map, segment.trim_end_matches("[]")).map(|entry| (entry, after)).or_else(whole)?;
                (value, after) = (&entry.value, next);
                if !entry.span.is_none() {
                    *span = entry.span;
                }
            }
            Data::Choice(arms) => return chosen(value, arms, rest, names, span).map(Cow::Owned),
            _ => {
                if let Some(inner) = opened(value) {
                    return walk(&inner, rest, names, span).map(|value| Cow::Owned(value.into_owned()));
                }
                if !value.is_unknown() {
                    return None;
                }
                return Some(Cow::Owned(blank(value)));
            }
        }
        match after {
            Some(after) => rest = after,
            None => return Some(Cow::Borrowed(value)),
        }
    }
}

/// Something within a value that is not known: as little known, for the same reason.
fn blank(value: &Value) -> Value {
    Value::unknown(value.unknown_reason().unwrap_or_default()).with_origin(value.origin.clone())
}

/// Follows a path into every arm of a choice; an arm that has no such thing is null there.
fn chosen(value: &Value, arms: &[Arm], path: &str, names: Names, span: &mut Span) -> Option<Value> {
    let mut found = None;
    let inner: Vec<Arm> = arms
        .iter()
        .map(|arm| {
            let mut at = arm.value.origin.span;
            let there = walk(&arm.value, path, names, &mut at);
            if there.is_some() {
                found.get_or_insert(at);
            }
            Arm { when: arm.when.clone(), value: there.map_or_else(Value::null, Cow::into_owned) }
        })
        .collect();
    let at = found?;
    if !at.is_none() {
        *span = at;
    }
    Some(Value { data: Data::Choice(inner.into()), ..value.clone() })
}

/// What a text encodes, if that is JSON.
fn opened(value: &Value) -> Option<Value> {
    match &value.data {
        Data::String(text) if text.trim_start().starts_with(['{', '[']) => {
            let json = serde_json::from_str::<Json>(text).ok()?;
            Some(from_json(&json, value.origin.clone()))
        }
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => Some((**inner).clone()),
            Known::Template(parts) => match parts.first() {
                Some(Part::Text(text)) if text.trim_start().starts_with(['{', '[']) => {
                    json_template(parts, value.origin.clone())
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// What a path leads to through every element of the lists marked with `[]`. Elements without the value are
/// told as not written.
pub(super) fn all(path: &str, place: Place<'_>) -> Vec<Hit> {
    let (root, path) = start(path, place);
    let mut hits = Vec::new();
    gather(root, path, place.names, place.span, &mut hits);
    hits
}

pub(super) fn gather(value: &Value, path: &str, names: Names, span: Span, hits: &mut Vec<Hit>) {
    let Some((head, rest)) = path.split_once("[]") else {
        match lookup(value, path.trim_start_matches('.'), names) {
            Some((found, at)) => {
                hits.push(Hit { written: !found.is_null(), value: found, span: if at.is_none() { span } else { at } });
            }
            None => hits.push(Hit { value: Value::null(), span, written: false }),
        }
        return;
    };
    let head = head.trim_start_matches('.');
    let (head, every_entry) = head.strip_suffix(".*").map_or((head, false), |head| (head, true));
    let Some((list, at)) = lookup(value, head, names) else { return };
    let list = opened(&list).unwrap_or(list);
    match &list.data {
        Data::Map(map) if every_entry => {
            for entry in map.entries.values() {
                let span = if entry.span.is_none() { at } else { entry.span };
                gather(&entry.value, rest.trim_start_matches('.'), names, span, hits);
            }
        }
        Data::List(list) => {
            for item in list.items.iter() {
                let span = if item.origin.span.is_none() { at } else { item.origin.span };
                gather(item, rest.trim_start_matches('.'), names, span, hits);
            }
        }
        Data::Map(_) => gather(&list, rest.trim_start_matches('.'), names, at, hits),
        Data::Choice(_) => hits.push(Hit { value: list, span: at, written: true }),
        // What is known of the whole text is nothing of what stands in it.
        Data::Unknown(_) => hits.push(Hit { value: blank(&list), span: at, written: true }),
        _ => {}
    }
}

/// The elements at a path, for `each`.
pub(super) fn elements(path: &str, place: Place<'_>) -> Vec<Hit> {
    let marked = if path.is_empty() || path.ends_with("[]") { path.to_string() } else { format!("{path}[]") };
    all(&marked, place)
        .into_iter()
        .filter(|hit| hit.written)
        .map(|hit| Hit { span: if hit.value.origin.span.is_none() { hit.span } else { hit.value.origin.span }, ..hit })
        .collect()
}

/// Where the deepest part of a path that is written stands: what a finding on an absent value underlines.
pub(super) fn nearest(path: &str, place: Place<'_>) -> Option<Span> {
    let (root, path) = start(path, place);
    let mut shorter = path;
    while let Some((parent, _)) = shorter.rsplit_once('.') {
        if let Some((_, span)) = seek(root, parent, place.names).filter(|(_, span)| !span.is_none()) {
            return Some(span);
        }
        shorter = parent;
    }
    None
}
