//! The files that are open in the editor, kept up to date edit by edit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{Range, TextDocumentContentChangeEvent as Change, Uri};

use super::uri::uri;
use crate::source::{Encoding, Files, LineIndex, MAX_FILE_BYTES, Position};

/// A file that is open.
#[derive(Debug)]
pub(super) struct Document {
    /// Its URI as the client writes it.
    pub(super) uri: Uri,
    /// The client's number for the state of the text.
    pub(super) version: i32,
    /// The text.
    pub(super) text: Arc<str>,
}

/// All files that are open.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
    files: Files,
}

impl Documents {
    /// The disk with the open files laid over it.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }

    /// The URI of a file: the client's own for one that is open.
    pub(super) fn uri(&self, path: &Path) -> Uri {
        self.open.get(path).map_or_else(|| uri(path), |document| document.uri.clone())
    }

    pub(super) fn open(&mut self, path: PathBuf, uri: Uri, version: i32, text: String) {
        self.put(path, Document { uri, version, text: text.into() });
    }

    /// Applies the edits of one change in their order; whether the file is open and its text another one now.
    pub(super) fn change(&mut self, path: &Path, version: i32, changes: &[Change], encoding: Encoding) -> bool {
        let Some(document) = self.open.remove(path) else { return false };
        let mut text = document.text.to_string();
        for change in changes {
            match change {
                Change::TextDocumentContentChangeWholeDocument(whole) => text.clone_from(&whole.text),
                Change::TextDocumentContentChangePartial(part) => edit(&mut text, part.range, &part.text, encoding),
            }
        }
        let is_other = *text != *document.text;
        self.put(path.to_path_buf(), Document { version, text: text.into(), ..document });
        is_other
    }

    pub(super) fn close(&mut self, path: &Path) -> Option<Document> {
        self.files.close(path);
        self.open.remove(path)
    }

    fn put(&mut self, path: PathBuf, document: Document) {
        // A text that would not be read from the disk is not read from the editor either.
        match document.text.len() as u64 <= MAX_FILE_BYTES {
            true => self.files.open(path.clone(), Arc::clone(&document.text)),
            false => self.files.close(&path),
        }
        self.open.insert(path, document);
    }
}

/// Replaces a range of a text. A range that ends before it starts is empty.
fn edit(text: &mut String, range: Range, with: &str, encoding: Encoding) {
    let lines = LineIndex::new(text);
    let offset =
        |at: gen_lsp_types::Position| lines.offset(text, Position { line: at.line, column: at.character }, encoding);
    let start = offset(range.start);
    let end = offset(range.end).max(start);
    text.replace_range(start..end, with);
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{Position, TextDocumentContentChangePartial};

    use super::*;

    fn range(start: (u32, u32), end: (u32, u32)) -> Range {
        let position = |(line, character)| Position { line, character };
        Range { start: position(start), end: position(end) }
    }

    #[test]
    fn edits_are_applied_where_they_are_meant() {
        let cases: &[(&str, Range, &str, &str)] = &[
            ("one\ntwo\n", range((1, 0), (1, 3)), "2", "one\n2\n"),
            ("one\r\ntwo", range((0, 3), (1, 0)), " ", "one two"),
            ("è𝄞x", range((0, 3), (0, 4)), "y", "è𝄞y"),
            ("a", range((9, 9), (9, 9)), "b", "ab"),
            ("abc", range((0, 2), (0, 1)), "-", "ab-c"),
            ("", range((0, 0), (0, 0)), "new", "new"),
        ];
        for (before, range, with, after) in cases {
            let mut text = before.to_string();
            edit(&mut text, *range, with, Encoding::Utf16);
            assert_eq!(text, *after, "{before:?} {range:?}");
        }
    }

    #[test]
    fn changes_of_one_message_follow_each_other() {
        let mut documents = Documents::default();
        let path = Path::new("/a/main.tf");
        documents.open(path.into(), "file:///a/main.tf".into(), 1, "ab".into());
        let part = |at: u32, text: &str| {
            let range = range((0, at), (0, at));
            Change::from(TextDocumentContentChangePartial { range, text: text.into(), ..Default::default() })
        };
        assert!(documents.change(path, 2, &[part(2, "c"), part(3, "d")], Encoding::Utf16));
        assert_eq!(&*documents.get(path).unwrap().text, "abcd");
        assert!(!documents.change(path, 3, &[], Encoding::Utf16));
        assert!(!documents.change(Path::new("/b"), 3, &[part(0, "x")], Encoding::Utf16));
        assert_eq!(documents.files().read(path).unwrap(), "abcd");
        assert_eq!(documents.close(path).map(|document| document.version), Some(3));
    }
}
