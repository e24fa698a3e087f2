//! `phiguard eval`: what expressions are worth in a project, and where the value came from.

use std::fmt::Write;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{CLEAN, FINDINGS, ProjectArguments, TROUBLE, output};
use crate::evaluate::Dialect;
use crate::run::{Answer, Asked, Calculator, Until};
use crate::source::SourceMap;
use crate::value::{StepKind, Value, to_json, type_of};

/// Arguments of `eval`.
#[derive(Args)]
#[command(
    after_long_help = "Examples:\n  phiguard eval clinic local.name\n  phiguard eval 'cidrsubnet(\"10.0.0.0/16\", 8, 3)'"
)]
pub(super) struct Arguments {
    /// A project's folder, if the first argument is one, then expressions.
    #[arg(value_name = "[PATH] EXPRESSION")]
    arguments: Vec<String>,
    /// The dialect of the expressions.
    #[arg(long, value_enum, default_value = "terraform")]
    dialect: DialectName,
    /// Read {"expr": ...} lines from stdin and answer each with one line.
    #[arg(long)]
    jsonl: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

/// The dialects whose expressions can be evaluated.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum DialectName {
    /// Terraform and OpenTofu: HCL.
    Terraform,
    /// CloudFormation: JSON or YAML with intrinsic functions.
    Cloudformation,
    /// ARM templates: the text between the brackets.
    Arm,
    /// Bicep.
    Bicep,
}

#[derive(Deserialize)]
struct Line {
    expr: Json,
    /// What only the deployment knows.
    #[serde(default)]
    context: serde_json::Map<String, Json>,
}

/// Answers, and gives the exit code: 1 when an expression has no value.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let dialect = match arguments.dialect {
        DialectName::Terraform => Dialect::Terraform,
        DialectName::Cloudformation => Dialect::CloudFormation,
        DialectName::Arm => Dialect::Arm,
        DialectName::Bicep => Dialect::Bicep,
    };
    let (path, expressions) = match arguments.arguments.split_first() {
        Some((first, rest)) if Path::new(first).exists() => (Some(PathBuf::from(first)), rest),
        _ => (None, arguments.arguments.as_slice()),
    };
    if expressions.is_empty() && !arguments.jsonl {
        output::complain("eval needs an expression, or --jsonl to read them from stdin");
        return TROUBLE;
    }
    let has_path = path.is_some();
    let request = arguments.project.request(&path.into_iter().collect::<Vec<_>>(), Until::Parse);
    let calculator = request.and_then(|mut request| {
        if !has_path {
            request.paths.clear();
        }
        Calculator::new(&request, dialect).map_err(|error| error.to_string())
    });
    let mut calculator = match calculator {
        Ok(calculator) => calculator,
        Err(message) => {
            output::complain(&message);
            return TROUBLE;
        }
    };
    for error in calculator.errors() {
        output::complain(&error.message);
    }
    if arguments.jsonl { answer_lines(&mut calculator, dialect) } else { answer(&mut calculator, expressions) }
}

fn answer_lines(calculator: &mut Calculator, dialect: Dialect) -> u8 {
    for line in io::stdin().lock().lines() {
        let line = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => line,
            Err(error) => {
                output::complain(&format!("stdin cannot be read: {error}"));
                return TROUBLE;
            }
        };
        let reply = match serde_json::from_str::<Line>(&line) {
            // An expression of CloudFormation is a JSON value itself; in the other languages it is text.
            Ok(Line { expr, context }) if dialect == Dialect::CloudFormation => {
                reply(&calculator.ask(&expr.to_string(), &context))
            }
            Ok(Line { expr: Json::String(text), context }) => reply(&calculator.ask(&text, &context)),
            Ok(_) => json!({"error": "\"expr\" must be a string that holds an HCL expression"}),
            Err(error) => json!({"error": format!("this line is not {{\"expr\": ...}}: {error}")}),
        };
        if let Err(code) = output::print(&format!("{reply}\n")) {
            return code;
        }
    }
    CLEAN
}

fn reply(asked: &Asked<'_>) -> Json {
    match &asked.answer {
        Answer::Error(message) => json!({"error": message.as_str()}),
        Answer::Value(value) if !value.sensitive && value.is_unknown() => match value.unknown_reason() {
            Some(reason) => json!({"unknown": reason.as_str()}),
            None => json!({"value": to_json(value), "type": type_of(value).as_str()}),
        },
        Answer::Value(value) => json!({"value": to_json(value), "type": type_of(value).as_str()}),
    }
}

fn answer(calculator: &mut Calculator, expressions: &[String]) -> u8 {
    let mut code = CLEAN;
    for expression in expressions {
        let asked = calculator.ask(expression, &serde_json::Map::new());
        let mut out = String::new();
        match &asked.answer {
            Answer::Error(message) => {
                output::complain(&format!("{expression}: {message}"));
                code = FINDINGS;
                continue;
            }
            Answer::Value(value) => {
                let _ = writeln!(out, "{}", shown(value));
                trail(&mut out, asked.sources, value);
            }
        }
        if let Err(code) = output::print(&out) {
            return code;
        }
    }
    code
}

fn shown(value: &Value) -> String {
    match (value.sensitive, value.unknown_reason()) {
        (true, _) => "(a sensitive value)".into(),
        (false, Some(reason)) => format!("unknown: {reason}"),
        (false, None) => serde_json::to_string_pretty(&to_json(value)).unwrap_or_default(),
    }
}

/// Where a value came from, from its use back to where it is written.
fn trail(out: &mut String, sources: &SourceMap, value: &Value) {
    for step in value.origin.steps().iter().rev() {
        let what = match step.kind {
            StepKind::Default => format!("default of variable \"{}\"", step.name),
            StepKind::ParameterDefault => format!("default of parameter {}", step.name),
            StepKind::Mapping => format!("mapping {}", step.name),
            StepKind::VariableFile => format!("variable file entry \"{}\"", step.name),
            StepKind::CommandLine => format!("--var {}", step.name),
            StepKind::Configuration => format!("{} in phiguard.toml", step.name),
            StepKind::Environment => format!("environment variable TF_VAR_{}", step.name),
            StepKind::Argument => format!("argument {}", step.name),
            StepKind::Local => format!("local.{}", step.name),
            StepKind::Variable => format!("variable {}", step.name),
            StepKind::Output => format!("output \"{}\"", step.name),
            StepKind::Data => format!("data {}", step.name),
            StepKind::ParameterFile => format!("{} in a parameter file", step.name),
            StepKind::Export => format!("export {}", step.name),
            StepKind::Unset => format!("variable \"{}\" has no default", step.name),
        };
        match step.span.is_none() {
            true => {
                let _ = writeln!(out, "  from {what}");
            }
            false => {
                let (start, _) = sources.range(step.span);
                let _ = writeln!(out, "  from {what}: {}:{}:{}", sources.name(step.span), start.line, start.column);
            }
        }
    }
}
