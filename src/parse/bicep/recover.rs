//! Reads declarations one after another. One that cannot be read is lost and reported; reading goes on at the
//! line where the next one starts.

use ecow::eco_format;

use super::Parsed;
use super::parser::Parser;
use super::token::{KEYWORDS, Kind, starts_declaration};
use crate::parse::SyntaxError;

/// Reads all declarations of a file.
pub(super) fn declarations(parser: &mut Parser<'_>, parsed: &mut Parsed) {
    parser.new_lines();
    while !parser.at_end() {
        let start = parser.at;
        match parser.whole_declaration() {
            Ok(declaration) => parsed.program.declarations.push(declaration),
            Err(SyntaxError { span, message }) => {
                let message = eco_format!("{message}; the declaration around it is not checked");
                parsed.errors.push(SyntaxError { span, message });
                let next = next_declaration(parser, start);
                parser.resume(next);
            }
        }
        parser.new_lines();
    }
}

/// The token at which the declaration after the one that starts at `start` starts.
fn next_declaration(parser: &Parser<'_>, start: usize) -> usize {
    let mut at = parser.keyword.unwrap_or(start);
    // Where a decorator is broken, what it decorates would mean something else without it: it is lost too.
    let mut decorating = parser.keyword.is_none() && parser.token(start).kind == Kind::At;
    let mut nesting = 0usize;
    loop {
        match parser.token(at).kind {
            Kind::End => return at,
            Kind::LeftParenthesis | Kind::LeftSquare | Kind::LeftBrace => nesting += 1,
            Kind::RightParenthesis | Kind::RightSquare | Kind::RightBrace => nesting = nesting.saturating_sub(1),
            Kind::NewLine if starts(parser, at + 1, nesting) => {
                if !decorating {
                    return at + 1;
                }
                decorating = parser.token(at + 1).kind == Kind::At;
                nesting = 0;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether a declaration starts at a token that is the first of its line.
fn starts(parser: &Parser<'_>, at: usize, nesting: usize) -> bool {
    let token = parser.token(at);
    let start = token.start as usize;
    let line = parser.text.get(start..).unwrap_or("");
    if nesting > 0 {
        let first_column = parser.text.get(..start).is_some_and(|before| before.ends_with(['\n', '\r']));
        return first_column && starts_declaration(line);
    }
    match token.kind {
        Kind::At => true,
        Kind::Identifier => KEYWORDS.contains(&parser.text_of(token)) && parser.token(at + 1).kind != Kind::Colon,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::bicep::{FileKind, parse};
    use crate::source::{LineIndex, SourceMap};

    /// The names of what was read, and the lines and columns of the errors.
    fn read(text: &str) -> (Vec<String>, Vec<(u32, u32)>) {
        let parsed = parse(SourceMap::new().next_id(), text, FileKind::Template);
        let names = parsed.program.declarations.iter().filter_map(|it| Some(it.name()?.name.to_string())).collect();
        let lines = LineIndex::new(text);
        let place = |span: crate::source::Span| {
            let at = lines.locate(text, span.start);
            (at.line, at.column)
        };
        (names, parsed.errors.iter().map(|error| place(error.span)).collect())
    }

    #[test]
    fn a_bad_declaration_is_lost_alone() {
        /// A text, the names that are read, and the lines and columns of the errors.
        type Case<'a> = (&'a str, &'a [&'a str], &'a [(u32, u32)]);
        let cases: &[Case<'_>] = &[
            ("param a string\nparam\nparam b string", &["a", "b"], &[(2, 6)]),
            ("var a =\nvar b = 1", &["b"], &[(1, 8)]),
            ("var a = 1 +\nvar b = 1", &["b"], &[(1, 12)]),
            ("var a = {\n  b: [\n}\nvar c = 1", &["c"], &[(3, 1)]),
            ("var a = 'x\nvar b = 1", &["b"], &[(1, 9)]),
            ("var a = 'x${y\nvar b = 1", &["b"], &[(1, 14)]),
            ("resource a 'x@1' = {\n  name: 'y\n  p: 1\n}\noutput b string = ''", &["b"], &[(2, 9)]),
            ("resource a 'x@1' = {\n  name: 'y'\n\nparam b string", &["b"], &[(4, 7)]),
            ("@secure(\nparam a string\nparam b string", &["b"], &[(2, 7)]),
            ("@\n@sys.\nvar a = 1\n@secure()\nparam b string", &["b"], &[(1, 2)]),
            ("@secure()\nparam a strin g\nparam b string", &["b"], &[(2, 15)]),
            ("bad\nworse\nvar a = 1", &["a"], &[(1, 1)]),
            ("var a = 1 var b = 2\r\nvar c = 3", &["c"], &[(1, 11)]),
            ("/* open\nvar a = 1", &["a"], &[(1, 1)]),
            ("var a = '''open\nvar b = 1", &["b"], &[(1, 9)]),
            ("var ☕ = true\nvar b = 1", &["b"], &[(1, 5)]),
            ("}\nvar a = 1", &["a"], &[(1, 1)]),
        ];
        for (text, names, errors) in cases {
            let (found, places) = read(text);
            assert_eq!(found, *names, "{text}");
            assert_eq!(places, *errors, "{text}");
        }
    }

    #[test]
    fn damage_never_stops_the_reading() {
        let text = "param a string\r\n@secure()\nvar b = '${a}' // x\nresource c 'd@1' = [for (x, i) in [1]: if (x > 0) {\n  \
                    name: '''e'''\n  resource f 'g' = {}\n}]\noutput h { i: 'j' | 'k'? } = c::f!\n";
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            for piece in ["", "'", "${", "}", "{", "(", "\n", "'''", "/*", "@", "é", "$'''", "#"] {
                let (before, after) = text.split_at(at);
                parse(SourceMap::new().next_id(), &format!("{before}{piece}{after}"), FileKind::Template);
                parse(SourceMap::new().next_id(), &format!("{before}{piece}"), FileKind::Parameters);
            }
        }
    }
}
