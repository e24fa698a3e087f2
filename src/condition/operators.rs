//! The tests of single values, one function each. Values are compared by type: a text that holds a number or
//! a bool counts as one where one is meant, since providers convert it too.

use ecow::{EcoString, eco_format};
use serde_json::Value as Json;

use super::pattern::{self, Bound};
use super::refers::refers_to;
use crate::catalogue::condition::Operator;
use crate::value::{Data, Known, List, Number, Part, Truth, Value};

/// Whether a test of one value holds.
pub fn test(operator: Operator, value: &Value, argument: &Json) -> Truth {
    match &value.data {
        Data::Choice(arms) => {
            let mut truths = arms.iter().map(|arm| test(operator, &arm.value, argument));
            let first = truths.next().unwrap_or(Truth::Unknown);
            return if truths.all(|truth| truth == first) { first } else { Truth::Unknown };
        }
        Data::Unknown(unknown) => return of_unknown(operator, value, &unknown.known, argument),
        _ => {}
    }
    match operator {
        Operator::Absent => (value.is_null() == argument.as_bool().unwrap_or(true)).into(),
        Operator::Empty if matches!(&value.data, Data::List(list) if is_open(list)) => Truth::Unknown,
        Operator::Empty => (is_empty(value) == argument.as_bool().unwrap_or(true)).into(),
        Operator::Equals => equals(value, argument).into(),
        Operator::NotEquals => (!equals(value, argument)).into(),
        Operator::OneOf => list(argument).iter().any(|item| equals(value, item)).into(),
        Operator::NoneOf => (!list(argument).iter().any(|item| equals(value, item))).into(),
        Operator::LessThan => compare(value, argument, |a, b| a < b),
        Operator::AtMost => compare(value, argument, |a, b| a <= b),
        Operator::GreaterThan => compare(value, argument, |a, b| a > b),
        Operator::AtLeast => compare(value, argument, |a, b| a >= b),
        Operator::Matches => match (value.as_str(), argument.as_str()) {
            (Some(text), Some(pattern)) => matches(text, pattern),
            _ => Truth::False,
        },
        Operator::Contains => contains(value, std::slice::from_ref(argument)),
        Operator::ContainsAny => contains(value, list(argument)),
        Operator::RefersTo => refers_to(value, argument, &|_| None),
        Operator::PortsOverlap => {
            ports(value, argument, |from, to, ports| ports.iter().any(|port| (from..=to).contains(port)))
        }
        Operator::PortsBeyond => ports(value, argument, |from, to, ports| {
            let inside = ports.iter().filter(|port| (from..=to).contains(*port)).count() as i64;
            to - from + 1 > inside
        }),
    }
}

/// What can be said of a value that is not known: a text with known parts is not null and not empty.
fn of_unknown(operator: Operator, value: &Value, known: &Known, argument: &Json) -> Truth {
    let has_text = match known {
        Known::Nothing => names_a_resource(value),
        Known::Json(_) | Known::Base64(_) | Known::AtMost(_) | Known::AtLeast(_) => true,
        Known::Given { filled } => *filled || names_a_resource(value),
        Known::Template(parts) => parts.iter().any(|part| matches!(part, Part::Text(text) if !text.is_empty())),
    };
    if let Some(truth) = of_bound(operator, known, argument) {
        return truth;
    }
    match operator {
        Operator::Absent if has_text || matches!(known, Known::Given { .. }) => {
            (!argument.as_bool().unwrap_or(true)).into()
        }
        Operator::Empty if has_text => (!argument.as_bool().unwrap_or(true)).into(),
        Operator::Equals if cannot_be(value, known, argument) => Truth::False,
        Operator::NotEquals if cannot_be(value, known, argument) => Truth::True,
        Operator::OneOf if list(argument).iter().all(|item| cannot_be(value, known, item)) => Truth::False,
        Operator::NoneOf if list(argument).iter().all(|item| cannot_be(value, known, item)) => Truth::True,
        Operator::Contains => may_hold(value, known, argument),
        Operator::RefersTo => refers_to(value, argument, &|_| None),
        Operator::Matches => part_matches(known, argument),
        _ => Truth::Unknown,
    }
}

