//! What docs/ holds that follows from the models and from policies/: the JSON Schemas and the pages of policies,
//! kinds, coverage and safeguards. `UPDATE_DOCS=1 cargo test --test generated` rewrites what is out of date.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "generated/condition.rs"]
mod condition;
#[path = "generated/coverage.rs"]
mod coverage;
#[path = "generated/crosswalk.rs"]
mod crosswalk;
#[path = "generated/fixes.rs"]
mod fixes;
#[path = "generated/kinds.rs"]
mod kinds;
#[path = "generated/left_out.rs"]
mod left_out;
#[path = "generated/links.rs"]
mod links;
#[path = "generated/markdown.rs"]
mod markdown;
#[path = "generated/policies.rs"]
mod policies;
#[path = "common/crosswalk.rs"]
mod rules;
#[path = "generated/safeguards.rs"]
mod safeguards;
#[path = "generated/schemas.rs"]
mod schemas;
#[path = "generated/written.rs"]
mod written;

// Compiled once more, since the models have their schemas in tests only.
#[path = "../src/catalogue"]
#[allow(dead_code, unused_imports, reason = "the schemas need the models' types alone")]
mod catalogue {
    pub mod classified;
    pub mod condition;
    pub mod fix;
    pub mod kind_file;
    pub mod model;
    pub mod provider;
    pub mod requirement;
    mod schema;
    pub mod secrets;
    pub mod services;
    pub mod validate;
}
