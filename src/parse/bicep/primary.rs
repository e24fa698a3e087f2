//! Expressions without operators: literals, names, calls, lambdas, arrays, loops and objects.

use super::ast::{Declaration, Expression, ExpressionKind, For, Identifier, Item, Lambda, Member, Object, Property};
use super::expressions::call;
use super::parser::{Parse, Parser};
use super::token::{Kind, Token};
use crate::parse::SyntaxError;
use crate::value::Number;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parse<Expression> {
        match self.peek() {
            Kind::Identifier => self.word(),
            Kind::Integer => {
                let token = self.advance();
                self.integer(token)
            }
            Kind::String | Kind::StringLeft => self.string(),
            Kind::LeftBrace => {
                let object = self.object(None)?;
                let span = object.span;
                Ok(Expression { kind: ExpressionKind::Object(object), span })
            }
            Kind::LeftSquare => self.array(),
            Kind::LeftParenthesis if self.is_lambda() => self.lambda(),
            Kind::LeftParenthesis => self.parenthesized(),
            _ => Err(self.expected("a value")),
        }
    }

    /// `(expression)`; the parentheses become part of the expression's span.
    pub(super) fn parenthesized(&mut self) -> Parse<Expression> {
        let start = self.advance().start;
        self.new_lines_before_value();
        let mut expression = self.expression()?;
        self.new_lines();
        self.expect(Kind::RightParenthesis, "\")\"")?;
        expression.span = self.span_from(start);
        Ok(expression)
    }

    fn word(&mut self) -> Parse<Expression> {
        if self.peek_second() == Kind::Arrow {
            return self.lambda();
        }
        let token = self.token(self.at);
        let text = self.text_of(token);
        if self.peek_second() == Kind::LeftParenthesis {
            let name = self.identifier("a function")?;
            let arguments = self.arguments()?;
            return Ok(call(name, arguments, self.span_from(token.start)));
        }
        let kind = match text {
            "true" => ExpressionKind::Bool(true),
            "false" => ExpressionKind::Bool(false),
            "null" => ExpressionKind::Null,
            _ => return Ok(self.name_expression()),
        };
        self.advance();
        Ok(Expression { kind, span: self.span(token) })
    }

    pub(super) fn integer(&self, token: Token) -> Parse<Expression> {
        let span = self.span(token);
        match self.text_of(token).parse::<i64>() {
            Ok(value) => Ok(Expression { kind: ExpressionKind::Number(Number::Int(value)), span }),
            Err(_) => {
                let message = "this number is too large; numbers have at most 64 bits".into();
                Err(SyntaxError { span, message })
            }
        }
    }

    /// Whether the parenthesis here holds the parameters of a lambda.
    fn is_lambda(&self) -> bool {
        let mut at = self.at + 1;
        while matches!(self.token(at).kind, Kind::Identifier | Kind::Comma | Kind::NewLine) {
            at += 1;
        }
        self.token(at).kind == Kind::RightParenthesis && self.token(at + 1).kind == Kind::Arrow
    }

    fn lambda(&mut self) -> Parse<Expression> {
        let start = self.start();
        let mut parameters = Vec::new();
        if self.take(Kind::LeftParenthesis).is_some() {
            self.new_lines();
            while self.peek() != Kind::RightParenthesis {
                parameters.push(self.identifier("the name of a parameter, or \")\"")?);
                self.new_lines();
                if self.take(Kind::Comma).is_none() {
                    break;
                }
                self.new_lines();
            }
            self.expect(Kind::RightParenthesis, "\",\" or \")\" after a parameter")?;
        } else {
            parameters.push(self.identifier("the name of a parameter")?);
        }
        self.expect(Kind::Arrow, "\"=>\"")?;
        self.new_lines_before_value();
        let body = self.expression()?;
        let kind = ExpressionKind::Lambda(Box::new(Lambda { parameters, body }));
        Ok(Expression { kind, span: self.span_from(start) })
    }

    fn array(&mut self) -> Parse<Expression> {
        let start = self.advance().start;
        self.separators();
        if self.is_word("for") {
            return self.for_expression(start);
        }
        let mut items = Vec::new();
        while self.take(Kind::RightSquare).is_none() {
            items.push(match self.take(Kind::Ellipsis) {
                Some(_) => Item::Spread(self.expression()?),
                None => Item::Value(self.expression()?),
            });
            if self.peek() != Kind::RightSquare && !self.separators() {
                return Err(self.expected("\",\", a new line or \"]\" after an element"));
            }
        }
        Ok(Expression { kind: ExpressionKind::Array(items), span: self.span_from(start) })
    }

    /// The rest of `[for item in collection: body]`.
    fn for_expression(&mut self, start: u32) -> Parse<Expression> {
        let repetition = self.repetition()?;
        let condition = self.condition()?;
        let body = self.expression()?;
        self.new_lines();
        self.expect(Kind::RightSquare, "\"]\" at the end of the loop")?;
        let kind = ExpressionKind::For(Box::new(For { repetition, condition, body }));
        Ok(Expression { kind, span: self.span_from(start) })
    }

    /// What stands between braces; nested resources go to `children` where they may stand.
    pub(super) fn object(&mut self, mut children: Option<&mut Vec<Declaration>>) -> Parse<Object> {
        let start = self.advance().start;
        let mut members = Vec::new();
        self.separators();
        while self.take(Kind::RightBrace).is_none() {
            match &mut children {
                Some(children) if self.peek() == Kind::At || self.is_resource() => {
                    children.push(self.nested_resource()?);
                }
                _ if self.take(Kind::Ellipsis).is_some() => members.push(Member::Spread(self.expression()?)),
                _ => members.push(Member::Property(self.property()?)),
            }
            if self.peek() != Kind::RightBrace && !self.separators() {
                return Err(self.expected("\",\", a new line or \"}\" after a property"));
            }
        }
        Ok(Object { members, span: self.span_from(start) })
    }

    /// Whether a nested resource starts here, and not a property that is called so.
    fn is_resource(&self) -> bool {
        self.is_word("resource") && self.peek_second() == Kind::Identifier
    }

    fn property(&mut self) -> Parse<Property> {
        let key = match self.peek() {
            Kind::Identifier => {
                let Identifier { name, span } = self.identifier("the name of a property")?;
                Expression { kind: ExpressionKind::String(name), span }
            }
            Kind::String | Kind::StringLeft => self.string()?,
            _ => return Err(self.expected("the name of a property, or \"}\"")),
        };
        self.expect(Kind::Colon, "\":\" and the value of the property")?;
        Ok(Property { key, value: self.expression()? })
    }
}
