//! A kind file as it is written: the attributes of the kind, and the rows that say where each stands in a provider type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::condition::Condition;
use super::fix::RowFix;
use super::model::OneOrMany;

/// A kind file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KindFile {
    /// The kind's name.
    pub kind: String,
    /// Its name for readers.
    pub title: String,
    /// What it is and why it matters for PHI.
    #[serde(default)]
    pub description: String,
    /// The attributes that policies may test.
    pub attributes: BTreeMap<String, AttributeDoc>,
    /// Where they stand in each provider type.
    pub types: BTreeMap<String, TypeTable>,
}

/// What an attribute of a kind is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttributeDoc {
    /// Its type.
    #[serde(rename = "type")]
    pub type_: AttributeType,
    /// The unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether texts compare with or without case.
    #[serde(default, skip_serializing_if = "Case::is_sensitive")]
    pub case: Case,
    /// What it means.
    #[serde(default)]
    pub description: String,
}

/// How texts of an attribute compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// `A` differs from `a`.
    #[default]
    Sensitive,
    /// They are the same.
    Insensitive,
}

impl Case {
    fn is_sensitive(&self) -> bool {
        *self == Case::Sensitive
    }
}

/// The types that an attribute of a kind may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AttributeType {
    Bool,
    Number,
    String,
    List,
    Map,
    Key,
    Policy,
}

/// How a provider type becomes the kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TypeTable {
    /// The attribute with the deployed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The attributes by which others refer to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<String>,
    /// Where the kind's attributes stand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, OneOrMany<Row>>,
    /// The resources that configure it from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<CompanionTable>,
    /// When it is judged at all: a condition over the provider's paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::PathCondition>"))]
    pub when: Option<Condition>,
}

/// A resource of its own that configures another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompanionTable {
    /// Its provider type.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its attributes that name the owner.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub by: OneOrMany<String>,
    /// The paths by which a resource names what contains it: the companion then configures everything in what it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// The owner's attribute that names it.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub to: OneOrMany<String>,
    /// The owner's attribute that names the same thing as `by`, which is then not the owner.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub meets: OneOrMany<String>,
    /// Whether any such resource of the project counts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anywhere: bool,
    /// Whether it takes in the resources that have its tags or fit its patterns: a selection of a backup plan.
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_tags: bool,
    /// Whether its values hold only where nothing nearer is written: an account's default.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fallback: bool,
    /// Whether it is judged by itself where its owner is not in the scan.
    #[serde(default, skip_serializing_if = "is_false")]
    pub alone: bool,
    /// Whether it may do without the attributes that name the owner: it then configures something else.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// When it counts: a condition over its own provider paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::PathCondition>"))]
    pub when: Option<Condition>,
    /// Where the kind's attributes stand in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, OneOrMany<Row>>,
}

/// Where an attribute's value comes from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Paths, of which the first that is written wins.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub from: OneOrMany<String>,
    /// Paths, of which every one that is written is appended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_all: Vec<String>,
    /// What the provider does when none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Json>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// A constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// Alternatives tried first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<RowCase>,
    /// Conversions of a written value.
    #[serde(default, rename = "as", skip_serializing_if = "OneOrMany::is_empty")]
    #[cfg_attr(test, schemars(with = "OneOrMany<super::schema::Conversion>"))]
    pub conversions: OneOrMany<Json>,
    /// A path whose elements become maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// The fields of those maps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Row>,
    /// How the values of a path with `[]` become one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The value when there is nothing to combine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Json>,
    /// How a fix writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<RowFix>,
}

/// An alternative of a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RowCase {
    /// When it applies: a condition over provider paths.
    #[cfg_attr(test, schemars(with = "super::schema::PathCondition"))]
    pub when: Condition,
    /// The rest is a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// Paths, of which the first that is written wins.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub from: OneOrMany<String>,
    /// What holds when none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Json>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Conversions of a written value.
    #[serde(default, rename = "as", skip_serializing_if = "OneOrMany::is_empty")]
    #[cfg_attr(test, schemars(with = "OneOrMany<super::schema::Conversion>"))]
    pub conversions: OneOrMany<Json>,
    /// How the values of a path with `[]` become one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The value when there is nothing to combine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Json>,
    /// How a fix writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<RowFix>,
}

/// How several values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Combine {
    All,
    Any,
    Min,
    Max,
    List,
    Several,
}

fn is_false(value: &bool) -> bool {
    !value
}
