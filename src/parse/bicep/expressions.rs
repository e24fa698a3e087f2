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
            self.new_lines_before_value();
            let then = self.expression()?;
            if self.peek_past_line() == Kind::Colon {
                self.new_lines();
            }
            self.expect(Kind::Colon, "\":\" and the value for when the condition does not hold")?;
            self.new_lines_before_value();
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
            self.new_lines_before_value();
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

#[cfg(test)]
mod tests {
    use crate::parse::bicep::ast::shown::shown;
    use crate::parse::bicep::{MAX_DEPTH, parse_expression};
    use crate::source::SourceMap;

    #[test]
    fn expressions_have_their_structure_and_their_ranges() {
        let cases = [
            ("1 + 2 * 3", "(Add 1@0..1 (Multiply 2@4..5 3@8..9)@4..9)@0..9"),
            ("1 - 2 - 3", "(Subtract (Subtract 1@0..1 2@4..5)@0..5 3@8..9)@0..9"),
            ("(1 + 2) * 3", "(Multiply (Add 1@1..2 2@5..6)@0..7 3@10..11)@0..11"),
            ("a || b && c == d", "(Or a@0..1 (And b@5..6 (Equal c@10..11 d@15..16)@10..16)@5..16)@0..16"),
            ("a ?? b ?? c", "(Coalesce (Coalesce a@0..1 b@5..6)@0..6 c@10..11)@0..11"),
            ("!a =~ -b", "(EqualIgnoringCase (Not a@1..2)@0..2 (Negate b@7..8)@6..8)@0..8"),
            ("-9223372036854775808", "-9223372036854775808@0..20"),
            ("a ? b : c ? d : e", "(if a@0..1 b@4..5 (if c@8..9 d@12..13 e@16..17)@8..17)@0..17"),
            ("a\n  ? b\n  : c", "(if a@0..1 b@6..7 c@12..13)@0..13"),
            ("a\n  && b ||\n  c", "(Or (And a@0..1 b@7..8)@0..8 c@14..15)@0..15"),
            ("a.b.?c!.d", "(access a@0..1 .b@1..3 .?c@3..6 !@6..7 .d@7..9)@0..9"),
            (
                "a[0][?b][^1][?^2]",
                "(access a@0..1 [0@2..3]@1..4 [?b@6..7]@4..8 [^1@10..11]@8..12 [?^2@15..16]@12..17)@0..17",
            ),
            ("(a.?b).c", "(access (access a@1..2 .?b@2..5)@0..6 .c@6..8)@0..8"),
            ("vnet::subnet.id", "(access vnet@0..4 ::subnet@4..12 .id@12..15)@0..15"),
            ("az.resourceGroup().location", "(access az@0..2 .resourceGroup()@2..18 .location@18..27)@0..27"),
            ("f(1,\n  g())", "(f@0..1 1@2..3 (g@7..8 )@7..10)@0..11"),
            ("map(x, i => i.a)", "(map@0..3 x@4..5 (lambda (i) (access i@12..13 .a@13..15)@12..15)@7..15)@0..16"),
            ("f((a, b) => a)", "(f@0..1 (lambda (a b) a@12..13)@2..13)@0..14"),
            ("f(() => 1)", "(f@0..1 (lambda () 1@8..9)@2..9)@0..10"),
            ("[1, true\n\n null]", "[1@1..2 true@4..8 null@11..15]@0..16"),
            ("[\n  -1\n  -2\n]", "[(Negate 1@5..6)@4..6 (Negate 2@10..11)@9..11]@0..13"),
            ("[...a, 1]", "[...a@4..5 1@7..8]@0..9"),
            ("{ a: 1, 'b c': 2, ...d }", "{\"a\"@2..3: 1@5..6, \"b c\"@8..13: 2@15..16, ...d@21..22}@0..24"),
            ("{\n  if: 1 // one\n  null: 2\n}", "{\"if\"@4..6: 1@8..9, \"null\"@19..23: 2@25..26}@0..28"),
            ("[for x in y: x]", "(for x in y@10..11 x@13..14)@0..15"),
            (
                "[for (x, i) in y: if (i > 0) {\n}]",
                "(for x,i in y@15..16 if (Greater i@22..23 0@26..27)@21..28 {}@29..32)@0..33",
            ),
        ];
        let source = SourceMap::new().next_id();
        for (text, tree) in cases {
            let expression = parse_expression(source, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(shown(&expression), tree, "{text}");
        }
    }

    #[test]
    fn errors_say_what_was_expected_and_where() {
        let cases = [
            ("1 +", 3, 3, "expected a value, but found the end of the file"),
            ("f(a b)", 4, 5, "expected \",\" or \")\" after an argument, but found \"b\""),
            ("a.", 2, 2, "expected the name of a property or function after \".\", but found the end of the file"),
            ("a[]", 2, 3, "expected an index, but found \"]\""),
            ("[1 2]", 3, 4, "expected \",\", a new line or \"]\" after an element, but found a number"),
            (
                "a ? b",
                5,
                5,
                "expected \":\" and the value for when the condition does not hold, but found the end of the file",
            ),
            ("\"a\"", 0, 1, "Bicep writes strings in single quotes; replace the double quotes"),
            ("9223372036854775808", 0, 19, "this number is too large; numbers have at most 64 bits"),
            ("a b", 2, 3, "expected the end of the expression, but found \"b\""),
        ];
        let source = SourceMap::new().next_id();
        for (text, start, end, message) in cases {
            let error = parse_expression(source, text).expect_err(text);
            assert_eq!((error.span.start, error.span.end, error.message.as_str()), (start, end, message), "{text}");
        }
    }

    #[test]
    fn depth_has_a_limit_in_every_direction() {
        let source = SourceMap::new().next_id();
        let many = MAX_DEPTH * 40;
        for text in [
            "(".repeat(many),
            "!".repeat(many),
            "[".repeat(many),
            "f(".repeat(many),
            "{a:".repeat(many),
            "'${".repeat(many),
            "x => ".repeat(many),
            format!("1{}", " + 1".repeat(many)),
            format!("1{}", " ? 1 : 1".repeat(many)),
        ] {
            let error = parse_expression(source, &text).expect_err("too deep");
            assert!(error.message.contains("levels deep"), "{}", error.message);
        }
        assert!(parse_expression(source, &format!("a{}", ".b".repeat(many))).is_ok(), "steps lie side by side");
    }
}
