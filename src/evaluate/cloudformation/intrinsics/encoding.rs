//! Base64 and JSON.

use base64::Engine;

use super::super::text;
use super::{Call, Evaluator, Intrinsic, Outcome};
use crate::value::{Data, Known, Value, to_json};

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[
    Intrinsic { name: "Fn::Base64", takes: "a text", arguments: None, run: base64 },
    Intrinsic { name: "Fn::ToJsonString", takes: "a mapping or a list", arguments: None, run: to_json_string },
];

fn base64(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let values = [call.whole(evaluator)];
    let encoded = text::over_choices(&values, call.span, &|values| match values {
        [value] if value.is_unknown() => {
            let unknown = text::unknown_from(call.span, values);
            let known = Known::Base64(Box::new(value.clone()));
            let encoded = Value::partly_known(unknown.unknown_reason().unwrap_or_default(), known);
            Ok(encoded.with_origin(unknown.origin).with_sensitive(unknown.sensitive))
        }
        [value] => {
            let text =
                text::of(value).ok_or_else(|| ecow::eco_format!("a text was expected, not a {}", value.shape()))?;
            let encoded = base64::engine::general_purpose::STANDARD.encode(text.as_bytes());
            Ok(Value::string(encoded).with_origin(text::origin(call.span, values)).with_sensitive(value.sensitive))
        }
        _ => Ok(Value::null()),
    });
    encoded.map(Some).map_err(|message| call.failed(message))
}

fn to_json_string(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let value = call.whole(evaluator);
    if !matches!(value.data, Data::Map(_) | Data::List(_) | Data::Unknown(_) | Data::Choice(_)) {
        return Err(call.wrong());
    }
    let values = [value];
    let [value] = &values;
    let made = if value.is_wholly_known() {
        let sensitive = text::is_sensitive(value);
        let text = if sensitive {
            Value::unknown("it holds what is sensitive")
        } else {
            Value::string(to_json(value).to_string())
        };
        text.with_origin(text::origin(call.span, &values)).with_sensitive(sensitive)
    } else {
        let unknown = text::unknown_from(call.span, &values);
        let reason = unknown.unknown_reason().unwrap_or_default();
        let known = Known::Json(Box::new(value.clone()));
        Value::partly_known(reason, known).with_origin(unknown.origin).with_sensitive(unknown.sensitive)
    };
    Ok(Some(made))
}
