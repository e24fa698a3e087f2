//! Laws of Kleene's logic for conditions over attributes that are known, null, not known, or not there at all.

use std::collections::BTreeMap;

use phiguard::catalogue::condition::Condition;
use phiguard::condition::evaluate;
use phiguard::value::{ListKind, Map, Truth, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::cases;

/// The states that an attribute may be in; None is an attribute that the type does not have.
fn state() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(Some(Value::bool(true))),
        Just(Some(Value::bool(false))),
        Just(Some(Value::string("x"))),
        Just(Some(Value::null())),
        Just(Some(Value::unknown("not set"))),
        Just(None),
    ]
}

type Attributes = BTreeMap<String, Value>;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::vec(state(), NAMES.len()).prop_map(|states| {
        let named = NAMES.iter().zip(states);
        named.filter_map(|(name, state)| Some((name.to_string(), state?))).collect()
    })
}

fn test() -> impl Strategy<Value = Json> {
    let operator = prop_oneof![
        Just(("equals", json!(true))),
        Just(("not_equals", json!(true))),
        Just(("one_of", json!([true, "x"]))),
        Just(("none_of", json!(["x"]))),
        Just(("matches", json!("^x"))),
        Just(("absent", json!(true))),
        Just(("empty", json!(false))),
    ];
    (prop::sample::select(&NAMES[..]), operator)
        .prop_map(|(name, (operator, argument))| json!({"attribute": name, operator: argument}))
}

fn condition() -> impl Strategy<Value = Json> {
    test().prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| json!({"all": parts})),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| json!({"any": parts})),
            inner.prop_map(|part| json!({"not": part})),
        ]
    })
}

fn truth(condition: Json, attributes: &Attributes) -> Option<Truth> {
    let condition: Condition = serde_json::from_value(condition).unwrap();
    evaluate(&condition, attributes).map(|tested| tested.truth)
}

fn not(part: &Json) -> Json {
    json!({"not": part})
}

fn nots(parts: &[Json]) -> Vec<Json> {
    parts.iter().map(not).collect()
}

/// An element of a list: a map with a field in some state, or not known at all.
fn element() -> impl Strategy<Value = Value> {
    let map = |state: Option<Value>| {
        let mut map = Map::default();
        if let Some(value) = state {
            map.insert("a", value);
        }
        Value::map(map)
    };
    prop_oneof![5 => state().prop_map(map), 1 => Just(Value::unknown("not set"))]
}

fn elements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(element(), 0..5)
}

fn with_list(list: Value) -> Attributes {
    Attributes::from([("list".to_string(), list)])
}

fn over(quantifier: &str, condition: &Json) -> Json {
    json!({quantifier: "list", "where": condition})
}

/// A condition that looks at the element's one field, so that every element takes part.
fn of_element() -> impl Strategy<Value = Json> {
    condition().prop_map(|condition| {
        let text =
            NAMES.iter().fold(condition.to_string(), |text, name| text.replace(&format!(":\"{name}\""), ":\"a\""));
        serde_json::from_str(&text).unwrap()
    })
}

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn negation_moves_inwards(parts in prop::collection::vec(condition(), 1..4), attributes in attributes()) {
        prop_assert_eq!(truth(not(&json!({"all": parts})), &attributes), truth(json!({"any": nots(&parts)}), &attributes));
        prop_assert_eq!(truth(not(&json!({"any": parts})), &attributes), truth(json!({"all": nots(&parts)}), &attributes));
    }

    #[test]
    fn negation_twice_is_nothing(part in condition(), attributes in attributes()) {
        prop_assert_eq!(truth(not(&not(&part)), &attributes), truth(part, &attributes));
    }

    #[test]
    fn the_order_and_the_grouping_of_parts_mean_nothing(
        parts in prop::collection::vec(condition(), 1..5),
        attributes in attributes(),
        split in any::<prop::sample::Index>(),
    ) {
        let mut reversed = parts.clone();
        reversed.reverse();
        let (first, second) = parts.split_at(split.index(parts.len()) + 1);
        for form in ["all", "any"] {
            let whole = truth(json!({form: parts}), &attributes);
            prop_assert_eq!(truth(json!({form: reversed}), &attributes), whole);
            let doubled = [&parts[..], &parts[..]].concat();
            prop_assert_eq!(truth(json!({form: doubled}), &attributes), whole);
            if !second.is_empty() {
                prop_assert_eq!(truth(json!({form: [{form: first}, {form: second}]}), &attributes), whole);
            }
        }
    }

    #[test]
    fn what_takes_no_part_changes_nothing(part in condition(), attributes in attributes()) {
        let alone = truth(part.clone(), &attributes);
        let none = json!({"attribute": "not_there", "equals": true});
        for form in ["all", "any"] {
            prop_assert_eq!(truth(json!({form: [none, part]}), &attributes), alone);
            prop_assert_eq!(truth(json!({form: [part, not(&none)]}), &attributes), alone);
        }
    }

    #[test]
    fn a_contradiction_is_never_true(part in condition(), attributes in attributes()) {
        prop_assert_ne!(truth(json!({"all": [part, not(&part)]}), &attributes), Some(Truth::True));
        prop_assert_ne!(truth(json!({"any": [part, not(&part)]}), &attributes), Some(Truth::False));
    }

    /// What was known stays as it was, whatever the unknown attributes turn out to be.
    #[test]
    fn knowing_more_changes_no_answer(part in condition(), attributes in attributes(), to in state()) {
        let before = truth(part.clone(), &attributes);
        let mut known = attributes.clone();
        let to = to.unwrap_or_else(Value::null);
        known.values_mut().filter(|value| value.is_unknown()).for_each(|value| *value = to.clone());
        if before != Some(Truth::Unknown) {
            prop_assert_eq!(truth(part, &known), before);
        }
    }

    #[test]
    fn every_is_not_some_not(condition in of_element(), items in elements()) {
        let attributes = with_list(Value::list(items, ListKind::List));
        let some_not = truth(over("some", &not(&condition)), &attributes);
        prop_assert_eq!(truth(over("every", &condition), &attributes), some_not.map(|truth| !truth));
    }

    #[test]
    fn the_order_of_elements_means_nothing(condition in of_element(), items in elements()) {
        let mut reversed = items.clone();
        reversed.reverse();
        let attributes = [items, reversed].map(|items| with_list(Value::list(items, ListKind::List)));
        for quantifier in ["some", "every"] {
            let [one, other] = [0, 1].map(|at| truth(over(quantifier, &condition), &attributes[at]));
            prop_assert_eq!(one, other);
        }
    }
}
