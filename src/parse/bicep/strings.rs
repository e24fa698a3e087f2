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

#[cfg(test)]
mod tests {
    use crate::parse::bicep::ast::shown::shown;
    use crate::parse::bicep::parse_expression;
    use crate::source::SourceMap;

    #[test]
    fn strings_have_their_text_and_their_ranges() {
        let cases = [
            ("''", r#"""@0..2"#),
            (r"'a\'b\\\n\$\u{1F600}'", "\"a'b\\\\\\n$😀\"@0..21"),
            ("'a${b}c'", r#"(template "a"@1..2 b@4..5 "c"@6..7)@0..8"#),
            ("'${a}${b}'", r#"(template a@3..4 b@7..8)@0..10"#),
            ("'${'x${y}'}'", r#"(template (template "x"@4..5 y@7..8)@3..10)@0..12"#),
            ("'${{a: 1}.a}'", r#"(template (access {"a"@4..5: 1@7..8}@3..9 .a@9..11)@3..11)@0..13"#),
            ("'$a{b}$'", r#""$a{b}$"@0..8"#),
            ("'''a'''", r#""a"@0..7"#),
            ("'''\r\n a\\n${b}''\n'''''", r#"" a\\n${b}''\n''"@0..21"#),
            ("''''''", r#"""@0..6"#),
            ("$'''\n$${a}'\n'''", r#"(template "$"@4..6 a@8..9 "'\n"@10..12)@0..15"#),
            ("$$'''${a}$${b}'''", r#"(template "${a}"@5..9 b@12..13)@0..17"#),
            ("'è${a}'", r#"(template "è"@1..3 a@5..6)@0..8"#),
        ];
        let source = SourceMap::new().next_id();
        for (text, tree) in cases {
            let expression = parse_expression(source, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(shown(&expression), tree, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_string_is_pointed_at() {
        let cases = [
            (r"'a\b'", 2, 4, "this escape is not known"),
            (r"'\u{110000}'", 1, 11, "this escape is not known"),
            (r"'\u{zz}'", 1, 7, "this escape is not known"),
            ("'a", 0, 2, "this string has no end on its line"),
            ("'''a'", 0, 5, "this string has no end; close it with three"),
            ("'${a'", 4, 5, "this string has no end on its line"),
            ("'${a b}'", 5, 6, "expected \"}\" at the end of an interpolation"),
        ];
        let source = SourceMap::new().next_id();
        for (text, start, end, message) in cases {
            let error = parse_expression(source, text).expect_err(text);
            assert_eq!((error.span.start, error.span.end), (start, end), "{text}: {}", error.message);
            assert!(error.message.starts_with(message), "{text}: {}", error.message);
        }
    }
}
