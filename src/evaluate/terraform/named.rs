//! Data sources that look something up by its name: what the name says of the id. A policy's ends with it, and the ids of
//! Azure's built-in roles are the same everywhere.

use ecow::{EcoString, eco_format};

use crate::value::{Data, Known, Map, Part, Value};

/// The attributes of a role definition that are its id.
pub(super) const ROLE_IDS: &[&str] = &["id", "role_definition_id", "role_definition_resource_id"];

/// What stands in the id of a role definition before the last part.
const ROLES: &str = "/providers/Microsoft.Authorization/roleDefinitions";

/// Built-in roles of Azure that let their holder do everything or hand out roles, and their ids. Source: Azure's list of
/// built-in roles.
const BUILT_IN: &[(&str, &str)] = &[
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
];

/// The ARN of a policy of IAM.
pub(super) fn policy_arn(body: &Map) -> Option<Value> {
    let written = |name: &str| body.get(name).map(|entry| &entry.value).filter(|value| !value.is_null());
    if let Some(arn) = written("arn") {
        return Some(arn.clone());
    }
    let name = written("name")?;
    let end = Part::Text(eco_format!("/{}", name.as_str()?));
    Some(of_parts(vec![Part::Text("arn:".into()), hole(), end]).with_origin(name.origin.clone()))
}

/// One of the ids of a role of Azure.
pub(super) fn role_id(body: &Map, attribute: &str) -> Option<Value> {
    let written = |name: &str| body.get(name).map(|entry| &entry.value).filter(|value| !value.is_null());
    let (id, named) = match (written("role_definition_id"), written("name")) {
        (Some(id), _) => (Some(id.as_str()?), id),
        (None, Some(name)) => {
            let text = name.as_str()?;
            (BUILT_IN.iter().find(|(role, _)| role.eq_ignore_ascii_case(text)).map(|(_, id)| *id), name)
        }
        (None, None) => return None,
    };
    // Without a scope, the id of a built-in role has nothing before it.
    let is_last = attribute == "role_definition_id";
    let mut parts = written("scope").filter(|_| !is_last).map(parts_of).unwrap_or_default();
    match id {
        Some(id) if is_last => parts.push(Part::Text(id.into())),
        Some(id) => parts.push(Part::Text(eco_format!("{ROLES}/{id}"))),
        // Only the provider knows the id: the name stands for it at the end, behind what is not known.
        None => parts.extend([hole(), Part::Text(eco_format!("{ROLES}/{}", named.as_str()?))]),
    }
    Some(of_parts(parts).with_origin(named.origin.clone()))
}

fn hole() -> Part {
    Part::Hole(Value::unknown("it is read from the provider"))
}

fn parts_of(value: &Value) -> Vec<Part> {
    match &value.data {
        Data::String(text) => vec![Part::Text(text.clone())],
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => parts.to_vec(),
            _ => vec![Part::Text("/".into()), Part::Hole(value.clone())],
        },
        _ => vec![Part::Text("/".into()), Part::Hole(value.clone())],
    }
}

/// A text of parts: known where all of them are.
fn of_parts(parts: Vec<Part>) -> Value {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    match joined.as_slice() {
        [Part::Text(text)] => Value::string(EcoString::from(text.as_str())),
        _ => Value::partly_known("it is read from the provider", Known::Template(joined.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::{policy_arn, role_id};
    use crate::evaluate::terraform::known_text;
    use crate::value::{Map, Value};

    fn body(entries: &[(&str, &str)]) -> Map {
        let mut map = Map::new();
        for (name, text) in entries {
            map.insert(*name, Value::string(*text));
        }
        map
    }

    #[test]
    fn a_name_says_how_an_id_ends() {
        let (start, guid) =
            ("/providers/Microsoft.Authorization/roleDefinitions/", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        let owner = format!("{start}{guid}");
        for (entries, attribute, expected) in [
            (vec![("name", "Owner")], "id", Some(owner.clone())),
            (vec![("name", "owner")], "role_definition_id", Some(guid.to_string())),
            (vec![("name", "Owner"), ("scope", "/subscriptions/0")], "id", Some(format!("/subscriptions/0{owner}"))),
            (vec![("role_definition_id", "1f1b")], "id", Some(format!("{start}1f1b"))),
            (vec![("name", "Reader")], "role_definition_id", Some(format!("\u{fffd}{start}Reader"))),
            (vec![], "id", None),
        ] {
            let id = role_id(&body(&entries), attribute);
            assert_eq!(id.and_then(|id| known_text(&id)).map(String::from), expected, "{entries:?} {attribute}");
        }
        let arn = |entries: &[(&str, &str)]| policy_arn(&body(entries)).and_then(|arn| known_text(&arn));
        assert_eq!(arn(&[("name", "AdministratorAccess")]).as_deref(), Some("arn:\u{fffd}/AdministratorAccess"));
        assert_eq!(arn(&[("arn", "arn:aws:iam::aws:policy/X")]).as_deref(), Some("arn:aws:iam::aws:policy/X"));
        assert_eq!(arn(&[("path_prefix", "/clinic/")]), None);
    }
}
