//! Bicep: `lexer` cuts the text into tokens, `parser` walks them, `declarations`, `types`, `expressions` and
//! `strings` read what their names say, `recover` finds the declaration after one that cannot be read.

pub mod ast;
mod declarations;
mod expressions;
mod lexer;
mod parser;
mod primary;
mod recover;
mod resources;
mod strings;
mod token;
mod types;

use super::SyntaxError;
use crate::source::SourceId;
use ast::{Expression, Program};
use parser::Parser;

/// Which of the two kinds of file a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `.bicep`: declares what is deployed.
    Template,
    /// `.bicepparam`: gives values to the parameters of a template.
    Parameters,
}

/// What a file holds, and where it could not be read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree of everything that could be read.
    pub program: Program,
    /// Where it could not, in order.
    pub errors: Vec<SyntaxError>,
}

/// Expressions, types and nested resources deeper than this are refused: threads have a stack to keep.
pub const MAX_DEPTH: usize = 128;

/// Reads a file.
pub fn parse(source: SourceId, text: &str, kind: FileKind) -> Parsed {
    let mut parser = Parser::new(source, text, kind);
    let mut parsed = Parsed::default();
    parsed.program.directives = parser.directives();
    recover::declarations(&mut parser, &mut parsed);
    parsed
}

/// Reads a single expression, as `phiguard eval` does.
pub fn parse_expression(source: SourceId, text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser::new(source, text, FileKind::Template);
    parser.new_lines();
    let expression = parser.expression()?;
    parser.new_lines();
    match parser.at_end() {
        true => Ok(expression),
        false => Err(parser.expected("the end of the expression")),
    }
}
