//! The value that every dialect evaluates to: known, a choice, or unknown with its reason, always with
//! its origin (where it is written and the steps that brought it) and the references that it holds.

mod describe;
mod json;
mod kleene;
mod number;
mod origin;
mod references;
mod text;

pub use describe::type_of;
pub use json::{from_json, to_json};
pub use kleene::Truth;
pub use number::Number;
pub use origin::{Origin, Reference, Step, StepKind};
pub use text::{differs, has_text, json_template, json_text};

use std::sync::Arc;

use ecow::EcoString;
use indexmap::IndexMap;

use crate::source::Span;

/// A value with its origin and the marks it carries.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it is written and how it came here.
    pub origin: Origin,
    /// Whether it must never be printed.
    pub sensitive: bool,
}

/// The shapes a value takes. Absence is not a shape: an absent attribute has no entry.
#[derive(Clone, Debug)]
pub enum Data {
    /// An explicit null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(EcoString),
    /// A sequence: list, tuple or set.
    List(List),
    /// A mapping: object or map.
    Map(Arc<Map>),
    /// Not known, and why.
    Unknown(Arc<Unknown>),
    /// One of a few alternatives, each with the condition that picks it.
    Choice(Arc<[Arm]>),
}

/// A sequence and which of the language's sequences it is.
#[derive(Clone, Debug)]
pub struct List {
    /// The elements, in order; those of a set are sorted and distinct.
    pub items: Arc<[Value]>,
    /// Tuple, list or set.
    pub kind: ListKind,
}

/// Which sequence type a [`List`] has in its own language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Elements may differ in type (a literal, or repeated blocks).
    Tuple,
    /// Elements share a type.
    List,
    /// Elements share a type, have no order and do not repeat.
    Set,
}

/// A mapping from keys to values that remembers where each entry is written.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries in the order in which they were made.
    pub entries: IndexMap<EcoString, Entry, rustc_hash::FxBuildHasher>,
    /// Whether all values share a type (a map) or not (an object).
    pub homogeneous: bool,
    /// The address of the resource that this is, whose other attributes are only known to its provider.
    pub resource: Option<EcoString>,
}

/// The value of a key, and where the two are written together.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// The expression that gives the value at this place; where a finding on it points.
    pub span: Span,
}

/// Why a value is not known, and what of it is known all the same.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// The reason in words, to be read after "unknown: ".
    pub reason: EcoString,
    /// The part that is known.
    pub known: Known,
}

/// What is known of an unknown value.
#[derive(Clone, Debug)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// That it is given, and so not null.
    Given {
        /// Whether it cannot be empty either.
        filled: bool,
    },
    /// A text with holes.
    Template(Arc<[Part]>),
    /// A text that encodes, as JSON, a value which holds unknowns.
    Json(Box<Value>),
    /// A text that encodes, as Base64, a text which is not wholly known.
    Base64(Box<Value>),
    /// A number that is not larger than this one: the least of several of which some are known.
    AtMost(Number),
    /// A number that is not smaller than this one.
    AtLeast(Number),
}

/// A piece of a text with holes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text that is known.
    Text(EcoString),
    /// A value that is not.
    Hole(Value),
}

/// One alternative of a choice.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The condition under which it holds, as written.
    pub when: EcoString,
    /// The value then.
    pub value: Value,
}

impl Value {
    /// A value without an origin.
    pub fn new(data: Data) -> Self {
        Value { data, origin: Origin::none(), sensitive: false }
    }

    /// A value written at `span`.
    pub fn at(data: Data, span: Span) -> Self {
        Value { data, origin: Origin::at(span), sensitive: false }
    }

    /// Null.
    pub fn null() -> Self {
        Value::new(Data::Null)
    }

