//! The files under policies/ as they are written: kinds, policies, safeguards, services. Shared by the build,
//! which checks and embeds them, and the program, which reads what was embedded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::classified::Classified;
use super::condition::Condition;
use super::fix::{Fix, RowFix};
use super::requirement::{self, Requirement};
use super::secrets::Secrets;
use super::services::Services;

/// Everything under policies/.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// The kinds, by name.
    pub kinds: Vec<KindFile>,
    /// The policies, by id, without their examples and long texts.
    pub policies: Vec<PolicyFile>,
    /// The sections of the Security Rule, in order.
    pub safeguards: Vec<Safeguard>,
    /// Which service a provider type belongs to.
    pub services: Services,
    /// How secrets are told from other texts.
    #[serde(default)]
    pub secrets: Secrets,
}

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
    /// The owner's attribute that names it.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub to: OneOrMany<String>,
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

/// A policy file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Its name, stable for ever.
    pub id: String,
    /// The folder it lies in; set by the build.
    #[serde(default)]
    #[cfg_attr(test, schemars(skip))]
    pub family: String,
    /// What is wrong, in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The sections of the Security Rule that it breaks.
    pub safeguards: Vec<String>,
    /// Days within which it should be mended.
    pub remediate_within_days: u32,
    /// The kinds it judges; `any` for all.
    pub kinds: Vec<String>,
    /// Attributes without which a type is not judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// When it is applicable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies: Option<Condition>,
    /// When a resource fails.
    #[serde(default = "requirement::nothing", skip_serializing_if = "requirement::is_nothing")]
    pub fails: Condition,
    /// What an account must have, for a policy that is judged once for all that is scanned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requirement>,
    /// The profile that must be asked for; without one it always judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What to say, with the deciding values in braces.
    pub message: String,
    /// What goes wrong for PHI.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// How to mend it.
    pub remedy: Remedy,
    /// The attributes to set, where that mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// Numbers and lists that configuration can change.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Json>,
    /// What changes for resources that a project declares to hold PHI, or declares nothing of.
    #[serde(default, skip_serializing_if = "Classified::is_none")]
    pub classified: Classified,
    /// What others call it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub crosswalk: BTreeMap<String, Vec<String>>,
    /// Configurations that fail, pass, or cannot be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

impl PolicyFile {
    /// What judging needs: the policy without its examples and long texts.
    pub fn without_texts(&self) -> PolicyFile {
        let (examples, why, crosswalk) = (Vec::new(), String::new(), BTreeMap::new());
        let remedy = Remedy { summary: self.remedy.summary.clone(), dialects: BTreeMap::new() };
        PolicyFile { examples, why, crosswalk, remedy, ..self.clone() }
    }
}

/// How bad a failure is, by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How to mend a failure: one line, and text by dialect.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Remedy {
    /// One line, printed with the finding.
    pub summary: String,
    /// Text or a snippet for each dialect.
    #[serde(flatten)]
    pub dialects: BTreeMap<String, String>,
}

/// A configuration and what the policy says of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The dialect it is written in.
    pub dialect: String,
    /// The provider whose resources it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What the policy says.
    pub expect: Expect,
    /// What it shows.
    #[serde(default)]
    pub title: String,
    /// The phiguard.toml beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The text.
    pub code: String,
}

/// What a policy says of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Expect {
    Fail,
    Pass,
    Unknown,
}

/// A section of the Security Rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Safeguard {
    /// Its number.
    pub citation: String,
    /// Its name.
    pub name: String,
    /// Standard or implementation specification.
    pub kind: String,
    /// Required or addressable.
    pub obligation: String,
    /// What it asks for.
    #[serde(default)]
    pub summary: String,
}

/// One value, or several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany<T> {
    // Tried first, so that a list is never taken for one value that is a list.
    /// Several.
    Many(Vec<T>),
    /// One.
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
