//! Maps that name their own value: `{name: DB_PASSWORD, value: x}`, and what their type says of it.

use crate::value::Map;

/// The names of entries that name the value beside them.
const NAMES: &[&str] =
    &["name", "Name", "key", "Key", "OptionName", "ParameterKey", "option_name", "HeaderName", "headerName"];

/// The types by which a variable of a build says that its value is the name of a secret. Source: CodeBuild's page on
/// environment variables.
const REFERRING: &[&str] = &["PARAMETER_STORE", "SECRETS_MANAGER"];

/// What a map says of its own value.
pub(super) struct Pair<'m> {
    /// The name of the value.
    pub(super) name: Option<&'m str>,
    /// The value is the name of what is kept elsewhere.
    pub(super) refers: bool,
    /// The value is a secret, whatever it is called: `{type: SecureString, value: x}` of Data Factory and Synapse.
    pub(super) is_secure: bool,
}

impl<'m> Pair<'m> {
    pub(super) fn of(map: &'m Map) -> Self {
        let text = |key: &str| map.get(key).and_then(|entry| entry.value.as_str());
        let type_ = text("type").or_else(|| text("Type"));
        Pair {
            name: NAMES.iter().find_map(|key| text(key)),
            refers: type_.is_some_and(|type_| REFERRING.contains(&type_)),
            is_secure: map.entries.len() == 2 && type_.is_some_and(|type_| type_.eq_ignore_ascii_case("SecureString")),
        }
    }
}

/// Whether an entry is the value that those beside it name; `key` is in lower case.
pub(super) fn is_value(key: &str) -> bool {
    matches!(key, "value" | "parametervalue" | "headervalue")
}
