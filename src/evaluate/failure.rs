//! What is wrong with an expression, and the tally of one evaluation: each error is told once, and the
//! values that are made have a limit.

use std::cell::{Cell, Ref, RefCell};

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashSet;

use super::{Code, Diagnostic};
use crate::source::Span;
use crate::value::Value;

/// A template, file or configuration expands to as many values.
const MAX_EXPANSION: usize = 500_000;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where.
    pub span: Span,
    /// What.
    pub message: EcoString,
    /// What kind of trouble it is.
    pub code: Code,
}

impl Failure {
    /// An expression without a value.
    pub fn at(span: Span, message: impl Into<EcoString>) -> Self {
        Failure { span, message: message.into(), code: Code::EvaluationError }
    }

    /// A limit that is reached.
    pub fn limit(span: Span, message: impl Into<EcoString>) -> Self {
        Failure { code: Code::BudgetExceeded, ..Failure::at(span, message) }
    }

    /// Whether a limit was reached, rather than something written wrongly.
    pub fn is_limit(&self) -> bool {
        self.code == Code::BudgetExceeded
    }

    /// What stands for the value that could not be had.
    pub fn unknown(&self) -> Value {
        let mut value = Value::unknown(eco_format!("its expression has an error: {}", self.message));
        value.origin.span = self.span;
        value
    }
}

/// What an evaluation has found wrong, and how many values it has made.
#[derive(Default)]
pub(super) struct Tally {
    spent: Cell<usize>,
    errors: RefCell<Vec<Diagnostic>>,
    seen: RefCell<FxHashSet<(Span, EcoString)>>,
}

impl Tally {
    /// Records what is wrong, once.
    pub(super) fn fail(&self, failure: Failure) {
        if self.seen.borrow_mut().insert((failure.span, failure.message.clone())) {
            self.errors.borrow_mut().push(Diagnostic::at(failure.code, failure.span, failure.message));
        }
    }

    /// Takes over what another evaluation found wrong.
    pub(super) fn extend(&self, errors: Vec<Diagnostic>) {
        self.errors.borrow_mut().extend(errors);
    }

    /// Counts values that are made, and refuses those above the limit; `what` is what expands to them.
    pub(super) fn spend(&self, values: usize, what: &str, span: Span) -> Result<(), Failure> {
        let spent = self.spent.get().saturating_add(values);
        self.spent.set(spent);
        if spent > MAX_EXPANSION {
            let message = eco_format!("this {what} expands to more than {MAX_EXPANSION} values");
            return Err(Failure::limit(span, message));
        }
        Ok(())
    }

    /// The errors so far.
    pub(super) fn errors(&self) -> Ref<'_, Vec<Diagnostic>> {
        self.errors.borrow()
    }

    /// The errors, at the end.
    pub(super) fn into_errors(self) -> Vec<Diagnostic> {
        self.errors.into_inner()
    }
}
