//! Calls that mean what Bicep has syntax for: literals, conditionals, arrays, objects and lambdas. They become
//! the nodes of that syntax, so that one evaluator knows both.

use ecow::EcoString;

use crate::parse::bicep::ast::{Call, Expression, ExpressionKind, Identifier, Item, Lambda, Member, Object, Property};
use crate::source::Span;

/// The expression that a call is.
pub(super) fn call(name: Identifier, mut arguments: Vec<Expression>, span: Span) -> Expression {
    let is = |function: &str| name.name.eq_ignore_ascii_case(function);
    let kind = if is("if") && arguments.len() == 3 {
        match <[Expression; 3]>::try_from(arguments) {
            Ok(parts) => ExpressionKind::Conditional(Box::new(parts)),
            Err(arguments) => plain(name, arguments),
        }
    } else if is("true") && arguments.is_empty() {
        ExpressionKind::Bool(true)
    } else if is("false") && arguments.is_empty() {
        ExpressionKind::Bool(false)
    } else if is("null") && arguments.is_empty() {
        ExpressionKind::Null
    } else if is("createArray") {
        ExpressionKind::Array(arguments.into_iter().map(Item::Value).collect())
    } else if is("createObject") && arguments.len().is_multiple_of(2) {
        ExpressionKind::Object(Object { members: members(arguments), span })
    } else if let (true, Some(parameters)) = (is("lambda"), parameters(&arguments)) {
        match arguments.pop() {
            Some(body) => ExpressionKind::Lambda(Box::new(Lambda { parameters, body })),
            None => plain(name, arguments),
        }
    } else if let (true, [Expression { kind: ExpressionKind::String(variable), .. }]) =
        (is("lambdaVariables"), arguments.as_slice())
    {
        ExpressionKind::Name(variable.clone())
    } else {
        plain(name, arguments)
    };
    Expression { kind, span }
}

fn plain(name: Identifier, arguments: Vec<Expression>) -> ExpressionKind {
    ExpressionKind::Call(Box::new(Call { name, arguments }))
}

fn members(arguments: Vec<Expression>) -> Vec<Member> {
    let mut arguments = arguments.into_iter();
    let mut members = Vec::with_capacity(arguments.len() / 2);
    while let (Some(key), Some(value)) = (arguments.next(), arguments.next()) {
        members.push(Member::Property(Property { key, value }));
    }
    members
}

/// The parameters of a lambda: all arguments but the last, each a string.
fn parameters(arguments: &[Expression]) -> Option<Vec<Identifier>> {
    let (_, names) = arguments.split_last()?;
    let parameter = |name: &Expression| match &name.kind {
        ExpressionKind::String(text) => Some(Identifier { name: EcoString::from(text), span: name.span }),
        _ => None,
    };
    names.iter().map(parameter).collect()
}
