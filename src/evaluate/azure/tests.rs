//! Expressions as users write them, in both syntaxes, and what they are worth.

use ecow::EcoString;

use super::functions::Deployment;
use super::{Evaluator, Failure, Invocation, Names, Outcome};
use crate::parse::arm::{self, Offsets};
use crate::parse::bicep;
use crate::source::{SourceMap, Span};
use crate::value::{Arm, Data, ListKind, Map, Reference, Value, to_json};

/// A few names: an object, a resource, unknowns.
struct Sample {
    deployment: Deployment,
    sources: SourceMap,
}

impl Names for Sample {
    fn name(&self, name: &str, span: Span) -> Option<Outcome> {
        let choice = |arms: [(&str, Value); 2]| {
            let arms = arms.map(|(when, value)| Arm { when: when.into(), value });
            Value::new(Data::Choice(arms.to_vec().into()))
        };
        let mut value = match name {
            "unknown" => Value::unknown("a test"),
            "flag" => Value::unknown("flag has no default"),
            "tier" => choice([("tier is \"a\"", Value::string("a")), ("tier is \"b\"", Value::string("b"))]),
            "resource" => {
                let mut map = Map { resource: Some("N.S/t/x".into()), ..Map::new() };
                map.insert("name", Value::string("x"));
                let (mut inner, mut properties) = (Map::new(), Map::new());
                inner.insert("name", Value::string("first"));
                properties.insert("open", Value::list(vec![Value::map(inner)], ListKind::Tuple));
                map.insert("properties", Value::map(properties));
                Value::map(map)
            }
            _ => return None,
        };
        value.origin.span = span;
        Some(Ok(value))
    }

    fn call(&self, call: &Invocation<'_>) -> Option<Outcome> {
        (call.namespace == Some("mine") && call.is("twice"))
            .then(|| Ok(Value::string(call.arguments[0].as_str().unwrap().repeat(2))))
    }

    fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    fn text(&self, span: Span) -> EcoString {
        self.sources.text(span).into()
    }
}

fn evaluate(text: &str, is_arm: bool) -> Result<Value, Failure> {
    let mut sample = Sample { deployment: Deployment::default(), sources: SourceMap::new() };
    let id = sample.sources.add("".into(), "".into(), text.into());
    let expression = match is_arm {
        true => arm::parse_expression(text, &Offsets::plain(id, 0)),
        false => bicep::parse_expression(id, text),
    };
    Evaluator::new(&sample).evaluate(&expression.unwrap_or_else(|error| panic!("{text}: {error:?}")))
}

/// What a value is as JSON, or `!` and the message and range of its failure.
fn shown(text: &str, is_arm: bool) -> String {
    match evaluate(text, is_arm) {
        Ok(value) => to_json(&value).to_string(),
        Err(failure) => format!("!{}..{} {}", failure.span.start, failure.span.end, failure.message),
    }
}

