//! What a value refers to: a resource of the scan, or one that a known id names. Azure's ids spell their types.

use ecow::{EcoString, eco_format};
use serde_json::Value as Json;

use crate::value::{Data, Known, Part, Truth, Value};

/// Whether a value refers to a resource of one of these types. That is not known where it is not known itself and
/// refers to nothing, or to something of which neither the graph (`type_at`) nor the address says the type.
pub(super) fn refers_to(value: &Value, argument: &Json, type_at: &dyn Fn(&EcoString) -> Option<EcoString>) -> Truth {
    if let Data::Choice(arms) = &value.data {
        let mut truths = arms.iter().map(|arm| refers_to(&arm.value, argument, type_at));
        let first = truths.next().unwrap_or(Truth::Unknown);
        return if truths.all(|truth| truth == first) { first } else { Truth::Unknown };
    }
    let wanted = |type_: &str| -> Truth {
        let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Json::as_str).any(|wanted| wanted.eq_ignore_ascii_case(type_)).into()
    };
    let text = text_of(value);
    if let Some(types) = text.as_deref().and_then(types_of_id) {
        return types.iter().fold(Truth::False, |truth, type_| truth.or(wanted(type_)));
    }
    let below = text.as_deref().and_then(below_reference);
    let mut truth: Option<Truth> = None;
    value.each_reference(&mut |reference| {
        let type_ = type_at(&reference.address).or_else(|| type_of(&reference.address).map(EcoString::from));
        let type_ = type_.map(|type_| below.as_ref().map_or(type_.clone(), |words| eco_format!("{type_}/{words}")));
        let one = type_.map_or(Truth::Unknown, |type_| wanted(&type_));
        truth = Some(truth.map_or(one, |before| before.or(one)));
    });
    truth.unwrap_or(if value.is_unknown() { Truth::Unknown } else { Truth::False })
}

/// What stands in a text for a part that is not known: nothing that an id has.
const HOLE: &str = "*";

/// A text, with a mark for each part that is not known.
fn text_of(value: &Value) -> Option<String> {
    match &value.data {
        Data::String(text) => Some(text.to_string()),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => {
                Some(parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { HOLE }).collect())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The types of the resource whose id a text is, in Azure's words and in those of Terraform's provider where it is no
/// resource but a scope.
fn types_of_id(text: &str) -> Option<Vec<String>> {
    const PROVIDERS: &str = "/providers/";
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.rfind(PROVIDERS) {
        let mut words = text.get(at + PROVIDERS.len()..)?.trim_end_matches('/').split('/');
        let namespace = words.next().filter(|word| *word != HOLE)?;
        let kinds: Vec<&str> = words.step_by(2).collect();
        if kinds.is_empty() || kinds.contains(&HOLE) {
            return None;
        }
        let type_ = format!("{namespace}/{}", kinds.join("/"));
        let is_management_group = type_.eq_ignore_ascii_case("Microsoft.Management/managementGroups");
        let twin = is_management_group.then(|| "azurerm_management_group".to_string());
        return Some([type_].into_iter().chain(twin).collect());
    }
    let words: Vec<&str> = lower.trim_matches('/').split('/').collect();
    let types = match words.as_slice() {
        [.., "resourcegroups", _] => ["Microsoft.Resources/resourceGroups", "azurerm_resource_group"],
        ["subscriptions", _] => ["Microsoft.Resources/subscriptions", "azurerm_subscription"],
        _ => return None,
    };
    Some(types.map(str::to_string).to_vec())
}

/// What a text goes on to below the reference that it starts with: `blobServices` of that with `/blobServices/default`.
fn below_reference(text: &str) -> Option<EcoString> {
    let words: Vec<&str> = text.strip_prefix(HOLE)?.strip_prefix('/')?.split('/').step_by(2).collect();
    (!words.is_empty()).then(|| words.join("/").into())
}

/// The provider type in a resource's address: `azurerm_subnet` in `module.net.azurerm_subnet.data`, and
/// `Microsoft.Network/virtualNetworks/subnets` in that followed by two names.
fn type_of(address: &str) -> Option<&str> {
    if address.contains('/') {
        let names = address.matches('/').count() / 2;
        return address.match_indices('/').nth(names).and_then(|(at, _)| address.get(..at));
    }
    let mut segments = address.split('.');
    loop {
        match segments.next()? {
            "module" => segments.next()?,
            "data" => continue,
            type_ => return segments.next().filter(|_| type_.contains('_')).map(|_| type_),
        };
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::refers_to;
    use crate::value::{Known, Part, Reference, Truth, Value};

    fn reference(address: &str) -> Value {
        let mut value = Value::unknown("known after deployment");
        value.origin.push_reference(Reference { address: address.into(), attribute: "id".into() });
        value
    }

    #[test]
    fn a_reference_says_the_type_where_its_address_or_the_graph_does() {
        for (address, expected) in [
            ("azurerm_resource_group.clinic", Truth::True),
            ("module.net.data.azurerm_resource_group.clinic[0]", Truth::True),
            ("azurerm_storage_account.scans", Truth::False),
            ("Microsoft.Network/virtualNetworks/clinic", Truth::True),
            ("microsoft.network/virtualnetworks/clinic", Truth::True),
            ("Microsoft.Network/virtualNetworks/subnets/clinic/data", Truth::False),
            ("var.scope", Truth::Unknown),
            ("module.net.scope", Truth::Unknown),
            ("clinic", Truth::True),
            ("claims", Truth::Unknown),
        ] {
            let types = json!(["azurerm_resource_group", "Microsoft.Network/virtualNetworks"]);
            let found = refers_to(&reference(address), &types, &|address| {
                (address == "clinic").then(|| "Microsoft.Network/virtualNetworks".into())
            });
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn an_id_that_is_known_says_the_type() {
        let below = |hole: Value, text: &str| {
            let parts = vec![Part::Hole(hole), Part::Text(text.into())];
            Value::partly_known("known after deployment", Known::Template(parts.into()))
        };
        let group = "/subscriptions/1/resourceGroups/clinic";
        let account = reference("azurerm_storage_account.scans");
        for (value, wanted, expected) in [
            (
                Value::string(format!("{group}/providers/Microsoft.KeyVault/vaults/phi")),
                "Microsoft.KeyVault/vaults",
                true,
            ),
            (
                Value::string(format!("{group}/providers/Microsoft.Sql/servers/a/databases/b")),
                "Microsoft.Sql/servers",
                false,
            ),
            (Value::string(group), "azurerm_resource_group", true),
            (Value::string(group), "azurerm_subscription", false),
            (Value::string("/subscriptions/1"), "azurerm_subscription", true),
            (Value::string("claims"), "azurerm_subscription", false),
            (Value::null(), "azurerm_subscription", false),
            (
                below(Value::unknown("var.group"), "/providers/Microsoft.KeyVault/vaults/phi"),
                "microsoft.keyvault/vaults",
                true,
            ),
            (below(account.clone(), "/blobServices/default"), "azurerm_storage_account", false),
            (account, "azurerm_storage_account", true),
        ] {
            assert_eq!(refers_to(&value, &json!([wanted]), &|_| None), expected.into(), "{value:?} {wanted}");
        }
        assert_eq!(refers_to(&Value::unknown("var.scope"), &json!(["a_b"]), &|_| None), Truth::Unknown);
    }
}
