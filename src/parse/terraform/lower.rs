//! From hcl-edit's tree to ours: spans shifted to the file, templates with their strip markers applied,
//! parentheses and decoration dropped.

use ecow::EcoString;
use hcl::edit::Span as _;
use hcl::edit::expr::{self, ObjectKey, TraversalOperator};
use hcl::edit::structure::{self, BlockLabel, Structure};
use hcl::edit::template::{self, Directive, Element, Strip};

use super::ast::{
    Accessor, AccessorKind, Attribute, BinaryOperator, Block, Body, Call, Expression, ExpressionKind, For, Label,
    TemplateFor, TemplateIf, TemplatePart, UnaryOperator,
};
use super::{Lowering, heredoc};
use crate::source::Span;
use crate::value::Number;

/// Adds what `from` holds to `to`.
pub(super) fn body(at: &mut Lowering<'_>, from: &structure::Body, to: &mut Body) {
    for structure in from.iter() {
        match structure {
            Structure::Attribute(attribute) => {
                let name_span = at.span(attribute.key.span(), Span::NONE);
                to.attributes.push(Attribute {
                    name: attribute.key.as_str().into(),
                    name_span,
                    value: expression_within(at, &attribute.value, name_span),
                });
            }
            Structure::Block(block) => to.blocks.push(self::block(at, block)),
        }
    }
}

fn block(at: &mut Lowering<'_>, from: &structure::Block) -> Block {
    let name_span = at.span(from.ident.span(), Span::NONE);
    let labels: Vec<Label> = from
        .labels
        .iter()
        .map(|label| match label {
            BlockLabel::Ident(ident) => Label { text: ident.as_str().into(), span: at.span(ident.span(), name_span) },
            BlockLabel::String(text) => Label { text: text.as_str().into(), span: at.span(text.span(), name_span) },
        })
        .collect();
    at.line_breaks |= labels.iter().any(|label| label.text.contains('\n'));
    let header = labels.last().map_or(name_span, |label| name_span.to(label.span));
    let span = at.span(from.span(), header);
    let mut inner = Body::default();
    body(at, &from.body, &mut inner);
    Block { name: from.ident.as_str().into(), labels, body: inner, header, span }
}

/// Lowers an expression.
pub(super) fn expression(at: &mut Lowering<'_>, from: &expr::Expression) -> Expression {
    expression_within(at, from, Span::NONE)
}

/// Lowers an expression; `around` is its place should it have none of its own.
fn expression_within(at: &mut Lowering<'_>, from: &expr::Expression, around: Span) -> Expression {
    let span = at.span(from.span(), around);
    let kind = match from {
        expr::Expression::Null(_) => ExpressionKind::Null,
        expr::Expression::Bool(value) => ExpressionKind::Bool(*value.value()),
        expr::Expression::Number(value) => {
            let number = value.value();
            match number.as_i64() {
                Some(whole) => ExpressionKind::Number(Number::from(whole)),
                None => ExpressionKind::Number(
                    number.as_f64().and_then(Number::from_f64).unwrap_or(Number::Float(f64::MAX)),
                ),
            }
        }
        expr::Expression::String(text) => {
            at.line_breaks |= text.contains('\n');
            ExpressionKind::String(text.as_str().into())
        }
        expr::Expression::StringTemplate(parts) => {
            at.line_breaks |= parts.iter().any(|part| matches!(part, Element::Literal(text) if text.contains('\n')));
            let outside = (std::mem::replace(&mut at.quoted, true), std::mem::replace(&mut at.escapes, false));
            let parts = parts_of(at, parts.iter(), span);
            (at.quoted, at.escapes) = outside;
            template_kind(parts)
        }
        expr::Expression::HeredocTemplate(heredoc) => {
            let own = from.span().and_then(|range| heredoc::parts(at, range, span));
            template_kind(own.unwrap_or_else(|| template_within(at, &heredoc.template, span)))
        }
        expr::Expression::Array(items) => {
            ExpressionKind::Tuple(items.iter().map(|item| expression_within(at, item, span)).collect())
        }
        expr::Expression::Object(object) => ExpressionKind::Object(
            object
                .iter()
                .map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(ident) => Expression {
                            kind: ExpressionKind::String(ident.as_str().into()),
                            span: at.span(ident.span(), span),
                        },
                        ObjectKey::Expression(key) => expression_within(at, key, span),
                    };
                    let around = key.span;
                    (key, expression_within(at, value.expr(), around))
                })
                .collect(),
        ),
        expr::Expression::Parenthesis(inner) => {
            let inner = expression_within(at, inner.inner(), span);
            return Expression { kind: inner.kind, span };
        }
        expr::Expression::Variable(name) => ExpressionKind::Name(name.as_str().into()),
        expr::Expression::Conditional(conditional) => ExpressionKind::Conditional(Box::new([
            expression_within(at, &conditional.cond_expr, span),
            expression_within(at, &conditional.true_expr, span),
            expression_within(at, &conditional.false_expr, span),
        ])),
        expr::Expression::FuncCall(call) => {
            let mut name = EcoString::new();
            for part in &call.name.namespace {
                name.push_str(part.as_str());
                name.push_str("::");
            }
            name.push_str(call.name.name.as_str());
            ExpressionKind::Call(Box::new(Call {
                name,
                arguments: call.args.iter().map(|argument| expression_within(at, argument, span)).collect(),
                spread: call.args.expand_final(),
            }))
        }
        expr::Expression::Traversal(traversal) => ExpressionKind::Access(
            Box::new(expression_within(at, &traversal.expr, span)),
            traversal.operators.iter().map(|operator| accessor(at, operator, span)).collect(),
        ),
        expr::Expression::UnaryOp(operation) => {
            let operator = match operation.operator.value() {
                expr::UnaryOperator::Not => UnaryOperator::Not,
                expr::UnaryOperator::Neg => UnaryOperator::Negate,
            };
            ExpressionKind::Unary(operator, Box::new(expression_within(at, &operation.expr, span)))
        }
        expr::Expression::BinaryOp(operation) => ExpressionKind::Binary(
            binary_operator(*operation.operator.value()),
            Box::new([
                expression_within(at, &operation.lhs_expr, span),
                expression_within(at, &operation.rhs_expr, span),
            ]),
        ),
        expr::Expression::ForExpr(walk) => ExpressionKind::For(Box::new(For {
            key: walk.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value: walk.intro.value_var.as_str().into(),
            collection: expression_within(at, &walk.intro.collection_expr, span),
            result_key: walk.key_expr.as_ref().map(|key| expression_within(at, key, span)),
            result: expression_within(at, &walk.value_expr, span),
            grouping: walk.grouping,
            condition: walk.cond.as_ref().map(|condition| expression_within(at, &condition.expr, span)),
        })),
    };
    Expression { kind, span }
}

