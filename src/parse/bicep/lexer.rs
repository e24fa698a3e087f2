//! Text to tokens. Strings with interpolations come as pieces around the tokens of their expressions; what is
//! no token becomes one that says so, and lexing goes on.

use super::token::{Kind, Token, starts_declaration};

/// The tokens of a text, the last of which is [`Kind::End`], and the ranges of its directives.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<(u32, u32)>) {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line_start: true,
        endless_comment: false,
        tokens: Vec::with_capacity(text.len() / 5 + 1),
        directives: Vec::new(),
        holes: Vec::new(),
    };
    while lexer.at < lexer.bytes.len() {
        lexer.step();
    }
    lexer.push(Kind::End, lexer.at);
    (lexer.tokens, lexer.directives)
}

/// The words after `#` that make a directive.
const DIRECTIVES: &[&str] = &["disable-next-line", "disable-diagnostics", "restore-diagnostics"];

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Whether nothing but blanks and comments stands before this place on its line.
    line_start: bool,
    /// Whether a comment without an end was seen.
    endless_comment: bool,
    tokens: Vec<Token>,
    directives: Vec<(u32, u32)>,
    /// The strings whose interpolations surround this place.
    holes: Vec<Hole>,
}

/// An interpolation that is being read.
struct Hole {
    /// How many `$` open an interpolation in a text of three quotes; 0 in a text of one quote.
    dollars: usize,
    /// Braces opened inside it and not closed yet.
    braces: usize,
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        // Sources are limited far below what a u32 holds.
        self.tokens.push(Token { kind, start: start as u32, end: self.at as u32 });
        self.line_start = false;
    }

    fn step(&mut self) {
        let start = self.at;
        match self.byte(0) {
            b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
            b'\n' | b'\r' => self.new_line(),
            b'/' if self.byte(1) == b'/' => {
                while self.at < self.bytes.len() && !matches!(self.byte(0), b'\n' | b'\r') {
                    self.at += 1;
                }
            }
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while matches!(self.byte(0), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') {
                    self.at += 1;
                }
                self.push(Kind::Identifier, start);
            }
            b'0'..=b'9' => {
                while self.byte(0).is_ascii_digit() {
                    self.at += 1;
                }
                self.push(Kind::Integer, start);
            }
            b'\'' => self.string(),
            b'$' => {
                let dollars = self.run(b'$');
                if self.text.get(start + dollars..).is_some_and(|rest| rest.starts_with("'''")) {
                    self.at += dollars + 3;
                    self.multiline(start, dollars, Kind::String, Kind::StringLeft);
                } else {
                    self.at += dollars;
                    self.push(Kind::Unknown, start);
                }
            }
            b'#' if self.line_start && self.directive() => {}
            b'{' => {
                if let Some(hole) = self.holes.last_mut() {
                    hole.braces += 1;
                }
                self.at += 1;
                self.push(Kind::LeftBrace, start);
            }
            b'}' => self.right_brace(),
            _ => self.symbol(),
        }
    }

    /// How often that byte stands here in a row.
    fn run(&self, byte: u8) -> usize {
        self.bytes.get(self.at..).unwrap_or_default().iter().take_while(|b| **b == byte).count()
    }

    fn new_line(&mut self) {
        let start = self.at;
        while matches!(self.byte(0), b'\n' | b'\r') {
            self.at += 1;
        }
        if !self.holes.is_empty() && starts_declaration(self.text.get(self.at..).unwrap_or("")) {
            self.holes.clear();
            self.push(Kind::UnterminatedHole, start);
        }
        if self.tokens.last().is_none_or(|token| token.kind != Kind::NewLine) {
            self.push(Kind::NewLine, start);
        }
        self.line_start = true;
    }

    fn block_comment(&mut self) {
        let start = self.at;
        // Where one comment has no end, none after it has: looking again each time would take quadratic time.
        let rest = if self.endless_comment { None } else { self.text.get(start + 2..) };
        match rest.and_then(|rest| rest.find("*/")) {
            Some(length) => {
                self.at = start + 2 + length + 2;
                self.line_start = false;
            }
            None => {
                self.endless_comment = true;
                self.at = self.line_end(start);
                self.push(Kind::UnterminatedComment, start);
            }
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())
    }

    /// Reads a directive, if there is one.
    fn directive(&mut self) -> bool {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at + 1..end).unwrap_or("");
        let name = line.split([' ', '\t', '/']).next().unwrap_or("");
        if !DIRECTIVES.contains(&name) {
            return false;
        }
        self.directives.push((self.at as u32, end as u32));
        self.at = end;
        true
    }

    fn right_brace(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.holes.last_mut() {
            Some(hole) if hole.braces > 0 => hole.braces -= 1,
            Some(hole) => {
                let dollars = hole.dollars;
                self.holes.pop();
                match dollars {
                    0 => self.line(start, Kind::StringRight, Kind::StringMiddle),
                    _ => self.multiline(start, dollars, Kind::StringRight, Kind::StringMiddle),
                }
                return;
            }
            None => {}
        }
        self.push(Kind::RightBrace, start);
    }

    fn string(&mut self) {
        let start = self.at;
        if self.byte(1) == b'\'' && self.byte(2) == b'\'' {
            self.at += 3;
            self.multiline(start, 0, Kind::String, Kind::StringLeft);
        } else {
            self.at += 1;
            self.line(start, Kind::String, Kind::StringLeft);
        }
    }

    /// Reads on in a text of one quote until it ends (`whole`) or an interpolation starts (`part`).
    fn line(&mut self, start: usize, whole: Kind, part: Kind) {
        loop {
            match self.byte(0) {
                b'\'' => {
                    self.at += 1;
                    return self.push(whole, start);
                }
                b'\\' if !matches!(self.byte(1), b'\n' | b'\r' | 0) => self.at += 2,
                b'$' if self.byte(1) == b'{' => {
                    self.at += 2;
                    self.push(part, start);
                    return self.holes.push(Hole { dollars: 0, braces: 0 });
                }
                b'\n' | b'\r' => return self.push(Kind::UnterminatedString, start),
                _ if self.at >= self.bytes.len() => return self.push(Kind::UnterminatedString, start),
                _ => self.at += 1,
            }
        }
    }

    /// Reads on in a text of three quotes, in which `dollars` of `$` open an interpolation, none when 0.
    fn multiline(&mut self, start: usize, dollars: usize, whole: Kind, part: Kind) {
        while self.at < self.bytes.len() {
            match self.byte(0) {
                b'\'' => {
                    let quotes = self.run(b'\'');
                    self.at += quotes;
                    // More than three at the end: the first ones belong to the text.
                    if quotes >= 3 {
                        return self.push(whole, start);
                    }
                }
                b'$' => {
                    let found = self.run(b'$');
                    self.at += found;
                    if dollars > 0 && found >= dollars && self.byte(0) == b'{' {
                        self.at += 1;
                        self.push(part, start);
                        return self.holes.push(Hole { dollars, braces: 0 });
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.line_end(start);
        self.push(Kind::UnterminatedMultiline, start);
    }

    fn symbol(&mut self) {
        let start = self.at;
        let (kind, length) = match (self.byte(0), self.byte(1), self.byte(2)) {
            (b'.', b'.', b'.') => (Kind::Ellipsis, 3),
            (b':', b':', _) => (Kind::DoubleColon, 2),
            (b'=', b'=', _) => (Kind::Equal, 2),
            (b'=', b'>', _) => (Kind::Arrow, 2),
            (b'=', b'~', _) => (Kind::EqualIgnoringCase, 2),
            (b'!', b'=', _) => (Kind::NotEqual, 2),
            (b'!', b'~', _) => (Kind::NotEqualIgnoringCase, 2),
            (b'<', b'=', _) => (Kind::LessOrEqual, 2),
            (b'>', b'=', _) => (Kind::GreaterOrEqual, 2),
            (b'&', b'&', _) => (Kind::And, 2),
            (b'|', b'|', _) => (Kind::Or, 2),
            (b'?', b'?', _) => (Kind::Coalesce, 2),
            (b'@', ..) => (Kind::At, 1),
            (b',', ..) => (Kind::Comma, 1),
            (b'(', ..) => (Kind::LeftParenthesis, 1),
            (b')', ..) => (Kind::RightParenthesis, 1),
            (b'[', ..) => (Kind::LeftSquare, 1),
            (b']', ..) => (Kind::RightSquare, 1),
            (b':', ..) => (Kind::Colon, 1),
            (b'.', ..) => (Kind::Dot, 1),
            (b'=', ..) => (Kind::Assign, 1),
            (b'!', ..) => (Kind::Exclamation, 1),
            (b'<', ..) => (Kind::Less, 1),
            (b'>', ..) => (Kind::Greater, 1),
            (b'+', ..) => (Kind::Plus, 1),
            (b'-', ..) => (Kind::Minus, 1),
            (b'*', ..) => (Kind::Star, 1),
            (b'/', ..) => (Kind::Slash, 1),
            (b'%', ..) => (Kind::Percent, 1),
            (b'?', ..) => (Kind::Question, 1),
            (b'|', ..) => (Kind::Pipe, 1),
            (b'^', ..) => (Kind::Caret, 1),
            (b'"', ..) => (Kind::DoubleQuote, 1),
            _ => {
                let length = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                (Kind::Unknown, length)
            }
        };
        self.at += length;
        self.push(kind, start);
    }
}
