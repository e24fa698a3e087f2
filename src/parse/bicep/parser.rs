//! Walks the tokens: looks ahead, takes, and says what was expected where something else stands.

use ecow::{EcoString, eco_format};

use super::ast::{Directive, Identifier};
use super::lexer;
use super::token::{Kind, Token, starts_declaration};
use super::{FileKind, MAX_DEPTH};
use crate::parse::SyntaxError;
use crate::source::{SourceId, Span};

/// A node, or why there is none.
pub(super) type Parse<T> = Result<T, SyntaxError>;

/// The tokens of a text and the place among them.
pub(super) struct Parser<'t> {
    pub(super) source: SourceId,
    pub(super) text: &'t str,
    pub(super) kind: FileKind,
    tokens: Vec<Token>,
    directives: Vec<(u32, u32)>,
    /// The token that is next.
    pub(super) at: usize,
    /// The keyword of the declaration that is being read, once its decorators are.
    pub(super) keyword: Option<usize>,
    /// How many nodes surround this place.
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(source: SourceId, text: &'t str, kind: FileKind) -> Self {
        let (tokens, directives) = lexer::tokens(text);
        Parser { source, text, kind, tokens, directives, at: 0, keyword: None, depth: 0 }
    }

    /// The token at a place; the end of the file past the last.
    pub(super) fn token(&self, at: usize) -> Token {
        let end = self.text.len() as u32;
        self.tokens.get(at).copied().unwrap_or(Token { kind: Kind::End, start: end, end })
    }

    /// What is next.
    pub(super) fn peek(&self) -> Kind {
        self.token(self.at).kind
    }

    /// What comes after the next.
    pub(super) fn peek_second(&self) -> Kind {
        self.token(self.at + 1).kind
    }

    /// What is next apart from a line break.
    pub(super) fn peek_past_line(&self) -> Kind {
        match self.peek() {
            Kind::NewLine => self.peek_second(),
            kind => kind,
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.peek() == Kind::End
    }

    /// Takes the next token.
    pub(super) fn advance(&mut self) -> Token {
        let token = self.token(self.at);
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    /// Takes the next token if it is of that kind.
    pub(super) fn take(&mut self, kind: Kind) -> Option<Token> {
        (self.peek() == kind).then(|| self.advance())
    }

    /// Passes a line break, if there is one.
    pub(super) fn new_lines(&mut self) {
        self.take(Kind::NewLine);
    }

    /// Passes a line break if a value goes on after it; one that is missing is missed at the end of its own line.
    pub(super) fn new_lines_before_value(&mut self) {
        let next = self.token(self.at + 1);
        let goes_on = matches!(
            next.kind,
            Kind::Identifier
                | Kind::Integer
                | Kind::String
                | Kind::StringLeft
                | Kind::LeftBrace
                | Kind::LeftSquare
                | Kind::LeftParenthesis
                | Kind::Exclamation
                | Kind::Minus
        );
        let rest = self.text.get(next.start as usize..).unwrap_or("");
        if goes_on && !(next.kind == Kind::Identifier && starts_declaration(rest)) {
            self.new_lines();
        }
    }

    /// Takes a token of that kind; `what` says in words what it is for.
    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Parse<Token> {
        self.take(kind).ok_or_else(|| self.expected(what))
    }

    /// The text of a token.
    pub(super) fn text_of(&self, token: Token) -> &'t str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    /// Whether the next token is that word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.peek() == Kind::Identifier && self.text_of(self.token(self.at)) == word
    }

    /// Takes the next token if it is that word.
    pub(super) fn take_word(&mut self, word: &str) -> Option<Token> {
        self.is_word(word).then(|| self.advance())
    }

    /// Takes a name; `what` says in words what it names.
    pub(super) fn identifier(&mut self, what: &str) -> Parse<Identifier> {
        let token = self.expect(Kind::Identifier, what)?;
        Ok(Identifier { name: self.text_of(token).into(), span: self.span(token) })
    }

    pub(super) fn span(&self, token: Token) -> Span {
        Span { source: self.source, start: token.start, end: token.end }
    }

    /// From a byte to the end of the token taken last.
    pub(super) fn span_from(&self, start: u32) -> Span {
        let end = self.token(self.at.saturating_sub(1)).end;
        Span { source: self.source, start, end: end.max(start) }
    }

    /// The byte at which the next token starts.
    pub(super) fn start(&self) -> u32 {
        self.token(self.at).start
    }

    /// The error that something else stands here than `what`.
    pub(super) fn expected(&self, what: &str) -> SyntaxError {
        let token = self.token(self.at);
        let message: EcoString = match token.kind.fault() {
            Some(fault) => fault.into(),
            None => match token.kind {
                Kind::Identifier => eco_format!("expected {what}, but found \"{}\"", self.text_of(token)),
                kind => eco_format!("expected {what}, but found {}", kind.describe()),
            },
        };
        let mut span = self.span(token);
        // What is wrong with a line that ends too soon is at its end, not where the next one starts.
        if token.kind == Kind::NewLine {
            span.end = span.start;
        }
        SyntaxError { span, message }
    }

    /// Goes one node deeper; `leave` comes back.
    pub(super) fn enter(&mut self) -> Parse<()> {
        self.depth += 1;
        self.within_depth(0)
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Refuses nodes that would lie too deep with `further` more around them.
    pub(super) fn within_depth(&self, further: usize) -> Parse<()> {
        if self.depth + further <= MAX_DEPTH {
            return Ok(());
        }
        let span = self.span(self.token(self.at));
        let message = eco_format!("this is nested more than {MAX_DEPTH} levels deep; split it into variables");
        Err(SyntaxError { span, message })
    }

    /// Goes on at that token after an error, outside of everything.
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
        self.depth = 0;
    }

    /// The directives of the whole text.
    pub(super) fn directives(&self) -> Vec<Directive> {
        let read = |(start, end): &(u32, u32)| {
            let line = self.text.get(*start as usize..*end as usize)?;
            let line = line.split_once("//").map_or(line, |(before, _)| before).trim_end();
            let mut words = Vec::new();
            let mut at = 1;
            for word in line.get(1..)?.split([' ', '\t']) {
                let from = *start as usize + at;
                if !word.is_empty() {
                    let span = Span::new(self.source, from, from + word.len());
                    words.push(Identifier { name: word.into(), span });
                }
                at += word.len() + 1;
            }
            let span = Span::new(self.source, *start as usize, *start as usize + line.len());
            let mut words = words.into_iter();
            Some(Directive { name: words.next()?.name, codes: words.collect(), span })
        };
        self.directives.iter().filter_map(read).collect()
    }
}
