//! Properties that hold a secret whatever they are called: where they stand in a resource, and when they do. How their
//! texts are read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::catalogue::secrets::SecretValue;
use crate::normalize::Names;
use crate::value::{Data, Map, StepKind, Value};

/// Whether a resource takes the value of such a property for a secret.
pub(super) fn is_in_use(special: &SecretValue, body: &Map, names: Names) -> bool {
    let any = |path: &str, test: &dyn Fn(&Value) -> bool| {
        let mut any = false;
        each_at(body, path, names, &mut |value| any |= test(value));
        any
    };
    let is_on = |value: &Value| match (&special.on, value.as_str()) {
        (Some(on), Some(text)) => text.eq_ignore_ascii_case(on),
        _ => !value.is_null() && value.as_bool() != Some(false),
    };
    special.switch.as_deref().is_none_or(|path| any(path, &is_on))
        && !special.unless.as_deref().is_some_and(|path| any(path, &|value| !value.is_null()))
}

/// Calls `each` with what a path with `[]` leads to.
pub(super) fn each_at(body: &Map, path: &str, names: Names, each: &mut dyn FnMut(&Value)) {
    let (segment, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(entry) = names.find(body, segment.trim_end_matches("[]")) else { return };
    enter(&entry.value, rest, names, each);
}

fn enter(value: &Value, rest: &str, names: Names, each: &mut dyn FnMut(&Value)) {
    match &value.data {
        Data::List(list) => list.items.iter().for_each(|item| enter(item, rest, names, each)),
        Data::Map(map) if !rest.is_empty() => each_at(map, rest, names, each),
        _ if rest.is_empty() => each(value),
        _ => {}
    }
}

/// Whether the keys of a property are names that a writer chose.
pub(super) fn is_free(property: &str) -> bool {
    matches!(
        property,
        "variables"
            | "environment_variables"
            | "environment"
            | "env"
            | "app_settings"
            | "appsettings"
            | "runtime_environment_variables"
            | "default_arguments"
            | "defaultarguments"
            | "connection_properties"
            | "connectionproperties"
            | "parameters"
            | "settings"
            | "secure_environment_variables"
            | "configuration"
    )
}

/// A name in lower case without what only parts its words.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | '.' | ' ' | '/'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The text that another encodes as Base64: how providers take the scripts of machines.
pub(super) fn decoded(text: &str) -> Option<String> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n');
    if text.len() < 24 || !text.bytes().all(is_base64) {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(text.replace('\n', "")).ok()?).ok()?;
    decoded.chars().all(|character| !character.is_control() || character.is_ascii_whitespace()).then_some(decoded)
}

/// A known text, as far as it is written in a file.
pub(super) fn literal(value: &Value) -> Option<&str> {
    value.as_str().filter(|_| is_written(value))
}

/// Whether a value is written in a file of the scan, rather than given by whoever runs phiguard.
pub(super) fn is_written(value: &Value) -> bool {
    let given = |kind: StepKind| matches!(kind, StepKind::CommandLine | StepKind::Environment);
    !value.origin.span.is_none() && !value.origin.steps().iter().any(|step| given(step.kind))
}
