//! Conditions in words, as nested lists.

use phiguard::catalogue::condition::{Condition, Operator, Quantifier, Subject};
use serde_json::Value as Json;

/// A condition as lines of a Markdown list.
pub fn list(condition: &Condition) -> String {
    let mut out = String::new();
    write(condition, "", 0, &mut out);
    out
}

fn write(condition: &Condition, before: &str, depth: usize, out: &mut String) {
    let mut line = |text: String| out.push_str(&format!("{}- {before}{text}\n", "  ".repeat(depth)));
    match condition {
        Condition::All(parts) => {
            line("all of:".to_string());
            parts.iter().for_each(|part| write(part, "", depth + 1, out));
        }
        Condition::Any(parts) => {
            line("any of:".to_string());
            parts.iter().for_each(|part| write(part, "", depth + 1, out));
        }
        Condition::Not(part) => write(part, &format!("{before}not: "), depth, out),
        Condition::Quantified { quantifier, list, condition } => {
            let which = match quantifier {
                Quantifier::Some => "an",
                Quantifier::Every => "every",
            };
            line(format!("for {which} element of `{list}`:"));
            write(condition, "", depth + 1, out);
        }
        Condition::Related { kind, condition: None } => line(format!("a `{kind}` is connected with it")),
        Condition::Related { kind, condition: Some(condition) } => {
            line(format!("a `{kind}` is connected with it, of which:"));
            write(condition, "", depth + 1, out);
        }
        Condition::Anywhere { kind, condition: None } => line(format!("a `{kind}` is declared anywhere")),
        Condition::Anywhere { kind, condition: Some(condition) } => {
            line(format!("a `{kind}` is declared anywhere, of which:"));
            write(condition, "", depth + 1, out);
        }
        Condition::Test { subject, operator, argument } => line(test(subject, *operator, argument)),
    }
}

fn test(subject: &Subject, operator: Operator, argument: &Json) -> String {
    let subject = match subject.name() {
        "" => "the element".to_string(),
        name => format!("`{name}`"),
    };
    match (operator, argument) {
        (Operator::Absent | Operator::Empty, Json::Bool(true)) => format!("{subject} is {}", operator.name()),
        (Operator::Absent | Operator::Empty, Json::Bool(false)) => format!("{subject} is not {}", operator.name()),
        _ => format!("{subject} {} {}", verb(operator), value(argument)),
    }
}

fn verb(operator: Operator) -> String {
    match operator {
        Operator::NotEquals => "does not equal".to_string(),
        Operator::OneOf | Operator::NoneOf | Operator::LessThan | Operator::AtMost => is(operator),
        Operator::GreaterThan | Operator::AtLeast => is(operator),
        Operator::PortsOverlap => "holds one of".to_string(),
        Operator::PortsBeyond => "holds a port that is none of".to_string(),
        _ => operator.name().replace('_', " "),
    }
}

fn is(operator: Operator) -> String {
    format!("is {}", operator.name().replace('_', " "))
}

/// An argument or a parameter's value, in words.
pub fn value(argument: &Json) -> String {
    match argument {
        Json::Object(fields) => match fields.get("parameter").and_then(Json::as_str) {
            Some(name) => format!("the parameter `{name}`"),
            None => format!("`{argument}`"),
        },
        Json::Array(items) => items.iter().map(value).collect::<Vec<_>>().join(", "),
        Json::String(text) if text.is_empty() => "the empty text".to_string(),
        // Two back quotes hold one.
        Json::String(text) if text.contains('`') => format!("`` {text} ``"),
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
