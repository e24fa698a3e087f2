//! Regular expressions of the catalogue, each compiled once.

use std::sync::{Arc, LazyLock, RwLock};

use regex::Regex;
use rustc_hash::FxHashMap;

/// The regular expression for a pattern of a policy or kind table; None where it is not one. There are only as
/// many patterns as the catalogue has.
pub fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    // Shared and not cloned: a clone has a cache of its own, which takes longer to make than most texts to match.
    static COMPILED: LazyLock<RwLock<FxHashMap<String, Option<Arc<Regex>>>>> = LazyLock::new(RwLock::default);
    if let Ok(compiled) = COMPILED.read()
        && let Some(regex) = compiled.get(pattern)
    {
        return regex.clone();
    }
    let regex = Regex::new(pattern).ok().map(Arc::new);
    if let Ok(mut compiled) = COMPILED.write() {
        compiled.insert(pattern.to_string(), regex.clone());
    }
    regex
}