/// What a bound says of a number that is not known; None where it says nothing.
fn of_bound(operator: Operator, known: &Known, argument: &Json) -> Option<Truth> {
    let limit = json_number(argument)?;
    let (below, reached) = match known {
        Known::AtMost(bound) => (*bound < limit, *bound <= limit),
        Known::AtLeast(bound) => (*bound > limit, *bound >= limit),
        _ => return None,
    };
    // Of a number that is at most the bound, what is said of the bound from above; the other way round of one that is
    // at least the bound.
    let (strict, loose, other_strict, other_loose) = match known {
        Known::AtMost(_) => (Operator::LessThan, Operator::AtMost, Operator::GreaterThan, Operator::AtLeast),
        _ => (Operator::GreaterThan, Operator::AtLeast, Operator::LessThan, Operator::AtMost),
    };
    match operator {
        _ if operator == strict && below => Some(Truth::True),
        _ if operator == loose && reached => Some(Truth::True),
        _ if operator == other_strict && reached => Some(Truth::False),
        _ if operator == other_loose && below => Some(Truth::False),
        Operator::Equals if below => Some(Truth::False),
        Operator::NotEquals if below => Some(Truth::True),
        _ => None,
    }
}

/// Whether a text that is not known holds another: a part of it that is known may, and the names and ids that
/// providers give to resources hold no wildcard.
fn may_hold(value: &Value, known: &Known, argument: &Json) -> Truth {
    let Some(wanted) = argument.as_str() else { return Truth::Unknown };
    let holds_not = |value: &Value| wanted == "*" && names_a_resource(value);
    match known {
        Known::Template(parts)
            if parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(wanted))) =>
        {
            Truth::True
        }
        Known::Template(parts) if parts.iter().all(|part| !matches!(part, Part::Hole(hole) if !holds_not(hole))) => {
            Truth::False
        }
        Known::Nothing | Known::Given { .. } if holds_not(value) => Truth::False,
        _ => Truth::Unknown,
    }
}

