//! The accounts that the resources of a scan are deployed into: one for each provider. Nobody declares them, so that they
//! stand where the first of their resources does.

use std::sync::Arc;

use ecow::eco_format;

use crate::catalogue::provider;
use crate::catalogue::provider::PROVIDERS;
use crate::evaluate::Resource;
use crate::value::Map;

/// The types of accounts, by provider.
const TYPES: &[(&str, &str)] = &[("aws", "aws_account"), ("azure", "azure_subscription")];

/// Whether a type is that of an account.
pub fn is_account(type_: &str) -> bool {
    TYPES.iter().any(|(_, account)| *account == type_)
}

/// The accounts of those resources that are of them, in the order of providers. They exist already: nothing here
/// deploys them.
pub fn accounts(resources: &[Resource], is_of: impl Fn(&Resource) -> bool) -> Vec<Resource> {
    let of = |cloud: &&str| {
        let is_first = |one: &&Resource| !one.existing && is_of(one) && provider(&one.type_) == Some(*cloud);
        let first = resources.iter().find(is_first)?;
        let (_, type_) = TYPES.iter().find(|(there, _)| there == cloud)?;
        Some(Resource {
            address: eco_format!("account.{cloud}"),
            type_: (*type_).into(),
            name: None,
            api_version: None,
            body: Arc::new(Map::new()),
            settings: Arc::new(Map::new()),
            condition: None,
            provider_major: None,
            existing: true,
            ..first.clone()
        })
    };
    PROVIDERS.iter().filter_map(of).collect()
}
