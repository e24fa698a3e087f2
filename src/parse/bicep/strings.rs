//! Strings: their escapes, their interpolations, and the forms in three quotes.

use ecow::EcoString;

use super::ast::{Expression, ExpressionKind, Identifier, TemplatePart};
use super::parser::{Parse, Parser};
use super::token::{Kind, Token};
use crate::parse::SyntaxError;
use crate::source::Span;

/// How the pieces of a string are written.
#[derive(Clone, Copy)]
enum Form {
    /// One quote; with escapes.
    Line,
    /// Three quotes after that many `$`; as it stands.
    Raw(usize),
}

impl Form {
    fn of(text: &str) -> Form {
        let dollars = text.len() - text.trim_start_matches('$').len();
        match text.get(dollars..).is_some_and(|rest| rest.starts_with("'''")) {
            true => Form::Raw(dollars),
            false => Form::Line,
        }
    }

    /// How many bytes open the string, stand before a hole, and close the string.
    fn marks(self) -> (usize, usize, usize) {
        match self {
            Form::Line => (1, 2, 1),
            Form::Raw(dollars) => (dollars + 3, dollars + 1, 3),
        }
    }
}

impl Parser<'_> {
    /// A string, with its interpolations.
    pub(super) fn string(&mut self) -> Parse<Expression> {
        let first = self.advance();
        let form = Form::of(self.text_of(first));
        let (open, hole, close) = form.marks();
        let start = first.start;
        if first.kind == Kind::String {
            let (text, _) = self.piece(first, form, open, close)?;
            return Ok(Expression { kind: ExpressionKind::String(text), span: self.span(first) });
        }
        let mut parts = Vec::new();
        self.add_piece(&mut parts, first, form, open, hole)?;
        loop {
            self.new_lines();
            parts.push(TemplatePart::Interpolation(self.expression()?));
            self.new_lines();
            let piece = self.token(self.at);
            match piece.kind {
                Kind::StringMiddle => {
                    self.advance();
                    self.add_piece(&mut parts, piece, form, 1, hole)?;
                }
                Kind::StringRight => {
                    self.advance();
                    self.add_piece(&mut parts, piece, form, 1, close)?;
                    break;
                }
                _ => return Err(self.expected("\"}\" at the end of an interpolation")),
            }
        }
        Ok(Expression { kind: ExpressionKind::Template(parts), span: self.span_from(start) })
    }

    fn add_piece(
        &self,
        parts: &mut Vec<TemplatePart>,
        token: Token,
        form: Form,
        before: usize,
        after: usize,
    ) -> Parse<()> {
        let (text, span) = self.piece(token, form, before, after)?;
        if !text.is_empty() {
            parts.push(TemplatePart::Text(text, span));
        }
        Ok(())
    }

    /// The text of a piece without its marks, and where it is.
    fn piece(&self, token: Token, form: Form, before: usize, after: usize) -> Parse<(EcoString, Span)> {
        let start = token.start as usize + before;
        let end = (token.end as usize).saturating_sub(after).max(start);
        let written = self.text.get(start..end).unwrap_or("");
        let span = Span::new(self.source, start, end);
        match form {
            Form::Line => Ok((self.unescape(written, start)?, span)),
            Form::Raw(_) => {
                let opening = matches!(token.kind, Kind::String | Kind::StringLeft);
                // A line break right after the opening quotes is not part of the text.
                let text = match opening {
                    true => written.strip_prefix("\r\n").or_else(|| written.strip_prefix('\n')).unwrap_or(written),
                    false => written,
                };
                Ok((text.into(), span))
            }
        }
    }

    fn unescape(&self, written: &str, start: usize) -> Parse<EcoString> {
        if !written.contains('\\') {
            return Ok(written.into());
        }
        let mut text = EcoString::with_capacity(written.len());
        let mut rest = written;
        while let Some((before, after)) = rest.split_once('\\') {
            text.push_str(before);
            let at = start + written.len() - after.len() - 1;
            let wrong = |length: usize| SyntaxError {
                span: Span::new(self.source, at, at + length),
                message: "this escape is not known; the known ones are \\\\ \\' \\n \\r \\t \\$ and \\u{...}".into(),
            };
            let mut characters = after.chars();
            let mark = characters.next();
            rest = characters.as_str();
            text.push(match mark {
                Some(mark @ ('\\' | '\'' | '$')) => mark,
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    let digits = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                    let Some((digits, after)) = digits else { return Err(wrong(2)) };
                    rest = after;
                    // The parser of numbers takes a sign too.
                    let code = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits);
                    let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    code.and_then(char::from_u32).ok_or_else(|| wrong(digits.len() + 4))?
                }
                other => return Err(wrong(1 + other.map_or(0, char::len_utf8))),
            });
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// A string without interpolation that stands for a name.
pub(super) fn literal(parser: &Parser<'_>, token: Token) -> Parse<Identifier> {
    let form = Form::of(parser.text_of(token));
    let (open, _, close) = form.marks();
    let (name, _) = parser.piece(token, form, open, close)?;
    Ok(Identifier { name, span: parser.span(token) })
}
