//! YAML to the tree that it shares with JSON: granit-parser reads events, `build` makes the tree of them,
//! `recover` saves what surrounds a damaged entry.

mod build;
mod recover;
mod scalar;
mod words;

use super::SyntaxError;
use super::tree::Node;
use crate::source::{SourceId, Span};
use build::Builder;

/// What a file holds, and where it could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents that have a value, in order.
    pub documents: Vec<Node>,
    /// Where it could not be read, in order.
    pub errors: Vec<SyntaxError>,
}

/// Nodes that aliases may add to a file.
const MAX_ALIASED: usize = 100_000;

/// Errors above this many are not told.
const MAX_ERRORS: usize = 20;

/// Reads a file.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    match events(source, text, 0) {
        Ok(parsed) => parsed,
        Err(error) => recover::parse(source, text, error),
    }
}

/// Reads a text, or a part of a file that starts at byte `base`, until it leaves the grammar.
fn events(source: SourceId, text: &str, base: usize) -> Result<Parsed, SyntaxError> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: super::tree::MAX_DEPTH,
        block_nesting_limit: super::tree::MAX_DEPTH,
    };
    let mut builder = Builder::new(source, text, base);
    for event in granit_parser::Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                builder.event(event, range);
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                return Err(SyntaxError {
                    span: Span::new(source, base + at, base + at),
                    message: words::message(&error),
                });
            }
        }
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests;
