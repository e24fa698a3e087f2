//! Type expressions: unions, literals, arrays, objects, tuples, parameterised types, and parts of other types.

use super::ast::{
    Expression, ExpressionKind, Identifier, ObjectType, TupleItem, TypeAccessor, TypeExpression, TypeKind,
    TypeProperty, UnaryOperator,
};
use super::parser::{Parse, Parser};
use super::token::Kind;

impl Parser<'_> {
    /// A type of any form.
    pub(super) fn type_expression(&mut self) -> Parse<TypeExpression> {
        self.enter()?;
        let start = self.start();
        let mut members = Vec::new();
        // The first member may have a bar before it too, on its own line or not.
        let mut leading = None;
        if self.peek_past_line() == Kind::Pipe {
            self.new_lines();
            leading = Some(self.advance().start);
            self.new_lines();
        }
        let first = self.type_access()?;
        while self.peek_past_line() == Kind::Pipe {
            self.new_lines();
            self.advance();
            self.new_lines();
            members.push(self.type_access()?);
        }
        self.leave();
        if members.is_empty() && leading.is_none() {
            return Ok(first);
        }
        members.insert(0, first);
        let span = self.span_from(leading.unwrap_or(start));
        Ok(TypeExpression { kind: TypeKind::Union(members), span })
    }

    /// A type and the marks after it.
    fn type_access(&mut self) -> Parse<TypeExpression> {
        let start = self.start();
        let mut type_ = self.type_primary()?;
        let mut chained = 0;
        loop {
            let inner = |type_| Box::new(type_);
            let kind = match self.peek() {
                Kind::Dot => {
                    self.advance();
                    match self.take(Kind::Star) {
                        Some(_) => TypeKind::Access(inner(type_), TypeAccessor::AdditionalProperties),
                        None => self.type_property(type_)?,
                    }
                }
                Kind::LeftSquare => {
                    self.advance();
                    if self.take(Kind::RightSquare).is_some() {
                        TypeKind::Array(inner(type_))
                    } else {
                        let accessor = match self.take(Kind::Star) {
                            Some(_) => TypeAccessor::Elements,
                            None => TypeAccessor::Index(Box::new(self.expression()?)),
                        };
                        self.expect(Kind::RightSquare, "\"]\" after the index of a type")?;
                        TypeKind::Access(inner(type_), accessor)
                    }
                }
                Kind::Question => {
                    self.advance();
                    TypeKind::Nullable(inner(type_))
                }
                Kind::Exclamation => {
                    self.advance();
                    TypeKind::NonNullable(inner(type_))
                }
                _ => return Ok(type_),
            };
            // Each mark wraps what came before it: one node deeper.
            chained += 1;
            self.within_depth(chained)?;
            type_ = TypeExpression { kind, span: self.span_from(start) };
        }
    }

    /// `.name` after a type: a property of it, or a parameterised type of a namespace.
    fn type_property(&mut self, of: TypeExpression) -> Parse<TypeKind> {
        let name = self.identifier("the name of a property of the type")?;
        let is_namespace = matches!(&of.kind, TypeKind::Name(name) if matches!(name.as_str(), "sys" | "az"));
        if is_namespace && self.peek() == Kind::Less {
            return Ok(TypeKind::Parameterized(name, self.type_arguments()?));
        }
        Ok(TypeKind::Access(Box::new(of), TypeAccessor::Property(name)))
    }

    fn type_arguments(&mut self) -> Parse<Vec<TypeExpression>> {
        self.expect(Kind::Less, "\"<\"")?;
        let mut arguments = Vec::new();
        self.new_lines();
        while self.peek() != Kind::Greater {
            arguments.push(self.type_expression()?);
            self.new_lines();
            if self.take(Kind::Comma).is_none() {
                break;
            }
            self.new_lines();
        }
        self.expect(Kind::Greater, "\",\" or \">\" after the argument of a type")?;
        Ok(arguments)
    }

    fn type_primary(&mut self) -> Parse<TypeExpression> {
        let start = self.start();
        let kind = match self.peek() {
            Kind::Identifier => self.type_word()?,
            Kind::Integer | Kind::String | Kind::StringLeft => TypeKind::Literal(Box::new(self.primary()?)),
            Kind::Minus | Kind::Exclamation => TypeKind::Literal(Box::new(self.signed_literal()?)),
            Kind::LeftBrace => TypeKind::Object(self.object_type()?),
            Kind::LeftSquare => TypeKind::Tuple(self.tuple_type()?),
            Kind::LeftParenthesis => {
                self.advance();
                self.new_lines();
                let inner = self.type_expression()?;
                self.new_lines();
                self.expect(Kind::RightParenthesis, "\")\"")?;
                return Ok(TypeExpression { kind: inner.kind, span: self.span_from(start) });
            }
            _ => return Err(self.expected("a type, such as string")),
        };
        Ok(TypeExpression { kind, span: self.span_from(start) })
    }

    fn type_word(&mut self) -> Parse<TypeKind> {
        let text = self.text_of(self.token(self.at));
        if matches!(text, "true" | "false" | "null") {
            return Ok(TypeKind::Literal(Box::new(self.primary()?)));
        }
        let Identifier { name, span } = self.identifier("a type")?;
        Ok(match self.peek() {
            Kind::Less => TypeKind::Parameterized(Identifier { name, span }, self.type_arguments()?),
            Kind::String | Kind::StringLeft if text == "resource" => TypeKind::Resource(Some(Box::new(self.string()?))),
            _ if text == "resource" => TypeKind::Resource(None),
            _ => TypeKind::Name(name),
        })
    }

    /// `-1`, `!true`
    fn signed_literal(&mut self) -> Parse<Expression> {
        let sign = self.advance();
        let operator = if sign.kind == Kind::Minus { UnaryOperator::Negate } else { UnaryOperator::Not };
        self.enter()?;
        let operand = match self.peek() {
            Kind::Minus | Kind::Exclamation => self.signed_literal()?,
            _ => self.primary()?,
        };
        self.leave();
        let kind = ExpressionKind::Unary(operator, Box::new(operand));
        Ok(Expression { kind, span: self.span_from(sign.start) })
    }

    fn object_type(&mut self) -> Parse<ObjectType> {
        self.advance();
        let mut object = ObjectType { properties: Vec::new(), additional: None };
        self.separators();
        while self.take(Kind::RightBrace).is_none() {
            let start = self.start();
            let decorators = self.decorators()?;
            let mut further = false;
            let name = match self.peek() {
                Kind::Star => {
                    further = true;
                    let token = self.advance();
                    Identifier { name: "*".into(), span: self.span(token) }
                }
                Kind::String => {
                    let token = self.advance();
                    super::strings::literal(self, token)?
                }
                _ => self.identifier("the name of a property, \"*\" or \"}\"")?,
            };
            self.expect(Kind::Colon, "\":\" and the type of the property")?;
            let type_ = self.type_expression()?;
            let property = TypeProperty { decorators, name, type_, span: self.span_from(start) };
            match further {
                true => object.additional = Some(Box::new(property)),
                false => object.properties.push(property),
            }
            if self.peek() != Kind::RightBrace && !self.separators() {
                return Err(self.expected("\",\", a new line or \"}\" after the type of a property"));
            }
        }
        Ok(object)
    }

    fn tuple_type(&mut self) -> Parse<Vec<TupleItem>> {
        self.advance();
        let mut items = Vec::new();
        self.separators();
        while self.take(Kind::RightSquare).is_none() {
            let start = self.start();
            let decorators = self.decorators()?;
            let type_ = self.type_expression()?;
            items.push(TupleItem { decorators, type_, span: self.span_from(start) });
            if self.peek() != Kind::RightSquare && !self.separators() {
                return Err(self.expected("\",\", a new line or \"]\" after a type"));
            }
        }
        Ok(items)
    }
}
