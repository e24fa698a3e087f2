//! Values that the caller gives to the parameters of a template: from the command line, and from parameter files.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::value::{Data, Origin, StepKind, Value, from_json};

/// The values by name in lower case. What a parameter file holds under `parameters` is among them; what is given
/// by itself wins.
pub fn by_name(given: &FxHashMap<EcoString, Value>) -> FxHashMap<EcoString, Value> {
    let mut inputs = FxHashMap::default();
    let is_file = given.contains_key("$schema") || given.contains_key("contentVersion");
    if let (true, Some(file)) = (is_file, given.get("parameters").and_then(Value::as_map)) {
        for (name, entry) in &file.entries {
            let value = entry.value.get("value").map(|inner| inner.value.clone()).unwrap_or_else(|| {
                let reason = eco_format!("parameter {name} is read from a key vault at deployment");
                Value::unknown(reason).with_origin(Origin::at(entry.span))
            });
            let mut value = value;
            value.origin.push_step(crate::value::Step {
                kind: StepKind::VariableFile,
                name: name.clone(),
                span: entry.span,
            });
            inputs.insert(name.to_ascii_lowercase(), value);
        }
    }
    let mut names: Vec<&EcoString> = given.keys().collect();
    names.sort();
    for name in names {
        let is_of_file = is_file && matches!(name.as_str(), "$schema" | "contentVersion" | "parameters");
        if let (false, Some(value)) = (is_of_file, given.get(name)) {
            inputs.insert(name.to_ascii_lowercase(), value.clone());
        }
    }
    inputs
}

/// A value as a parameter of that type has it: the command line gives texts, and what is no text is JSON there.
pub fn typed(value: Value, type_: &str) -> Value {
    let is_text = value.origin.steps().last().is_some_and(|step| step.kind == StepKind::CommandLine);
    let is_string = ["string", "securestring", ""].iter().any(|name| type_.eq_ignore_ascii_case(name));
    match &value.data {
        Data::String(text) if is_text && !is_string => match serde_json::from_str(text) {
            Ok(json) => from_json(&json, value.origin.clone()).with_sensitive(value.sensitive),
            Err(_) => value,
        },
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{by_name, typed};
    use crate::value::{Map, Origin, Step, StepKind, Value, to_json};

    #[test]
    fn parameter_files_give_what_is_under_parameters() {
        let entry = |name: &str, value: Value| {
            let mut map = Map::new();
            map.insert(name, value);
            Value::map(map)
        };
        let mut parameters = Map::new();
        parameters.insert("Size", entry("value", Value::number(1)));
        parameters.insert("secret", entry("reference", Value::null()));
        let given =
            [("$schema", Value::string("x")), ("parameters", Value::map(parameters)), ("other", Value::string("y"))];
        let inputs = by_name(&given.map(|(name, value)| (name.into(), value)).into_iter().collect());
        assert_eq!(inputs.len(), 3);
        assert_eq!(to_json(&inputs["size"]), 1);
        assert_eq!(inputs["size"].origin.steps()[0].kind, StepKind::VariableFile);
        assert!(inputs["secret"].is_unknown());
        assert_eq!(to_json(&inputs["other"]), "y");
    }

    #[test]
    fn texts_of_the_command_line_become_what_the_type_says() {
        let mut origin = Origin::none();
        origin.push_step(Step { kind: StepKind::CommandLine, name: "p".into(), span: crate::source::Span::NONE });
        let given = |text: &str| Value::string(text).with_origin(origin.clone());
        for (text, type_, expected) in [
            ("true", "bool", "true"),
            ("true", "string", "\"true\""),
            ("[1]", "Array", "[1]"),
            ("no json", "object", "\"no json\""),
        ] {
            assert_eq!(to_json(&typed(given(text), type_)).to_string(), expected);
        }
    }
}
