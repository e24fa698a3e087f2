//! Expressions with operators: conditionals, binary and unary ones, and accesses.

use super::ast::{Accessor, AccessorKind, BinaryOperator, Call, Expression, ExpressionKind, Identifier, UnaryOperator};
use super::parser::{Parse, Parser};
use super::token::Kind;
use crate::source::Span;
use crate::value::Number;

/// The operator of a token and how strongly it binds.
fn operator(kind: Kind) -> Option<(BinaryOperator, u8)> {
    Some(match kind {
        Kind::Star => (BinaryOperator::Multiply, 70),
        Kind::Slash => (BinaryOperator::Divide, 70),
        Kind::Percent => (BinaryOperator::Modulo, 70),
        Kind::Plus => (BinaryOperator::Add, 60),
        Kind::Minus => (BinaryOperator::Subtract, 60),
        Kind::Less => (BinaryOperator::Less, 50),
        Kind::LessOrEqual => (BinaryOperator::LessOrEqual, 50),
        Kind::Greater => (BinaryOperator::Greater, 50),
        Kind::GreaterOrEqual => (BinaryOperator::GreaterOrEqual, 50),
        Kind::Equal => (BinaryOperator::Equal, 40),
        Kind::NotEqual => (BinaryOperator::NotEqual, 40),
        Kind::EqualIgnoringCase => (BinaryOperator::EqualIgnoringCase, 40),
        Kind::NotEqualIgnoringCase => (BinaryOperator::NotEqualIgnoringCase, 40),
        Kind::And => (BinaryOperator::And, 30),
        Kind::Or => (BinaryOperator::Or, 20),
        Kind::Coalesce => (BinaryOperator::Coalesce, 10),
        _ => return None,
    })
}

impl Parser<'_> {
    /// An expression of any form.
    pub(super) fn expression(&mut self) -> Parse<Expression> {
        self.enter()?;
        let condition = self.binary(0)?;
        let expression = if self.peek_past_line() == Kind::Question {
            self.new_lines();
            self.advance();
            self.new_lines();
            let then = self.expression()?;
            self.new_lines();
            self.expect(Kind::Colon, "\":\" and the value for when the condition does not hold")?;
            self.new_lines();
            let otherwise = self.expression()?;
            let span = condition.span.to(otherwise.span);
            let kind = ExpressionKind::Conditional(Box::new([condition, then, otherwise]));
            Expression { kind, span }
        } else {
            condition
        };
        self.leave();
        Ok(expression)
    }

    /// Operators that bind more strongly than `above`, and what they join.
    fn binary(&mut self, above: u8) -> Parse<Expression> {
        let mut left = self.unary()?;
        let mut chained = 0;
        loop {
            let kind = self.peek_past_line();
            let Some((operator, strength)) = operator(kind) else { return Ok(left) };
            // A minus that starts a line is the sign of the next element of an array.
            if strength <= above || (kind == Kind::Minus && self.peek() == Kind::NewLine) {
                return Ok(left);
            }
            // Each operator of a chain wraps what came before it: one node deeper.
            chained += 1;
            self.within_depth(chained)?;
            self.new_lines();
            self.advance();
            self.new_lines();
            let right = self.binary(strength)?;
            let span = left.span.to(right.span);
            left = Expression { kind: ExpressionKind::Binary(operator, Box::new([left, right])), span };
        }
    }

    fn unary(&mut self) -> Parse<Expression> {
        let operator = match self.peek() {
            Kind::Exclamation => UnaryOperator::Not,
            Kind::Minus => UnaryOperator::Negate,
            _ => return self.access(),
        };
        let start = self.advance().start;
        if operator == UnaryOperator::Negate
            && self.peek() == Kind::Integer
            && self.text_of(self.token(self.at)) == MOST_NEGATIVE
        {
            self.advance();
            let kind = ExpressionKind::Number(Number::Int(i64::MIN));
            return Ok(Expression { kind, span: self.span_from(start) });
        }
        self.enter()?;
        let operand = self.unary()?;
        self.leave();
        Ok(Expression { kind: ExpressionKind::Unary(operator, Box::new(operand)), span: self.span_from(start) })
    }

    /// A primary expression and the steps after it.
    fn access(&mut self) -> Parse<Expression> {
        let root = self.primary()?;
        let mut steps = Vec::new();
        loop {
            let start = self.start();
            let kind = match self.peek() {
                Kind::Dot => self.property_step()?,
                Kind::LeftSquare => self.index_step()?,
                Kind::DoubleColon => {
                    self.advance();
                    AccessorKind::Nested(self.identifier("the name of a nested resource")?)
                }
                Kind::Exclamation => {
                    self.advance();
                    AccessorKind::NonNull
                }
                _ => break,
            };
            steps.push(Accessor { kind, span: self.span_from(start) });
        }
        if steps.is_empty() {
            return Ok(root);
        }
        let span = steps.last().map_or(root.span, |step: &Accessor| root.span.to(step.span));
        Ok(Expression { kind: ExpressionKind::Access(Box::new(root), steps), span })
    }

    fn property_step(&mut self) -> Parse<AccessorKind> {
        self.advance();
        let safe = self.take(Kind::Question).is_some();
        let name = self.identifier("the name of a property or function after \".\"")?;
        if self.peek() == Kind::LeftParenthesis && !safe {
            let arguments = self.arguments()?;
            return Ok(AccessorKind::Method(Box::new(Call { name, arguments })));
        }
        Ok(AccessorKind::Property { name, safe })
    }

    fn index_step(&mut self) -> Parse<AccessorKind> {
        self.advance();
        let safe = self.take(Kind::Question).is_some();
        let from_end = self.take(Kind::Caret).is_some();
        if self.peek() == Kind::RightSquare {
            return Err(self.expected("an index"));
        }
        let index = Box::new(self.expression()?);
        self.expect(Kind::RightSquare, "\"]\" after an index")?;
        Ok(AccessorKind::Index { index, safe, from_end })
    }

    /// `(a, b)`: the arguments of a call.
    pub(super) fn arguments(&mut self) -> Parse<Vec<Expression>> {
        self.expect(Kind::LeftParenthesis, "\"(\"")?;
        let mut arguments = Vec::new();
        self.new_lines();
        while self.peek() != Kind::RightParenthesis {
            arguments.push(self.expression()?);
            self.new_lines();
            if self.take(Kind::Comma).is_none() {
                break;
            }
            self.new_lines();
        }
        self.expect(Kind::RightParenthesis, "\",\" or \")\" after an argument")?;
        Ok(arguments)
    }

    /// A name that stands alone.
    pub(super) fn name_expression(&mut self) -> Expression {
        let token = self.advance();
        Expression { kind: ExpressionKind::Name(self.text_of(token).into()), span: self.span(token) }
    }
}

/// The digits of the smallest number, which has no positive counterpart.
const MOST_NEGATIVE: &str = "9223372036854775808";

/// A call of a function by its name.
pub(super) fn call(name: Identifier, arguments: Vec<Expression>, span: Span) -> Expression {
    Expression { kind: ExpressionKind::Call(Box::new(Call { name, arguments })), span }
}
