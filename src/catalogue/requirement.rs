//! What an account must have: the rows of a policy that is judged once for all that is scanned.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::condition::Condition;
use super::model::PolicyFile;

/// The kind of the accounts that resources are deployed into.
pub const ACCOUNT: &str = "account";

/// The parameter of a policy with requirements that lists the pieces that are asked for.
pub const PIECES: &str = "pieces";

/// Something that must be declared for an account of a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its name in the parameter `pieces`.
    pub piece: String,
    /// What it is, in words that a message can hold.
    pub what: String,
    /// The provider whose accounts need it: `aws` or `azure`.
    pub provider: String,
    /// What must hold for the account; `anywhere` looks at all its resources.
    #[cfg_attr(test, schemars(with = "super::schema::PolicyCondition"))]
    pub met: Condition,
}

/// A condition that says nothing of any resource: that of a policy which has requirements instead.
pub fn nothing() -> Condition {
    Condition::Any(Vec::new())
}

/// Whether a condition says nothing of any resource.
pub fn is_nothing(condition: &Condition) -> bool {
    matches!(condition, Condition::Any(parts) if parts.is_empty())
}

impl PolicyFile {
    /// The first of the pieces that a parameter asks for which no requirement has.
    pub fn unknown_piece(&self, parameter: &str, value: &Json) -> Option<String> {
        let has = |name: &str| self.requires.iter().any(|one| one.piece == name);
        let names = value.as_array().filter(|_| parameter == PIECES && !self.requires.is_empty())?;
        names.iter().filter_map(Json::as_str).find(|name| !has(name)).map(str::to_string)
    }
}
