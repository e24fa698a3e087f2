//! Expressions as users write them, to test the functions with.

use ecow::EcoString;

use super::{Answer, Deployment};
use crate::evaluate::azure::{Evaluator, Invocation, Names, Outcome};
use crate::parse::arm::{self, Offsets};
use crate::parse::bicep;
use crate::parse::bicep::ast::Expression;
use crate::source::{SourceMap, Span};
use crate::value::{Value, to_json};

/// The value of a Bicep expression; `unknown` is a name for what is not known.
pub(super) fn bicep(text: &str) -> Answer {
    evaluate(&bicep::parse_expression(SourceMap::new().next_id(), text).map_err(|error| error.message)?)
}

/// The value of an ARM expression.
pub(super) fn arm(text: &str) -> Answer {
    let offsets = Offsets::plain(SourceMap::new().next_id(), 0);
    evaluate(&arm::parse_expression(text, &offsets).map_err(|error| error.message)?)
}

/// Checks a table of Bicep expressions and what they are as JSON, or `!` and what their error starts with.
pub(super) fn check(table: &[(&str, &str)]) {
    for (expression, expected) in table {
        let found = match bicep(expression) {
            Ok(value) => to_json(&value).to_string(),
            Err(message) => format!("!{message}"),
        };
        let same = if expected.starts_with('!') { found.starts_with(expected) } else { found == *expected };
        assert!(same, "{expression}\n  is {found}\n not {expected}");
    }
}

struct Unknown(Deployment);

impl Names for Unknown {
    fn name(&self, name: &str, _: Span) -> Option<Outcome> {
        (name == "unknown").then(|| Ok(Value::unknown("test")))
    }

    fn call(&self, _: &Invocation<'_>) -> Option<Outcome> {
        None
    }

    fn deployment(&self) -> &Deployment {
        &self.0
    }

    fn text(&self, _: Span) -> EcoString {
        EcoString::new()
    }
}

fn evaluate(expression: &Expression) -> Answer {
    Evaluator::new(&Unknown(Deployment::default())).evaluate(expression).map_err(|failure| failure.message)
}
