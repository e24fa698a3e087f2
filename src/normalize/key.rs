//! Whose key it is: the customer's, the provider's, or not to be seen.

use crate::graph::{Graph, NodeId};
use crate::value::{Data, Known, Part, Reference, Value};

use super::Tables;

/// Classifies a value that names a key: `customer`, `provider`, or unknown.
pub(super) fn classify(value: Value, graph: &Graph, tables: &Tables<'_>, holder: NodeId) -> Value {
    let project = graph.resources.get(holder).map_or(0, |resource| resource.project);
    if let Data::String(text) = &value.data {
        let word = of_text(text);
        return Value::string(word).with_origin(value.origin);
    }
    if let Data::Bool(on) = value.data {
        return Value::string(if on { "customer" } else { "provider" }).with_origin(value.origin);
    }
    if !value.is_unknown() {
        return value;
    }
    // What is known of the text may be enough: "arn:aws:kms:...:key/" and a hole.
    if let Data::Unknown(unknown) = &value.data
        && let Known::Template(parts) = &unknown.known
    {
        let known: String =
            parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "" }).collect();
        if known.contains("alias/aws/") {
            return Value::string("provider").with_origin(value.origin);
        }
        if is_key_of_vault(parts, project, graph, tables) {
            return Value::string("customer").with_origin(value.origin);
        }
        if known.contains(":kms:") || known.contains(".vault.azure.net/keys/") || known.starts_with("alias/") {
            return Value::string("customer").with_origin(value.origin);
        }
    }
    let mut word = None;
    value.each_reference(&mut |reference| {
        if word.is_none() {
            word = of_reference(reference, project, graph, tables);
        }
    });
    match word {
        Some(word) => Value::string(word).with_origin(value.origin),
        None => value,
    }
}

/// Whether a text is composed as the address of a key: that of a vault of the scan, and what is a key in it.
fn is_key_of_vault(parts: &[Part], project: usize, graph: &Graph, tables: &Tables<'_>) -> bool {
    let [Part::Hole(vault), Part::Text(rest), ..] = parts else { return false };
    let mut holders = graph.targets(project, vault).into_iter().filter_map(|id| graph.resources.get(id));
    rest.trim_start_matches('/').starts_with("keys/") && holders.any(|holder| tables.is_kind(&holder.type_, "vault"))
}

/// Classifies the text of a key's name, alias, identifier or address.
fn of_text(text: &str) -> &'static str {
    let lower = text.to_ascii_lowercase();
    let provider = lower.contains("alias/aws/")
        || lower.starts_with("aws/")
        || matches!(
            lower.as_str(),
            "" | "aes256"
                | "aws_owned_kms_key"
                | "aws_owned_key"
                | "aws-managed"
                | "none"
                | "disabled"
                | "microsoft.storage"
                | "microsoft.keyvault.managed"
                | "service-managed"
                | "servicemanaged"
                | "platformmanaged"
                | "encryptionatrestwithplatformkey"
                | "microsoftmanaged"
                | "systemmanaged"
                | "aws_owned_cmk"
                | "aws-owned"
                | "default"
                | "sse_s3"
                | "sse-s3"
        );
    if provider { "provider" } else { "customer" }
}

/// Classifies a reference by what it leads to.
fn of_reference(reference: &Reference, project: usize, graph: &Graph, tables: &Tables<'_>) -> Option<&'static str> {
    let resource = graph.resources.get(graph.find(project, &reference.address)?)?;
    if !resource.existing {
        let is_key = tables.is_kind(&resource.type_, "key")
            || matches!(
                resource.type_.as_str(),
                "aws_kms_alias"
                    | "awscc_kms_alias"
                    | "AWS::KMS::Alias"
                    | "AWS::KMS::ReplicaKey"
                    | "azurerm_key_vault_managed_hardware_security_module_key"
                    | "azurerm_disk_encryption_set"
                    | "azurerm_key_vault_certificate"
            )
            || is_azure_key(&resource.type_);
        return is_key.then_some("customer");
    }
    // A data source passes when the name that it looks up shows that the customer owns the key.
    let text = |name: &str| resource.body.get(name).and_then(|entry| entry.value.as_str());
    match resource.type_.as_str() {
        "aws_kms_alias" | "aws_kms_key" => {
            let name = text("name").or_else(|| text("key_id"))?;
            Some(of_text(name))
        }
        "azurerm_key_vault_key"
        | "azurerm_disk_encryption_set"
        | "azurerm_key_vault_managed_hardware_security_module_key" => Some("customer"),
        type_ => is_azure_key(type_).then_some("customer"),
    }
}

/// Whether a type of Azure is a customer's key, or holds one for disks.
fn is_azure_key(type_: &str) -> bool {
    ["Microsoft.KeyVault/vaults/keys", "Microsoft.KeyVault/managedHSMs/keys", "Microsoft.Compute/diskEncryptionSets"]
        .iter()
        .any(|key| type_.eq_ignore_ascii_case(key))
}
