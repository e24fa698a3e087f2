//! Just enough of an evaluator to test the functions with expressions as users write them.

use ecow::EcoString;

use super::{Answer, Callback, call, call_lambda, find, find_lambda, interpolate, property};
use crate::parse::arm::{self, Offsets};
use crate::parse::bicep;
use crate::parse::bicep::ast::{
    AccessorKind, BinaryOperator, Call, Expression, ExpressionKind, Item, Member, TemplatePart, UnaryOperator,
};
use crate::source::{SourceMap, Span};
use crate::value::{ListKind, Map, Value, to_json};

type Names = Vec<(EcoString, Value)>;

/// The value of a Bicep expression; `unknown` is a name for what is not known.
pub(super) fn bicep(text: &str) -> Answer {
    let names = vec![("unknown".into(), Value::unknown("test"))];
    evaluate(&bicep::parse_expression(SourceMap::new().next_id(), text).map_err(|error| error.message)?, &names)
}

/// The value of an ARM expression.
pub(super) fn arm(text: &str) -> Answer {
    let offsets = Offsets::plain(SourceMap::new().next_id(), 0);
    evaluate(&arm::parse_expression(text, &offsets).map_err(|error| error.message)?, &Vec::new())
}

/// Checks a table of Bicep expressions and what they are as JSON, or `!` and what their error starts with.
pub(super) fn check(table: &[(&str, &str)]) {
    for (expression, expected) in table {
        let found = match bicep(expression) {
            Ok(value) => to_json(&value).to_string(),
            Err(message) => format!("!{message}"),
        };
        let same = if expected.starts_with('!') { found.starts_with(expected) } else { found == *expected };
        assert!(same, "{expression}\n  is {found}\n not {expected}");
    }
}

fn evaluate(expression: &Expression, names: &Names) -> Answer {
    Ok(match &expression.kind {
        ExpressionKind::Null => Value::null(),
        ExpressionKind::Bool(value) => Value::bool(*value),
        ExpressionKind::Number(value) => Value::number(*value),
        ExpressionKind::String(text) => Value::string(text.clone()),
        ExpressionKind::Template(parts) => {
            let values = parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(..) => Ok(Value::null()),
                    TemplatePart::Interpolation(hole) => evaluate(hole, names),
                })
                .collect::<Result<Vec<_>, _>>()?;
            return interpolate(parts.iter().zip(&values).map(|(part, value)| match part {
                TemplatePart::Text(text, _) => Ok(text.as_str()),
                TemplatePart::Interpolation(_) => Err(value),
            }));
        }
        ExpressionKind::Array(items) => {
            let items = items.iter().map(|item| match item {
                Item::Value(value) | Item::Spread(value) => evaluate(value, names),
            });
            Value::list(items.collect::<Result<_, _>>()?, ListKind::Tuple)
        }
        ExpressionKind::Object(object) => {
            let mut map = Map::new();
            for member in &object.members {
                if let Member::Property(entry) = member {
                    let key = evaluate(&entry.key, names)?;
                    map.insert(key.as_str().unwrap_or(""), evaluate(&entry.value, names)?);
                }
            }
            Value::map(map)
        }
        ExpressionKind::Name(name) => names
            .iter()
            .rev()
            .find(|(there, _)| there == name)
            .map(|(_, value)| value.clone())
            .ok_or_else(|| EcoString::from("no such name"))?,
        ExpressionKind::Access(root, steps) => {
            let mut value = evaluate(root, names)?;
            for step in steps {
                value = match &step.kind {
                    AccessorKind::Property { name, .. } => value
                        .as_map()
                        .and_then(|map| property(map, &name.name))
                        .map(|entry| entry.value.clone())
                        .ok_or_else(|| EcoString::from("no such property"))?,
                    AccessorKind::Index { index, .. } => {
                        let index = evaluate(index, names)?.as_number().and_then(|at| at.as_i64()).unwrap_or(-1);
                        let items = value.as_list().unwrap_or_default();
                        usize::try_from(index)
                            .ok()
                            .and_then(|at| items.get(at).cloned())
                            .ok_or_else(|| EcoString::from("no such element"))?
                    }
                    _ => return Err("this step is not for tests".into()),
                };
            }
            value
        }
        ExpressionKind::Conditional(parts) => {
            let condition = evaluate(&parts[0], names)?;
            return evaluate(&parts[if condition.as_bool() == Some(true) { 1 } else { 2 }], names);
        }
        ExpressionKind::Call(call) => return function(call, names),
        ExpressionKind::Unary(UnaryOperator::Not, operand) => named("not", &[evaluate(operand, names)?])?,
        ExpressionKind::Unary(UnaryOperator::Negate, operand) => {
            named("sub", &[Value::number(0), evaluate(operand, names)?])?
        }
        ExpressionKind::Binary(operator, sides) => {
            let sides = [evaluate(&sides[0], names)?, evaluate(&sides[1], names)?];
            let name = match operator {
                BinaryOperator::Equal => "equals",
                BinaryOperator::Less => "less",
                BinaryOperator::LessOrEqual => "lessOrEquals",
                BinaryOperator::Greater => "greater",
                BinaryOperator::GreaterOrEqual => "greaterOrEquals",
                BinaryOperator::Add => "add",
                BinaryOperator::Subtract => "sub",
                BinaryOperator::Multiply => "mul",
                BinaryOperator::Divide => "div",
                BinaryOperator::Modulo => "mod",
                BinaryOperator::And => "and",
                BinaryOperator::Or => "or",
                BinaryOperator::Coalesce => "coalesce",
                _ => return Err("this operator is not for tests".into()),
            };
            named(name, &sides)?
        }
        ExpressionKind::For(_) | ExpressionKind::Lambda(_) => return Err("this is not for tests".into()),
    })
}

fn named(name: &str, arguments: &[Value]) -> Answer {
    call(find(name).ok_or_else(|| EcoString::from("no such function"))?, arguments, Span::NONE)
}

fn function(call: &Call, names: &Names) -> Answer {
    let Some(row) = find_lambda(&call.name.name) else {
        let arguments =
            call.arguments.iter().map(|argument| evaluate(argument, names)).collect::<Result<Vec<_>, _>>()?;
        return named(&call.name.name, &arguments);
    };
    let mut values = Vec::new();
    let mut lambdas: Vec<Box<Callback<'_>>> = Vec::new();
    for argument in &call.arguments {
        match &argument.kind {
            ExpressionKind::Lambda(lambda) => lambdas.push(Box::new(|given: &[Value]| {
                let mut inner = names.clone();
                inner.extend(lambda.parameters.iter().map(|name| name.name.clone()).zip(given.iter().cloned()));
                evaluate(&lambda.body, &inner)
            })),
            _ => values.push(evaluate(argument, names)?),
        }
    }
    let lambdas: Vec<&Callback<'_>> = lambdas.iter().map(|lambda| &**lambda).collect();
    call_lambda(row, &values, &lambdas, Span::NONE)
}
