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
