//! Places as other tools read them: file and range, counted from 1.

use serde::Serialize;

use crate::evaluate::Diagnostic;
use crate::source::{LineColumn, SourceMap, Span};

/// A range of a file.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Range {
    pub(super) start: LineColumn,
    pub(super) end: LineColumn,
}

/// A place.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) range: Range,
}

/// The place of a span.
pub(super) fn of(sources: &SourceMap, span: Span) -> Place {
    let (start, end) = sources.range(span);
    Place { file: sources.name(span).to_string(), range: Range { start, end } }
}

/// The place of what could not be checked; the first character of the file where no span is known.
pub(super) fn of_error(sources: &SourceMap, error: &Diagnostic) -> Place {
    match &error.path {
        Some(path) => {
            let first = LineColumn { line: 1, column: 1 };
            Place { file: path.clone(), range: Range { start: first, end: first } }
        }
        None => of(sources, error.span),
    }
}
