//! The grammar: values, objects and arrays, with a place for every node.

use ecow::{EcoString, eco_format};

use super::recover::Closing;
use super::{MAX_ERRORS, Options};
use crate::parse::SyntaxError;
use crate::parse::tree::{Entries, Entry, MAX_DEPTH, Node, NodeKind, line_of};
use crate::source::{SourceId, Span};

/// Reads one text.
pub(super) struct Reader<'t> {
    pub(super) source: SourceId,
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    pub(super) options: Options,
    pub(super) errors: Vec<SyntaxError>,
    /// Whether brackets are not where they belong, so that reading by indentation may save more.
    pub(super) misplaced: bool,
    /// Whether brackets are matched by the indentation of their lines.
    pub(super) by_indentation: bool,
    pub(super) open: Vec<Frame>,
    pub(super) line: Line,
}

/// The line up to which line starts were looked for.
#[derive(Default)]
pub(super) struct Line {
    /// The byte up to which was looked.
    pub(super) seen: usize,
    /// Where the line starts.
    pub(super) start: usize,
    /// Its blanks at the start.
    pub(super) indent: usize,
}

/// An object or array that is being read.
pub(super) struct Frame {
    /// The bracket that ends it.
    pub(super) close: u8,
    /// The bytes before the first that is not blank on the line that starts it.
    pub(super) indent: usize,
    /// Where it starts.
    pub(super) start: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(source: SourceId, text: &'t str, options: Options, by_indentation: bool) -> Self {
        let (errors, open) = (Vec::new(), Vec::new());
        let line = Line { indent: usize::MAX, ..Line::default() };
        Reader {
            source,
            text,
            bytes: text.as_bytes(),
            at: 0,
            options,
            errors,
            misplaced: false,
            by_indentation,
            open,
            line,
        }
    }

    /// The value of a whole file.
    pub(super) fn file(&mut self) -> Option<Node> {
        self.skip();
        if self.peek().is_none() {
            self.error(self.at, self.at, "the file is empty; a JSON value was expected");
            return None;
        }
        let root = self.value(0);
        self.skip();
        if self.peek().is_some() {
            self.misplaced |= root.is_some();
            let end = self.character_end();
            self.error(self.at, end, "the value ends before this; nothing more was expected, so this is not read");
        }
        root
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    pub(super) fn error(&mut self, start: usize, end: usize, message: impl Into<EcoString>) {
        // What follows from one damage at one place is told once.
        let told = self.errors.last().is_some_and(|last| last.span.start as usize == start);
        if self.errors.len() < MAX_ERRORS && !told {
            self.errors.push(SyntaxError { span: Span::new(self.source, start, end), message: message.into() });
        }
    }

    /// A value; none where there is none, which is reported.
    fn value(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let message = eco_format!("more than {MAX_DEPTH} levels of nesting, so what is inside is not read");
                self.error(start, start + 1, message);
                self.skip_nested();
                return None;
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => NodeKind::String(self.string()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() => self.word()?,
            Some(_) => {
                let end = self.character_end();
                let found = self.text.get(start..end).unwrap_or_default();
                self.error(start, end, eco_format!("a value was expected here, not {found:?}"));
                self.skip_junk();
                return None;
            }
            None => {
                self.error(start, start, "the file ends where a value was expected");
                return None;
            }
        };
        Some(Node::new(kind, self.span(start, self.at)))
    }

    fn enter(&mut self, close: u8) {
        let indent = if self.by_indentation { self.indent().0 } else { 0 };
        self.open.push(Frame { close, indent, start: self.at });
        self.at += 1;
    }

    fn object(&mut self, depth: usize) -> NodeKind {
        self.enter(b'}');
        let mut entries = Entries::default();
        let mut comma = None;
        while self.more(b'}', &mut comma) {
            let start = self.at;
            let Some(key) = self.key() else { continue };
            let key_span = self.span(start, self.at);
            self.skip();
            match self.peek() {
                Some(b':') => self.at += 1,
                Some(b'"' | b'{' | b'[') => {
                    self.error(self.at, self.at, eco_format!("a colon was expected between \"{key}\" and its value"));
                }
                _ => {
                    let end = self.character_end();
                    self.error(self.at, end, eco_format!("a colon and a value were expected after \"{key}\""));
                    self.skip_junk();
                    continue;
                }
            }
            self.skip();
            let before = self.at;
            let Some(value) = self.value(depth + 1) else {
                if self.at == before {
                    self.skip_junk();
                }
                continue;
            };
            if let Some(first) = entries.add(Entry { key: key.clone(), key_span, value })
                && self.errors.len() < MAX_ERRORS
            {
                self.twice(&key, first, key_span);
            }
        }
        self.open.pop();
        NodeKind::Mapping(entries.into_vec())
    }

    /// A key that is written twice: both places are told.
    fn twice(&mut self, key: &str, first: Span, second: Span) {
        let (before, after) = (line_of(self.text, first.start), line_of(self.text, second.start));
        let message = eco_format!("the key \"{key}\" is also in line {before}; this one counts, so remove one of them");
        self.error(second.start as usize, second.end as usize, message);
        let message = eco_format!("the key \"{key}\" is also in line {after}, and this one does not count");
        self.error(first.start as usize, first.end as usize, message);
    }

    fn array(&mut self, depth: usize) -> NodeKind {
        self.enter(b']');
        let mut items = Vec::new();
        let mut comma = None;
        while self.more(b']', &mut comma) {
            let before = self.at;
            match self.value(depth + 1) {
                Some(item) => items.push(item),
                None if self.at == before => self.skip_junk(),
                None => {}
            }
            self.skip();
            // A colon here is the rest of a member whose object lost its bracket.
            if self.peek() == Some(b':') {
                self.error(self.at, self.at + 1, "a comma or ] was expected here, not a colon");
                self.misplaced = true;
                self.skip_junk();
            }
        }
        self.open.pop();
        NodeKind::Sequence(items)
    }

    /// Goes to the next element; false at the end, which is consumed where it belongs here. `comma` is where the
    /// last comma stood, none before the first element.
    fn more(&mut self, close: u8, comma: &mut Option<usize>) -> bool {
        let first = comma.is_none();
        self.skip();
        let mut separated = first;
        if !first && self.peek() == Some(b',') {
            *comma = Some(self.at);
            self.at += 1;
            separated = true;
            self.skip();
        }
        loop {
            match self.peek() {
                None => {
                    let start = self.open.last().map_or(0, |frame| frame.start);
                    let line = line_of(self.text, start as u32);
                    let bracket = char::from(close);
                    self.error(
                        self.at,
                        self.at,
                        eco_format!("the file ends before the {bracket} that closes line {line}"),
                    );
                    self.misplaced = true;
                    return false;
                }
                Some(b',') => {
                    self.error(self.at, self.at + 1, "a value was expected before this comma; remove the comma");
                    self.at += 1;
                    self.skip();
                }
                Some(byte @ (b'}' | b']')) => match self.closes(byte, close) {
                    Closing::Passed => self.skip(),
                    Closing::Left => return false,
                    Closing::Closed => {
                        if separated && !first && !self.options.trailing_commas {
                            let comma = comma.unwrap_or(self.at);
                            self.error(comma, comma + 1, "this comma has nothing after it; remove it");
                        }
                        return false;
                    }
                },
                Some(_) => {
                    if !separated {
                        let end = self.character_end();
                        let bracket = char::from(close);
                        self.error(self.at, end, eco_format!("a comma or {bracket} was expected before this"));
                    }
                    comma.get_or_insert(self.at);
                    return true;
                }
            }
        }
    }
}
