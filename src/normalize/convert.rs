//! The conversions of rows. An unknown value stays unknown through any of them; a choice is converted arm by arm.

use ecow::{EcoString, eco_format};
use serde_json::Value as Json;

use super::rows::Engine;
use super::{key, openapi, tls};
use crate::catalogue::condition::Operator;
use crate::condition;
use crate::graph::NodeId;
use crate::value::{Arm, Data, Known, ListKind, Number, Origin, Truth, Value, from_json, has_text};

/// A literal of a table; `{unknown: reason}` is what is not known.
pub(super) fn literal(json: &Json) -> Value {
    match json.get("unknown").and_then(Json::as_str) {
        Some(reason) => Value::unknown(reason),
        None => from_json(json, Origin::none()),
    }
}

/// Applies conversions in order.
pub(super) fn apply(mut value: Value, conversions: &[Json], engine: &Engine<'_, '_>, holder: NodeId) -> Value {
    for conversion in conversions {
        value = one(value, conversion, engine, holder);
    }
    value
}

fn one(value: Value, conversion: &Json, engine: &Engine<'_, '_>, holder: NodeId) -> Value {
    if let Data::Choice(arms) = &value.data {
        let arms: Vec<Arm> = arms
            .iter()
            .map(|arm| Arm { when: arm.when.clone(), value: one(arm.value.clone(), conversion, engine, holder) })
            .collect();
        return joined(arms, value);
    }
    let name = conversion.as_str().unwrap_or_default();
    match name {
        // These see something in a value that is not known.
        "key" => return key::classify(value, engine.graph, engine.tables, holder),
        "present" => return present(value),
        "policy" => return value,
        "openapi_anonymous" => return openapi::anonymous(value),
        "openapi_any_origin" => return openapi::any_origin(value),
        _ => {}
    }
    if value.is_unknown() {
        return of_unknown(value, conversion);
    }
    let data = match conversion {
        Json::Object(fields) => return with_argument(value, fields),
        _ => match name {
            "not" => boolean(&value).map(|on| Data::Bool(!on)),
            "bool" => boolean(&value).map(Data::Bool),
            "number" => number(&value).map(Data::Number),
            "lower" => value.as_str().map(|text| Data::String(text.to_lowercase().into())),
            "list" => match &value.data {
                Data::List(_) => None,
                _ => Some(Value::list(vec![value.clone()], ListKind::List).data),
            },
            "size" => match &value.data {
                Data::List(list) => Some(Data::Number(Number::Int(list.items.len() as i64))),
                Data::Map(map) => Some(Data::Number(Number::Int(map.entries.len() as i64))),
                _ => None,
            },
            "tls" if value.is_null() => None,
            "tls" => match text(&value).and_then(|text| tls::lowest(&text)) {
                Some(version) => Some(Data::Number(version)),
                None => {
                    let reason =
                        eco_format!("nobody knows which TLS versions \"{}\" allows", text(&value).unwrap_or_default());
                    return Value::unknown(reason).with_origin(value.origin);
                }
            },
            "ports" => return ports(value),
            "days_from_hours" => scaled(&value, 1.0 / 24.0),
            "days_from_weeks" => scaled(&value, 7.0),
            "days_from_months" => scaled(&value, 365.25 / 12.0),
            "days_from_years" => scaled(&value, 365.25),
            "days_from_period" => value.as_str().and_then(period).map(Data::Number),
            _ => None,
        },
    };
    match data {
        Some(data) => Value { data, ..value },
        None => value,
    }
}

/// What a conversion makes of a value that is not known: its answer, where the parts that are known decide. What is known
/// of a text says nothing of a switch or a number that is read from it.
fn of_unknown(value: Value, conversion: &Json) -> Value {
    let asked = conversion.as_object().and_then(|fields| {
        let ask = |name: &str, operator| fields.get(name).map(|wanted| condition::test(operator, &value, wanted));
        ask("equals", Operator::Equals)
            .or_else(|| ask("one_of", Operator::OneOf))
            .or_else(|| ask("matches", Operator::Matches))
    });
    // What cannot be any of the names that a map translates stays as it is, or is what the rest is translated to.
    let is_partly_known = matches!(&value.data, Data::Unknown(unknown) if has_text(&unknown.known));
    let map = conversion.get("map").and_then(Json::as_object).filter(|_| is_partly_known);
    let names: Option<Json> = map.map(|map| map.keys().map(String::as_str).collect());
    if names.is_some_and(|names| condition::test(Operator::OneOf, &value, &names) == Truth::False) {
        return match conversion.get("else") {
            Some(rest) => from_json(rest, value.origin),
            None => value,
        };
    }
    let decided = match asked {
        None if matches!(conversion.as_str(), Some("lower" | "list" | "number")) => return value,
        None | Some(Truth::Unknown) => None,
        Some(truth) => Some(truth == Truth::True),
    };
    match (decided, value.unknown_reason()) {
        (Some(known), _) => Value { data: Data::Bool(known), ..value },
        (None, reason) => Value { data: Value::unknown(reason.unwrap_or_default()).data, ..value },
    }
}

