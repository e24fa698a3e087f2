//! Properties that hold a secret whatever they are called: where they stand in a resource, and when they do.

use std::sync::Arc;

use crate::catalogue::secrets::SecretValue;
use crate::evaluate::Resource;
use crate::normalize::Names;
use crate::value::{Data, Map, Value};

/// Whether a resource takes the value of such a property for a secret.
pub(super) fn is_in_use(special: &SecretValue, body: &Map, names: Names) -> bool {
    let any = |path: &str, test: &dyn Fn(&Value) -> bool| {
        let mut any = false;
        each_at(body, path, names, &mut |value, _| any |= test(value));
        any
    };
    let is_on = |value: &Value| match (&special.on, value.as_str()) {
        (Some(on), Some(text)) => text.eq_ignore_ascii_case(on),
        _ => !value.is_null() && value.as_bool() != Some(false),
    };
    special.switch.as_deref().is_none_or(|path| any(path, &is_on))
        && !special.unless.as_deref().is_some_and(|path| any(path, &|value| !value.is_null()))
}

/// Calls `each` with what a path with `[]` leads to, and the name that is written beside it or, for `*`, which stands for
/// every name of a map, that one.
pub(super) fn each_at(body: &Map, path: &str, names: Names, each: &mut dyn FnMut(&Value, Option<&str>)) {
    let (segment, rest) = path.split_once('.').unwrap_or((path, ""));
    if segment == "*" {
        return body.entries.iter().for_each(|(name, entry)| enter(&entry.value, (rest, Some(name)), names, each));
    }
    let Some(entry) = names.find(body, segment.trim_end_matches("[]")) else { return };
    let beside = ["name", "Name"].iter().find_map(|name| body.get(name)?.value.as_str());
    enter(&entry.value, (rest, beside), names, each);
}

fn enter(value: &Value, (rest, name): (&str, Option<&str>), names: Names, each: &mut dyn FnMut(&Value, Option<&str>)) {
    match &value.data {
        Data::List(list) => list.items.iter().for_each(|item| enter(item, (rest, name), names, each)),
        Data::Map(map) if !rest.is_empty() => each_at(map, rest, names, each),
        Data::Choice(arms) if !rest.is_empty() => {
            arms.iter().for_each(|arm| enter(&arm.value, (rest, name), names, each));
        }
        _ if rest.is_empty() => each(value, name),
        _ => {}
    }
}

/// The body of a resource without the template that it deploys, where the resources of that are searched themselves.
pub(super) fn own_body(resource: &Resource, next: Option<&Resource>) -> Arc<Map> {
    let is_inside = |next: &Resource| {
        let inner = next.address.strip_prefix(resource.address.as_str());
        next.dialect != resource.dialect && inner.is_some_and(|inner| inner.starts_with('/'))
    };
    if !next.is_some_and(is_inside) {
        return Arc::clone(&resource.body);
    }
    let mut body = (*resource.body).clone();
    for template in ["template_body", "template_content"] {
        body.entries.shift_remove(template);
    }
    Arc::new(body)
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
