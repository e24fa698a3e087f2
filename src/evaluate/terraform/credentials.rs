//! What is written beside the resources for all to read: provider blocks in which a credential is written, which stand
//! among the resources as existing ones that are judged for nothing else, and how a machine is reached and set up.

use std::rc::Rc;
use std::sync::Arc;

use ecow::eco_format;

use super::declarations::KEYWORDS;
use super::scope::Instance;
use super::{Dialect, Evaluated, Evaluator, Resource, providers};
use crate::evaluate::CONFIGURATION;
use crate::parse::terraform::ast::Body;
use crate::value::{Data, ListKind, Map, Value};

/// How the names of arguments end that hold a credential. Source: the pages of the providers on signing in.
const ENDINGS: &[&str] = &["key", "token", "secret", "password", "passphrase"];

impl<'m> Evaluator<'m> {
    /// Adds the provider blocks of a module instance in which a credential is written or comes from a default.
    pub(super) fn configurations(&self, instance: &Rc<Instance<'m>>, evaluated: &mut Evaluated) {
        for (at, block) in instance.module.providers.iter().enumerate() {
            if !names_credential(&block.body) {
                continue;
            }
            let Some(body) = self.configuration_body(instance, at) else { continue };
            if !holds_credential(&body) {
                continue;
            }
            evaluated.resources.push(Resource {
                address: eco_format!("{}provider.{}", instance.prefix, providers::key(block)),
                type_: CONFIGURATION.into(),
                name: None,
                api_version: None,
                dialect: Dialect::Terraform,
                project: self.project,
                header: block.header,
                span: block.span,
                calls: Arc::clone(&instance.calls),
                body,
                condition: None,
                settings: Arc::default(),
                existing: true,
                provider_major: None,
            });
        }
    }
}

impl<'m> Evaluator<'m> {
    /// The connections and provisioners of a resource, which tables have no use for.
    pub(super) fn machines(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize) -> Arc<Map> {
        let Some(declaration) = instance.module.resources.get(at) else { return Arc::default() };
        let mut settings = Map::new();
        for name in ["connection", "provisioner"] {
            let blocks: Vec<Value> = self.in_instance(instance, at, position, |scope| {
                let blocks = declaration.block.body.blocks(name);
                blocks.map(|block| Value::map(self.body(&block.body, scope, KEYWORDS))).collect()
            });
            if !blocks.is_empty() {
                settings.insert(name, Value::list(blocks, ListKind::Tuple));
            }
        }
        Arc::new(settings)
    }
}

fn is_credential(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn names_credential(body: &Body) -> bool {
    body.attributes.iter().any(|attribute| is_credential(&attribute.name))
        || body.blocks.iter().any(|block| names_credential(&block.body))
}

fn holds_credential(body: &Map) -> bool {
    body.entries.iter().any(|(name, entry)| is_credential(name) && is_text(&entry.value) || in_blocks(&entry.value))
}

fn in_blocks(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => holds_credential(map),
        Data::List(list) => list.items.iter().any(in_blocks),
        _ => false,
    }
}

fn is_text(value: &Value) -> bool {
    match &value.data {
        Data::String(text) => !text.is_empty(),
        Data::Choice(arms) => arms.iter().any(|arm| is_text(&arm.value)),
        _ => false,
    }
}
