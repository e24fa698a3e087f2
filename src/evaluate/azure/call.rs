//! Calls: of the dialect's and the file's own functions, of functions over values, of those that take lambdas, and
//! of those that evaluate no more of their arguments than they need.

use std::cell::RefCell;

use ecow::{EcoString, eco_format};

use super::expression::Evaluator;
use super::functions::{self, Callback};
use super::{Failure, Invocation, Outcome, choice, runtime};
use crate::parse::bicep::ast::{AccessorKind, Call, Expression, ExpressionKind, Lambda};
use crate::source::Span;
use crate::value::{Data, Value};

impl Evaluator<'_> {
    /// A call that evaluates its arguments one by one, until one decides. What comes after a decision that is
    /// not known need not have a value.
    pub(super) fn lazily(&self, name: &str, arguments: &[Expression], span: Span) -> Outcome {
        let decides = |value: &Value| match name {
            "and" => value.as_bool() == Some(false),
            "or" => value.as_bool() == Some(true),
            _ => !value.is_null() && !value.is_unknown(),
        };
        let mut values: Vec<Value> = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let open = values.iter().any(Value::is_unknown);
            let evaluator = Evaluator { trying: self.trying || open, ..*self };
            let value = match evaluator.evaluate(argument) {
                Err(_) if open => break,
                outcome => outcome?,
            };
            let decided = decides(&value);
            values.push(value);
            if decided {
                break;
            }
        }
        match values.as_slice() {
            [only] if name == "coalesce" => Ok(only.clone()),
            _ => self.built_in(name, &values, span),
        }
    }

    /// A call of a function of values.
    pub(super) fn built_in(&self, name: &str, arguments: &[Value], span: Span) -> Outcome {
        let Some(function) = functions::find(name) else {
            return Err(Failure::at(span, eco_format!("there is no function {name}")));
        };
        functions::call(function, arguments, span).map_err(|message| Failure::at(span, message))
    }

    /// A call of any function.
    pub(super) fn call(&self, namespace: Option<&str>, call: &Call, span: Span) -> Outcome {
        let name = call.name.name.as_str();
        if namespace.is_none() && !call.arguments.is_empty() {
            if let Some(lazy) = ["and", "or", "coalesce"].into_iter().find(|lazy| name.eq_ignore_ascii_case(lazy)) {
                return self.lazily(lazy, &call.arguments, span);
            }
            if let ("nameof", [argument]) = (name, call.arguments.as_slice()) {
                return Ok(Value::at(Data::String(self.last_name(argument)?), span));
            }
        }
        if call.arguments.iter().any(|argument| matches!(argument.kind, ExpressionKind::Lambda(_))) {
            return self.with_lambdas(call, span);
        }
        let arguments = call.arguments.iter().map(|argument| self.evaluate(argument)).collect::<Result<Vec<_>, _>>()?;
        self.invoke(&Invocation { namespace, name, arguments: &arguments, written: &call.arguments, span })
    }

    /// A call whose arguments are evaluated.
    fn invoke(&self, call: &Invocation<'_>) -> Outcome {
        if let Some(outcome) = self.names.call(call) {
            return outcome;
        }
        let wrong = |message| Failure::at(call.span, message);
        if let Some(space) = call.namespace {
            return Err(wrong(eco_format!("there is no function {space}.{}", call.name)));
        }
        if let Some(function) = functions::find(call.name) {
            return functions::call(function, call.arguments, call.span).map_err(wrong);
        }
        if let Some(function) = functions::find_scope(call.name) {
            return choice::over(call.arguments, &|arguments| {
                functions::call_scope(function, self.names.deployment(), arguments, call.span).map_err(wrong)
            });
        }
        runtime::answer(call).ok_or_else(|| wrong(eco_format!("there is no function {}", call.name)))
    }

    /// The name that `nameof` gives: the last one of an access.
    fn last_name(&self, expression: &Expression) -> Result<EcoString, Failure> {
        match &expression.kind {
            ExpressionKind::Name(name) => Ok(name.clone()),
            ExpressionKind::Access(_, steps) => match steps.last().map(|step| &step.kind) {
                Some(AccessorKind::Property { name, .. } | AccessorKind::Nested(name)) => Ok(name.name.clone()),
                Some(AccessorKind::Index { index, .. }) => match &index.kind {
                    ExpressionKind::String(text) => Ok(text.clone()),
                    _ => Err(Failure::at(expression.span, "nameof takes a name, or an access to a property")),
                },
                _ => Err(Failure::at(expression.span, "nameof takes a name, or an access to a property")),
            },
            _ => Err(Failure::at(expression.span, "nameof takes a name, or an access to a property")),
        }
    }

    /// A call of a function that takes lambdas.
    fn with_lambdas(&self, call: &Call, span: Span) -> Outcome {
        let Some(function) = functions::find_lambda(&call.name.name) else {
            return Err(Failure::at(call.name.span, eco_format!("{} takes no lambda", call.name.name)));
        };
        let mut values = Vec::new();
        let mut lambdas: Vec<&Lambda> = Vec::new();
        for argument in &call.arguments {
            match &argument.kind {
                ExpressionKind::Lambda(lambda) => lambdas.push(lambda),
                _ => values.push(self.evaluate(argument)?),
            }
        }
        choice::over(&values, &|values| {
            // What fails inside a lambda is told at its own place.
            let inner: RefCell<Option<Failure>> = RefCell::default();
            let callbacks: Vec<Box<Callback<'_>>> = lambdas
                .iter()
                .map(|lambda| {
                    let run = |given: &[Value]| {
                        self.applied(lambda, given).map_err(|failure| {
                            let message = failure.message.clone();
                            *inner.borrow_mut() = Some(failure);
                            message
                        })
                    };
                    Box::new(run) as Box<Callback<'_>>
                })
                .collect();
            let callbacks: Vec<&Callback<'_>> = callbacks.iter().map(|callback| &**callback).collect();
            functions::call_lambda(function, values, &callbacks, span)
                .map_err(|message| inner.borrow_mut().take().unwrap_or_else(|| Failure::at(span, message)))
        })
    }

    fn applied(&self, lambda: &Lambda, given: &[Value]) -> Outcome {
        self.names.spend(1, lambda.body.span)?;
        let names: Vec<&str> = lambda.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        self.bound(&names, given, &|evaluator| evaluator.evaluate(&lambda.body))
    }
}
