//! Every node of a Terraform tree with its span, for the tests that look at spans.

use phiguard::parse::terraform::ast::{
    Accessor, AccessorKind, Block, Body, Expression, ExpressionKind, For, TemplatePart, UnaryOperator,
};
use phiguard::source::Span;

/// A node: what it is, where it is, and itself where it is an expression that stands for itself.
pub struct Noted<'t> {
    pub what: &'static str,
    pub span: Span,
    pub expression: Option<&'t Expression>,
}

/// The nodes of a body, each before what it holds, attributes before blocks.
pub fn nodes(body: &Body) -> Vec<Noted<'_>> {
    let mut found = Vec::new();
    walk_body(body, &mut found);
    found
}

/// The nodes of an expression, itself first.
pub fn nodes_of(expression: &Expression) -> Vec<Noted<'_>> {
    let mut found = Vec::new();
    walk(expression, &mut found);
    found
}

/// The nodes of a template.
pub fn nodes_of_parts(parts: &[TemplatePart]) -> Vec<Noted<'_>> {
    let mut found = Vec::new();
    walk_parts(parts, &mut found);
    found
}

fn note<'t>(what: &'static str, span: Span, found: &mut Vec<Noted<'t>>) {
    found.push(Noted { what, span, expression: None });
}

fn walk_body<'t>(body: &'t Body, found: &mut Vec<Noted<'t>>) {
    for attribute in &body.attributes {
        note("name", attribute.name_span, found);
        walk(&attribute.value, found);
    }
    for block in &body.blocks {
        walk_block(block, found);
    }
}

fn walk_block<'t>(block: &'t Block, found: &mut Vec<Noted<'t>>) {
    note("block", block.span, found);
    note("header", block.header, found);
    block.labels.iter().for_each(|label| note("label", label.span, found));
    walk_body(&block.body, found);
}

fn walk<'t>(expression: &'t Expression, found: &mut Vec<Noted<'t>>) {
    found.push(Noted { what: what(&expression.kind), span: expression.span, expression: Some(expression) });
    match &expression.kind {
        ExpressionKind::Null
        | ExpressionKind::Bool(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::String(_)
        | ExpressionKind::Name(_) => {}
        ExpressionKind::Template(parts) => walk_parts(parts, found),
        ExpressionKind::Tuple(items) => items.iter().for_each(|item| walk(item, found)),
        ExpressionKind::Object(entries) => {
            for (key, value) in entries {
                // A bare word is a text as a key, and a name elsewhere.
                match &key.kind {
                    ExpressionKind::String(_) => note("key", key.span, found),
                    _ => walk(key, found),
                }
                walk(value, found);
            }
        }
        ExpressionKind::Access(root, steps) => {
            walk(root, found);
            steps.iter().for_each(|step| walk_step(step, found));
        }
        ExpressionKind::Conditional(parts) => parts.iter().for_each(|part| walk(part, found)),
        ExpressionKind::Call(call) => call.arguments.iter().for_each(|argument| walk(argument, found)),
        ExpressionKind::Unary(_, operand) => walk(operand, found),
        ExpressionKind::Binary(_, operands) => operands.iter().for_each(|operand| walk(operand, found)),
        ExpressionKind::For(parts) => walk_for(parts, found),
    }
}

fn walk_step<'t>(step: &'t Accessor, found: &mut Vec<Noted<'t>>) {
    let what = match step.kind {
        AccessorKind::Attribute(_) => "attribute",
        AccessorKind::Index(_) => "index",
        AccessorKind::AttributeSplat | AccessorKind::FullSplat => "splat",
    };
    note(what, step.span, found);
    if let AccessorKind::Index(index) = &step.kind {
        // Of `.0` the number has the span of the step.
        if index.span != step.span {
            walk(index, found);
        }
    }
}

fn walk_for<'t>(parts: &'t For, found: &mut Vec<Noted<'t>>) {
    walk(&parts.collection, found);
    for part in [parts.result_key.as_ref(), Some(&parts.result), parts.condition.as_ref()].into_iter().flatten() {
        walk(part, found);
    }
}

fn walk_parts<'t>(parts: &'t [TemplatePart], found: &mut Vec<Noted<'t>>) {
    for part in parts {
        match part {
            TemplatePart::Text(_) => {}
            TemplatePart::Interpolation(expression) => walk(expression, found),
            TemplatePart::If(directive) => {
                walk(&directive.condition, found);
                walk_parts(&directive.then, found);
                walk_parts(&directive.otherwise, found);
            }
            TemplatePart::For(directive) => {
                walk(&directive.collection, found);
                walk_parts(&directive.body, found);
            }
        }
    }
}

fn what(kind: &ExpressionKind) -> &'static str {
    match kind {
        ExpressionKind::Null => "null",
        ExpressionKind::Bool(_) => "bool",
        ExpressionKind::Number(_) => "number",
        ExpressionKind::String(_) => "string",
        ExpressionKind::Template(_) => "template",
        ExpressionKind::Tuple(_) => "tuple",
        ExpressionKind::Object(_) => "object",
        ExpressionKind::Name(_) => "variable",
        ExpressionKind::Access(..) => "access",
        ExpressionKind::Conditional(_) => "conditional",
        ExpressionKind::Call(_) => "call",
        ExpressionKind::Unary(UnaryOperator::Not, _) => "not",
        ExpressionKind::Unary(UnaryOperator::Negate, _) => "negate",
        ExpressionKind::Binary(..) => "binary",
        ExpressionKind::For(_) => "for",
    }
}

/// The form of an expression without its spans, to compare what was read with what its text alone is read as.
pub fn shape(expression: &Expression) -> String {
    let text = format!("{expression:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("span: Span {") {
        out.push_str(before);
        // The source of a span is in parentheses, so that the first brace closes it.
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}
