//! Resources and modules: their type or path, and bodies with conditions, loops and nested resources.

use super::ast::{Body, Declaration, DeclarationKind, Module, Object, Repetition, Resource};
use super::parser::{Parse, Parser};
use super::token::Kind;
use crate::source::Span;

impl Parser<'_> {
    /// `resource name 'type@version' existing = body`
    pub(super) fn resource(&mut self) -> Parse<(DeclarationKind, Span)> {
        let start = self.advance().start;
        let name = self.identifier("the symbolic name of the resource")?;
        let type_ = self.path("the type of the resource, such as 'Microsoft.Storage/storageAccounts@2023-01-01'")?;
        let header = self.span_from(start);
        let existing = self.take_word("existing").map(|token| self.span(token));
        let mut children = Vec::new();
        let body = self.body(Some(&mut children))?;
        Ok((DeclarationKind::Resource(Box::new(Resource { name, type_, existing, body, children })), header))
    }

    /// `module name 'path' = body`
    pub(super) fn module(&mut self, form: fn(Box<Module>) -> DeclarationKind) -> Parse<(DeclarationKind, Span)> {
        let start = self.advance().start;
        let name = self.identifier("a symbolic name")?;
        let path = self.path("the path of a file, such as './network.bicep'")?;
        let header = self.span_from(start);
        let body = self.body(None)?;
        Ok((form(Box::new(Module { name, path, body })), header))
    }

    /// What stands after the header of a resource or module; `children` takes nested resources.
    fn body(&mut self, children: Option<&mut Vec<Declaration>>) -> Parse<Body> {
        self.expect(Kind::Assign, "\"=\" and a body in braces")?;
        self.new_lines_before_value();
        let start = self.start();
        if self.take(Kind::LeftSquare).is_none() {
            let condition = self.condition()?;
            let object = self.body_object(children)?;
            return Ok(Body { repetition: None, condition, object, span: self.span_from(start) });
        }
        self.new_lines();
        let repetition = self.repetition()?;
        let condition = self.condition()?;
        let object = self.body_object(children)?;
        self.new_lines();
        self.expect(Kind::RightSquare, "\"]\" at the end of the loop")?;
        Ok(Body { repetition: Some(repetition), condition, object, span: self.span_from(start) })
    }

    /// `for item in collection:`, `for (item, index) in collection:`
    pub(super) fn repetition(&mut self) -> Parse<Repetition> {
        self.take_word("for").ok_or_else(|| self.expected("\"for\""))?;
        let (item, index) = if self.take(Kind::LeftParenthesis).is_some() {
            let item = self.identifier("the name of the item")?;
            self.expect(Kind::Comma, "\",\" and the name of the index")?;
            let index = self.identifier("the name of the index")?;
            self.expect(Kind::RightParenthesis, "\")\" after the name of the index")?;
            (item, Some(index))
        } else {
            (self.identifier("the name of the item")?, None)
        };
        self.take_word("in").ok_or_else(|| self.expected("\"in\" and what the loop walks"))?;
        let collection = self.expression()?;
        self.expect(Kind::Colon, "\":\" and what the loop makes of each item")?;
        self.new_lines_before_value();
        Ok(Repetition { item, index, collection })
    }

    /// `if (condition)`, if it is there.
    pub(super) fn condition(&mut self) -> Parse<Option<super::ast::Expression>> {
        if self.take_word("if").is_none() {
            return Ok(None);
        }
        if self.peek() != Kind::LeftParenthesis {
            return Err(self.expected("\"(\" and a condition after \"if\""));
        }
        let condition = self.parenthesized()?;
        self.new_lines();
        Ok(Some(condition))
    }

    fn body_object(&mut self, children: Option<&mut Vec<Declaration>>) -> Parse<Object> {
        match self.peek() {
            Kind::LeftBrace => self.object(children),
            _ => Err(self.expected("\"{\" and the properties")),
        }
    }

    /// A resource inside the body of another.
    pub(super) fn nested_resource(&mut self) -> Parse<Declaration> {
        let start = self.start();
        let decorators = self.decorators()?;
        if !self.is_word("resource") {
            return Err(self.expected("a nested resource after its decorators"));
        }
        self.enter()?;
        let (kind, header) = self.resource()?;
        self.leave();
        Ok(Declaration { kind, decorators, header, span: self.span_from(start) })
    }
}