fn check(is_arm: bool, table: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (text, expected) in table {
        let found = shown(text, is_arm);
        let same = if expected.starts_with('!') { found.starts_with(expected) } else { found == *expected };
        if !same {
            wrong.push_str(&format!("{text}\n  is {found}\n not {expected}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn accesses() {
    check(
        false,
        &[
            ("{ a: { b: [10, 20] } }.A.b[1]", "20"),
            ("[1, 2, 3][^1]", "3"),
            ("{ a: 1 }['A']", "1"),
            ("{ a: 1 }.?b", "null"),
            ("{ a: 1 }.?b.c.d", "null"),
            ("({ a: 1 }.?b).c", "!13..15 null has no properties"),
            ("{ a: 1 }.?b ?? 'x'", r#""x""#),
            ("{ a: null }.a!", "null"),
            ("[1][?4]", "null"),
            ("[1][4]", "!3..6 the array has no such element; it has 1"),
            ("[1][-1]", "!4..6 the position of an element"),
            ("{ a: 1 }.b", "!8..10 there is no property b in this object; it has a"),
            ("'x'.a", "!3..5 only an object has properties"),
            ("unknown.a[0].b", r#"{"$unknown":"a test"}"#),
            ("[1, 2][unknown]", r#"{"$unknown":"a test"}"#),
            ("{ a: 1, b: 1 }[unknown]", "1"),
            (
                "{ a: 1, b: 2 }[unknown]",
                r#"{"$choice":[{"when":"unknown is \"a\"","value":1},{"when":"unknown is \"b\"","value":2}]}"#,
            ),
            (
                "{ a: 1, b: 2, c: 3 }[tier]",
                r#"{"$choice":[{"when":"tier is \"a\"","value":1},{"when":"tier is \"b\"","value":2}]}"#,
            ),
            ("{ a: 1 }[tier]", "1"),
            ("{ c: 1 }[tier]", "!8..14 there is no such property"),
            ("resource.NAME", r#""x""#),
            ("resource.properties.key", r#"{"$unknown":"key of N.S/t/x is known only after deployment"}"#),
            ("resource.properties.open[0].id", r#"{"$unknown":"id of N.S/t/x is known only after deployment"}"#),
            ("resource.properties.open[0].?id.more", r#"{"$unknown":"id of N.S/t/x is known only after deployment"}"#),
            ("resource.properties.open[0].name", r#""first""#),
            ("resource.listKeys().keys[0].value", r#"{"$sensitive":true}"#),
            ("nothing", "!0..7 there is nothing named"),
        ],
    );
}

#[test]
fn references_stay_on_what_is_read_of_a_resource() {
    for text in ["resource.name", "resource.id", "'a${resource.id}'", "resource.listKeys()", "{ a: [resource.id] }"] {
        let value = evaluate(text, false).unwrap();
        let mut found = Vec::new();
        value.each_reference(&mut |reference: &Reference| found.push(reference.address.to_string()));
        assert_eq!(found.first().map(String::as_str), Some("N.S/t/x"), "{text}");
    }
}

#[test]
fn conditions_and_logic() {
    let choice = r#"{"$choice":[{"when":"flag","value":1},{"when":"not (flag)","value":2}]}"#;
    check(
        false,
        &[
            ("flag ? 1 : 2", choice),
            ("flag ? 1 : 1", "1"),
            ("true ? 1 : nothing", "1"),
            ("flag ? 1 : [][0]", "1"),
            ("flag ? (flag ? 1 : 3) : 2", choice),
            (
                "(flag ? 1 : 2) + (flag ? 1 : 2)",
                r#"{"$choice":[{"when":"flag","value":2},{"when":"not (flag)","value":4}]}"#,
            ),
            ("tier == 'c'", "false"),
            ("tier == 'a' ? 1 : 1", "1"),
            ("false && nothing", "false"),
            ("true || nothing", "true"),
            ("flag && false", "false"),
            ("flag && nothing", r#"{"$unknown":"flag has no default"}"#),
            ("'a' ?? nothing", r#""a""#),
            ("null ?? unknown", r#"{"$unknown":"a test"}"#),
            ("'A' =~ 'a'", "true"),
            ("'A' !~ 'a'", "false"),
            ("1 != 2", "true"),
            ("-(1 + 1)", "-2"),
            ("1 ? 2 : 3", "!0..1 the condition must be true or false"),
        ],
    );
    check(
        true,
        &[
            ("if(equals(1, 1), 'a', fail('no'))", r#""a""#),
            ("and(false(), fail('no'))", "false"),
            ("coalesce(null(), 'a', fail('no'))", r#""a""#),
            (
                "reference('x', '2020-01-01').a.b",
                r#"{"$unknown":"the state of a resource is known only at deployment"}"#,
            ),
            ("listKeys('x', '2020-01-01').keys[0].value", r#"{"$sensitive":true}"#),
            ("mine.twice('a')", r#""aa""#),
            ("mine.thrice('a')", "!0..16 there is no function mine.thrice"),
            ("nonesuch()", "!0..10 there is no function nonesuch"),
            ("map(createArray(1, 2), lambda('x', add(lambdaVariables('x'), 1)))", "[2,3]"),
        ],
    );
}

#[test]
fn loops_lambdas_and_spreads() {
    check(
        false,
        &[
            ("[for x in [1, 2]: x * 2]", "[2,4]"),
            ("[for (x, i) in ['a', 'b']: '${x}${i}']", r#"["a0","b1"]"#),
            ("[for x in unknown: x]", r#"{"$unknown":"a test"}"#),
            (
                "[for x in (flag ? [1] : []): x]",
                r#"{"$choice":[{"when":"flag","value":[1]},{"when":"not (flag)","value":[]}]}"#,
            ),
            ("map([1, 2], x => map([10], y => x + y))", "[[11],[12]]"),
            ("filter([1, 2], x => x > unknown)", r#"{"$unknown":"a test"}"#),
            ("map([1], x => [][x])", "!16..19 the array has no such element"),
            ("[1, ...[2, 3], 4]", "[1,2,3,4]"),
            ("[...unknown]", r#"{"$unknown":"a test"}"#),
            ("{ ...{ a: 1, b: 2 }, b: 3 }", r#"{"a":1,"b":3}"#),
            ("{ a: 1, ...(flag ? { b: 2 } : {}) }.a", "1"),
            ("{ '${'a'}b': 1 }", r#"{"ab":1}"#),
            ("{ '${unknown}b': 1 }", r#"{"{unknown}b":1}"#),
            ("{ '${unknown}b': 1 }.c", r#"{"$unknown":"the keys of the object are not all known"}"#),
            ("nameof(resource.properties)", r#""properties""#),
            ("sys.toLower('A')", r#""a""#),
            ("az.subscription().id", r#"{"$unknown":"the subscription is known at deployment"}"#),
        ],
    );
}
