//! Conditions and what hangs on them.

use ecow::eco_format;

use super::super::{condition, text};
use super::{Call, Evaluator, Intrinsic, Outcome};
use crate::value::{Arm, Data, Origin, Truth, Value};

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[
    Intrinsic { name: "Condition", takes: "the name of a condition", arguments: None, run: condition },
    Intrinsic { name: "Fn::If", takes: "a condition and two values", arguments: Some((3, 3)), run: choose },
    Intrinsic { name: "Fn::Equals", takes: "two values", arguments: Some((2, 2)), run: equals },
    Intrinsic { name: "Fn::And", takes: "two to ten conditions", arguments: Some((2, 10)), run: and },
    Intrinsic { name: "Fn::Or", takes: "two to ten conditions", arguments: Some((2, 10)), run: or },
    Intrinsic { name: "Fn::Not", takes: "one condition", arguments: Some((1, 1)), run: not },
];

fn condition(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let name = call.literal().ok_or_else(|| call.wrong())?;
    evaluator.condition_value(&name, call.span).map(Some)
}

fn choose(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let [name, then, otherwise] = call.list()? else { return Err(call.wrong()) };
    let name = name.as_str().filter(|_| name.tag.is_none()).ok_or_else(|| call.wrong())?;
    let value = evaluator.condition_value(name, call.span)?;
    match condition::truth(&value).unwrap_or(Truth::Unknown) {
        Truth::True => Ok(evaluator.worth(then)),
        Truth::False => Ok(evaluator.worth(otherwise)),
        Truth::Unknown => {
            let (then, otherwise) = match (evaluator.worth(then), evaluator.worth(otherwise)) {
                (None, None) => return Ok(None),
                (Some(then), Some(otherwise)) if then == otherwise => return Ok(Some(then)),
                arms => arms,
            };
            // A property that one side removes is null there, which CloudFormation has no other use for.
            let or_null = |arm: Option<Value>| arm.unwrap_or_else(|| Value::null().with_origin(Origin::at(call.span)));
            let arms = [
                Arm { when: name.into(), value: or_null(then) },
                Arm { when: eco_format!("not {name}"), value: or_null(otherwise) },
            ];
            let origin = text::origin(call.span, [&value]);
            Ok(Some(Value::new(Data::Choice(arms.to_vec().into())).with_origin(origin)))
        }
    }
}

fn equals(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let [one, other] = call.list()? else { return Err(call.wrong()) };
    let sides = [evaluator.worth_or_null(one), evaluator.worth_or_null(other)];
    text::over_choices(&sides, call.span, &|sides| {
        let [one, other] = sides else { return Ok(Value::null()) };
        if sides.iter().any(|side| !side.is_wholly_known()) {
            return Ok(text::unknown_from(call.span, sides));
        }
        // Scalars are compared as texts: a parameter is always one.
        let equal = match (text::of(one), text::of(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        };
        let sensitive = sides.iter().any(text::is_sensitive);
        Ok(Value::bool(equal).with_origin(text::origin(call.span, sides)).with_sensitive(sensitive))
    })
    .map(Some)
    .map_err(|message| call.failed(message))
}

fn and(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    combine(evaluator, call, Truth::True, Truth::and)
}

fn or(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    combine(evaluator, call, Truth::False, Truth::or)
}

fn not(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    combine(evaluator, call, Truth::False, |_, truth| !truth)
}

fn combine(evaluator: &Evaluator<'_, '_>, call: &Call<'_>, start: Truth, with: fn(Truth, Truth) -> Truth) -> Outcome {
    let values: Vec<Value> = call.list()?.iter().map(|node| evaluator.worth_or_null(node)).collect();
    let mut result = start;
    for value in &values {
        let truth = condition::truth(value).ok_or_else(|| call.wrong())?;
        result = with(result, truth);
    }
    let value = match result {
        Truth::True => Value::bool(true),
        Truth::False => Value::bool(false),
        Truth::Unknown => return Ok(Some(text::unknown_from(call.span, &values))),
    };
    Ok(Some(value.with_origin(text::origin(call.span, &values))))
}