fn accessor(at: &mut Lowering<'_>, operator: &hcl::edit::Decorated<TraversalOperator>, around: Span) -> Accessor {
    let span = at.span(operator.span(), around);
    let kind = match operator.value() {
        TraversalOperator::AttrSplat(_) => AccessorKind::AttributeSplat,
        TraversalOperator::FullSplat(_) => AccessorKind::FullSplat,
        TraversalOperator::GetAttr(name) => AccessorKind::Attribute(name.as_str().into()),
        TraversalOperator::Index(index) => AccessorKind::Index(expression_within(at, index, span)),
        TraversalOperator::LegacyIndex(index) => AccessorKind::Index(Expression {
            kind: ExpressionKind::Number(i64::try_from(*index.value()).map_or(Number::Float(f64::MAX), Number::from)),
            span,
        }),
    };
    Accessor { kind, span }
}

fn binary_operator(operator: expr::BinaryOperator) -> BinaryOperator {
    match operator {
        expr::BinaryOperator::Eq => BinaryOperator::Equal,
        expr::BinaryOperator::NotEq => BinaryOperator::NotEqual,
        expr::BinaryOperator::LessEq => BinaryOperator::LessOrEqual,
        expr::BinaryOperator::GreaterEq => BinaryOperator::GreaterOrEqual,
        expr::BinaryOperator::Less => BinaryOperator::Less,
        expr::BinaryOperator::Greater => BinaryOperator::Greater,
        expr::BinaryOperator::Plus => BinaryOperator::Add,
        expr::BinaryOperator::Minus => BinaryOperator::Subtract,
        expr::BinaryOperator::Mul => BinaryOperator::Multiply,
        expr::BinaryOperator::Div => BinaryOperator::Divide,
        expr::BinaryOperator::Mod => BinaryOperator::Modulo,
        expr::BinaryOperator::And => BinaryOperator::And,
        expr::BinaryOperator::Or => BinaryOperator::Or,
    }
}

/// Lowers a template that stands for itself.
pub(super) fn template(at: &mut Lowering<'_>, from: &template::Template) -> Vec<TemplatePart> {
    template_within(at, from, Span::NONE)
}

pub(super) fn template_within(at: &mut Lowering<'_>, from: &template::Template, around: Span) -> Vec<TemplatePart> {
    parts_of(at, from.iter(), around)
}

/// A template without any hole is a text.
pub(super) fn template_kind(mut parts: Vec<TemplatePart>) -> ExpressionKind {
    match parts.as_mut_slice() {
        [] => ExpressionKind::String(EcoString::new()),
        [TemplatePart::Text(text)] => ExpressionKind::String(std::mem::take(text)),
        _ => ExpressionKind::Template(parts),
    }
}

