//! Types of stores that cannot carry tags.

/// By their names. Source: the schemas of the providers.
pub(super) const UNTAGGED: &[&str] = &[];
