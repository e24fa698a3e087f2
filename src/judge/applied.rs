//! What applied to a finding: the default of which version, and the severity of which class.

use std::cmp::Ordering;

use ecow::{EcoString, eco_format};
use serde::Serialize;

use super::Judged;
use crate::analyse::BASIS;
use crate::catalogue::model::{PolicyFile, Severity};
use crate::evaluate::Resource;
use crate::normalize::{Attribute, Node};

/// A default that decided a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedDefault {
    /// The provider's path that is not written; None where no single one decides.
    pub path: Option<String>,
    /// Who says what holds then.
    pub source: Option<String>,
    /// The version of the provider or of its interface for which it holds, as far as the project bounds it.
    pub version: Option<String>,
}

impl AppliedDefault {
    pub(super) fn of(judged: &Judged<'_, '_>, attribute: &Attribute<'_>) -> Option<Self> {
        if attribute.written || attribute.path.is_empty() {
            return None;
        }
        let version = judged.graph.resources.get(attribute.holder).and_then(version).map(String::from);
        let path = Some(attribute.path).filter(|path| *path != "$nothing").map(str::to_string);
        let source = attribute.source.map(str::to_string);
        Some(AppliedDefault { path, source, version })
    }
}

/// The version that a resource is written for, in words.
pub(super) fn version(resource: &Resource) -> Option<EcoString> {
    let provider = || resource.type_.split('_').next().unwrap_or_default();
    let of_provider = resource.provider_major.map(|major| eco_format!("{} provider {major}", provider()));
    of_provider.or_else(|| resource.api_version.as_ref().map(|version| eco_format!("API version {version}")))
}

/// How bad a failure is for a resource of its class, and why that is not what the policy says by itself.
pub(super) fn severity(policy: &PolicyFile, node: &Node<'_>) -> (Severity, Option<EcoString>) {
    let own = policy.severity;
    let Some(severity) = policy.classified.of(super::class(node)).and_then(|change| change.severity) else {
        return (own, None);
    };
    let basis = node.facts.get(BASIS).and_then(|fact| fact.value.as_str()).unwrap_or_default();
    let note = match severity.cmp(&own) {
        Ordering::Equal => return (own, None),
        Ordering::Greater => eco_format!("raised from {}: it holds PHI, {basis}", own.as_str()),
        Ordering::Less => eco_format!("lowered from {}: {basis}", own.as_str()),
    };
    (severity, Some(note))
}
