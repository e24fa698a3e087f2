//! YAML to the tree that it shares with JSON: granit-parser reads events, `build` makes the tree of them,
//! `recover` saves what surrounds a damaged entry.

mod build;
mod recover;
mod scalar;
mod words;

use std::ops::Range;

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

/// Reads a part of a file that starts at byte `base`, and is no YAML where it leaves the grammar.
pub fn parse_part(source: SourceId, text: &str, base: usize) -> Result<Parsed, SyntaxError> {
    events(source, text, base)
}

/// The comments, in order, as far as the text follows the grammar.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let options = granit_parser::options! {
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
        emit_unresolved_aliases: true,
        flow_nesting_limit: super::tree::MAX_DEPTH,
        block_nesting_limit: super::tree::MAX_DEPTH,
    };
    let events = granit_parser::Parser::new_from_str_with_options(text, options).map_while(Result::ok);
    let comments = events.filter(|(event, _)| matches!(event, granit_parser::Event::Comment(..)));
    let mut comments: Vec<Range<usize>> = comments.filter_map(|(_, span)| span.byte_range()).collect();
    comments.sort_by_key(|comment| comment.start);
    comments
}

/// Lines of quoted texts that may be indented less than they have to.
const MAX_JOINED: usize = 64;

/// Reads a text, or a part of a file that starts at byte `base`. Quoted texts may go on with any indentation, as
/// AWS's own reader has it: their lines are joined, and read again.
fn events(source: SourceId, text: &str, base: usize) -> Result<Parsed, SyntaxError> {
    let first = match strict(source, text, base) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    let mut joined = text.as_bytes().to_vec();
    let mut at = first.continues;
    for _ in 0..MAX_JOINED {
        let Some(line) = at else { break };
        let Some(before) = joined.get(..line).and_then(|before| before.iter().rposition(|byte| *byte == b'\n')) else {
            break;
        };
        for byte in joined.get_mut(before.saturating_sub(1)..=before).unwrap_or_default() {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        let Ok(again) = std::str::from_utf8(&joined) else { break };
        match strict(source, again, base) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => at = error.continues,
        }
    }
    Err(first.error)
}

/// Where a text leaves the grammar.
struct Stop {
    error: SyntaxError,
    /// The byte at which a quoted text goes on that is not indented deep enough, if that is what is wrong.
    continues: Option<usize>,
}

fn strict(source: SourceId, text: &str, base: usize) -> Result<Parsed, Stop> {
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
                let is_continued = *error.kind() == granit_parser::ErrorKind::InvalidQuotedScalarIndent;
                let span = Span::new(source, base + at, base + at);
                let error = SyntaxError { span, message: words::message(&error) };
                return Err(Stop { error, continues: is_continued.then_some(at) });
            }
        }
    }
    Ok(builder.finish())
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a span that does not fit the text fails the test")]
mod tests;
