//! From a value of a kind to what its provider calls it: the conversions of a row, backwards.

use serde_json::{Value as Json, json};

use super::Refusal;
use crate::normalize::Spelling;
use crate::value::{Data, Value};

/// The words that mean on and off, in pairs.
const SWITCHES: &[(&str, &str)] =
    &[("true", "false"), ("enabled", "disabled"), ("enable", "disable"), ("on", "off"), ("yes", "no"), ("1", "0")];

/// The provider's word for a value of a kind, at a path. `written` is what stands there now.
pub(super) fn spelled(
    wanted: &Json,
    (path, spelling): (&str, Spelling<'_>),
    written: Option<&Value>,
) -> Result<Json, Refusal> {
    if let Some(word) = spelling.fix.and_then(|fix| fix.write.as_ref()) {
        return Ok(word.clone());
    }
    let mut value = wanted.clone();
    for conversion in spelling.conversions.iter().rev() {
        value = before(value, conversion, written)
            .ok_or_else(|| Refusal::new(format!("no table says which value of {path} mends it")))?;
    }
    within(value, path, spelling)
}

/// A number as the provider takes it: one of its steps, and no more than it allows.
fn within(value: Json, path: &str, spelling: Spelling<'_>) -> Result<Json, Refusal> {
    let (Some(fix), Some(wanted)) = (spelling.fix, value.as_i64()) else { return Ok(value) };
    let most = fix.most.or_else(|| fix.steps.last().copied()).filter(|most| *most < wanted);
    if let Some(most) = most {
        return Err(Refusal::new(format!(
            "{path} takes {most} at most, and {wanted} is wanted; keep a copy elsewhere"
        )));
    }
    Ok(fix.steps.iter().find(|step| **step >= wanted).map_or(value, |step| json!(step)))
}

/// What a conversion makes a value of; none where it does not tell.
fn before(value: Json, conversion: &Json, written: Option<&Value>) -> Option<Json> {
    let Some(name) = conversion.as_str() else { return before_argument(value, conversion) };
    match name {
        "bool" => switch(&value, written),
        "not" => value.as_bool().map(|on| json!(!on)),
        "number" | "lower" | "list" => Some(value),
        "days_from_hours" => scaled(&value, 24.0),
        "days_from_weeks" => scaled(&value, 1.0 / 7.0),
        "days_from_months" => scaled(&value, 12.0 / 365.25),
        "days_from_years" => scaled(&value, 1.0 / 365.25),
        "days_from_period" => value.as_u64().map(|days| json!(format!("P{days}D"))),
        _ => None,
    }
}

fn before_argument(value: Json, conversion: &Json) -> Option<Json> {
    if let Some(word) = conversion.get("equals") {
        return (value == json!(true)).then(|| word.clone());
    }
    if let Some(words) = conversion.get("one_of").and_then(Json::as_array) {
        return (value == json!(true)).then(|| words.first().cloned()).flatten();
    }
    let map = conversion.get("map").and_then(Json::as_object)?;
    let word = map.iter().find(|(_, to)| **to == value).map(|(word, _)| match word.as_str() {
        "true" => json!(true),
        "false" => json!(false),
        _ => json!(word),
    });
    // An unlisted value stays itself.
    word.or_else(|| conversion.get("else").is_none().then_some(value))
}

/// A switch, in the words in which it is written.
fn switch(value: &Json, written: Option<&Value>) -> Option<Json> {
    let on = value.as_bool()?;
    let text = match written.map(|written| &written.data) {
        Some(Data::String(text)) => text.as_str(),
        Some(Data::Number(_)) => return Some(json!(i32::from(on))),
        _ => return Some(json!(on)),
    };
    let known = SWITCHES.iter().find(|(yes, no)| text.eq_ignore_ascii_case(yes) || text.eq_ignore_ascii_case(no))?;
    let word = if on { known.0 } else { known.1 };
    let is_upper = text.len() > 1 && text.chars().all(|letter| !letter.is_lowercase());
    let is_capital = text.chars().next().is_some_and(char::is_uppercase);
    Some(match (known.0, is_upper, is_capital) {
        // A text that holds a bool is one by accident: every dialect takes the bool itself.
        ("true", ..) => json!(on),
        (_, true, _) => json!(word.to_uppercase()),
        (_, false, true) => {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            json!(first.into_iter().chain(letters).collect::<String>())
        }
        _ => json!(word),
    })
}

fn scaled(value: &Json, factor: f64) -> Option<Json> {
    let wanted = (value.as_f64()? * factor).ceil();
    // Ages of a file are far below what an i64 holds.
    (wanted.abs() < 1e9).then(|| json!(wanted as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_run_backwards() {
        let text = Value::string("Disabled");
        let loud = Value::string("DISABLED");
        let cases = [
            (json!(true), json!([]), None, Some(json!(true))),
            (json!(true), json!(["bool"]), None, Some(json!(true))),
            (json!(true), json!(["bool"]), Some(&text), Some(json!("Enabled"))),
            (json!(true), json!(["bool", "not"]), Some(&loud), Some(json!("DISABLED"))),
            (json!(false), json!(["not"]), None, Some(json!(true))),
            (json!(true), json!([{"equals": "Enabled"}]), None, Some(json!("Enabled"))),
            (json!(false), json!([{"equals": "Enabled"}]), None, None),
            (json!(true), json!([{"one_of": ["Deny", "Drop"]}]), None, Some(json!("Deny"))),
            (json!(false), json!([{"map": {"Enabled": true, "Disabled": false}}]), None, Some(json!("Disabled"))),
            (json!(false), json!([{"map": {"Enabled": true}, "else": false}]), None, None),
            (json!(7), json!(["days_from_hours"]), None, Some(json!(168))),
            (json!(2190), json!(["days_from_years"]), None, Some(json!(6))),
            (json!(30), json!(["days_from_period"]), None, Some(json!("P30D"))),
            (json!(true), json!(["present"]), None, None),
            (json!(1.2), json!(["tls"]), None, None),
        ];
        for (wanted, conversions, written, expected) in cases {
            let conversions = conversions.as_array().cloned().unwrap_or_default();
            let spelling = Spelling { conversions: &conversions, fix: None };
            assert_eq!(spelled(&wanted, ("a", spelling), written).ok(), expected, "{wanted} by {conversions:?}");
        }
    }
}
