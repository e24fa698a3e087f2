//! The expressions that stand at a place of a text, for an editor that asks what is under the cursor.

use super::ast::{Accessor, AccessorKind, Body, Expression, ExpressionKind, TemplatePart};
use crate::source::Span;

/// The spans of the expressions at an offset, the outermost first. Literals and bare names of keys are left out: what
/// they are worth is what they say.
pub fn expressions(body: &Body, offset: u32) -> Vec<Span> {
    let mut place = Place { offset, spans: Vec::new() };
    place.body(body);
    place.spans
}

struct Place {
    offset: u32,
    spans: Vec<Span>,
}

impl Place {
    fn is_in(&self, span: Span) -> bool {
        span.start <= self.offset && self.offset <= span.end
    }

    fn body(&mut self, body: &Body) {
        body.attributes.iter().for_each(|attribute| self.expression(&attribute.value));
        for block in &body.blocks {
            if self.is_in(block.span) {
                self.body(&block.body);
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        if !self.is_in(expression.span) {
            return;
        }
        let is_literal = matches!(
            expression.kind,
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) | ExpressionKind::String(_)
        );
        if !is_literal {
            self.spans.push(expression.span);
        }
        match &expression.kind {
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) => {}
            ExpressionKind::String(_) | ExpressionKind::Name(_) => {}
            ExpressionKind::Template(parts) => self.template(parts),
            ExpressionKind::Tuple(items) => items.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Object(fields) => {
                for (key, value) in fields {
                    if !matches!(key.kind, ExpressionKind::Name(_)) {
                        self.expression(key);
                    }
                    self.expression(value);
                }
            }
            ExpressionKind::Access(root, accessors) => self.access(expression.span, root, accessors),
            ExpressionKind::Conditional(parts) => parts.iter().for_each(|part| self.expression(part)),
            ExpressionKind::Call(call) => call.arguments.iter().for_each(|argument| self.expression(argument)),
            ExpressionKind::Unary(_, operand) => self.expression(operand),
            ExpressionKind::Binary(_, operands) => operands.iter().for_each(|operand| self.expression(operand)),
            ExpressionKind::For(walk) => {
                let parts =
                    [Some(&walk.collection), walk.result_key.as_ref(), Some(&walk.result), walk.condition.as_ref()];
                parts.into_iter().flatten().for_each(|part| self.expression(part));
            }
        }
    }

    /// A reference up to the step under the cursor is an expression too: `var.network` of `var.network.subnets`.
    fn access(&mut self, span: Span, root: &Expression, accessors: &[Accessor]) {
        if !matches!(root.kind, ExpressionKind::Name(_)) {
            self.expression(root);
        }
        // The first name means nothing without the one that follows.
        if let Some(at) = accessors.iter().skip(1).position(|accessor| self.offset < accessor.span.start)
            && let Some(last) = accessors.get(at)
        {
            self.spans.push(Span { end: last.span.end, ..span });
        }
        for accessor in accessors {
            if let AccessorKind::Index(index) = &accessor.kind {
                self.expression(index);
            }
        }
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Interpolation(expression) => self.expression(expression),
                TemplatePart::If(directive) => {
                    self.expression(&directive.condition);
                    self.template(&directive.then);
                    self.template(&directive.otherwise);
                }
                TemplatePart::For(directive) => {
                    self.expression(&directive.collection);
                    self.template(&directive.body);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a place that does not fit the text fails the test")]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn the_expressions_under_the_cursor_are_told_from_the_outermost_to_the_innermost() {
        let cases: &[(&str, &[&str])] = &[
            ("a = var.o|pen", &["var.open"]),
            ("a = upper(\"x-${local.na|me}\")", &["upper(\"x-${local.name}\")", "\"x-${local.name}\"", "local.name"]),
            ("a = var.net|work.subnets[0]", &["var.network.subnets[0]", "var.network"]),
            ("a = tr|ue", &[]),
            ("r \"x\" \"y\" {\n  b {\n    c = [1, loc|al.x]\n  }\n}", &["[1, local.x]", "local.x"]),
            ("a = { k = var.|x }", &["{ k = var.x }", "var.x"]),
            ("a = b.c[lo|cal.i]", &["b.c[local.i]", "local.i"]),
        ];
        for (marked, expected) in cases {
            let offset = marked.find('|').unwrap();
            let text = marked.replace('|', "");
            let parsed = super::super::parse(SourceMap::new().next_id(), &format!("{text}\n"));
            let spans = expressions(&parsed.body, offset as u32);
            let found: Vec<&str> = spans.iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
            assert_eq!(found, *expected, "{marked}");
        }
    }
}
