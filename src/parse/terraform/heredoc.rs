//! Heredocs as Terraform reads them: a text is cut at its lines, a strip marker eats white space up to the next
//! cut only, and the indentation that all lines share is taken off line by line.

use hcl::edit::parser;

use super::ast::TemplatePart;
use super::{Lowering, lower};
use crate::source::Span;

/// The parts of the heredoc that takes `range` of the text; None where hcl-edit has read it as Terraform does.
pub(super) fn parts(at: &Lowering<'_>, range: std::ops::Range<usize>, span: Span) -> Option<Vec<TemplatePart>> {
    let text = at.text.get(range.clone())?;
    let is_indented = text.starts_with("<<-");
    let start = text.find('\n')? + 1;
    let end = text.rfind('\n')? + 1;
    let body = text.get(start..end)?;
    let has_markers = body.contains("~}") || body.contains("{~");
    if !is_indented && !has_markers {
        return None;
    }
    let template = parser::parse_template(body).ok()?;
    let mut inner = Lowering::new(at.source, at.base + range.start + start, body);
    inner.by_line = true;
    let mut parts = lower::template_within(&mut inner, &template, span);
    if is_indented {
        dedent(&mut parts);
    }
    join(&mut parts);
    Some(parts)
}

/// What a template consists of, in order: the pieces of text, and everything else.
enum Token<'p> {
    Text(&'p mut ecow::EcoString),
    Other,
}

fn tokens<'p>(parts: &'p mut [TemplatePart], to: &mut Vec<Token<'p>>) {
    for part in parts {
        match part {
            TemplatePart::Text(text) => to.push(Token::Text(text)),
            TemplatePart::Interpolation(_) => to.push(Token::Other),
            TemplatePart::If(directive) => {
                to.push(Token::Other);
                tokens(&mut directive.then, to);
                to.push(Token::Other);
                tokens(&mut directive.otherwise, to);
                to.push(Token::Other);
            }
            TemplatePart::For(directive) => {
                to.push(Token::Other);
                tokens(&mut directive.body, to);
                to.push(Token::Other);
            }
        }
    }
}

/// Takes off what all lines are indented by. A line that a strip marker has joined to the one before is left as it
/// is, and so is an empty one.
fn dedent(parts: &mut [TemplatePart]) {
    let mut all = Vec::new();
    tokens(parts, &mut all);
    let mut least = usize::MAX;
    let mut starts_line = true;
    let mut adjusted = Vec::new();
    for token in all {
        let ends_line = matches!(&token, Token::Text(text) if text.ends_with('\n'));
        if std::mem::take(&mut starts_line) {
            match token {
                Token::Text(text) => {
                    let indent = text.chars().take_while(|character| character.is_whitespace()).count();
                    if text.trim().is_empty() && ends_line {
                        // An empty line says nothing of the indentation.
                    } else {
                        least = least.min(indent);
                        adjusted.push(text);
                    }
                }
                Token::Other => least = 0,
            }
        }
        starts_line |= ends_line;
    }
    for text in adjusted {
        *text = text.chars().skip(least).collect();
    }
}

/// Puts neighbouring pieces of text together.
fn join(parts: &mut Vec<TemplatePart>) {
    let mut joined: Vec<TemplatePart> = Vec::with_capacity(parts.len());
    for mut part in parts.drain(..) {
        match &mut part {
            TemplatePart::Text(text) => {
                if let Some(TemplatePart::Text(before)) = joined.last_mut() {
                    before.push_str(text);
                    continue;
                }
            }
            TemplatePart::If(directive) => {
                join(&mut directive.then);
                join(&mut directive.otherwise);
            }
            TemplatePart::For(directive) => join(&mut directive.body),
            TemplatePart::Interpolation(_) => {}
        }
        joined.push(part);
    }
    *parts = joined;
}
