//! When values are equal, which comes first, and which property a name means.

use std::cmp::Ordering;

use crate::value::{Data, Entry, Map, Value};

use super::arguments::known_part;

/// Whether two values are equal; None when that hangs on what is not known.
pub fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(_), Data::Null) if known_part(left) => Some(false),
        (Data::Null, Data::Unknown(_)) if known_part(right) => Some(false),
        (Data::Unknown(_) | Data::Choice(_), _) | (_, Data::Unknown(_) | Data::Choice(_)) => None,
        (Data::List(a), Data::List(b)) if a.items.len() != b.items.len() => Some(false),
        (Data::List(a), Data::List(b)) => all_equal(a.items.iter().zip(b.items.iter())),
        (Data::Map(a), Data::Map(b)) if a.resource.is_some() || b.resource.is_some() => None,
        (Data::Map(a), Data::Map(b)) => {
            if a.entries.len() != b.entries.len() || a.entries.keys().any(|key| property(b, key).is_none()) {
                return Some(false);
            }
            all_equal(a.entries.iter().filter_map(|(key, entry)| Some((&entry.value, &property(b, key)?.value))))
        }
        _ => Some(left == right),
    }
}

fn all_equal<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    let mut known = true;
    for (a, b) in pairs {
        match equal(a, b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}

/// Which of two numbers or texts comes first; None for all else.
pub fn less(left: &Value, right: &Value) -> Option<Ordering> {
    match (&left.data, &right.data) {
        (Data::Number(a), Data::Number(b)) => Some(a.cmp(b)),
        (Data::String(a), Data::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The property that a name means: as written, or else whatever its upper and lower case.
pub fn property<'m>(map: &'m Map, name: &str) -> Option<&'m Entry> {
    let inexact = || map.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, entry)| entry);
    map.get(name).or_else(inexact)
}