    /// A boolean.
    pub fn bool(value: bool) -> Self {
        Value::new(Data::Bool(value))
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Self {
        Value::new(Data::Number(value.into()))
    }

    /// A text.
    pub fn string(value: impl Into<EcoString>) -> Self {
        Value::new(Data::String(value.into()))
    }

    /// A sequence.
    pub fn list(items: Vec<Value>, kind: ListKind) -> Self {
        Value::new(Data::List(List { items: items.into(), kind }))
    }

    /// A mapping.
    pub fn map(map: Map) -> Self {
        Value::new(Data::Map(Arc::new(map)))
    }

    /// An unknown of which nothing is known.
    pub fn unknown(reason: impl Into<EcoString>) -> Self {
        Value::new(Data::Unknown(Arc::new(Unknown { reason: reason.into(), known: Known::Nothing })))
    }

    /// An unknown of which a part is known.
    pub fn partly_known(reason: impl Into<EcoString>, known: Known) -> Self {
        Value::new(Data::Unknown(Arc::new(Unknown { reason: reason.into(), known })))
    }

    /// The same value with another origin.
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The same value, marked so that it is never printed when `sensitive` holds.
    pub fn with_sensitive(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Whether it is unknown or a choice at its top.
    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(_) | Data::Choice(_))
    }

    /// Whether nothing in it, at any depth, is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match &self.data {
            Data::Unknown(_) | Data::Choice(_) => false,
            Data::List(list) => list.items.iter().all(Value::is_wholly_known),
            Data::Map(map) => map.entries.values().all(|entry| entry.value.is_wholly_known()),
            _ => true,
        }
    }

    /// The first unknown in it, at any depth.
    pub fn first_unknown(&self) -> Option<&Value> {
        match &self.data {
            Data::Unknown(_) | Data::Choice(_) => Some(self),
            Data::List(list) => list.items.iter().find_map(Value::first_unknown),
            Data::Map(map) => map.entries.values().find_map(|entry| entry.value.first_unknown()),
            _ => None,
        }
    }

    /// The text, if it is a known text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is a known boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is a known number.
    pub fn as_number(&self) -> Option<Number> {
        match self.data {
            Data::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The elements, if it is a known sequence.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(list) => Some(&list.items),
            _ => None,
        }
    }

    /// The mapping, if it is a known mapping.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entry under `key`, if it is a known mapping that has one.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.entries.get(key)
    }

    /// Why it is not known; None for a known value.
    pub fn unknown_reason(&self) -> Option<EcoString> {
        match &self.data {
            Data::Unknown(unknown) => Some(unknown.reason.clone()),
            Data::Choice(arms) => Some(ecow::eco_format!(
                "depends on {}",
                arms.first().map(|arm| arm.when.as_str()).unwrap_or("a condition")
            )),
            _ => None,
        }
    }

    /// The word for its shape, as users know it.
    pub fn shape(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Number(_) => "number",
            Data::String(_) => "string",
            Data::List(List { kind: ListKind::Set, .. }) => "set",
            Data::List(_) => "list",
            Data::Map(_) => "map",
            Data::Unknown(_) => "unknown",
            Data::Choice(_) => "choice",
        }
    }
}

/// Equality of what is known; origins and marks take no part. Unknowns are never equal.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (&self.data, &other.data) {
            (Data::Null, Data::Null) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::String(a), Data::String(b)) => a == b,
            (Data::List(a), Data::List(b)) => a.items == b.items,
            (Data::Map(a), Data::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self
                .entries
                .iter()
                .all(|(key, entry)| other.entries.get(key).is_some_and(|there| entry.value == there.value))
    }
}

impl Map {
    /// A map with nothing in it.
    pub fn new() -> Self {
        Map::default()
    }

    /// The entry under `key`.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Puts a value without a place of its own under `key`.
    pub fn insert(&mut self, key: impl Into<EcoString>, value: Value) {
        let span = value.origin.span;
        self.entries.insert(key.into(), Entry { value, span });
    }

    /// Sorts the entries by key, as languages do whose mappings have no order of their own.
    pub fn sort(&mut self) {
        self.entries.sort_unstable_keys();
    }
}
