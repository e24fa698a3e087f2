//! Walks over expressions and bodies without evaluating them: every reference that is not to a name bound around
//! it, every call, and what no evaluation can make good.

use ecow::EcoString;

use crate::parse::terraform::ast::{Accessor, AccessorKind, Block, Body, Expression, ExpressionKind, TemplatePart};
use crate::source::Span;

/// What a walk comes across.
pub(super) enum Found<'e> {
    /// A name that nothing binds, and the accessors behind it.
    Reference(&'e Expression, &'e EcoString, &'e [Accessor]),
    /// A call of a function.
    Call(Span),
    /// `a.*.b.*`: an attribute splat in another one.
    NestedSplat(Span),
}

/// A walk: the names bound where it is, and who is told.
pub(super) struct Walk<'e, 'v> {
    bound: Vec<&'e str>,
    visit: &'v mut dyn FnMut(Found<'e>),
}

impl<'e, 'v> Walk<'e, 'v> {
    pub(super) fn new(visit: &'v mut dyn FnMut(Found<'e>)) -> Self {
        Walk { bound: Vec::new(), visit }
    }

    /// Everything in a body, less the arguments and blocks of some names.
    pub(super) fn body(&mut self, body: &'e Body, leave_out: &[&str]) {
        for attribute in &body.attributes {
            if !leave_out.contains(&attribute.name.as_str()) {
                self.expression(&attribute.value);
            }
        }
        for block in &body.blocks {
            if leave_out.contains(&block.name.as_str()) {
                continue;
            }
            match block.name.as_str() {
                "dynamic" => self.dynamic(block),
                _ => self.body(&block.body, &[]),
            }
        }
    }

    fn dynamic(&mut self, block: &'e Block) {
        for attribute in &block.body.attributes {
            if attribute.name == "for_each" {
                self.expression(&attribute.value);
            }
        }
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
            Some(ExpressionKind::Name(iterator)) => iterator.as_str(),
            _ => block.label(0),
        };
        self.bound.push(iterator);
        for attribute in block.body.attributes.iter().filter(|attribute| attribute.name == "labels") {
            self.expression(&attribute.value);
        }
        for content in &block.body.blocks {
            self.body(&content.body, &[]);
        }
        self.bound.pop();
    }

    /// Everything in an expression.
    pub(super) fn expression(&mut self, expression: &'e Expression) {
        match &expression.kind {
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) | ExpressionKind::String(_) => {}
            ExpressionKind::Template(parts) => self.template(parts),
            ExpressionKind::Tuple(items) => items.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Object(fields) => {
                for (key, value) in fields {
                    // A bare name as a key is that name.
                    if !matches!(key.kind, ExpressionKind::Name(_)) {
                        self.expression(key);
                    }
                    self.expression(value);
                }
            }
            ExpressionKind::Name(name) => self.name(expression, name, &[]),
            ExpressionKind::Access(root, accessors) => {
                match &root.kind {
                    ExpressionKind::Name(name) => self.name(root, name, accessors),
                    _ => self.expression(root),
                }
                self.accessors(accessors);
            }
            ExpressionKind::Conditional(parts) => parts.iter().for_each(|part| self.expression(part)),
            ExpressionKind::Call(call) => {
                (self.visit)(Found::Call(expression.span));
                call.arguments.iter().for_each(|argument| self.expression(argument));
            }
            ExpressionKind::Unary(_, operand) => self.expression(operand),
            ExpressionKind::Binary(_, operands) => operands.iter().for_each(|operand| self.expression(operand)),
            ExpressionKind::For(walk) => {
                self.expression(&walk.collection);
                let names = self.bind(walk.key.as_deref(), &walk.value);
                walk.result_key.iter().for_each(|key| self.expression(key));
                self.expression(&walk.result);
                walk.condition.iter().for_each(|condition| self.expression(condition));
                self.bound.truncate(names);
            }
        }
    }

    /// Binds names, and gives the number of those that were bound before.
    fn bind(&mut self, key: Option<&'e str>, value: &'e str) -> usize {
        let before = self.bound.len();
        self.bound.extend(key);
        self.bound.push(value);
        before
    }

    fn name(&mut self, root: &'e Expression, name: &'e EcoString, accessors: &'e [Accessor]) {
        if !self.bound.contains(&name.as_str()) {
            (self.visit)(Found::Reference(root, name, accessors));
        }
    }

    fn accessors(&mut self, accessors: &'e [Accessor]) {
        let mut within_splat = false;
        for accessor in accessors {
            match &accessor.kind {
                AccessorKind::Attribute(_) => {}
                AccessorKind::Index(index) => {
                    within_splat &= accessor.is_legacy_index();
                    self.expression(index);
                }
                AccessorKind::FullSplat => within_splat = false,
                AccessorKind::AttributeSplat if within_splat => (self.visit)(Found::NestedSplat(accessor.span)),
                AccessorKind::AttributeSplat => within_splat = true,
            }
        }
    }

    fn template(&mut self, parts: &'e [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Interpolation(expression) => self.expression(expression),
                TemplatePart::If(directive) => {
                    self.expression(&directive.condition);
                    self.template(&directive.then);
                    self.template(&directive.otherwise);
                }
                TemplatePart::For(directive) => {
                    self.expression(&directive.collection);
                    let names = self.bind(directive.key.as_deref(), &directive.value);
                    self.template(&directive.body);
                    self.bound.truncate(names);
                }
            }
        }
    }
}

/// The first reference or call in an expression that must be a constant.
pub(super) fn first_moving(expression: &Expression) -> Option<(Span, bool)> {
    let mut first = None;
    let mut visit = |found: Found<'_>| {
        let here = match found {
            Found::Reference(root, _, _) => (root.span, false),
            Found::Call(span) => (span, true),
            Found::NestedSplat(_) => return,
        };
        first.get_or_insert(here);
    };
    Walk::new(&mut visit).expression(expression);
    first
}
