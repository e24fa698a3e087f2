//! A small JSON reader that keeps where everything stands, for Terraform's JSON syntax. It reads on behind a
//! mistake as far as it makes sense, and never fails as a whole.

use ecow::EcoString;

/// Arrays and objects nested deeper than this are refused.
const MAX_DEPTH: usize = 128;

/// A value and the bytes that it takes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The forms of a value.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// As it is written.
    Number(EcoString),
    String(Text),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// `"key": value`
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Text,
    pub(super) value: Node,
}

/// A text, and how its bytes lie in the file.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: EcoString,
    /// The byte of the opening quote.
    pub(super) start: usize,
    /// The byte behind the closing quote.
    pub(super) end: usize,
    /// Behind each escape: the offset in `text`, and by how much the offset in the file is ahead of it there.
    pub(super) shifts: Vec<(usize, usize)>,
}

/// Where something is wrong, and what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

/// Reads a document: what could be read of it, and what is wrong.
pub(super) fn read(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, faults: Vec::new(), lost: false };
    reader.skip_space();
    let node = reader.value(0);
    if !reader.lost {
        reader.skip_space();
        if reader.at < text.len() {
            reader.fault("nothing may follow the document's one value");
        }
    }
    (node, reader.faults)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    faults: Vec<Fault>,
    /// Whether the rest makes no sense any more.
    lost: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Notes what is wrong here; the first mistake of a document is enough once it is lost.
    fn fault(&mut self, message: &'static str) {
        if !self.lost {
            self.faults.push(Fault { at: self.at, message });
        }
    }

    fn give_up<T>(&mut self, message: &'static str) -> Option<T> {
        self.fault(message);
        self.lost = true;
        None
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            Some(b'\'') => return self.give_up("JSON quotes texts with \", not with '"),
            Some(b'/' | b'#') => {
                return self.give_up("JSON has no comments; Terraform ignores a \"//\" property instead");
            }
            Some(_) => return self.give_up("a value is expected here"),
            None => return self.give_up("the document ends where a value is expected"),
        };
        Some(Node { kind, start, end: self.at })
    }

    fn word(&mut self) -> Option<Kind> {
        let length = self.bytes.iter().skip(self.at).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let word = self.text.get(self.at..self.at + length).unwrap_or("");
        let kind = match word {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => return self.give_up("JSON knows the words null, true and false only; quote a text with \""),
        };
        self.at += length;
        Some(kind)
    }

    fn number(&mut self) -> Option<Kind> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while reader.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                reader.at += 1;
            }
            reader.at > from
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0') && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
        let mut sound = digits(self) && !leading_zero;
        if sound && self.peek() == Some(b'.') {
            self.at += 1;
            sound = digits(self);
        }
        if sound && matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            sound = digits(self);
        }
        if !sound {
            self.at = start;
            return self.give_up("this is not a number as JSON writes it");
        }
        Some(Kind::Number(self.text.get(start..self.at).unwrap_or("0").into()))
    }

    fn string(&mut self) -> Option<Text> {
        let mut text = Text { start: self.at, ..Text::default() };
        self.at += 1;
        let mut from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    text.text.push_str(self.text.get(from..self.at).unwrap_or(""));
                    self.at += 1;
                    text.end = self.at;
                    return Some(text);
                }
                Some(b'\\') => {
                    text.text.push_str(self.text.get(from..self.at).unwrap_or(""));
                    let character = self.escape()?;
                    text.text.push(character);
                    // An escape never takes fewer bytes than what it stands for.
                    let ahead = (self.at - text.start - 1).saturating_sub(text.text.len());
                    text.shifts.push((text.text.len(), ahead));
                    from = self.at;
                }
                Some(b'\n' | b'\r') | None => {
                    self.at = text.start;
                    return self.give_up("a text that is not closed on its line; end it with \"");
                }
                Some(0..=0x1f) => {
                    self.fault("control characters must be escaped in JSON, as \\t or \\u0000");
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = self.bytes.get(self.at + 1).copied();
        let character = match kind {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.give_up("JSON does not know this escape; a backslash itself is written \\\\"),
        };
        self.at += 2;
        Some(character)
    }

    /// `\uXXXX`, or two of them that make one character.
    fn unicode(&mut self) -> Option<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let Some(first) = unit(self.at) else {
            return self.give_up("four hexadecimal digits must follow \\u");
        };
        if (0xd800..0xdc00).contains(&first)
            && let Some(second) = unit(self.at + 6).filter(|second| (0xdc00..0xe000).contains(second))
        {
            self.at += 12;
            return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
        }
        self.at += 6;
        Some(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn array(&mut self, depth: usize) -> Option<Kind> {
        if depth >= MAX_DEPTH {
            return self.give_up("arrays and objects are nested too deep here");
        }
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Some(Kind::Array(items));
            }
            let Some(item) = self.value(depth + 1) else { return Some(Kind::Array(items)) };
            items.push(item);
            if self.lost || !self.comma(b']', "a comma or ] is expected here") {
                return Some(Kind::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Kind> {
        if depth >= MAX_DEPTH {
            return self.give_up("arrays and objects are nested too deep here");
        }
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Some(Kind::Object(members));
                }
                Some(b'"') => {}
                _ => {
                    let _ = self.give_up::<()>("a property name in quotes is expected here");
                    return Some(Kind::Object(members));
                }
            }
            let Some(key) = self.string() else { return Some(Kind::Object(members)) };
            self.skip_space();
            if self.peek() != Some(b':') {
                let _ = self.give_up::<()>("a colon is expected behind the name of a property");
                return Some(Kind::Object(members));
            }
            self.at += 1;
            self.skip_space();
            let Some(value) = self.value(depth + 1) else { return Some(Kind::Object(members)) };
            members.push(Member { key, value });
            if self.lost || !self.comma(b'}', "a comma or } is expected here") {
                return Some(Kind::Object(members));
            }
        }
    }

    /// Reads what stands behind an element; false when the rest is lost. A comma before the end is a mistake that
    /// costs nothing.
    fn comma(&mut self, close: u8, expected: &'static str) -> bool {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.skip_space();
                if self.peek() == Some(close) && !self.lost {
                    self.faults.push(Fault { at: comma, message: "JSON has no comma behind the last element" });
                }
                true
            }
            Some(byte) if byte == close => true,
            _ => {
                let _ = self.give_up::<()>(expected);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(node: &Node) -> &[Member] {
        match &node.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    #[test]
    fn everything_has_its_place() {
        let text = "{ \"a\": [1, \"x\\ny\\u00e9z\"], \"b\": null }";
        let (node, faults) = read(text);
        let node = node.unwrap();
        assert_eq!(faults, []);
        assert_eq!((node.start, node.end), (0, text.len()));
        let a = members(&node).first().unwrap();
        assert_eq!(text.get(a.key.start..a.key.end).unwrap(), "\"a\"");
        assert_eq!(text.get(a.value.start..a.value.end).unwrap(), "[1, \"x\\ny\\u00e9z\"]");
        let Kind::Array(items) = &a.value.kind else { panic!() };
        let Kind::String(string) = &items[1].kind else { panic!() };
        assert_eq!(string.text, "x\nyéz");
        // Behind \n the file is one byte ahead; behind é, which takes two bytes in text and six in the file, five.
        assert_eq!(string.shifts, [(2, 1), (5, 5)]);
        assert_eq!(string.text.find('z').map(|at| string.start + 1 + at + 5), text.find('z'));
    }

    #[test]
    fn mistakes_are_located_and_what_stands_before_them_is_kept() {
        for (text, at, kept) in [
            ("{\"a\": 1, \"b\": }", 14, 1),
            ("{\"a\": 1 \"b\": 2}", 8, 1),
            ("{\"a\": 1,}", 7, 1),
            ("{\"a\": 1, b: 2}", 9, 1),
            ("{\"a\": 1} x", 9, 1),
            ("{\"a\": 1, \"b", 9, 1),
            ("{\"a\": 01}", 6, 0),
            ("{\"a\": 1, // why\n \"b\": 2}", 9, 1),
            ("{\"a\": \"\\q\"}", 7, 0),
            ("{\"a\": tru}", 6, 0),
        ] {
            let (node, faults) = read(text);
            assert_eq!(faults.iter().map(|fault| fault.at).collect::<Vec<_>>(), [at], "{text}");
            assert_eq!(members(&node.unwrap()).len(), kept, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let (_, faults) = read(&"[".repeat(10_000));
        assert_eq!(faults.len(), 1);
    }
}
