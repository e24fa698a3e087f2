//! How secrets that are written out are told from other texts, as policies/secrets.yaml has it.

use serde::{Deserialize, Serialize};

/// Names, formats and placeholders of secrets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Patterns of the names of properties that hold a secret.
    pub properties: Vec<String>,
    /// Patterns of the names of settings and variables that hold one.
    pub settings: Vec<String>,
    /// Patterns of names that only say where a secret is, or what it is like.
    pub not_names: Vec<String>,
    /// Properties that hold one whatever they are called.
    pub values: Vec<SecretValue>,
    /// Patterns of texts that stand for a secret.
    pub placeholders: Vec<String>,
    /// Formats that are a secret wherever they stand.
    pub formats: Vec<SecretFormat>,
    /// The pattern of an assignment in a script: name and value.
    pub assignment: String,
}

/// A property that holds a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretValue {
    /// The provider type.
    #[serde(rename = "type")]
    pub type_: String,
    /// The provider's path.
    pub path: String,
    /// A switch of the resource without which it is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<String>,
    /// What the switch must say; anything but false unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Where the resource refers to a secret kept elsewhere, which then takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
}

/// A format of secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFormat {
    /// What it is.
    pub name: String,
    /// How it is told.
    pub pattern: String,
    /// What only looks like one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<String>,
}
