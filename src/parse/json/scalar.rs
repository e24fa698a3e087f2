//! Strings with their escapes, numbers, words, and keys.

use ecow::{EcoString, eco_format};

use super::reader::Reader;
use crate::parse::tree::NodeKind;
use crate::value::Number;

impl Reader<'_> {
    /// A key; none where there is none, which is reported and passed.
    pub(super) fn key(&mut self) -> Option<EcoString> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => Some(self.string()),
            Some(byte) if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') => {
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-'))
                {
                    self.at += 1;
                }
                let word: EcoString = self.text.get(start..self.at).unwrap_or_default().into();
                self.error(start, self.at, eco_format!("a key is written in quotes: \"{word}\""));
                // The opening quote alone may be missing.
                if self.peek() == Some(b'"') {
                    self.at += 1;
                }
                Some(word)
            }
            _ => {
                let end = self.character_end();
                let found = self.text.get(start..end).unwrap_or_default();
                self.error(start, end, eco_format!("a key in quotes was expected here, not {found:?}"));
                self.misplaced = true;
                // A value without a key is passed as a whole.
                if matches!(self.peek(), Some(b'{' | b'[')) {
                    self.skip_nested()
                } else {
                    self.skip_junk()
                }
                None
            }
        }
    }

    /// A string, from its opening quote.
    pub(super) fn string(&mut self) -> EcoString {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
        self.at += plain;
        let head = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return head.into();
        }
        let mut out = String::from(head);
        self.rest_of_string(open, &mut out);
        out.into()
    }

    fn rest_of_string(&mut self, open: usize, out: &mut String) {
        loop {
            let start = self.at;
            let rest = self.bytes.get(start..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
            self.at += plain;
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return;
                }
                Some(b'\\') => self.escape(out),
                Some(b'\n' | b'\r') if !self.options.line_breaks => {
                    self.error(open, self.at, "this string is not closed on its line; add the quote that ends it");
                    self.misplaced = true;
                    return;
                }
                Some(byte) => {
                    if !matches!(byte, b'\n' | b'\r' | b'\t') {
                        let message =
                            eco_format!("a control character (U+{byte:04X}) cannot stand in a string; remove it");
                        self.error(self.at, self.at + 1, message);
                    } else if byte == b'\t' && !self.options.line_breaks {
                        self.error(self.at, self.at + 1, "a tab in a string is written \\t");
                    }
                    out.push(char::from(byte));
                    self.at += 1;
                }
                None => {
                    self.error(open, self.at, "this string is not closed before the file ends");
                    return;
                }
            }
        }
    }

    /// An escape, from its backslash.
    fn escape(&mut self, out: &mut String) {
        let start = self.at;
        let letter = self.bytes.get(start + 1).copied();
        self.at += 2;
        let plain = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => match self.hexadecimal(start + 2) {
                Some(unit) => {
                    self.at = start + 6;
                    self.unit(unit)
                }
                None => {
                    self.error(start, start + 2, "\\u is followed by four hexadecimal digits");
                    char::REPLACEMENT_CHARACTER
                }
            },
            _ => {
                self.at = start + 1;
                let end = self.character_end().max(start + 1);
                self.error(start, end, "there is no such escape; a backslash is written \\\\");
                '\\'
            }
        };
        out.push(plain);
    }

    /// The character of a UTF-16 unit, with its other half where it is one of a pair.
    fn unit(&mut self, unit: u32) -> char {
        if (0xd800..0xdc00).contains(&unit)
            && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(low @ 0xdc00..0xe000) = self.hexadecimal(self.at + 2)
        {
            self.at += 6;
            let point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    pub(super) fn number(&mut self) -> NodeKind {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'))
        {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
        let is_padded = whole > 1 && digits.starts_with('0');
        let is_bare = text.ends_with('.') || text.contains(".e") || text.contains(".E");
        let is_sound = whole > 0 && !is_padded && !is_bare;
        match Number::parse(text) {
            Some(number) if is_sound => NodeKind::Number(number),
            _ => {
                self.error(start, self.at, eco_format!("{text} is no number; write it as a string if it is none"));
                NodeKind::String(text.into())
            }
        }
    }

    /// `true`, `false`, `null`; anything else is reported and passed.
    pub(super) fn word(&mut self) -> Option<NodeKind> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let kind = match self.text.get(start..self.at).unwrap_or_default() {
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            "null" => NodeKind::Null,
            word => {
                let message = eco_format!("a value was expected here, not {word}; a string is written \"{word}\"");
                self.error(start, self.at, message);
                self.skip_junk();
                return None;
            }
        };
        Some(kind)
    }
}
