//! Lists: joined, split, picked from, counted.

use ecow::eco_format;

use super::super::text;
use super::{Call, Evaluator, Intrinsic, Outcome};
use crate::value::{Data, ListKind, Value};

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[
    Intrinsic { name: "Fn::Join", takes: "a delimiter and a list of texts", arguments: Some((2, 2)), run: join },
    Intrinsic { name: "Fn::Select", takes: "an index and a list", arguments: Some((2, 2)), run: select },
    Intrinsic { name: "Fn::Split", takes: "a delimiter and a text", arguments: Some((2, 2)), run: split },
    Intrinsic { name: "Fn::Length", takes: "a list", arguments: None, run: length },
];

fn join(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let delimiter = text::of_node(call.at(0)?).ok_or_else(|| call.wrong())?;
    let list = evaluator.worth_or_null(call.at(1)?);
    let joined = text::over_choices(&[list], call.span, &|lists| {
        let [list] = lists else { return Ok(Value::null()) };
        let Some(items) = list.as_list() else {
            return match list.is_unknown() {
                true => Ok(text::unknown_from(call.span, lists)),
                false => Err(eco_format!("a list was expected, not a {}", list.shape())),
            };
        };
        text::over_choices(items, call.span, &|items| {
            let mut pieces: Vec<Value> = Vec::with_capacity(items.len() * 2);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    pieces.push(Value::string(delimiter.clone()));
                }
                pieces.push(item.clone());
            }
            let mut made = text::joined(&pieces, call.span)?.with_sensitive(list.sensitive);
            made.origin.absorb(&list.origin);
            Ok(made)
        })
    });
    joined.map(Some).map_err(|message| call.failed(message))
}

fn select(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let values = [evaluator.worth_or_null(call.at(0)?), evaluator.worth_or_null(call.at(1)?)];
    let selected = text::over_choices(&values, call.span, &|values| {
        let [index, list] = values else { return Ok(Value::null()) };
        if index.is_unknown() || list.is_unknown() {
            return Ok(text::unknown_from(call.span, values));
        }
        let index: usize =
            text::of(index).and_then(|text| text.parse().ok()).ok_or("the index is a whole number, from 0")?;
        let items = list.as_list().ok_or_else(|| eco_format!("a list was expected, not a {}", list.shape()))?;
        let item = items.get(index).ok_or_else(|| eco_format!("a list of {} has no index {index}", items.len()))?;
        let mut item = item.clone().with_sensitive(list.sensitive);
        item.origin.absorb(&list.origin);
        Ok(item)
    });
    selected.map(Some).map_err(|message| call.failed(message))
}

fn split(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let delimiter = text::of_node(call.at(0)?).filter(|text| !text.is_empty()).ok_or_else(|| call.wrong())?;
    let values = [evaluator.worth_or_null(call.at(1)?)];
    let parts = text::over_choices(&values, call.span, &|values| {
        let [whole] = values else { return Ok(Value::null()) };
        if whole.is_unknown() {
            return Ok(text::unknown_from(call.span, values));
        }
        let text = text::of(whole).ok_or_else(|| eco_format!("a text was expected, not a {}", whole.shape()))?;
        let origin = text::origin(call.span, values);
        let items = text
            .split(delimiter.as_str())
            .map(|part| Value::string(part).with_origin(origin.clone()).with_sensitive(whole.sensitive));
        Ok(Value::list(items.collect(), ListKind::List).with_origin(origin.clone()))
    });
    parts.map(Some).map_err(|message| call.failed(message))
}

fn length(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let values = [call.whole(evaluator)];
    let counted = text::over_choices(&values, call.span, &|values| match values {
        [Value { data: Data::List(list), .. }] => {
            Ok(Value::number(list.items.len() as i64).with_origin(text::origin(call.span, values)))
        }
        [value] if value.is_unknown() => Ok(text::unknown_from(call.span, values)),
        _ => Err("a list was expected".into()),
    });
    counted.map(Some).map_err(|message| call.failed(message))
}
