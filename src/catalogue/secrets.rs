//! How secrets that are written out are told from other texts, as policies/secrets.yaml has it.

use serde::{Deserialize, Serialize};

/// Names, formats and placeholders of secrets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// Patterns of the names of properties that hold a secret.
    pub properties: Vec<String>,
    /// Patterns of the names of settings and variables that hold one.
    pub settings: Vec<String>,
    /// Patterns of names that only say where a secret is, or what it is like.
    pub not_names: Vec<String>,
    /// Patterns of the names under which what is no secret is kept beside those that are.
    pub harmless: Vec<String>,
    /// Properties that hold one whatever they are called.
    pub values: Vec<SecretValue>,
    /// Patterns of texts that stand for a secret.
    pub placeholders: Vec<String>,
    /// Formats that are a secret wherever they stand.
    pub formats: Vec<SecretFormat>,
    /// The pattern of an assignment in a script: name and value.
    pub assignment: String,
}

impl Secrets {
    /// Adds what other rows say; of patterns that there is one of, theirs holds.
    pub fn extend(&mut self, other: Secrets) {
        self.properties.extend(other.properties);
        self.settings.extend(other.settings);
        self.not_names.extend(other.not_names);
        self.harmless.extend(other.harmless);
        self.values.extend(other.values);
        self.placeholders.extend(other.placeholders);
        self.formats.extend(other.formats);
        if !other.assignment.is_empty() {
            self.assignment = other.assignment;
        }
    }

    /// Every pattern.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.properties, &self.settings, &self.not_names, &self.harmless, &self.placeholders];
        let formats = self.formats.iter().flat_map(|format| std::iter::once(&format.pattern).chain(&format.not));
        lists.into_iter().flatten().chain(formats).chain([&self.assignment]).map(String::as_str)
    }
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
