//! Conditions over values, with Kleene's logic: what is not known stays not known unless the rest decides, and
//! what a type does not have takes no part. Used by kind tables (over provider paths) and by policies.

mod elements;
mod operators;
mod pattern;
mod refers;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ecow::EcoString;
use serde_json::Value as Json;

use crate::catalogue::condition::{Condition, Operator, Subject};
use crate::source::Span;
use crate::value::{Truth, Value};

pub use operators::{is_open, test};
pub use pattern::{compiled, glob};

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

    /// Whether a resource of that kind and of the same provider meets the condition, wherever it is; None where such
    /// resources mean nothing.
    fn anywhere(&self, _kind: &str, _condition: Option<&Condition>) -> Option<Truth> {
        None
    }

    /// The value of a parameter.
    fn parameter(&self, _name: &str) -> Option<&Json> {
        None
    }

    /// What stands at a path of the whole resource, as a list to test against; None where some of it is not known.
    fn listed(&self, _path: &str) -> Option<Json> {
        None
    }

    /// The provider type of the resource at an address; None where there is none, or addresses mean nothing.
    fn type_at(&self, _address: &EcoString) -> Option<EcoString> {
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
    tested(condition, lookup, Told::Reasons)
}

/// Whether a condition holds, without what decided it; None when nothing of it takes part.
pub fn truth(condition: &Condition, lookup: &dyn Lookup) -> Option<Truth> {
    tested(condition, lookup, Told::Truth).map(|tested| tested.truth)
}

/// What is asked of a condition. Most outcomes are passes, of which nobody asks what decided them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Truth,
    Reasons,
}

impl Told {
    fn deciding<'c>(self, subject: &'c str) -> Vec<Deciding<'c>> {
        match self {
            Told::Truth => Vec::new(),
            Told::Reasons => vec![Deciding { subject, element: None }],
        }
    }
}

fn tested<'c>(condition: &'c Condition, lookup: &dyn Lookup, told: Told) -> Option<Tested<'c>> {
    match condition {
        Condition::All(parts) => join(parts, lookup, told, Truth::True, Truth::False, Truth::and),
        Condition::Any(parts) => join(parts, lookup, told, Truth::False, Truth::True, Truth::or),
        Condition::Not(part) => {
            let Tested { truth, deciding } = tested(part, lookup, told)?;
            Some(Tested { truth: !truth, deciding })
        }
        Condition::Quantified { quantifier, list, condition } => {
            let value = lookup.attribute(list).or_else(|| lookup.fact(list))?;
            Some(elements::quantify(*quantifier, list, &value, condition, lookup, told))
        }
        Condition::Related { kind, condition } => {
            let truth = lookup.related(kind, condition.as_deref())?;
            Some(Tested { truth, deciding: Vec::new() })
        }
        Condition::Anywhere { kind, condition } => {
            let truth = lookup.anywhere(kind, condition.as_deref())?;
            Some(Tested { truth, deciding: Vec::new() })
        }
        Condition::Test { subject, operator, argument } => {
            let value = match subject {
                Subject::Attribute(name) => lookup.attribute(name)?,
                Subject::Fact(name) => lookup.fact(name)?,
            };
            let word = |key: &str| argument.get(key).and_then(Json::as_str);
            let truth = match (word("parameter"), word("path")) {
                (Some(name), _) => {
                    let by = word("by").and_then(|by| lookup.attribute(by).or_else(|| lookup.fact(by)));
                    let by = by.as_ref().and_then(|value| value.as_str());
                    let own = by.and_then(|by| lookup.parameter(&parameter_of(by, name)));
                    let argument = own.or_else(|| lookup.parameter(name)).unwrap_or(&Json::Null);
                    operators::test(*operator, &value, argument)
                }
                (None, Some(path)) => {
                    lookup.listed(path).map_or(Truth::Unknown, |listed| operators::test(*operator, &value, &listed))
                }
                (None, None) if *operator == Operator::RefersTo => {
                    refers::refers_to(&value, argument, &|address| lookup.type_at(address))
                }
                (None, None) => operators::test(*operator, &value, argument),
            };
            Some(Tested { truth, deciding: told.deciding(subject.name()) })
        }
    }
}

/// The name of a parameter that is for one class of resources: `audit_days` of `days`.
pub fn parameter_of(class: &str, name: &str) -> String {
    format!("{class}_{name}")
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
    told: Told,
    neutral: Truth,
    decisive: Truth,
    operator: fn(Truth, Truth) -> Truth,
) -> Option<Tested<'c>> {
    let mut truth = neutral;
    let mut takes_part = false;
    let mut reasons: Vec<Tested<'c>> = Vec::new();
    for part in parts {
        let Some(part) = tested(part, lookup, told) else { continue };
        takes_part = true;
        truth = operator(truth, part.truth);
        let decided = part.truth == decisive;
        if told == Told::Reasons {
            reasons.push(part);
        }
        if decided {
            break;
        }
    }
    let deciding = reasons.into_iter().filter(|part| part.truth == truth).flat_map(|part| part.deciding).collect();
    takes_part.then_some(Tested { truth, deciding })
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
    use crate::value::{Arm, Data};
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

    #[test]
    fn an_element_that_is_a_choice_decides_where_all_its_arms_do() {
        let open = || Value::string("0.0.0.0/0");
        let closed = || Value::string("10.0.0.0/8");
        let choice = |one: Value, other: Value| {
            let arm = |when: &str, value| Arm { when: when.into(), value };
            Value::new(Data::Choice([arm("IsLive", one), arm("not IsLive", other)].into()))
        };
        let list = |items: Vec<Value>| Value::list(items, crate::value::ListKind::List);
        let some = condition(serde_json::json!({"some": "cidrs", "where": {"attribute": "", "equals": "0.0.0.0/0"}}));
        for (value, expected) in [
            (list(vec![choice(open(), open())]), Truth::True),
            (list(vec![choice(open(), Value::null())]), Truth::Unknown),
            (list(vec![choice(closed(), Value::null())]), Truth::False),
            (list(vec![choice(closed(), list(vec![closed(), open()]))]), Truth::Unknown),
            (list(vec![choice(closed(), open()), open()]), Truth::True),
            (choice(list(vec![open()]), list(vec![closed(), open()])), Truth::True),
            (choice(list(vec![open()]), list(vec![])), Truth::Unknown),
        ] {
            let attributes = table(&[("cidrs", value)]);
            assert_eq!(evaluate(&some, &attributes).unwrap().truth, expected, "{attributes:?}");
            assert_eq!(truth(&some, &attributes), Some(expected));
        }
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
