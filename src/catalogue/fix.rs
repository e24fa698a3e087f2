//! Fixes as they are written: what a policy sets to mend what it finds, and how a kind table's row writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The attributes that mend a failure when they are set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// The attributes of the kind and their values: each a literal or `{parameter: NAME}`. Those that are as they should
    /// be, and those that a type does not have, stay as they are.
    pub set: BTreeMap<String, Json>,
    /// Whether it is safe: what is deployed is changed in place, and who uses it rightly goes on as before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub safe: bool,
    /// For one that is not safe: what to look at before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// How a row's value is written, where that does not follow from its path and its conversions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RowFix {
    /// What the provider calls the value that a fix sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Json>,
    /// The numbers that the provider takes, smallest first: the first that suffices is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<i64>,
    /// The largest number that the provider takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
    /// What must stand beside it: provider paths and their values, written where they are absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, Json>,
    /// Whether it is set only in a block that is there: one of its own would need what nobody but its author knows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub within: bool,
    /// The resource that is added where nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub companion: Option<CompanionFix>,
    /// Resources that are added as well, unless there is one of their type: what it makes necessary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<CompanionFix>,
    /// Why it is never set by a fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<String>,
}

/// A resource of its own that a fix adds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompanionFix {
    /// Its provider type.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its attribute that names the owner.
    pub by: String,
    /// The owner's attribute that it is given.
    #[serde(default = "id", skip_serializing_if = "is_id")]
    pub to: String,
    /// The attribute of the kind that says, when it is true, that there is no need of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
    /// What it says: provider paths and their values.
    pub set: BTreeMap<String, Json>,
}

fn id() -> String {
    "id".into()
}

fn is_id(name: &String) -> bool {
    name == "id"
}

fn is_false(value: &bool) -> bool {
    !value
}
