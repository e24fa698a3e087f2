//! Runs tables of calls for the tests of this folder.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::evaluate::terraform::module::Module;
use crate::evaluate::terraform::{Input, Templates, evaluate_expression, providers};
use crate::parse::terraform::{parse, parse_expression};
use crate::source::{SourceMap, Span};
use crate::value::{Value, to_json};

/// What the calls refer to as locals and variables; the variable has no value.
const CONTEXT: &str = r#"
variable "open" {}
locals {
  secret = sensitive("s3cr3t")
  either = var.open == 1 ? { a = 1 } : { a = 2 }
}
resource "aws_kms_key" "k" { description = "d" }
"#;

/// The value of an expression in a folder.
pub fn value_in(folder: &Path, expression: &str) -> Result<Value, ecow::EcoString> {
    let mut sources = SourceMap::new();
    let id = sources.add("context.tf".into(), "context.tf".into(), CONTEXT.into());
    let mut module = Module::new(folder.to_path_buf());
    module.add(parse(id, CONTEXT).body);
    let modules = FxHashMap::from_iter([(folder.to_path_buf(), module)]);
    let expression = parse_expression(Span::NONE.source, expression).map_err(|error| error.message)?;
    let roots = [folder.to_path_buf()];
    let input = Input {
        modules: &modules,
        links: &FxHashMap::default(),
        sources: &sources,
        templates: Templates { cloudformation: &Default::default(), arm: &Default::default() },
        roots: &roots,
        root: folder.to_path_buf(),
        inputs: FxHashMap::default(),
        locked: providers::Majors::default(),
        project: 0,
    };
    evaluate_expression(input, &expression)
}

/// The value of an expression.
pub fn value(expression: &str) -> Value {
    value_in(&PathBuf::from("/nowhere"), expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

/// What an expression gives: JSON, `?` for an unknown, or `error: ` with the words of the error.
pub fn answer_in(folder: &Path, expression: &str) -> String {
    match value_in(folder, expression) {
        Ok(value) if value.is_unknown() => "?".into(),
        Ok(value) => to_json(&value).to_string(),
        Err(error) => format!("error: {error}"),
    }
}

/// Checks a table of expressions and what they give; of errors the given words must occur.
pub fn check(table: &[(&str, &str)]) {
    for (expression, expected) in table {
        let answer = answer_in(&PathBuf::from("/nowhere"), expression);
        match expected.strip_prefix("error: ") {
            Some(words) => assert!(answer.starts_with("error: ") && answer.contains(words), "{expression}: {answer}"),
            None => assert_eq!(answer, *expected, "{expression}"),
        }
    }
}
