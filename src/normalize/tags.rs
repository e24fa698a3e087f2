//! The tags of a resource, however its dialect writes them.

use ecow::EcoString;

use super::paths::{Names, lookup};
use crate::evaluate::Resource;
use crate::source::Span;
use crate::value::{Data, Value};

/// A tag and where it is written.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name.
    pub key: EcoString,
    /// Its value.
    pub value: Value,
    /// Where it is written.
    pub span: Span,
}

/// The tags of a resource.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Those that are known by name, in the order in which they are written.
    pub known: Vec<Tag>,
    /// Whether there may be more of which nothing is known.
    pub may_have_more: bool,
}

impl Tags {
    /// The tags of a resource: a map, or a list of keys and values.
    pub fn of(resource: &Resource) -> Tags {
        let mut tags = Tags::default();
        let names = Names::of(&resource.type_);
        for written in ["tags", "Tags", "FileSystemTags", "HostedZoneTags"] {
            let Some(entry) = names.find(&resource.body, written) else { continue };
            tags.add(&entry.value);
            break;
        }
        tags
    }

    fn add(&mut self, written: &Value) {
        match &written.data {
            Data::Map(map) => {
                let tag = |(key, entry): (&EcoString, &crate::value::Entry)| {
                    let (key, value, span) = (key.clone(), entry.value.clone(), entry.span);
                    Tag { key, value, span }
                };
                self.known.extend(map.entries.iter().map(tag));
            }
            Data::List(list) => list.items.iter().for_each(|item| self.element(item)),
            Data::Unknown(_) | Data::Choice(_) => self.may_have_more = true,
            _ => {}
        }
    }

    fn element(&mut self, item: &Value) {
        let part = |name: &str| lookup(item, name, Names::AnyCase);
        match (part("key").as_ref().and_then(|(key, _)| key.as_str()), part("value")) {
            (Some(key), Some((value, span))) => {
                let span = if span.is_none() { item.origin.span } else { span };
                self.known.push(Tag { key: key.into(), value, span });
            }
            _ => self.may_have_more = true,
        }
    }

    /// The tag of a name; names compare with case, as AWS does, or without.
    pub fn get(&self, key: &str, any_case: bool) -> Option<&Tag> {
        // A later one of a name takes the place of the earlier.
        self.known.iter().rev().find(|tag| match any_case {
            true => tag.key.eq_ignore_ascii_case(key),
            false => tag.key == key,
        })
    }
}
