//! The catalogue that the build checked and put into the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Catalogue;
use super::model::PolicyFile;

/// What went wrong with the embedded data; a fault of the build.
pub type Broken = &'static str;

static CATALOGUE: LazyLock<Result<Catalogue, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"))).map_err(|error| error.to_string())
});

static POLICIES: LazyLock<Result<BTreeMap<String, PolicyFile>, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/policies.json"))).map_err(|error| error.to_string())
});

/// The kinds, the policies without their long texts, the safeguards and the services. Read on first use.
pub fn catalogue() -> Result<&'static Catalogue, Broken> {
    CATALOGUE.as_ref().map_err(String::as_str)
}

/// The policies with all their texts and examples, by id. Read on first use.
pub fn policies() -> Result<&'static BTreeMap<String, PolicyFile>, Broken> {
    POLICIES.as_ref().map_err(String::as_str)
}
