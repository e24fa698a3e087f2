//! The attributes of a node: few, so that a list takes less room than a tree. Policies ask for many that are not
//! there, so that names are told apart by their hashes first.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::Attribute;

/// Attributes by name, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'c> {
    /// The hashes of the names, in the same order.
    hashes: Vec<u64>,
    entries: Vec<(&'c str, Attribute<'c>)>,
}

fn hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    hasher.finish()
}

impl<'c> Attributes<'c> {
    fn find(&self, name: &str) -> Option<usize> {
        let wanted = hash(name);
        let is_it = |(at, there): (usize, &u64)| {
            (*there == wanted && self.entries.get(at).is_some_and(|(known, _)| *known == name)).then_some(at)
        };
        self.hashes.iter().enumerate().find_map(is_it)
    }

    /// The attribute of that name.
    pub fn get(&self, name: &str) -> Option<&Attribute<'c>> {
        self.find(name).and_then(|at| self.entries.get(at)).map(|(_, attribute)| attribute)
    }

    /// Whether there is one of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Puts an attribute under a name.
    pub fn insert(&mut self, name: &'c str, attribute: Attribute<'c>) {
        if let Some(slot) = self.find(name).and_then(|at| self.entries.get_mut(at)) {
            slot.1 = attribute;
            return;
        }
        // Tables come in the order of their names, so that most attributes go to the end.
        let at = match self.entries.last().is_none_or(|(last, _)| *last < name) {
            true => self.entries.len(),
            false => self.entries.partition_point(|(there, _)| *there < name),
        };
        self.hashes.insert(at, hash(name));
        self.entries.insert(at, (name, attribute));
    }

    /// Takes the attribute of that name out.
    pub fn remove(&mut self, name: &str) -> Option<Attribute<'c>> {
        let at = self.find(name)?;
        self.hashes.remove(at);
        Some(self.entries.remove(at).1)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'c str, &Attribute<'c>)> {
        self.entries.iter().map(|(name, attribute)| (*name, attribute))
    }

    /// Makes room for that many.
    pub fn reserve(&mut self, more: usize) {
        self.hashes.reserve_exact(more);
        self.entries.reserve_exact(more);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Spelling;
    use super::*;
    use crate::source::Span;
    use crate::value::Value;

    #[test]
    fn names_are_kept_in_order_whatever_order_they_come_in() {
        let mut attributes = Attributes::default();
        for (at, name) in ["key", "encrypted", "rules", "encrypted"].into_iter().enumerate() {
            let value = Value::number(at as i64);
            let attribute = Attribute {
                value,
                span: Span::NONE,
                holder: 0,
                path: name,
                written: true,
                source: None,
                spelling: Spelling::default(),
            };
            attributes.insert(name, attribute);
        }
        let names =
            |attributes: &Attributes<'_>| attributes.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&attributes), ["encrypted", "key", "rules"]);
        assert_eq!(attributes.get("encrypted").map(|found| &found.value), Some(&Value::number(3)));
        assert!(attributes.remove("key").is_some() && attributes.remove("key").is_none());
        assert!(!attributes.contains_key("key") && attributes.contains_key("rules"));
        assert_eq!(names(&attributes), ["encrypted", "rules"]);
    }
}
