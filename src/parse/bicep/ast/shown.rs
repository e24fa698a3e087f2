//! Expressions as text for tests: nested parentheses, with the range of each node after an `@`.

use super::{AccessorKind, Expression, ExpressionKind, Item, Member, Object, TemplatePart};
use crate::source::Span;

/// The tree with all its ranges.
pub(in crate::parse) fn shown(expression: &Expression) -> String {
    format!("{}{}", form(expression), range(expression.span))
}

fn range(span: Span) -> String {
    format!("@{}..{}", span.start, span.end)
}

fn all<'e>(expressions: impl IntoIterator<Item = &'e Expression>) -> String {
    expressions.into_iter().map(shown).collect::<Vec<_>>().join(" ")
}

fn form(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Null => "null".into(),
        ExpressionKind::Bool(value) => value.to_string(),
        ExpressionKind::Number(value) => value.to_string(),
        ExpressionKind::String(text) => format!("{text:?}"),
        ExpressionKind::Template(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text, span) => format!("{text:?}{}", range(*span)),
                    TemplatePart::Interpolation(hole) => shown(hole),
                })
                .collect();
            format!("(template {})", parts.join(" "))
        }
        ExpressionKind::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match item {
                    Item::Value(value) => shown(value),
                    Item::Spread(value) => format!("...{}", shown(value)),
                })
                .collect();
            format!("[{}]", items.join(" "))
        }
        ExpressionKind::Object(object) => members(object),
        ExpressionKind::Name(name) => name.to_string(),
        ExpressionKind::Access(root, steps) => {
            let mut text = format!("(access {}", shown(root));
            for step in steps {
                text += &match &step.kind {
                    AccessorKind::Property { name, safe } => {
                        format!(" {}{}", if *safe { ".?" } else { "." }, name.name)
                    }
                    AccessorKind::Method(call) => format!(" .{}({})", call.name.name, all(&call.arguments)),
                    AccessorKind::Index { index, safe, from_end } => {
                        let (safe, from_end) = (if *safe { "?" } else { "" }, if *from_end { "^" } else { "" });
                        format!(" [{safe}{from_end}{}]", shown(index))
                    }
                    AccessorKind::Nested(name) => format!(" ::{}", name.name),
                    AccessorKind::NonNull => " !".into(),
                };
                text += &range(step.span);
            }
            text + ")"
        }
        ExpressionKind::Conditional(parts) => format!("(if {})", all(parts.iter())),
        ExpressionKind::Call(call) => {
            format!("({}{} {})", call.name.name, range(call.name.span), all(&call.arguments))
        }
        ExpressionKind::Unary(operator, operand) => format!("({operator:?} {})", shown(operand)),
        ExpressionKind::Binary(operator, sides) => format!("({operator:?} {})", all(sides.iter())),
        ExpressionKind::For(it) => {
            let index = it.repetition.index.as_ref().map(|index| format!(",{}", index.name)).unwrap_or_default();
            let condition = it.condition.as_ref().map(|it| format!(" if {}", shown(it))).unwrap_or_default();
            let collection = shown(&it.repetition.collection);
            format!("(for {}{index} in {collection}{condition} {})", it.repetition.item.name, shown(&it.body))
        }
        ExpressionKind::Lambda(it) => {
            let names: Vec<&str> = it.parameters.iter().map(|name| name.name.as_str()).collect();
            format!("(lambda ({}) {})", names.join(" "), shown(&it.body))
        }
    }
}

fn members(object: &Object) -> String {
    let members: Vec<String> = object
        .members
        .iter()
        .map(|member| match member {
            Member::Property(property) => format!("{}: {}", shown(&property.key), shown(&property.value)),
            Member::Spread(value) => format!("...{}", shown(value)),
        })
        .collect();
    format!("{{{}}}", members.join(", "))
}
