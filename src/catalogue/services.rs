//! Which service a provider type belongs to, and whether the provider's business associate agreement covers it.

use std::borrow::Cow;
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

/// A type or its start, its service and how that is covered.
pub type Row<'s> = (&'s str, &'s str, &'s str);

/// The services in the order of their types, for looking them up.
#[derive(Clone, Debug)]
pub struct Lookup<'s> {
    /// By the whole type.
    pub exact: Cow<'s, [Row<'s>]>,
    /// By the start of the type.
    pub prefix: Cow<'s, [Row<'s>]>,
}

impl Services {
    /// The services for looking them up.
    pub fn lookup(&self) -> Lookup<'_> {
        let exact = Cow::Owned(Services::rows(&self.exact).collect());
        let prefix = Cow::Owned(Services::rows(&self.prefix).collect());
        Lookup { exact, prefix }
    }

    /// The rows of one of the two tables, in order.
    pub fn rows(table: &BTreeMap<String, ServiceOf>) -> impl Iterator<Item = Row<'_>> {
        table.iter().map(|(type_, of)| (type_.as_str(), of.service.as_str(), of.covered.as_str()))
    }
}

impl<'s> Lookup<'s> {
    /// The service of a type: the whole type first, then the longest start. A type of Terraform's Cloud Control
    /// provider belongs to the service of CloudFormation that it names.
    pub fn find(&self, type_: &str) -> Option<Row<'s>> {
        if let Some(service) = type_.strip_prefix("awscc_").and_then(|own| own.split('_').next()) {
            let named =
                |prefix: &str| prefix.split("::").nth(1).is_some_and(|named| named.eq_ignore_ascii_case(service));
            let first = self.prefix.partition_point(|(prefix, ..)| *prefix < "AWS::");
            let mut of_aws = self.prefix.iter().skip(first).take_while(|(prefix, ..)| prefix.starts_with("AWS::"));
            if let Some(row) = of_aws.find(|(prefix, ..)| named(prefix)) {
                return Some(*row);
            }
        }
        // Azure's types compare without case; a start ends at a slash.
        let lower = type_.contains('/').then(|| format!("{}/", type_.to_ascii_lowercase()));
        let type_ = lower.as_deref().unwrap_or(type_);
        if let Ok(at) = self.exact.binary_search_by(|(there, ..)| (*there).cmp(type_)) {
            return self.exact.get(at).copied();
        }
        let end = self.prefix.partition_point(|(prefix, ..)| *prefix <= type_);
        let before = self.prefix.iter().take(end).rev();
        before
            .take_while(|(prefix, ..)| prefix.as_bytes().first() == type_.as_bytes().first())
            .find(|(prefix, ..)| type_.starts_with(prefix))
            .copied()
    }
}
