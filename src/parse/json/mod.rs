//! JSON with comments and trailing commas, in one pass over the bytes. What is damaged loses as little as
//! possible: a file with a misplaced bracket is read again by its indentation.

mod reader;
mod recover;
mod scalar;

use super::SyntaxError;
use super::tree::Node;
use crate::source::SourceId;
use reader::Reader;

/// What is taken beyond the standard without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `//` and `/* */`.
    pub comments: bool,
    /// A comma after the last element.
    pub trailing_commas: bool,
    /// Line breaks inside strings, as ARM templates have them.
    pub line_breaks: bool,
}

impl Options {
    /// The standard.
    pub const STRICT: Options = Options { comments: false, trailing_commas: false, line_breaks: false };
    /// Comments and trailing commas.
    pub const TOLERANT: Options = Options { comments: true, trailing_commas: true, line_breaks: false };
}

/// What a file holds, and where it could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The value; none where there is nothing that could be read.
    pub root: Option<Node>,
    /// Where it could not, in order.
    pub errors: Vec<SyntaxError>,
}

/// Errors above this many are not told: one damage often has many traces.
const MAX_ERRORS: usize = 20;

/// Reads a file.
pub fn parse(source: SourceId, text: &str, options: Options) -> Parsed {
    let mut first = Reader::new(source, text, options, false);
    let root = first.file();
    if !first.misplaced {
        first.errors.sort_by_key(|error| error.span.start);
        return Parsed { root, errors: first.errors };
    }
    // The first reading says where the text leaves the grammar; the second one saves what is around.
    let mut second = Reader::new(source, text, options, true);
    let root = second.file();
    let mut errors = first.errors;
    errors.truncate(1);
    let line = |error: &SyntaxError| super::tree::line_of(text, error.span.start);
    for error in second.errors {
        if errors.iter().all(|there| line(there) != line(&error)) {
            errors.push(error);
        }
    }
    errors.sort_by_key(|error| error.span.start);
    Parsed { root, errors }
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a span that does not fit the text fails the test")]
mod tests;