/// Whether a text of which parts are known meets a pattern. One that asks nothing of what stands around it is met by any
/// part. One that is bound to the start or the end of the text is met or missed by the part there, where that is as long
/// as anything that the pattern finds.
fn part_matches(known: &Known, argument: &Json) -> Truth {
    let (Known::Template(parts), Some(pattern)) = (known, argument.as_str()) else { return Truth::Unknown };
    let (Some(reach), Some(regex)) = (pattern::reach(pattern), pattern::compiled(pattern)) else {
        return Truth::Unknown;
    };
    let text_of = |part: Option<&Part>| match part {
        Some(Part::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let bound = match reach.bound {
        Bound::None => {
            let is_met = parts.iter().any(|part| matches!(part, Part::Text(text) if regex.is_match(text)));
            return if is_met { Truth::True } else { Truth::Unknown };
        }
        Bound::Start => text_of(parts.first()).map(|text| {
            let found = regex.find(&eco_format!("{text}{BESIDE}")).map(|found| found.end());
            (found.is_some_and(|end| end <= text.len()), text)
        }),
        Bound::End => text_of(parts.last()).map(|text| {
            let found = regex.find(&eco_format!("{BESIDE}{text}")).map(|found| found.start());
            (found.is_some_and(|start| start >= BESIDE.len_utf8()), text)
        }),
        Bound::Other => None,
    };
    match bound {
        Some((true, _)) => Truth::True,
        Some((false, text)) if reach.longest.is_some_and(|longest| longest <= text.len()) => {
            match regex.is_match(&text) {
                true => Truth::Unknown,
                false => Truth::False,
            }
        }
        _ => Truth::Unknown,
    }
}

/// What stands beside a known part in place of what is not known: nothing that a pattern looks for.
const BESIDE: char = '\u{1}';

/// Whether a value that is not known cannot be a text: what is known of its start or end differs, or it is a resource's
/// name or id and the text is the wildcard.
fn cannot_be(value: &Value, known: &Known, argument: &Json) -> bool {
    let Some(wanted) = argument.as_str().map(str::to_ascii_lowercase) else { return false };
    match known {
        Known::Template(parts) => {
            let differs = |part: Option<&Part>, fits: fn(&str, &str) -> bool| match part {
                Some(Part::Text(text)) => !fits(&wanted, &text.to_ascii_lowercase()),
                _ => false,
            };
            differs(parts.first(), |wanted, text| wanted.starts_with(text))
                || differs(parts.last(), |wanted, text| wanted.ends_with(text))
        }
        Known::Nothing | Known::Given { .. } => wanted == "*" && names_a_resource(value),
        Known::Json(_) | Known::Base64(_) | Known::AtMost(_) | Known::AtLeast(_) => false,
    }
}

/// Whether an unknown value is the name that the provider gives to a resource: not known, but certainly there.
fn names_a_resource(value: &Value) -> bool {
    let is_name = |attribute: &str| {
        let last = attribute.rsplit('.').next().unwrap_or(attribute).to_ascii_lowercase();
        // `Ref` reads no attribute: it is the resource's name or id.
        last.is_empty()
            || ["id", "arn", "name", "uri", "identifier", "endpoint"].iter().any(|ending| last.ends_with(ending))
    };
    let references = value.origin.references();
    !references.is_empty() && references.iter().all(|reference| is_name(&reference.attribute))
}

fn list(argument: &Json) -> &[Json] {
    argument.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether a list has elements and each of them hangs on a condition under which it is left out, so that there may be
/// none.
pub fn is_open(list: &List) -> bool {
    let may_be_absent =
        |item: &Value| matches!(&item.data, Data::Choice(arms) if arms.iter().any(|arm| arm.value.is_null()));
    !list.items.is_empty() && list.items.iter().all(may_be_absent)
}

fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::String(text) => text.is_empty(),
        Data::List(list) => list.items.is_empty(),
        Data::Map(map) => map.entries.is_empty(),
        _ => false,
    }
}

fn equals(value: &Value, argument: &Json) -> bool {
    match (&value.data, argument) {
        (Data::Null, Json::Null) => true,
        (Data::Bool(value), Json::Bool(wanted)) => value == wanted,
        (Data::String(text), Json::Bool(wanted)) => text.parse() == Ok(*wanted),
        (Data::String(text), Json::String(wanted)) => text == wanted.as_str(),
        (Data::Number(number), Json::Number(_)) => Some(*number) == json_number(argument),
        (Data::String(text), Json::Number(_)) => {
            let number = Number::parse(text);
            number.is_some() && number == json_number(argument)
        }
        (Data::Number(number), Json::String(wanted)) => Number::parse(wanted) == Some(*number),
        _ => false,
    }
}

fn json_number(json: &Json) -> Option<Number> {
    json.as_i64().map(Number::Int).or_else(|| json.as_f64().and_then(Number::from_f64))
}

fn number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Number(number) => Some(*number),
        Data::String(text) => Number::parse(text),
        _ => None,
    }
}

fn compare(value: &Value, argument: &Json, holds: fn(Number, Number) -> bool) -> Truth {
    match (number(value), json_number(argument)) {
        (Some(number), Some(limit)) => holds(number, limit).into(),
        _ => Truth::False,
    }
}

