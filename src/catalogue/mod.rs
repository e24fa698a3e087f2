//! The catalogue: kinds, policies, safeguards and services as data, checked and embedded by the build.

pub mod classified;
pub mod condition;
pub mod coverage;
pub mod embedded;
pub mod fix;
pub mod folder;
pub mod kind_file;
pub mod model;
pub mod nearest;
pub mod needed;
pub mod own;
pub mod provider;
pub mod requirement;
#[cfg(test)]
mod schema;
pub mod secrets;
pub mod services;
pub mod untagged;
pub mod validate;

pub use model::Catalogue;
pub use nearest::nearest;
pub use needed::Needed;
pub use provider::provider;
pub use services::{ServiceOf, Services};
