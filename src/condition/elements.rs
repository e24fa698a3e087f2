//! Conditions over the elements of lists: for one or for each of them, where an element may be a choice.

use std::borrow::Cow;

use ecow::EcoString;
use serde_json::Value as Json;

use super::{Deciding, Lookup, Tested, Told, tested};
use crate::catalogue::condition::{Condition, Quantifier};
use crate::value::{Arm, Data, Truth, Value};

/// Of the elements that decide alike, more than this many are not told of.
const MOST_DECIDING: usize = 8;

/// Tests the elements of a list; what is no list is its only element.
pub(super) fn quantify<'c>(
    quantifier: Quantifier,
    name: &'c str,
    list: &Value,
    condition: &'c Condition,
    lookup: &dyn Lookup,
    told: Told,
) -> Tested<'c> {
    let whole = |truth| Tested { truth, deciding: told.deciding(name) };
    let items: &[Value] = match &list.data {
        Data::List(list) => &list.items,
        Data::Null => &[],
        Data::Unknown(_) => return whole(Truth::Unknown),
        _ => std::slice::from_ref(list),
    };
    let decisive = match quantifier {
        Quantifier::Some => Truth::True,
        Quantifier::Every => Truth::False,
    };
    let mut truth = !decisive;
    let mut deciding: Vec<Deciding<'c>> = Vec::new();
    let mut decided: Vec<Deciding<'c>> = Vec::new();
    for item in items {
        let shown = representative(item);
        let inner = Element { item: shown, outer: lookup };
        let outcome = match (&item.data, tested(condition, &inner, told)) {
            (Data::Choice(arms), tested) => {
                let deciding = tested.map(|tested| tested.deciding).unwrap_or_default();
                Tested { truth: in_every_arm(quantifier, name, arms, condition, lookup), deciding }
            }
            (_, Some(outcome)) => outcome,
            (_, None) if item.is_unknown() => Tested { truth: Truth::Unknown, deciding: Vec::new() },
            (_, None) => continue,
        };
        if told == Told::Truth {
            if outcome.truth == decisive {
                return whole(decisive);
            }
            truth = if outcome.truth == Truth::Unknown { Truth::Unknown } else { truth };
            continue;
        }
        let span = outcome
            .deciding
            .iter()
            .filter_map(|deciding| shown.get(deciding.subject))
            .map(|entry| entry.span)
            .find(|span| !span.is_none())
            .unwrap_or(item.origin.span);
        let found = Deciding { subject: name, element: Some((shown.clone(), span)) };
        if outcome.truth == decisive {
            decided.push(found);
            if decided.len() == MOST_DECIDING {
                break;
            }
            continue;
        }
        if outcome.truth == Truth::Unknown {
            truth = Truth::Unknown;
            deciding.push(found);
        }
    }
    if !decided.is_empty() {
        return Tested { truth: decisive, deciding: decided };
    }
    if deciding.is_empty() {
        return whole(truth);
    }
    Tested { truth, deciding }
}

/// What an element that is a choice comes to: in each arm it may be one element, several, or none.
fn in_every_arm<'c>(
    quantifier: Quantifier,
    name: &'c str,
    arms: &[Arm],
    condition: &'c Condition,
    lookup: &dyn Lookup,
) -> Truth {
    let mut truths =
        arms.iter().map(|arm| quantify(quantifier, name, &arm.value, condition, lookup, Told::Truth).truth);
    let first = truths.next().unwrap_or(Truth::Unknown);
    if truths.all(|truth| truth == first) { first } else { Truth::Unknown }
}

/// The element that stands for one which is a choice: the first that it may be.
fn representative(item: &Value) -> &Value {
    let found = match &item.data {
        Data::Choice(arms) => arms.iter().map(|arm| &arm.value).find(|value| !value.is_null()),
        _ => return item,
    };
    match found.map(|value| (value, value.as_list())) {
        Some((_, Some([first, ..]))) => representative(first),
        Some((value, None)) => representative(value),
        _ => item,
    }
}

/// An element of a list: attributes are its fields, and everything else is as outside.
struct Element<'a> {
    item: &'a Value,
    outer: &'a dyn Lookup,
}

impl Lookup for Element<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        if name.is_empty() {
            return Some(Cow::Borrowed(self.item));
        }
        if let (Data::Map(map), Some((head, rest))) = (&self.item.data, name.split_once('.'))
            && map.get(name).is_none()
        {
            let inner = map.get(head).map(|entry| &entry.value);
            let inner = inner.and_then(|value| value.as_list().map_or(Some(value), <[Value]>::first));
            return match inner {
                Some(item) => {
                    let found = Element { item, outer: self.outer }.attribute(rest).map(Cow::into_owned);
                    found.map(Cow::Owned)
                }
                None => Some(Cow::Owned(Value::null())),
            };
        }
        Some(match &self.item.data {
            Data::Map(map) => map.get(name).map_or(Cow::Owned(Value::null()), |entry| Cow::Borrowed(&entry.value)),
            Data::Unknown(_) | Data::Choice(_) => Cow::Borrowed(self.item),
            _ => Cow::Owned(Value::null()),
        })
    }

    fn fact(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.outer.fact(name)
    }

    fn parameter(&self, name: &str) -> Option<&Json> {
        self.outer.parameter(name)
    }

    fn listed(&self, path: &str) -> Option<Json> {
        self.outer.listed(path)
    }

    fn type_at(&self, address: &EcoString) -> Option<EcoString> {
        self.outer.type_at(address)
    }
}
