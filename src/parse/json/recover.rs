//! What is skipped, and which bracket ends what where brackets are missing.

use ecow::eco_format;

use super::MAX_ERRORS;
use super::reader::{Frame, Reader};
use crate::parse::tree::line_of;

/// What a closing bracket does to the innermost object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It ends it.
    Closed,
    /// It ends something around it, and so it as well.
    Left,
    /// It ends nothing.
    Passed,
}

impl Reader<'_> {
    /// Passes blanks, and comments where they are taken.
    pub(super) fn skip(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if matches!(self.bytes.get(self.at + 1), Some(b'/' | b'*')) => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start + 2..).unwrap_or_default();
        let is_line = self.bytes.get(start + 1) == Some(&b'/');
        let length = if is_line {
            rest.iter().position(|byte| *byte == b'\n')
        } else {
            rest.windows(2).position(|pair| pair == b"*/").map(|at| at + 2)
        };
        self.at = length.map_or(self.bytes.len(), |length| start + 2 + length);
        if length.is_none() && !is_line {
            self.error(start, start + 2, "this comment is not closed by */");
        } else if !self.options.comments {
            self.error(start, self.at, "JSON has no comments; remove it");
        }
    }

    /// Passes what belongs to nothing: up to a comma, a bracket, or the end of the line.
    pub(super) fn skip_junk(&mut self) {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'}' | b']' => break,
                b'\n' if self.at > start => break,
                _ => self.at += 1,
            }
        }
    }

    /// Passes an object or array, whatever is in it.
    pub(super) fn skip_nested(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Whether the bracket `found` ends the innermost object or array, which wants `close`. Where not, it is
    /// reported, and passed or left for what is around.
    pub(super) fn closes(&mut self, found: u8, close: u8) -> Closing {
        if self.by_indentation {
            let (indent, is_first) = self.indent();
            let fits = |frame: &Frame| frame.close == found && frame.indent == indent;
            if is_first && !self.open.last().is_some_and(fits) {
                if self.open.iter().any(fits) {
                    return self.leave(close);
                }
                if self.open.iter().all(|frame| frame.indent < indent) {
                    return self.pass(found);
                }
            }
        }
        if found == close {
            self.at += 1;
            return Closing::Closed;
        }
        self.misplaced = true;
        if self.open.iter().any(|frame| frame.close == found) { self.leave(close) } else { self.pass(found) }
    }

    /// The innermost ends here without its bracket.
    fn leave(&mut self, close: u8) -> Closing {
        if self.errors.len() < MAX_ERRORS {
            let start = self.open.last().map_or(0, |frame| frame.start);
            let line = line_of(self.text, start as u32);
            let bracket = char::from(close);
            let message = eco_format!("{bracket} was expected before this, for what starts in line {line}");
            self.error(self.at, self.at + 1, message);
        }
        Closing::Left
    }

    fn pass(&mut self, found: u8) -> Closing {
        let message = eco_format!("there is nothing that this {} could close; it is passed over", char::from(found));
        self.error(self.at, self.at + 1, message);
        self.at += 1;
        Closing::Passed
    }

    /// The blanks that the current line starts with, and whether the current byte is the first behind them.
    pub(super) fn indent(&mut self) -> (usize, bool) {
        let passed = self.bytes.get(self.line.seen..self.at).unwrap_or_default();
        let start = passed.iter().rposition(|byte| *byte == b'\n').map(|at| self.line.seen + at + 1);
        self.line.seen = self.at;
        if start.is_some() || self.line.indent == usize::MAX {
            self.line.start = start.unwrap_or(0);
            let line = self.bytes.get(self.line.start..).unwrap_or_default();
            self.line.indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        (self.line.indent, self.at == self.line.start + self.line.indent)
    }

    /// The end of the character at the current place.
    pub(super) fn character_end(&self) -> usize {
        let length = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        self.at + length
    }
}
