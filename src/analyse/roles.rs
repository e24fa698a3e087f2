//! Roles of Azure: built-in ones by name or id, custom definitions, and how far they reach.

use super::document_text::in_every_arm;
use super::document_words::Text;
use super::documents::of_truth;
use super::grants::texts_of;
use crate::normalize::{Attribute, Node};
use crate::value::{Data, Known, Part, Truth, Value};

/// Roles whose holder may do everything or give himself any role, by name in lower case and by id. Source: Azure's and
/// Entra's lists of built-in roles.
const ADMINISTRATORS: &[&str] = &[
    "owner",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "user access administrator",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "role based access control administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "global administrator",
    "62e90394-69f5-4237-9190-012177145e10",
    "privileged role administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
];

/// The role that may do everything but hand out roles.
const CONTRIBUTOR: &[&str] = &["contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"];

/// Adds what a node's role says of administrator rights and of wildcards.
pub(super) fn add<'c>(
    node: &Node<'c>,
    admin: &mut Vec<(Truth, Attribute<'c>)>,
    wild: &mut Vec<(Vec<Value>, Attribute<'c>)>,
) {
    let scopes = node.attributes.get("scopes");
    let broad = scopes.map_or(Truth::Unknown, |scopes| is_broad(&scopes.value));
    if let Some(role) = node.attributes.get("role") {
        let reach = if node.attributes.contains_key("directory") { Truth::True } else { broad };
        // A role that its table takes for harmless, such as one that a condition narrows, is null.
        admin.push((is_one_of(&role.value, ADMINISTRATORS).and(reach), role.clone()));
        let contributor = match is_one_of(&role.value, CONTRIBUTOR).and(reach) {
            Truth::True => vec![Value::string("Contributor").with_origin(role.value.origin.clone())],
            Truth::False => Vec::new(),
            Truth::Unknown => vec![of_truth(Truth::Unknown, &role.value)],
        };
        wild.push((contributor, role.clone()));
    }
    for name in ["actions", "data_actions"] {
        let Some(actions) = node.attributes.get(name).filter(|actions| !actions.value.is_null()) else { continue };
        let texts = texts_of(&actions.value);
        let every = texts.iter().fold(Truth::False, |truth, action| truth.or(action.is(|text| text == "*")));
        let is_admin = every.and(broad);
        if name == "actions" {
            admin.push((is_admin, actions.clone()));
        }
        let mut found = Vec::new();
        for action in &texts {
            match action {
                Text::Known(text) if text == "*" && is_admin == Truth::True && name == "actions" => {}
                Text::Known(text) if is_wild_operation(text) => {
                    found.push(Value::string(text.clone()).with_origin(actions.value.origin.clone()));
                }
                Text::Unknown => found.push(of_truth(Truth::Unknown, &actions.value)),
                _ => {}
            }
        }
        wild.push((found, actions.clone()));
    }
}

/// Whether a role, by its name or an id that ends with it, is one of these. The end is enough: what comes before says
/// where it is defined. A role definition of the same scan is none: it is judged by what it allows.
fn is_one_of(role: &Value, roles: &[&str]) -> Truth {
    in_every_arm(role, &|role| match &role.data {
        Data::Null => Truth::False,
        Data::String(text) => {
            let name = text.rsplit('/').next().unwrap_or(text);
            roles.iter().any(|role| name.eq_ignore_ascii_case(role)).into()
        }
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => match parts.last() {
                Some(Part::Text(end)) => match end.rsplit_once('/') {
                    Some((_, name)) => roles.iter().any(|role| name.eq_ignore_ascii_case(role)).into(),
                    None if roles.iter().any(|role| role.ends_with(&*end.to_ascii_lowercase())) => Truth::Unknown,
                    None => Truth::False,
                },
                Some(Part::Hole(hole)) => is_unseen(hole),
                None => Truth::Unknown,
            },
            _ => is_unseen(role),
        },
        _ => Truth::Unknown,
    })
}

/// What can be said of a role of which nothing is known: unknown, unless it is one that the scan makes.
fn is_unseen(role: &Value) -> Truth {
    let is_data = |address: &str| address.starts_with("data.") || address.contains(".data.");
    let mut references = role.origin.references().iter();
    match references.next() {
        Some(first) if !is_data(&first.address) && !references.any(|other| is_data(&other.address)) => Truth::False,
        _ => Truth::Unknown,
    }
}

/// Whether an Azure operation is a wildcard over a provider or a resource type; `*/read` only reads settings.
fn is_wild_operation(operation: &str) -> bool {
    let lower = operation.to_ascii_lowercase();
    lower == "*"
        || (lower.ends_with("/*") && lower.matches('/').count() <= 2)
        || matches!(lower.as_str(), "*/write" | "*/delete" | "*/action")
}

