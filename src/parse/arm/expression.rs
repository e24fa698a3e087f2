//! Reads an ARM expression: calls, accesses, strings and numbers.

use ecow::{EcoString, eco_format};

use super::{MAX_DEPTH, Offsets, lower};
use crate::parse::SyntaxError;
use crate::parse::bicep::ast::{Accessor, AccessorKind, Call, Expression, ExpressionKind, Identifier};
use crate::source::Span;
use crate::value::Number;

/// The text of an expression and the place in it.
pub(super) struct Reader<'t> {
    text: &'t str,
    /// How far the text is into the string that `offsets` is about.
    base: usize,
    offsets: &'t Offsets,
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, SyntaxError>;

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, base: usize, offsets: &'t Offsets) -> Self {
        Reader { text, base, offsets, at: 0, depth: 0 }
    }

    /// An expression and nothing after it.
    pub(super) fn whole(mut self) -> Read<Expression> {
        let expression = self.expression()?;
        match self.peek() {
            None => Ok(expression),
            Some(_) => Err(self.expected("the end of the expression")),
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The next character that is no blank.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed.chars().next()
    }

    fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn span(&self, start: usize) -> Span {
        self.offsets.span(self.base + start, self.base + self.at)
    }

    fn expected(&mut self, what: &str) -> SyntaxError {
        let Some(first) = self.peek() else {
            let message = eco_format!("expected {what}, but found the end of the expression");
            return SyntaxError { span: self.span(self.at), message };
        };
        let start = self.at;
        let found = self.rest();
        let length = match first {
            '\'' => found.get(1..).and_then(|rest| rest.find('\'')).map_or(1, |end| end + 2),
            _ if is_name(first) => found.find(|c| !is_name(c)).unwrap_or(found.len()),
            _ => first.len_utf8(),
        };
        self.at += length;
        let message = eco_format!("expected {what}, but found \"{}\"", found.get(..length).unwrap_or(""));
        SyntaxError { span: self.span(start), message }
    }

    fn expression(&mut self) -> Read<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = eco_format!("this is nested more than {MAX_DEPTH} levels deep; split it into variables");
            return Err(SyntaxError { span: self.span(self.at), message });
        }
        let first = self.peek();
        let start = self.at;
        let mut steps = Vec::new();
        let root = match first {
            Some('\'') => self.string()?,
            Some('-' | '0'..='9') => self.number()?,
            Some(first) if is_name(first) => self.word(&mut steps)?,
            _ => return Err(self.expected("a value")),
        };
        let expression = self.steps(root, steps, start)?;
        self.depth -= 1;
        Ok(expression)
    }

    /// What is read of a value, after the steps that belong to its root.
    fn steps(&mut self, root: Expression, mut steps: Vec<Accessor>, start: usize) -> Read<Expression> {
        let mut end = self.at;
        loop {
            let mark = self.peek();
            let from = self.at;
            let kind = match mark {
                Some('.') => {
                    self.at += 1;
                    self.peek();
                    let name = self.name("the name of a property after \".\"")?;
                    AccessorKind::Property { name, safe: false }
                }
                Some('[') => {
                    self.at += 1;
                    let index = Box::new(self.expression()?);
                    if !self.take(']') {
                        return Err(self.expected("\"]\" after an index"));
                    }
                    AccessorKind::Index { index, safe: false, from_end: false }
                }
                _ => break,
            };
            end = self.at;
            steps.push(Accessor { kind, span: self.span(from) });
        }
        self.at = end;
        if steps.is_empty() {
            return Ok(root);
        }
        Ok(Expression { kind: ExpressionKind::Access(Box::new(root), steps), span: self.span(start) })
    }

    /// A call; one of a function of a namespace is the name of that and a first step.
    fn word(&mut self, steps: &mut Vec<Accessor>) -> Read<Expression> {
        let start = self.at;
        let name = self.name("a function")?;
        if self.peek() != Some('.') {
            let arguments = self.arguments()?;
            return Ok(lower::call(name, arguments, self.span(start)));
        }
        let dot = self.at;
        self.at += 1;
        self.peek();
        let function = self.name("the name of a function after \".\"")?;
        let arguments = self.arguments()?;
        let kind = AccessorKind::Method(Box::new(Call { name: function, arguments }));
        steps.push(Accessor { kind, span: self.span(dot) });
        Ok(Expression { kind: ExpressionKind::Name(name.name), span: name.span })
    }

    fn name(&mut self, what: &str) -> Read<Identifier> {
        let rest = self.rest();
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.expected(what));
        }
        let start = self.at;
        self.at += length;
        Ok(Identifier { name: rest.get(..length).unwrap_or("").into(), span: self.span(start) })
    }

    fn arguments(&mut self) -> Read<Vec<Expression>> {
        if !self.take('(') {
            return Err(self.expected("\"(\" after the name of a function"));
        }
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.take(')') {
                return Ok(arguments);
            }
            if !self.take(',') {
                return Err(self.expected("\",\" or \")\" after an argument"));
            }
        }
    }

    /// A text in single quotes, in which two stand for one.
    fn string(&mut self) -> Read<Expression> {
        let start = self.at;
        self.at += 1;
        let mut text = EcoString::new();
        loop {
            let rest = self.rest();
            let Some(length) = rest.find('\'') else {
                self.at = self.text.len();
                let message = "this string has no end; close it with a single quote".into();
                return Err(SyntaxError { span: self.span(start), message });
            };
            text.push_str(rest.get(..length).unwrap_or(""));
            self.at += length + 1;
            if !self.rest().starts_with('\'') {
                return Ok(Expression { kind: ExpressionKind::String(text), span: self.span(start) });
            }
            text.push('\'');
            self.at += 1;
        }
    }

    fn number(&mut self) -> Read<Expression> {
        let start = self.at;
        let rest = self.rest();
        let digits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let written = rest.get(..rest.find(|c| !digits(c)).unwrap_or(rest.len())).unwrap_or("");
        self.at += written.len();
        match Number::parse(written) {
            Some(number) => Ok(Expression { kind: ExpressionKind::Number(number), span: self.span(start) }),
            None => Err(SyntaxError { span: self.span(start), message: "this is not a number".into() }),
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}