/// A choice of these arms in place of `value`. Alternatives that come to the same are one value.
pub(super) fn joined(arms: Vec<Arm>, value: Value) -> Value {
    if let Some((first, rest)) = arms.split_first()
        && !first.value.is_unknown()
        && rest.iter().all(|arm| arm.value == first.value)
    {
        return first.value.clone().with_origin(value.origin);
    }
    Value { data: Data::Choice(arms.into()), ..value }
}

fn with_argument(value: Value, fields: &serde_json::Map<String, Json>) -> Value {
    let same = |wanted: &Json| scalar_equals(&value, wanted);
    if let Some(wanted) = fields.get("equals") {
        return Value { data: Data::Bool(same(wanted)), ..value };
    }
    if let Some(Json::Array(wanted)) = fields.get("one_of") {
        return Value { data: Data::Bool(wanted.iter().any(same)), ..value };
    }
    if let Some(pattern) = fields.get("matches").and_then(Json::as_str) {
        let found = match (text(&value), condition::compiled(pattern)) {
            (Some(text), Some(regex)) => regex.is_match(&text),
            _ => false,
        };
        return Value { data: Data::Bool(found), ..value };
    }
    if let Some(pattern) = fields.get("capture").and_then(Json::as_str) {
        let captured = match (text(&value), condition::compiled(pattern)) {
            (Some(text), Some(regex)) => {
                regex.captures(&text).and_then(|captures| captures.get(1).map(|group| EcoString::from(group.as_str())))
            }
            _ => None,
        };
        return match captured {
            Some(part) => Value { data: Data::String(part), ..value },
            None => Value { data: Data::Null, ..value },
        };
    }
    if let Some(Json::Object(map)) = fields.get("map") {
        let known = text(&value).unwrap_or_else(|| if value.is_null() { "null".into() } else { EcoString::new() });
        let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(&known)).map(|(_, to)| to);
        return match found.or(fields.get("else")) {
            Some(to) => from_json(to, value.origin.clone()),
            None => value,
        };
    }
    value
}

/// Equality with a literal of a table; texts of providers compare without case there.
fn scalar_equals(value: &Value, wanted: &Json) -> bool {
    match wanted {
        Json::Bool(wanted) => boolean(value) == Some(*wanted),
        Json::Number(_) => number(value).map(Number::as_f64) == wanted.as_f64(),
        Json::String(wanted) => text(value).is_some_and(|text| text.eq_ignore_ascii_case(wanted)),
        Json::Null => value.is_null(),
        _ => false,
    }
}

fn present(value: Value) -> Value {
    let here = match &value.data {
        Data::Null => false,
        Data::String(text) => !text.is_empty(),
        Data::List(list) => match (condition::is_open(list), list.items.first()) {
            (true, Some(Value { data: Data::Choice(arms), .. })) if list.items.len() == 1 => {
                let arm = |arm: &Arm| Arm { when: arm.when.clone(), value: present(arm.value.clone()) };
                return joined(arms.iter().map(arm).collect(), value.clone());
            }
            (true, _) => return Value::unknown("each of the elements may be left out").with_origin(value.origin),
            (false, first) => first.is_some(),
        },
        Data::Map(_) => true,
        Data::Unknown(unknown) => match unknown.known {
            Known::Nothing | Known::Given { filled: false } => {
                // A reference to a resource of the scan is something that will be there.
                if value.origin.references().is_empty() {
                    return value;
                }
                true
            }
            _ => true,
        },
        _ => true,
    };
    Value { data: Data::Bool(here), ..value }
}

fn boolean(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(on) => Some(*on),
        Data::Number(number) => Some(number.as_f64() != 0.0),
        Data::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "enabled" | "enable" | "on" | "yes" | "1" => Some(true),
            "false" | "disabled" | "disable" | "off" | "no" | "0" | "suspended" => Some(false),
            _ => None,
        },
        // A switch that was put in brackets: the provider refuses it, and what it says is judged all the same.
        Data::List(list) => match &*list.items {
            [one] if one.as_list().is_none() => boolean(one),
            _ => None,
        },
        _ => None,
    }
}

fn number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Number(number) => Some(*number),
        Data::String(text) => Number::parse(text),
        _ => None,
    }
}

fn text(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(eco_format!("{number}")),
        Data::Bool(on) => Some(eco_format!("{on}")),
        _ => None,
    }
}

fn scaled(value: &Value, factor: f64) -> Option<Data> {
    number(value).and_then(|number| Number::from_f64((number.as_f64() * factor).round())).map(Data::Number)
}