/// Whether one of some scopes is a subscription, a management group, or everything. What is known of the path decides; a
/// scope that is another resource as a whole is that resource.
fn is_broad(scope: &Value) -> Truth {
    match &scope.data {
        Data::Null => Truth::False,
        Data::List(list) => list.items.iter().map(is_broad).fold(Truth::False, Truth::or),
        Data::Choice(_) => in_every_arm(scope, &is_broad),
        Data::String(text) if text.starts_with('/') || text.is_empty() => is_broad_path(text).into(),
        Data::String(_) => names_subscription(scope).into(),
        // `subscription()` and its like are objects with an id.
        Data::Map(map) => map.get("id").map_or(Truth::Unknown, |id| is_broad(&id.value)),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => match parts.split_first() {
                Some((Part::Hole(start), rest)) => is_broad_below(start, rest),
                _ => match Text::of(scope) {
                    Text::Known(text) | Text::Partly(text) => is_broad_path(&text).into(),
                    Text::Unknown => Truth::Unknown,
                },
            },
            _ if names_subscription(scope) => Truth::True,
            _ if !scope.origin.references().is_empty() => Truth::False,
            _ => Truth::Unknown,
        },
        _ => Truth::Unknown,
    }
}

/// Whether a path is broad that starts with what is not known.
fn is_broad_below(start: &Value, rest: &[Part]) -> Truth {
    match rest.first() {
        None => is_broad(start),
        Some(Part::Text(text)) if text.trim_matches('/').is_empty() && rest.len() == 1 => is_broad(start),
        Some(Part::Text(text)) if text.starts_with('/') => Truth::False,
        _ => Truth::Unknown,
    }
}

fn is_broad_path(path: &str) -> bool {
    let lower = path.trim_end_matches('/').to_ascii_lowercase();
    lower.is_empty()
        || lower.starts_with("/providers/microsoft.management/managementgroups/")
        || (lower.starts_with("/subscriptions/") && lower.matches('/').count() == 2)
}

/// Whether a value is the id of a subscription or a management group of the configuration.
fn names_subscription(value: &Value) -> bool {
    let is_broad = |address: &str| {
        ["azurerm_subscription.", "azurerm_management_group."].iter().any(|type_| address.contains(type_))
    };
    value.origin.references().iter().any(|reference| is_broad(&reference.address))
}

#[cfg(test)]
mod tests {
    use super::{ADMINISTRATORS, is_broad, is_one_of};
    use crate::value::{Known, Part, Reference, Truth, Value};

    fn hole(address: &str) -> Value {
        let mut value = Value::unknown("known only after apply");
        if !address.is_empty() {
            value.origin.push_reference(Reference { address: address.into(), attribute: "id".into() });
        }
        value
    }

    fn template(parts: &[Part]) -> Value {
        Value::partly_known("known only after apply", Known::Template(parts.to_vec().into()))
    }

    fn text(text: &str) -> Part {
        Part::Text(text.into())
    }

    #[test]
    fn the_known_end_of_a_role_says_which_it_is() {
        let definitions = || text("/providers/Microsoft.Authorization/roleDefinitions/");
        let ending = |end: &str| text(&format!("/providers/Microsoft.Authorization/roleDefinitions/{end}"));
        let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        for (role, expected) in [
            (Value::string("Owner"), Truth::True),
            (Value::string(owner), Truth::True),
            (Value::string("Clinic Owner"), Truth::False),
            (Value::null(), Truth::False),
            (template(&[Part::Hole(hole("")), ending(owner)]), Truth::True),
            (template(&[Part::Hole(hole("")), ending("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")]), Truth::False),
            (template(&[Part::Hole(hole("")), definitions(), Part::Hole(hole(""))]), Truth::Unknown),
            (template(&[definitions(), Part::Hole(hole("claims"))]), Truth::False),
            (template(&[Part::Hole(hole("")), text(" Owner")]), Truth::False),
            (template(&[Part::Hole(hole("")), text("wner")]), Truth::Unknown),
            (hole("azurerm_role_definition.claims"), Truth::False),
            (hole("data.azurerm_role_definition.claims"), Truth::Unknown),
            (hole("module.roles.data.azurerm_role_definition.claims"), Truth::Unknown),
            (hole(""), Truth::Unknown),
        ] {
            assert_eq!(is_one_of(&role, ADMINISTRATORS), expected, "{role:?}");
        }
    }

    #[test]
    fn the_known_part_of_a_scope_says_how_far_it_reaches() {
        let client = || Part::Hole(hole("data.azurerm_client_config.clinic"));
        let subscription = || Part::Hole(hole("data.azurerm_subscription.clinic"));
        for (scope, expected) in [
            (Value::string("/subscriptions/00000000-1111-2222-3333-444444444444"), Truth::True),
            (Value::string("/"), Truth::True),
            (Value::string("/subscriptions/0/resourceGroups/claims"), Truth::False),
            (Value::string("claims"), Truth::False),
            (hole("data.azurerm_subscription.clinic"), Truth::True),
            (hole("azurerm_storage_account.scans"), Truth::False),
            (hole(""), Truth::Unknown),
            (template(&[text("/subscriptions/"), client()]), Truth::True),
            (template(&[text("/subscriptions/"), client(), text("/resourceGroups/claims")]), Truth::False),
            (template(&[subscription(), text("/")]), Truth::True),
            (template(&[subscription(), text("/resourceGroups/claims")]), Truth::False),
            (template(&[Part::Hole(hole("")), client()]), Truth::Unknown),
        ] {
            assert_eq!(is_broad(&scope), expected, "{scope:?}");
        }
    }
}
