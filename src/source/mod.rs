//! All text that phiguard reads: files with their limits, spans over them, and lines and columns worked out
//! only for what is shown. The one place that reads from the file system, and writes to it.

mod files;
mod kept;
mod lines;
mod overlay;
mod revision;
mod whole;

pub use files::{
    Decoded, MAX_FILE_BYTES, ReadError, ReadErrorKind, exists, is_file, read, read_decoded_within, read_raw, read_text,
};
pub use kept::Kept;
pub use lines::{Encoding, LineColumn, LineIndex, Position};
pub use overlay::Files;
pub use revision::{History, Revision, RevisionError};
pub use whole::write_whole;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Names a source of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in a source; small and cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source it lies in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The span of what is written nowhere.
    pub const NONE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// A span of bytes.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        // Sources are limited to MAX_FILE_BYTES, far below what a u32 holds.
        Span { source, start: start as u32, end: end as u32 }
    }

    /// Whether it is the span of what is written nowhere.
    pub fn is_none(&self) -> bool {
        self.source == Span::NONE.source
    }

    /// The smallest span that covers both; they lie in one source.
    pub fn to(self, other: Span) -> Span {
        if self.is_none() {
            return other;
        }
        if other.is_none() || other.source != self.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text and its name.
#[derive(Debug)]
pub struct Source {
    /// The path it was read from.
    pub path: PathBuf,
    /// The path as it is shown: relative to the working directory, with `/`.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

/// Owns all texts of a run.
#[derive(Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
    files: Files,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        SourceMap::default()
    }

    /// An empty map of texts that are read from these files.
    pub fn over(files: Files) -> Self {
        SourceMap { files, ..SourceMap::default() }
    }

    /// Where the texts are read.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The identifier that the next source will get.
    pub fn next_id(&self) -> SourceId {
        SourceId(self.sources.len() as u32)
    }

    /// The identifier `ahead` places after the next one, for texts that are parsed before they are added.
    pub fn id_ahead(&self, ahead: usize) -> SourceId {
        SourceId((self.sources.len() + ahead) as u32)
    }

    /// Adds a text under its path.
    pub fn add(&mut self, path: PathBuf, name: String, text: Arc<str>) -> SourceId {
        let id = self.next_id();
        self.sources.push(Source { path, name, text, lines: OnceLock::new() });
        id
    }

    /// The source of that identifier.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// All sources, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(at, source)| (SourceId(at as u32), source))
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The text at a span; empty for a span that is nowhere.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The path of the span's source as it is shown.
    pub fn name(&self, span: Span) -> &str {
        self.get(span.source).map(|source| source.name.as_str()).unwrap_or("")
    }

    /// The start and end of a span, counted from 1, columns in characters.
    pub fn range(&self, span: Span) -> (LineColumn, LineColumn) {
        match self.get(span.source) {
            Some(source) => {
                let lines = source.lines();
                (lines.locate(&source.text, span.start), lines.locate(&source.text, span.end))
            }
            None => (LineColumn { line: 1, column: 1 }, LineColumn { line: 1, column: 1 }),
        }
    }
}

impl Source {
    /// Where its lines start; worked out once.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// The path as it is shown: relative to `base` where it lies below it, with `/` on every system.
pub fn display_path(path: &Path, base: &Path) -> String {
    let shown = path.strip_prefix(base).unwrap_or(path);
    let text = shown.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    match text.strip_prefix("./") {
        Some(rest) => rest.to_string(),
        None if text.is_empty() => ".".to_string(),
        None => text,
    }
}
