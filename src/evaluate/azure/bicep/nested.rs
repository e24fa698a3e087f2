//! Templates that a deployment nests as an object: their resources, as far as they are written out.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::resource::Instance;
use super::scope::Here;
use crate::evaluate::{Call, Dialect, Resource};
use crate::parse::bicep::ast::Declaration;
use crate::value::{Data, Entry, ListKind, Map, Value};

impl<'w> Here<'_, 'w> {
    /// Adds the resources of a template that is written as an object inside a deployment.
    pub(super) fn declare_nested(&self, declaration: &'w Declaration, instance: &Instance, template: &Value) {
        let Some(resources) = template.get("resources").and_then(|entry| entry.value.as_list()) else { return };
        let call = Call { address: instance.address.clone(), span: declaration.header };
        let calls: Arc<[Call]> = self.level.calls.iter().cloned().chain([call]).collect();
        for resource in resources {
            let Some(map) = resource.as_map() else { continue };
            let text = |name: &str| map.get(name).and_then(|entry| entry.value.as_str()).map(EcoString::from);
            let Some(type_) = text("type") else { continue };
            let name = text("name").filter(|name| !name.starts_with('['));
            let mut body = Map::new();
            for (key, entry) in &map.entries {
                if !matches!(key.as_str(), "type" | "name" | "apiVersion") {
                    body.entries.insert(key.clone(), Entry { value: deferred(&entry.value), span: entry.span });
                }
            }
            let span = map.get("type").map_or(declaration.header, |entry| entry.span);
            let shown = name.clone().unwrap_or_else(|| "{name}".into());
            self.shared.resources.borrow_mut().push(Resource {
                address: eco_format!("{}/{type_}/{shown}", instance.address),
                type_,
                name,
                api_version: text("apiVersion"),
                dialect: Dialect::Bicep,
                project: self.shared.input.project,
                header: span,
                span: resource.origin.span,
                calls: Arc::clone(&calls),
                body: Arc::new(body),
                condition: instance.conditions.first().cloned(),
                provider_major: None,
                settings: Arc::default(),
                existing: false,
            });
        }
    }
}

/// The template that a deployment nests as an object.
pub(super) fn nested_template(type_: &str, body: &Map) -> Option<Value> {
    let is_deployment = type_.eq_ignore_ascii_case("Microsoft.Resources/deployments");
    let properties = is_deployment.then(|| body.get("properties")).flatten()?;
    properties.value.get("template").map(|entry| entry.value.clone())
}

/// A value of a nested template: its texts in brackets are expressions of ARM, which only the deployment evaluates.
fn deferred(value: &Value) -> Value {
    match &value.data {
        Data::String(text) if text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']') => {
            Value::unknown("an expression of a nested template").with_origin(value.origin.clone())
        }
        Data::List(list) => {
            let items = list.items.iter().map(deferred).collect();
            Value::list(items, ListKind::Tuple).with_origin(value.origin.clone())
        }
        Data::Map(map) => {
            let mut inner = Map::new();
            for (name, entry) in &map.entries {
                inner.entries.insert(name.clone(), Entry { value: deferred(&entry.value), span: entry.span });
            }
            Value::map(inner).with_origin(value.origin.clone())
        }
        _ => value.clone(),
    }
}
