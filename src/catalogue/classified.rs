//! What changes in a policy's judgement for resources that a project declares to hold PHI, or declares nothing of.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::model::{PolicyFile, Severity};

/// The class of a resource that holds PHI.
pub const PHI: &str = "phi";
/// That of one whose tag says something else.
pub const OTHER: &str = "other";
/// That of one of which nothing says what it holds.
pub const UNCLASSIFIED: &str = "unclassified";

/// What changes by the class of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Classified {
    /// For one that holds PHI.
    #[serde(default, skip_serializing_if = "Change::is_none")]
    pub phi: Change,
    /// For one of which nothing says that it holds PHI, in a project that says of others.
    #[serde(default, skip_serializing_if = "Change::is_none")]
    pub none: Change,
}

/// A change of severity and parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The severity then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The parameters that differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Json>,
}

impl Change {
    fn is_none(&self) -> bool {
        self.severity.is_none() && self.parameters.is_empty()
    }
}

impl Classified {
    /// Whether nothing changes.
    pub fn is_none(&self) -> bool {
        self.phi.is_none() && self.none.is_none()
    }

    /// What changes for a class; None where nothing is known of it.
    pub fn of(&self, class: Option<&str>) -> Option<&Change> {
        match class? {
            PHI => Some(&self.phi),
            OTHER | UNCLASSIFIED => Some(&self.none),
            _ => None,
        }
    }

    /// Lets the severity that a project sets hold for every class.
    pub fn forget_severity(&mut self) {
        (self.phi.severity, self.none.severity) = (None, None);
    }

    /// Lets the parameter that a project sets hold for every class.
    pub fn forget_parameter(&mut self, name: &str) {
        self.phi.parameters.remove(name);
        self.none.parameters.remove(name);
    }
}

impl PolicyFile {
    /// The parameters for a resource of a class.
    pub fn parameters_for(&self, class: Option<&str>) -> Cow<'_, BTreeMap<String, Json>> {
        match self.classified.of(class).filter(|change| !change.parameters.is_empty()) {
            None => Cow::Borrowed(&self.parameters),
            Some(change) => {
                let mut parameters = self.parameters.clone();
                parameters.extend(change.parameters.clone());
                Cow::Owned(parameters)
            }
        }
    }
}
