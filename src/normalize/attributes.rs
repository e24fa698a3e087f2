//! The attributes of a node: few, so that a sorted list takes less room than a tree and is as fast.

use super::Attribute;

/// Attributes by name, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'c>(Vec<(&'c str, Attribute<'c>)>);

impl<'c> Attributes<'c> {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| (*there).cmp(name))
    }

    /// The attribute of that name.
    pub fn get(&self, name: &str) -> Option<&Attribute<'c>> {
        self.find(name).ok().and_then(|at| self.0.get(at)).map(|(_, attribute)| attribute)
    }

    /// Whether there is one of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Puts an attribute under a name.
    pub fn insert(&mut self, name: &'c str, attribute: Attribute<'c>) {
        match self.find(name) {
            Ok(at) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = attribute;
                }
            }
            Err(at) => self.0.insert(at, (name, attribute)),
        }
    }

    /// Takes the attribute of that name out.
    pub fn remove(&mut self, name: &str) -> Option<Attribute<'c>> {
        self.find(name).ok().map(|at| self.0.remove(at).1)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'c str, &Attribute<'c>)> {
        self.0.iter().map(|(name, attribute)| (*name, attribute))
    }

    /// Makes room for that many.
    pub fn reserve(&mut self, more: usize) {
        self.0.reserve_exact(more);
    }
}
