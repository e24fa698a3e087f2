//! Conditions in kind tables: tests of provider paths, inside an element of a list or in the whole resource.

use std::borrow::Cow;
use std::cell::RefCell;

use ecow::EcoString;
use serde_json::Value as Json;

use super::paths::{self, Place, all, gather};
use crate::catalogue::condition::Condition;
use crate::condition::{self, Lookup};
use crate::source::Span;
use crate::value::{ListKind, Truth, Value};

/// Tests a condition over provider paths.
pub(super) fn test(condition: &Condition, place: Place<'_>) -> Truth {
    let lookup = PathTest(place);
    condition::truth(condition, &lookup).unwrap_or(Truth::False)
}

/// What a condition reads first of what is not known: the path, and the value that it leads to.
pub(super) fn open(condition: &Condition, place: Place<'_>) -> Option<(String, Value)> {
    let lookup = Watched { inner: PathTest(place), found: RefCell::default() };
    let _ = condition::truth(condition, &lookup);
    lookup.found.into_inner()
}

/// Provider paths, of which the first that is not known is remembered.
struct Watched<'v> {
    inner: PathTest<'v>,
    found: RefCell<Option<(String, Value)>>,
}

impl Lookup for Watched<'_> {
    fn attribute(&self, path: &str) -> Option<Cow<'_, Value>> {
        let value = self.inner.attribute(path)?;
        let is_first = self.found.borrow().is_none();
        if let Some(unknown) = value.first_unknown().filter(|_| is_first) {
            self.found.replace(Some((path.to_string(), unknown.clone())));
        }
        Some(value)
    }

    fn listed(&self, path: &str) -> Option<Json> {
        self.inner.listed(path)
    }

    fn fact(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.inner.fact(name)
    }

    fn type_at(&self, address: &EcoString) -> Option<EcoString> {
        self.inner.type_at(address)
    }
}

/// Provider paths as what a condition looks at.
struct PathTest<'v>(Place<'v>);

impl Lookup for PathTest<'_> {
    fn attribute(&self, path: &str) -> Option<Cow<'_, Value>> {
        if let Some(seen) = self.0.version.seen(path) {
            return Some(Cow::Owned(seen));
        }
        let (root, path) = paths::start(path, self.0);
        if path.contains('[') {
            let mut hits = Vec::new();
            gather(root, path, self.0.names, Span::NONE, &mut hits);
            let items = hits.into_iter().filter(|hit| hit.written).map(|hit| hit.value).collect();
            return Some(Cow::Owned(Value::list(items, ListKind::List)));
        }
        Some(paths::seek(root, path, self.0.names).map_or_else(|| Cow::Owned(Value::null()), |(value, _)| value))
    }

    fn listed(&self, path: &str) -> Option<Json> {
        let found = all(path, Place { here: self.0.whole, ..self.0 });
        let texts = found.iter().filter(|hit| hit.written).map(|hit| hit.value.as_str().map(Json::from));
        texts.collect::<Option<Vec<Json>>>().map(Json::Array)
    }

    fn fact(&self, _: &str) -> Option<Cow<'_, Value>> {
        None
    }

    fn type_at(&self, address: &EcoString) -> Option<EcoString> {
        let resources = &self.0.graph.resources;
        let project = resources.get(self.0.id)?.project;
        resources.get(self.0.graph.find(project, address)?).map(|found| found.type_.clone())
    }
}
