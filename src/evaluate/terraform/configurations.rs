//! Provider configurations: which one a resource belongs to, through the module calls that pass it on, and the
//! tags that it gives to all its resources.

use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;

use super::Evaluator;
use super::module::Declaration;
use super::providers;
use super::scope::{Given, Instance, Names, Scope, Slot};
use crate::parse::terraform::ast::{Block, Expression, ExpressionKind};
use crate::value::{Data, Map, Value};

/// Types of AWS that take no part in the provider's tags.
const UNTAGGED: &[&str] = &["_attachment", "_association", "_membership", "aws_autoscaling_group"];

impl<'m> Evaluator<'m> {
    /// The arguments of the provider configuration that a resource belongs to.
    pub(super) fn provider_of(&self, instance: &Rc<Instance<'m>>, declaration: &Declaration) -> Option<Arc<Map>> {
        self.configuration(instance, &providers::used(declaration))
    }

    /// The arguments of the provider configuration that a module calls by that name.
    fn configuration(&self, instance: &Rc<Instance<'m>>, key: &EcoString) -> Option<Arc<Map>> {
        let own = instance.module.providers.iter().position(|block| providers::key(block) == *key);
        if let Some(at) = own {
            return self.configuration_body(instance, at);
        }
        let Given::Call(caller) = &instance.given else { return None };
        let parent = caller.instance.upgrade()?;
        match passed(caller.block, key) {
            Some(passed) => self.configuration(&parent, &passed),
            // Default configurations are inherited, others must be passed.
            None if !key.contains('.') => self.configuration(&parent, key),
            None => None,
        }
    }

    pub(super) fn configuration_body(&self, instance: &Rc<Instance<'m>>, at: usize) -> Option<Arc<Map>> {
        match instance.configurations.enter(at) {
            Slot::Done(Value { data: Data::Map(map), .. }) => return Some(map),
            Slot::Done(_) | Slot::Running => return None,
            Slot::Empty => {}
        }
        let block = instance.module.providers.get(at)?;
        let each = block.body.attribute("for_each").map(|for_each| self.any_of(&for_each.value));
        let names = each.map(|value| Names { name: "each", value, outer: None });
        let scope = Scope { names: names.as_ref(), ..Scope::of(instance) };
        let body = Arc::new(self.body(&block.body, scope, &["alias", "version", "for_each"]));
        instance.configurations.fill(at, Value::new(Data::Map(Arc::clone(&body))));
        Some(body)
    }

    /// What `each` is in the one body that stands for all configurations that OpenTofu makes of a block.
    fn any_of(&self, for_each: &Expression) -> Value {
        let mut each = Map::new();
        for name in ["key", "value"] {
            let mut value = Value::unknown("it differs between the configurations of this provider");
            value.origin.span = for_each.span;
            each.insert(name, value);
        }
        Value::map(each)
    }

    /// The tags that a provider gives to all its resources.
    pub(super) fn default_tags(&self, instance: &Rc<Instance<'m>>, declaration: &Declaration) -> Option<Value> {
        let provider = self.provider_of(instance, declaration)?;
        let block = &provider.get("default_tags")?.value;
        let block = block.as_list().and_then(<[Value]>::first).unwrap_or(block);
        let tags = match &block.data {
            Data::Map(_) => block.get("tags")?.value.clone(),
            _ => block.clone(),
        };
        (!tags.is_null()).then_some(tags)
    }

    /// The body of a resource with the tags of its provider among its own.
    pub(super) fn tagged(&self, instance: &Rc<Instance<'m>>, declaration: &Declaration, body: Arc<Map>) -> Arc<Map> {
        let type_ = declaration.type_();
        if declaration.data || !type_.starts_with("aws_") || UNTAGGED.iter().any(|ending| type_.ends_with(ending)) {
            return body;
        }
        let Some(tags) = self.default_tags(instance, declaration) else { return body };
        let own = body.get("tags");
        let merged = merge(tags, own.map(|entry| &entry.value));
        let span = own.map_or(merged.origin.span, |entry| entry.span);
        let mut body = (*body).clone();
        body.entries.insert("tags".into(), crate::value::Entry { value: merged, span });
        Arc::new(body)
    }
}

/// The tags of a provider with those of a resource laid over them.
fn merge(default: Value, own: Option<&Value>) -> Value {
    let Some(own) = own.filter(|own| !own.is_null()) else { return default };
    let (Some(base), Some(over)) = (default.as_map(), own.as_map()) else {
        let unknown = if own.is_unknown() { own } else { &default };
        let reason = unknown.unknown_reason().unwrap_or_else(|| "the tags of the provider are no map".into());
        let mut origin = unknown.origin.clone();
        origin.absorb(&default.origin);
        origin.absorb(&own.origin);
        return Value::unknown(reason).with_origin(origin);
    };
    let mut merged = base.clone();
    for (name, entry) in &over.entries {
        merged.entries.insert(name.clone(), entry.clone());
    }
    merged.sort();
    let mut origin = own.origin.clone();
    origin.absorb(&default.origin);
    Value::map(merged).with_origin(origin).with_sensitive(own.sensitive || default.sensitive)
}

/// The configuration that a module call passes under a name.
fn passed(call: &Block, key: &str) -> Option<EcoString> {
    let ExpressionKind::Object(fields) = &call.body.attribute("providers")?.value.kind else { return None };
    let (_, value) = fields.iter().find(|(name, _)| providers::named(name).is_some_and(|name| name == key))?;
    providers::named(value)
}
