//! The files under policies/ as they are written: kinds, policies, safeguards, services. Shared by the build,
//! which checks and embeds them, and the program, which reads what was embedded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::classified::Classified;
use super::condition::Condition;
use super::fix::Fix;
use super::requirement::{self, Requirement};
use super::secrets::Secrets;
use super::services::Services;

pub use super::kind_file::{
    AttributeDoc, AttributeType, Case, Combine, CompanionTable, KindFile, Row, RowCase, TypeTable,
};

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
    #[cfg_attr(test, schemars(with = "Option<super::schema::PolicyCondition>"))]
    pub applies: Option<Condition>,
    /// When a resource fails.
    #[serde(default = "requirement::nothing", skip_serializing_if = "requirement::is_nothing")]
    #[cfg_attr(test, schemars(with = "super::schema::PolicyCondition"))]
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
