//! Conditions over values, with Kleene's logic: what is not known stays not known unless the rest decides, and
//! what a type does not have takes no part. Used by kind tables (over provider paths) and by policies.

mod operators;
mod pattern;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalogue::condition::{Condition, Quantifier, Subject};
use crate::source::Span;
use crate::value::{Data, Truth, Value};

pub use pattern::compiled;

/// What a condition looks at.
pub trait Lookup {
    /// The value of an attribute; None where there is no such thing, so that the test takes no part.
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>>;

    /// The value of a fact, likewise.
    fn fact(&self, name: &str) -> Option<Cow<'_, Value>>;

    /// Whether a neighbour of that kind meets the condition; None where neighbours mean nothing.
    fn related(&self, _kind: &str, _condition: Option<&Condition>) -> Option<Truth> {
        None
    }

    /// The value of a parameter.
    fn parameter(&self, _name: &str) -> Option<&Json> {
        None
    }
}

/// The outcome of a condition, and what decided it.
#[derive(Clone, Debug)]
pub struct Tested<'c> {
    /// The outcome.
    pub truth: Truth,
    /// The values that decided it, most telling first.
    pub deciding: Vec<Deciding<'c>>,
}

/// A value that decided a condition.
#[derive(Clone, Debug)]
pub struct Deciding<'c> {
    /// The attribute, fact or list that it belongs to.
    pub subject: &'c str,
    /// For an element of a list: the element, and the place of the part that decided.
    pub element: Option<(Value, Span)>,
}

/// Evaluates a condition; None when nothing of it takes part.
pub fn evaluate<'c>(condition: &'c Condition, lookup: &dyn Lookup) -> Option<Tested<'c>> {
    match condition {
        Condition::All(parts) => join(parts, lookup, Truth::True, Truth::False, Truth::and),
        Condition::Any(parts) => join(parts, lookup, Truth::False, Truth::True, Truth::or),
        Condition::Not(part) => {
            let Tested { truth, deciding } = evaluate(part, lookup)?;
            Some(Tested { truth: !truth, deciding })
        }
        Condition::Quantified { quantifier, list, condition } => {
            let value = lookup.attribute(list).or_else(|| lookup.fact(list))?;
            Some(quantify(*quantifier, list, &value, condition, lookup))
        }
        Condition::Related { kind, condition } => {
            let truth = lookup.related(kind, condition.as_deref())?;
            Some(Tested { truth, deciding: Vec::new() })
        }
        Condition::Test { subject, operator, argument } => {
            let value = match subject {
                Subject::Attribute(name) => lookup.attribute(name)?,
                Subject::Fact(name) => lookup.fact(name)?,
            };
            let argument = match argument.get("parameter").and_then(Json::as_str) {
                Some(name) => lookup.parameter(name).unwrap_or(&Json::Null),
                None => argument,
            };
            let truth = operators::test(*operator, &value, argument);
            Some(Tested { truth, deciding: vec![Deciding { subject: subject.name(), element: None }] })
        }
    }
}

/// Whether a test of an attribute, one of those that a condition is made of, holds: what a fix has to change. None where
/// no test looks at it; tests under `not` and of elements count as none.
pub fn fails(condition: &Condition, attribute: &str, lookup: &dyn Lookup) -> Option<bool> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            let tests = parts.iter().filter_map(|part| fails(part, attribute, lookup));
            tests.reduce(|one, other| one || other)
        }
        Condition::Test { subject: Subject::Attribute(name), .. } if name == attribute => {
            Some(evaluate(condition, lookup)?.truth == Truth::True)
        }
        _ => None,
    }
}

/// Joins the parts that take part. What decides is the parts that have the joint outcome.
fn join<'c>(
    parts: &'c [Condition],
    lookup: &dyn Lookup,
    neutral: Truth,
    decisive: Truth,
    operator: fn(Truth, Truth) -> Truth,
) -> Option<Tested<'c>> {
    let mut truth = neutral;
    let mut tested: Vec<Tested<'c>> = Vec::with_capacity(parts.len());
    for part in parts {
        let Some(part) = evaluate(part, lookup) else { continue };
        truth = operator(truth, part.truth);
        let decided = part.truth == decisive;
        tested.push(part);
        if decided {
            break;
        }
    }
    if tested.is_empty() {
        return None;
    }
    let deciding = tested.into_iter().filter(|part| part.truth == truth).flat_map(|part| part.deciding).collect();
    Some(Tested { truth, deciding })
}

