//! Override files: what they declare is laid over what the other files of the folder declare.
//! Source: the page on override files in Terraform's documentation.

use ecow::{EcoString, eco_format};

use super::module::Module;
use super::providers;
use crate::parse::terraform::ast::{Attribute, Block, Body};

impl Module {
    /// Lays the declarations of an override file over those that are there.
    pub fn lay_over(&mut self, body: Body) {
        self.is_overridden = true;
        for block in body.blocks {
            let name = EcoString::from(block.label(0));
            let base = match (block.name.as_str(), block.labels.len()) {
                ("resource" | "data", 2) => {
                    let key = (block.name == "data", name, block.label(1).into());
                    let at = self.resource_index.get(&key).copied();
                    at.and_then(|at| self.resources.get_mut(at)).map(|declaration| &mut declaration.block)
                }
                ("variable", 1) => self.variables.get_mut(&name),
                ("output", 1) => self.outputs.iter_mut().find(|there| there.label(0) == name.as_str()),
                ("module", 1) => self.calls.iter_mut().find(|there| there.label(0) == name.as_str()),
                ("provider", 1) => {
                    let key = providers::key(&block);
                    match self.providers.iter().position(|there| providers::key(there) == key) {
                        Some(at) => self.providers.get_mut(at),
                        // A default configuration is always there, if only an empty one.
                        None if block.body.attribute("alias").is_none() => {
                            self.providers.push(block);
                            continue;
                        }
                        None => None,
                    }
                }
                ("locals", 0) => {
                    for attribute in block.body.attributes {
                        self.lay_local(attribute);
                    }
                    continue;
                }
                ("terraform", 0) => {
                    for attribute in block.body.blocks("required_providers").flat_map(|block| &block.body.attributes) {
                        self.majors.remove(&attribute.name);
                    }
                    providers::add_required(&mut self.majors, &block);
                    self.settings.push(block);
                    continue;
                }
                _ => {
                    let message = eco_format!("a {} block cannot stand in an override file", block.name);
                    self.trouble(block.header, message);
                    continue;
                }
            };
            match base {
                Some(base) => merge(base, block),
                None => {
                    let labels: Vec<&str> = block.labels.iter().map(|label| label.text.as_str()).collect();
                    let message = eco_format!(
                        "there is no {} {} in the other files for this override file to change",
                        block.name,
                        labels.join(".")
                    );
                    self.trouble(block.header, message);
                }
            }
        }
    }

    fn lay_local(&mut self, attribute: Attribute) {
        match self.locals.get_mut(&attribute.name) {
            Some(base) => *base = attribute,
            None => {
                let message =
                    eco_format!("there is no local.{} in the other files for this file to change", attribute.name);
                self.trouble(attribute.name_span, message);
            }
        }
    }
}

/// Lays a block over another: arguments one by one, nested blocks all of a type at once.
fn merge(base: &mut Block, over: Block) {
    let replaced: Vec<EcoString> = over
        .body
        .blocks
        .iter()
        .filter(|block| block.name != "lifecycle")
        .map(|block| EcoString::from(made_type(block)))
        .collect();
    base.body.blocks.retain(|block| !replaced.iter().any(|name| name == made_type(block)));
    for attribute in over.body.attributes {
        // One way of repeating a block takes the place of the other.
        let other = match attribute.name.as_str() {
            "count" => "for_each",
            "for_each" => "count",
            _ => "",
        };
        base.body.attributes.retain(|there| there.name != attribute.name && there.name != other);
        base.body.attributes.push(attribute);
    }
    for block in over.body.blocks {
        let lifecycle = base.body.blocks.iter_mut().find(|there| there.name == "lifecycle");
        match lifecycle.filter(|_| block.name == "lifecycle") {
            Some(there) => merge(there, block),
            None => base.body.blocks.push(block),
        }
    }
}

/// The type of the blocks that a block makes: a dynamic block makes those that its label names.
fn made_type(block: &Block) -> &str {
    if block.name == "dynamic" { block.label(0) } else { &block.name }
}