/// The days of an ISO 8601 period: P6Y, P1Y6M, P520W, P30D.
fn period(text: &str) -> Option<Number> {
    let mut days = 0.0;
    let mut digits = String::new();
    for character in text.strip_prefix('P')?.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let amount: f64 = digits.parse().ok()?;
        digits.clear();
        days += amount
            * match character {
                'Y' => 365.25,
                'M' => 365.25 / 12.0,
                'W' => 7.0,
                'D' => 1.0,
                _ => return None,
            };
    }
    Number::from_f64(days.floor())
}

/// Ports as providers write them, as a list of "from-to".
fn ports(value: Value) -> Value {
    let mut ranges: Vec<Value> = Vec::new();
    let items = match &value.data {
        Data::List(list) => list.items.to_vec(),
        Data::Null => return value,
        _ => vec![value.clone()],
    };
    for item in items {
        match &item.data {
            Data::Number(number) => {
                ranges.push(Value::string(eco_format!("{number}-{number}")).with_origin(item.origin))
            }
            Data::String(list) => {
                for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    let range = match part.split_once('-') {
                        _ if part == "*" || part.eq_ignore_ascii_case("any") => "0-65535".into(),
                        Some((from, to)) => eco_format!("{}-{}", from.trim(), to.trim()),
                        None => eco_format!("{part}-{part}"),
                    };
                    ranges.push(Value::string(range).with_origin(item.origin.clone()));
                }
            }
            Data::Null => {}
            _ => ranges.push(item),
        }
    }
    Value::list(ranges, ListKind::List).with_origin(value.origin)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of_unknown, present};
    use crate::value::{Arm, Data, Known, ListKind, Part, Value, to_json};

    #[test]
    fn known_parts_decide_a_question_and_are_no_answer_themselves() {
        let parts = [Part::Text("http://".into()), Part::Hole(Value::unknown("aws_lb.inner.dns_name"))];
        let text = Value::partly_known("aws_lb.inner.dns_name", Known::Template(parts.to_vec().into()));
        let unknown = json!({"$unknown": "aws_lb.inner.dns_name"});
        for (conversion, expected) in [
            (json!({"matches": "^http:"}), json!(true)),
            (json!({"matches": "^https:"}), json!(false)),
            (json!({"matches": "visits$"}), unknown.clone()),
            (json!({"equals": "https://clinic.test"}), json!(false)),
            (json!({"one_of": ["tcp", "udp"]}), json!(false)),
            (json!({"capture": "^(http)"}), unknown.clone()),
            (json!({"map": {"http://clinic.test": "clinic"}}), unknown.clone()),
            (json!("bool"), unknown),
        ] {
            let value = of_unknown(text.clone(), &conversion);
            assert_eq!(to_json(&value), expected, "{conversion}");
            assert!(!matches!(&value.data, Data::Unknown(left) if !matches!(left.known, Known::Nothing)));
        }
    }

    #[test]
    fn what_no_map_translates_keeps_what_is_known_of_it() {
        let parts = [Part::Hole(Value::unknown("the subscription")), Part::Text("/roleDefinitions/owner".into())];
        let id = Value::partly_known("the subscription", Known::Template(parts.to_vec().into()));
        let known = |value: &Value| matches!(&value.data, Data::Unknown(left) if !matches!(left.known, Known::Nothing));
        assert!(known(&of_unknown(id.clone(), &json!({"map": {"Owner": "owner", "Reader": "reader"}}))));
        assert!(!known(&of_unknown(id.clone(), &json!({"map": {"x/roleDefinitions/owner": "owner"}}))));
        assert_eq!(
            to_json(&of_unknown(id.clone(), &json!({"map": {"Owner": "owner"}, "else": "none"}))),
            json!("none")
        );
        assert_eq!(to_json(&of_unknown(id, &json!({"map": {}, "else": "owner"}))), json!("owner"));
        let nothing = of_unknown(Value::unknown("var.role"), &json!({"map": {"Owner": "owner"}, "else": "none"}));
        assert!(nothing.is_unknown());
        assert!(of_unknown(Value::unknown("var.type"), &json!({"map": {}, "else": true})).is_unknown());
    }

    #[test]
    fn a_list_whose_elements_may_all_be_left_out_may_not_be_there() {
        let element = |when: &str| {
            let arms = [(when, Value::string("topic")), ("otherwise", Value::null())];
            let arms = arms.map(|(when, value)| Arm { when: when.into(), value });
            Value::new(Data::Choice(arms.into()))
        };
        let of = |items: Vec<Value>| to_json(&present(Value::list(items, ListKind::List)));
        assert_eq!(
            of(vec![element("C")]),
            json!({"$choice": [{"when": "C", "value": true}, {"when": "otherwise", "value": false}]})
        );
        assert_eq!(of(vec![element("C"), element("D")]), json!({"$unknown": "each of the elements may be left out"}));
        assert_eq!(of(vec![element("C"), Value::string("queue")]), json!(true));
        assert_eq!(of(vec![]), json!(false));
    }
}