/// Of the elements that decide alike, more than this many are not told of.
const MOST_DECIDING: usize = 8;

fn quantify<'c>(
    quantifier: Quantifier,
    name: &'c str,
    list: &Value,
    condition: &'c Condition,
    lookup: &dyn Lookup,
) -> Tested<'c> {
    let whole = |truth| Tested { truth, deciding: vec![Deciding { subject: name, element: None }] };
    let items: &[Value] = match &list.data {
        Data::List(list) => &list.items,
        Data::Null => &[],
        Data::Map(_) => std::slice::from_ref(list),
        Data::Unknown(_) | Data::Choice(_) => return whole(Truth::Unknown),
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
        let inner = Element { item, outer: lookup };
        let outcome = match evaluate(condition, &inner) {
            Some(outcome) => outcome,
            None if item.is_unknown() => Tested { truth: Truth::Unknown, deciding: Vec::new() },
            None => continue,
        };
        let span = outcome
            .deciding
            .iter()
            .filter_map(|deciding| item.get(deciding.subject))
            .map(|entry| entry.span)
            .find(|span| !span.is_none())
            .unwrap_or(item.origin.span);
        let found = Deciding { subject: name, element: Some((item.clone(), span)) };
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
}

/// A condition over a plain table of values, for tests and small checks.
impl Lookup for BTreeMap<String, Value> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }

    fn fact(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition(json: Json) -> Condition {
        serde_json::from_value(json).unwrap()
    }

    fn table(entries: &[(&str, Value)]) -> BTreeMap<String, Value> {
        entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    #[test]
    fn what_a_type_does_not_have_takes_no_part() {
        let attributes = table(&[("a", Value::bool(true))]);
        let all = condition(serde_json::json!({"all": [
            {"attribute": "a", "equals": true},
            {"not": {"attribute": "missing", "equals": true}},
        ]}));
        assert_eq!(evaluate(&all, &attributes).unwrap().truth, Truth::True);
        let none = condition(serde_json::json!({"not": {"attribute": "missing", "equals": true}}));
        assert!(evaluate(&none, &attributes).is_none());
    }

    #[test]
    fn one_element_that_fails_decides_even_beside_an_unknown_one() {
        let list = Value::list(vec![Value::unknown("var"), Value::string("0.0.0.0/0")], crate::value::ListKind::List);
        let attributes = table(&[("cidrs", list)]);
        let some = condition(serde_json::json!({
            "some": "cidrs", "where": {"attribute": "", "equals": "0.0.0.0/0"},
        }));
        let tested = evaluate(&some, &attributes).unwrap();
        assert_eq!(tested.truth, Truth::True);
        assert_eq!(tested.deciding[0].element.as_ref().unwrap().0.as_str(), Some("0.0.0.0/0"));
    }

    fn leaf() -> impl Strategy<Value = (Json, u8)> {
        (0u8..3).prop_map(|state| (serde_json::json!({"attribute": format!("v{state}"), "equals": true}), state))
    }

    fn tree() -> impl Strategy<Value = Json> {
        leaf().prop_map(|(json, _)| json).prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| serde_json::json!({"all": parts})),
                prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| serde_json::json!({"any": parts})),
                inner.prop_map(|part| serde_json::json!({"not": part})),
            ]
        })
    }

    proptest! {
        /// A known outcome never changes, however the unknown value turns out.
        #[test]
        fn known_outcomes_are_stable(json in tree()) {
            let condition = condition(json);
            let with = |unknown: Value| {
                let attributes = table(&[("v0", Value::bool(false)), ("v1", Value::bool(true)), ("v2", unknown)]);
                evaluate(&condition, &attributes).unwrap().truth
            };
            let open = with(Value::unknown("not set"));
            if open != Truth::Unknown {
                prop_assert_eq!(with(Value::bool(true)), open);
                prop_assert_eq!(with(Value::bool(false)), open);
            }
        }
    }
}
