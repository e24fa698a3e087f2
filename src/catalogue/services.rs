//! Which service a provider type belongs to, and whether the provider's business associate agreement covers it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which service a provider type belongs to, and whether the provider's agreement covers it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Services {
    /// By the whole type.
    #[serde(default)]
    pub exact: BTreeMap<String, ServiceOf>,
    /// By the start of the type; the longest wins. Azure's types are in lower case here and end in a slash.
    #[serde(default)]
    pub prefix: BTreeMap<String, ServiceOf>,
}

/// A service and its coverage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceOf {
    /// The service, as the provider names it.
    pub service: String,
    /// `yes`, `partial`, `no`, `not-a-data-service` or `unknown`.
    pub covered: String,
}

impl Services {
    /// The service of a type: the whole type first, then the longest start. A type of Terraform's Cloud Control
    /// provider belongs to the service of CloudFormation that it names.
    pub fn find(&self, type_: &str) -> Option<&ServiceOf> {
        if let Some(service) = type_.strip_prefix("awscc_").and_then(|own| own.split('_').next()) {
            let start = "AWS::".to_string();
            let named =
                |prefix: &str| prefix.split("::").nth(1).is_some_and(|named| named.eq_ignore_ascii_case(service));
            let found = self.prefix.range(start..).take_while(|(prefix, _)| prefix.starts_with("AWS::"));
            if let Some((_, service)) = found.into_iter().find(|(prefix, _)| named(prefix)) {
                return Some(service);
            }
        }
        // Azure's types compare without case; a start ends at a slash.
        let lower = type_.contains('/').then(|| format!("{}/", type_.to_ascii_lowercase()));
        let type_ = lower.as_deref().unwrap_or(type_);
        self.exact.get(type_).or_else(|| {
            self.prefix
                .range(..=type_.to_string())
                .rev()
                .take_while(|(prefix, _)| prefix.as_bytes().first() == type_.as_bytes().first())
                .find(|(prefix, _)| type_.starts_with(prefix.as_str()))
                .map(|(_, service)| service)
        })
    }
}
