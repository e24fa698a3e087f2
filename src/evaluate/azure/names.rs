//! What the names in expressions mean: each dialect answers for its own; loops and lambdas add theirs.

use ecow::EcoString;

use super::functions::Deployment;
use super::{Failure, Outcome};
use crate::parse::bicep::ast::{Expression, Identifier};
use crate::source::{SourceMap, Span};
use crate::value::Value;

/// What surrounds an expression: a template, a file, or nothing.
pub trait Names {
    /// The value of a bare name; none where nothing has that name.
    fn name(&self, name: &str, span: Span) -> Option<Outcome>;

    /// The value of a call that is not one of a function of values: of the dialect's or the file's own functions.
    /// None where it has no such function.
    fn call(&self, call: &Invocation<'_>) -> Option<Outcome>;

    /// Whether a name stands for a file whose declarations are imported, so that what follows is looked up there.
    fn is_space(&self, _name: &str) -> bool {
        false
    }

    /// A function of a value, such as a resource; none where it has none of its own.
    fn method(&self, _value: &Value, _call: &Invocation<'_>) -> Option<Outcome> {
        None
    }

    /// `value::name`: a resource declared inside another.
    fn nested(&self, _value: &Value, _name: &Identifier) -> Option<Outcome> {
        None
    }

    /// Where the template is deployed to.
    fn deployment(&self) -> &Deployment;

    /// The text at a span.
    fn text(&self, span: Span) -> EcoString;

    /// What to do with an element of an array or object that has no value: note the failure and answer with an
    /// unknown, so that the rest is kept; or pass the failure on.
    fn recover(&self, failure: Failure) -> Outcome {
        Err(failure)
    }

    /// Counts values that are made; refuses those above a limit.
    fn spend(&self, _values: usize, _span: Span) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether a condition whose value is not known is taken to hold: what it guards is being evaluated.
    fn assumes(&self, _condition: &str) -> bool {
        false
    }
}

/// A call with its evaluated arguments.
#[derive(Clone, Copy)]
pub struct Invocation<'e> {
    /// What stands before the dot: a namespace or an import.
    pub namespace: Option<&'e str>,
    /// The name as written.
    pub name: &'e str,
    /// The arguments.
    pub arguments: &'e [Value],
    /// The arguments as written.
    pub written: &'e [Expression],
    /// Where the call is.
    pub span: Span,
}

impl Invocation<'_> {
    /// Whether the function has that name, whatever its upper and lower case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A variable of a loop, a lambda or a function, and those around it.
pub struct Frame<'f> {
    /// Its name.
    pub name: &'f str,
    /// Its value.
    pub value: Value,
    /// What is around.
    pub outer: Option<&'f Frame<'f>>,
}

impl Frame<'_> {
    /// The value of the innermost variable of that name.
    pub fn find(&self, name: &str) -> Option<&Value> {
        let mut frame = Some(self);
        while let Some(here) = frame {
            if here.name == name {
                return Some(&here.value);
            }
            frame = here.outer;
        }
        None
    }
}

/// No names at all: an expression by itself.
pub struct Plain<'s> {
    /// Where it would be deployed to.
    pub deployment: Deployment,
    /// The texts.
    pub sources: &'s SourceMap,
}

impl Names for Plain<'_> {
    fn name(&self, _: &str, _: Span) -> Option<Outcome> {
        None
    }

    fn call(&self, _: &Invocation<'_>) -> Option<Outcome> {
        None
    }

    fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    fn text(&self, span: Span) -> EcoString {
        self.sources.text(span).into()
    }
}
