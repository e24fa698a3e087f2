//! What is left of a damaged file: its sections, and the entries of the damaged ones, are read on their own.

use std::ops::Range;

use super::{MAX_ERRORS, Parsed, events};
use crate::parse::SyntaxError;
use crate::parse::tree::{Entry, Node, NodeKind, line_of};
use crate::source::{SourceId, Span};

/// Reads a file that left the grammar at `first`.
pub(super) fn parse(source: SourceId, text: &str, first: SyntaxError) -> Parsed {
    let mut reader = Pieces { source, text, errors: vec![first] };
    let mut root: Vec<Entry> = Vec::new();
    for section in pieces(text, 0..text.len(), 0) {
        match reader.entries(section.clone()) {
            Ok(entries) => root.extend(entries),
            Err(error) => root.extend(reader.damaged(section, error)),
        }
    }
    let mut errors = reader.errors;
    errors.sort_by_key(|error| error.span.start);
    errors.truncate(MAX_ERRORS);
    let span = match (root.first(), root.last()) {
        (Some(first), Some(last)) => first.key_span.to(last.value.span),
        _ => return Parsed { documents: Vec::new(), errors },
    };
    Parsed { documents: vec![Node::new(NodeKind::Mapping(root), span)], errors }
}

struct Pieces<'t> {
    source: SourceId,
    text: &'t str,
    errors: Vec<SyntaxError>,
}

impl Pieces<'_> {
    /// The entries of a piece that is a mapping.
    fn entries(&mut self, piece: Range<usize>) -> Result<Vec<Entry>, SyntaxError> {
        let parsed = events(self.source, self.text.get(piece.clone()).unwrap_or_default(), piece.start)?;
        for error in parsed.errors {
            self.tell(error);
        }
        let mut found = Vec::new();
        for document in parsed.documents {
            if let NodeKind::Mapping(entries) = document.kind {
                found.extend(entries);
            }
        }
        Ok(found)
    }

    /// A section that cannot be read as a whole: its entries that can.
    fn damaged(&mut self, section: Range<usize>, error: SyntaxError) -> Option<Entry> {
        let whole = self.text.get(section.clone())?;
        let line = whole.lines().next()?;
        let (key, after) = line.split_once(':')?;
        let key_span = Span::new(self.source, section.start, section.start + key.len());
        let rest = section.start + whole.find('\n').map_or(whole.len(), |at| at + 1)..section.end;
        let body = self.text.get(rest.clone()).unwrap_or_default();
        let inner = body.lines().find(|line| is_content(line)).map_or(0, indent);
        let is_plain = after.trim().is_empty() || after.trim().starts_with('#');
        if !is_plain || inner == 0 {
            self.tell(error);
            return None;
        }
        let mut found = Vec::new();
        let mut end = key_span;
        for piece in pieces(self.text, rest, inner) {
            match self.entries(piece) {
                Ok(entries) => found.extend(entries),
                Err(error) => self.tell(error),
            }
        }
        if let Some(last) = found.last() {
            end = last.value.span;
        }
        let start = found.first().map_or(key_span, |first: &Entry| first.key_span);
        let value = Node::new(NodeKind::Mapping(found), start.to(end));
        Some(Entry { key: key.trim().trim_matches(['"', '\'']).into(), key_span, value })
    }

    /// Records an error, unless one is told right there: one damage is often noticed twice.
    fn tell(&mut self, error: SyntaxError) {
        let line = |error: &SyntaxError| line_of(self.text, error.span.start);
        if self.errors.len() < MAX_ERRORS && self.errors.iter().all(|there| line(there).abs_diff(line(&error)) > 2) {
            self.errors.push(error);
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a line is more than blanks, a comment, or a mark between documents.
fn is_content(line: &str) -> bool {
    let text = line.trim();
    !text.is_empty() && !text.starts_with('#') && !line.starts_with("---") && !line.starts_with("...")
}

/// The pieces of a range: each starts at a line that is indented by `level` or less and holds a key.
fn pieces(text: &str, range: Range<usize>, level: usize) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut at = range.start;
    for line in text.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
        let starts = is_content(line) && indent(line) <= level && !line.trim_start().starts_with(['-', ']', '}']);
        if starts || (pieces.is_empty() && is_content(line)) {
            pieces.push(at..at + line.len());
        } else if let Some(last) = pieces.last_mut() {
            last.end = at + line.len();
        }
        at += line.len();
    }
    pieces
}