/// A text with its escapes taken as what they stand for.
fn unescape(text: &str) -> EcoString {
    let mut plain = EcoString::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        let digits = match characters.next() {
            Some('n') => {
                plain.push('\n');
                continue;
            }
            Some('r') => {
                plain.push('\r');
                continue;
            }
            Some('t') => {
                plain.push('\t');
                continue;
            }
            Some('u') => 4,
            Some('U') => 8,
            Some(other) => {
                plain.push(other);
                continue;
            }
            None => break,
        };
        let code: String = characters.by_ref().take(digits).collect();
        plain.push(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }
    plain
}

/// The lines of a text of a heredoc, the first of them stripped.
fn lines(text: &str, strip: bool) -> impl Iterator<Item = EcoString> {
    text.split_inclusive('\n').enumerate().map(move |(at, line)| match (at, strip) {
        (0, true) => line.trim_start().into(),
        _ => line.into(),
    })
}

/// Lowers the elements of a template. A strip marker eats the white space of the text beside it, also of the
/// text at the edge of a directive's own body.
fn parts_of<'a>(at: &mut Lowering<'_>, elements: impl Iterator<Item = &'a Element>, around: Span) -> Vec<TemplatePart> {
    let mut parts: Vec<TemplatePart> = Vec::new();
    let mut strip_next = false;
    for element in elements {
        let (strip_before, part, strip_after) = match element {
            Element::Literal(text) => {
                // A second text never follows a first one, so the marker has done its work.
                let strip = std::mem::take(&mut strip_next);
                let text = if at.escapes { unescape(text) } else { text.as_str().into() };
                let text = text.as_str();
                match at.by_line {
                    true => parts.extend(lines(text, strip).map(TemplatePart::Text)),
                    false => parts.push(TemplatePart::Text(if strip { text.trim_start() } else { text }.into())),
                }
                continue;
            }
            Element::Interpolation(interpolation) => {
                let (before, after) = sides(interpolation.strip);
                (before, TemplatePart::Interpolation(expression_within(at, &interpolation.expr, around)), after)
            }
            Element::Directive(directive) => {
                let outside = std::mem::replace(&mut at.escapes, at.quoted);
                let lowered = self::directive(at, directive, around);
                at.escapes = outside;
                lowered
            }
        };
        if strip_before && let Some(TemplatePart::Text(text)) = parts.last_mut() {
            *text = text.trim_end().into();
        }
        parts.push(part);
        strip_next = strip_after;
    }
    parts
}

fn directive(at: &mut Lowering<'_>, from: &Directive, around: Span) -> (bool, TemplatePart, bool) {
    match from {
        Directive::If(directive) => {
            let mut then = template_within(at, &directive.if_expr.template, around);
            let (before, then_start) = sides(directive.if_expr.strip);
            let (end_before, after) = sides(directive.endif_expr.strip);
            let mut otherwise = Vec::new();
            strip_edges(&mut then, then_start, false);
            match &directive.else_expr {
                Some(part) => {
                    let (else_before, else_after) = sides(part.strip);
                    strip_edges(&mut then, false, else_before);
                    otherwise = template_within(at, &part.template, around);
                    strip_edges(&mut otherwise, else_after, end_before);
                }
                None => strip_edges(&mut then, false, end_before),
            }
            let condition = expression_within(at, &directive.if_expr.cond_expr, around);
            (before, TemplatePart::If(Box::new(TemplateIf { condition, then, otherwise })), after)
        }
        Directive::For(directive) => {
            let mut body = template_within(at, &directive.for_expr.template, around);
            let (before, start) = sides(directive.for_expr.strip);
            let (end, after) = sides(directive.endfor_expr.strip);
            strip_edges(&mut body, start, end);
            let part = TemplateFor {
                key: directive.for_expr.key_var.as_ref().map(|name| name.as_str().into()),
                value: directive.for_expr.value_var.as_str().into(),
                collection: expression_within(at, &directive.for_expr.collection_expr, around),
                body,
            };
            (before, TemplatePart::For(Box::new(part)), after)
        }
    }
}

/// Whether a marker strips the text before and after it.
fn sides(strip: Strip) -> (bool, bool) {
    match strip {
        Strip::None => (false, false),
        Strip::Start => (true, false),
        Strip::End => (false, true),
        Strip::Both => (true, true),
    }
}

fn strip_edges(parts: &mut [TemplatePart], start: bool, end: bool) {
    if start && let Some(TemplatePart::Text(text)) = parts.first_mut() {
        *text = text.trim_start().into();
    }
    if end && let Some(TemplatePart::Text(text)) = parts.last_mut() {
        *text = text.trim_end().into();
    }
}
