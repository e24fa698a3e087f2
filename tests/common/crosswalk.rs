//! policies/crosswalk.yaml: the rules of the official HIPAA sets, and the policies that stand for them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;

use serde::Deserialize;

use crate::common;

/// A rule of a set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id in its set.
    pub id: String,
    /// Its name, where the id does not say it.
    pub title: Option<String>,
    /// `yes`, or why no configuration can show it.
    pub checkable: String,
    /// The policies that stand for it.
    pub policies: Vec<String>,
    /// The provider types that it is on.
    #[serde(default)]
    pub types: Vec<String>,
    /// Why no policy stands for it.
    pub reason: Option<String>,
}

/// The two sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sets {
    pub aws_config: Vec<Rule>,
    pub azure_policy: Vec<Rule>,
}

/// Reads the file.
pub fn sets() -> Sets {
    let text = fs::read_to_string(common::root().join("policies/crosswalk.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// The rules of both sets.
pub fn all() -> Vec<Rule> {
    let Sets { aws_config, azure_policy } = sets();
    aws_config.into_iter().chain(azure_policy).collect()
}
