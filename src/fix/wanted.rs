//! What a fix wants of a resource: provider paths and their values as one tree, so that paths into the same block are
//! written into one block.

use serde_json::Value as Json;

/// What is wanted at a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Want {
    /// A value; where `replace` is off, only if nothing is written.
    Value {
        /// The value.
        value: Json,
        /// Whether it takes the place of another one.
        replace: bool,
    },
    /// An expression of the dialect, only if nothing is written.
    Expression(String),
    /// What is wanted in a block, object or list.
    Inside {
        /// Whether every element is meant, and not the first.
        every: bool,
        /// Whether it must be there already.
        there: bool,
        /// What is wanted, by name, in the order in which it is written.
        parts: Parts,
    },
}

/// What is wanted by name.
pub(super) type Parts = Vec<(String, Want)>;

/// Adds a value at a dotted path. `there` says that what holds it must be there already.
pub(super) fn add(parts: &mut Parts, path: &str, want: Want, there: bool) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let name = head.trim_end_matches("[]");
    let every = name.len() < head.len();
    let Some(rest) = rest else {
        if !parts.iter().any(|(known, _)| known == name) {
            parts.push((name.into(), want));
        }
        return;
    };
    let at = parts.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        parts.push((name.into(), Want::Inside { every, there, parts: Vec::new() }));
        parts.len() - 1
    });
    if let Some((_, Want::Inside { parts: inner, there: known, .. })) = parts.get_mut(at) {
        *known |= there;
        add(inner, rest, want, there);
    }
}

impl Want {
    /// A value that takes the place of another one.
    pub(super) fn value(value: Json) -> Want {
        Want::Value { value, replace: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_into_one_block_are_one_tree() {
        let mut parts = Parts::new();
        for path in ["tier", "backup.days", "backup.geo", "disks[].encrypted"] {
            add(&mut parts, path, Want::value(json!(true)), false);
        }
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["tier", "backup", "disks"]);
        let Some((_, Want::Inside { parts: inner, every: false, .. })) = parts.get(1) else { panic!("{parts:?}") };
        assert_eq!(inner.len(), 2);
        assert!(matches!(parts.get(2), Some((_, Want::Inside { every: true, .. }))));
    }
}