fn contains(value: &Value, wanted: &[Json]) -> Truth {
    match &value.data {
        Data::List(list) => {
            if list.items.iter().any(|item| wanted.iter().any(|wanted| equals(item, wanted))) {
                return Truth::True;
            }
            let may_be = |item: &Value| match &item.data {
                Data::Unknown(unknown) => wanted.iter().any(|wanted| !cannot_be(item, &unknown.known, wanted)),
                _ => item.is_unknown(),
            };
            if list.items.iter().any(may_be) { Truth::Unknown } else { Truth::False }
        }
        Data::String(text) => wanted.iter().filter_map(Json::as_str).any(|wanted| text.contains(wanted)).into(),
        Data::Map(map) => wanted.iter().filter_map(Json::as_str).any(|wanted| map.entries.contains_key(wanted)).into(),
        _ => Truth::False,
    }
}

/// Tests a range "from-to", or a list of them, of which one has to meet the test.
fn ports(value: &Value, argument: &Json, holds: fn(i64, i64, &[i64]) -> bool) -> Truth {
    let wanted: Vec<i64> = list(argument).iter().filter_map(Json::as_i64).collect();
    match &value.data {
        Data::String(text) => match range(text) {
            Some((from, to)) => holds(from, to, &wanted).into(),
            None => Truth::Unknown,
        },
        Data::List(list) => {
            let mut truth = Truth::False;
            for item in list.items.iter() {
                truth = truth.or(ports(item, argument, holds));
            }
            truth
        }
        Data::Unknown(_) | Data::Choice(_) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// The ends of a range written "from-to" or as one number.
fn range(text: &EcoString) -> Option<(i64, i64)> {
    match text.split_once('-') {
        Some((from, to)) => Some((from.trim().parse().ok()?, to.trim().parse().ok()?)),
        None => {
            let port = text.trim().parse().ok()?;
            Some((port, port))
        }
    }
}

/// Whether a pattern is found in a text.
fn matches(text: &str, pattern: &str) -> Truth {
    pattern::compiled(pattern).map_or(Truth::Unknown, |regex| regex.is_match(text).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Operator, test};
    use crate::value::{Known, ListKind, Number, Part, Reference, Truth, Value};

    #[test]
    fn what_is_known_of_a_text_may_rule_an_answer_out() {
        let hole = || Part::Hole(Value::unknown("var.clinic"));
        let text = |parts: Vec<Part>| Value::partly_known("var.clinic", Known::Template(parts.into()));
        let ends = text(vec![hole(), Part::Text("/*".into())]);
        let starts = text(vec![Part::Text("arn:aws:".into()), hole()]);
        let mut bucket = Value::unknown("known after deployment");
        bucket.origin.push_reference(Reference { address: "aws_s3_bucket.scans".into(), attribute: "arn".into() });
        for (value, argument, expected) in [
            (&ends, "*", Truth::False),
            (&ends, "clinic/*", Truth::Unknown),
            (&starts, "*", Truth::False),
            (&starts, "ARN:aws:s3", Truth::Unknown),
            (&bucket, "*", Truth::False),
            (&bucket, "scans", Truth::Unknown),
            (&Value::unknown("var.all"), "*", Truth::Unknown),
        ] {
            let list = Value::list(vec![value.clone()], ListKind::List);
            assert_eq!(test(Operator::Equals, value, &json!(argument)), expected, "{argument}");
            assert_eq!(test(Operator::NotEquals, value, &json!(argument)), !expected, "{argument}");
            assert_eq!(test(Operator::Contains, &list, &json!(argument)), expected, "{argument}");
        }
        for (pattern, expected) in [
            ("(?i)ARN:AWS", Truth::True),
            ("^arn:", Truth::True),
            ("(?i)^ARN:AWS:s3", Truth::Unknown),
            ("^azure", Truth::False),
            ("^arn:.*scans", Truth::Unknown),
            ("^(arn|urn)$", Truth::False),
            ("aws:$", Truth::Unknown),
            ("\\bscans", Truth::Unknown),
            ("azure", Truth::Unknown),
        ] {
            assert_eq!(test(Operator::Matches, &starts, &json!(pattern)), expected, "{pattern}");
        }
        let subnet = text(vec![hole(), Part::Text("/records".into())]);
        for (pattern, expected) in [
            ("/records$", Truth::True),
            ("(?i)(^|/)Records$", Truth::True),
            ("/(claims|scans)$", Truth::False),
            ("/GatewaySubnet$", Truth::Unknown),
            ("/re", Truth::True),
        ] {
            assert_eq!(test(Operator::Matches, &subnet, &json!(pattern)), expected, "{pattern}");
        }
        for (items, expected) in
            [(json!(["a/*", "b"]), Truth::Unknown), (json!(["a", "b"]), Truth::False), (json!([]), Truth::False)]
        {
            assert_eq!(test(Operator::OneOf, &ends, &items), expected, "{items}");
            assert_eq!(test(Operator::NoneOf, &ends, &items), !expected, "{items}");
        }
    }

    #[test]
    fn a_bound_of_a_number_may_decide() {
        let least = Value::partly_known("var.days", Known::AtMost(Number::Int(10)));
        let most = Value::partly_known("var.days", Known::AtLeast(Number::Int(10)));
        for (value, operator, limit, expected) in [
            (&least, Operator::LessThan, 30, Truth::True),
            (&least, Operator::LessThan, 10, Truth::Unknown),
            (&least, Operator::AtMost, 10, Truth::True),
            (&least, Operator::AtMost, 9, Truth::Unknown),
            (&least, Operator::GreaterThan, 10, Truth::False),
            (&least, Operator::AtLeast, 11, Truth::False),
            (&least, Operator::AtLeast, 10, Truth::Unknown),
            (&least, Operator::Equals, 11, Truth::False),
            (&least, Operator::NotEquals, 11, Truth::True),
            (&least, Operator::Equals, 3, Truth::Unknown),
            (&most, Operator::GreaterThan, 9, Truth::True),
            (&most, Operator::GreaterThan, 10, Truth::Unknown),
            (&most, Operator::LessThan, 10, Truth::False),
            (&most, Operator::LessThan, 30, Truth::Unknown),
            (&most, Operator::AtMost, 9, Truth::False),
        ] {
            assert_eq!(test(operator, value, &json!(limit)), expected, "{value:?} {operator:?} {limit}");
        }
        assert_eq!(test(Operator::Absent, &least, &json!(true)), Truth::False);
    }

    #[test]
    fn what_is_given_is_not_null() {
        let name = Value::partly_known("parameter Name has no default", Known::Given { filled: false });
        let account = Value::partly_known("the account is known only at deployment", Known::Given { filled: true });
        for (value, operator, expected) in [
            (&name, Operator::Absent, Truth::False),
            (&name, Operator::Empty, Truth::Unknown),
            (&account, Operator::Absent, Truth::False),
            (&account, Operator::Empty, Truth::False),
        ] {
            assert_eq!(test(operator, value, &json!(true)), expected, "{value:?} {operator:?}");
            assert_eq!(test(operator, value, &json!(false)), !expected, "{value:?} {operator:?}");
        }
        assert_eq!(test(Operator::Equals, &account, &json!("123456789012")), Truth::Unknown);
    }

    #[test]
    fn the_names_of_resources_hold_no_wildcard() {
        let mut bucket = Value::unknown("known after deployment");
        bucket.origin.push_reference(Reference { address: "aws_s3_bucket.scans".into(), attribute: "arn".into() });
        let text = |hole: &Value, text: &str| {
            let parts = vec![Part::Hole(hole.clone()), Part::Text(text.into())];
            Value::partly_known("known after deployment", Known::Template(parts.into()))
        };
        for (value, expected) in [
            (bucket.clone(), Truth::False),
            (text(&bucket, "/*"), Truth::True),
            (text(&bucket, "/scans"), Truth::False),
            (text(&Value::unknown("var.clinic"), "/scans"), Truth::Unknown),
            (Value::unknown("var.clinic"), Truth::Unknown),
        ] {
            assert_eq!(test(Operator::Contains, &value, &json!("*")), expected, "{value:?}");
        }
    }
}
