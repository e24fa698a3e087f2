//! A Terraform module: what the files of one folder declare, by sort.

use std::collections::hash_map::Entry;
use std::path::PathBuf;

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use super::providers::{self, Majors};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::terraform::ast::{Attribute, Block, Body, Expression, ExpressionKind};
use crate::source::Span;

/// What one folder declares.
#[derive(Debug, Default)]
pub struct Module {
    /// The folder.
    pub folder: PathBuf,
    /// Input variables by name; of two with one name, the first.
    pub variables: FxHashMap<EcoString, Block>,
    /// Local values by name.
    pub locals: FxHashMap<EcoString, Attribute>,
    /// Managed resources and data sources, in order.
    pub resources: Vec<Declaration>,
    /// From (data or not, type, name) to the first such declaration.
    pub resource_index: FxHashMap<(bool, EcoString, EcoString), usize>,
    /// Module calls, in order.
    pub calls: Vec<Block>,
    /// Outputs, in order.
    pub outputs: Vec<Block>,
    /// Provider configurations, in order.
    pub providers: Vec<Block>,
    /// The highest major versions of providers that it allows.
    pub majors: Majors,
    /// The `terraform` blocks.
    pub settings: Vec<Block>,
    /// Ephemeral resources, and the data sources of checks: their types and names.
    pub passing: FxHashSet<(&'static str, EcoString, EcoString)>,
    /// Blocks that deploy nothing themselves: `check`, `import`, `moved`, `removed`, `ephemeral`.
    pub others: Vec<Block>,
    /// Whether override files change what its other files declare.
    pub is_overridden: bool,
    /// What its declarations get wrong.
    pub troubles: Vec<Diagnostic>,
}

/// A resource or data block.
#[derive(Debug)]
pub struct Declaration {
    /// Whether it is a data source.
    pub data: bool,
    /// The block.
    pub block: Block,
}

impl Declaration {
    /// The provider's type.
    pub fn type_(&self) -> &EcoString {
        static EMPTY: EcoString = EcoString::new();
        self.block.labels.first().map_or(&EMPTY, |label| &label.text)
    }

    /// The name in the module.
    pub fn name(&self) -> &EcoString {
        static EMPTY: EcoString = EcoString::new();
        self.block.labels.get(1).map_or(&EMPTY, |label| &label.text)
    }
}

impl Module {
    /// An empty module in that folder.
    pub fn new(folder: PathBuf) -> Self {
        Module { folder, ..Module::default() }
    }

    /// Takes over what a file declares.
    pub fn add(&mut self, body: Body) {
        for attribute in body.attributes {
            let message = eco_format!("no argument is expected here; \"{}\" belongs into a block", attribute.name);
            self.trouble(attribute.name_span, message);
        }
        for block in body.blocks {
            let Some(labels) = labels(&block.name) else {
                self.trouble(block.header, eco_format!("Terraform knows no block \"{}\" here", block.name));
                continue;
            };
            if block.labels.len() != labels {
                let message = eco_format!(
                    "a {} block takes {labels} names behind its type, and this has {}; it is not checked",
                    block.name,
                    block.labels.len()
                );
                self.trouble(block.header, message);
                continue;
            }
            self.add_block(block);
        }
    }

    fn add_block(&mut self, block: Block) {
        match block.name.as_str() {
            "resource" | "data" => {
                let data = block.name == "data";
                let header = block.header;
                let declaration = Declaration { data, block };
                let key = (data, declaration.type_().clone(), declaration.name().clone());
                if self.resource_index.contains_key(&key) {
                    let what = if data { "data source" } else { "resource" };
                    self.trouble(header, eco_format!("{what} {}.{} is declared already", key.1, key.2));
                } else {
                    self.resource_index.insert(key, self.resources.len());
                }
                self.resources.push(declaration);
            }
            "variable" => {
                let name = EcoString::from(block.label(0));
                let header = block.header;
                match self.variables.entry(name.clone()) {
                    Entry::Vacant(place) => {
                        place.insert(block);
                    }
                    Entry::Occupied(_) => self.trouble(header, eco_format!("variable \"{name}\" is declared already")),
                }
            }
            "locals" => {
                for attribute in block.body.attributes {
                    if self.locals.contains_key(&attribute.name) {
                        let message = eco_format!("local.{} is declared already", attribute.name);
                        self.trouble(attribute.name_span, message);
                    } else {
                        self.locals.insert(attribute.name.clone(), attribute);
                    }
                }
            }
            "module" => {
                if self.call(block.label(0)).is_some() {
                    self.trouble(block.header, eco_format!("module \"{}\" is called already", block.label(0)));
                }
                self.calls.push(block);
            }
            "output" => {
                if self.outputs.iter().any(|there| there.label(0) == block.label(0)) {
                    self.trouble(block.header, eco_format!("output \"{}\" is declared already", block.label(0)));
                } else {
                    self.outputs.push(block);
                }
            }
            "provider" => {
                if self.providers.iter().any(|there| providers::key(there) == providers::key(&block)) {
                    let message = eco_format!("provider {} is configured already", providers::key(&block));
                    self.trouble(block.header, message);
                } else {
                    self.providers.push(block);
                }
            }
            "terraform" => {
                providers::add_required(&mut self.majors, &block);
                self.settings.push(block);
            }
            _ => {
                if block.name == "ephemeral" {
                    self.passing.insert(("ephemeral", block.label(0).into(), block.label(1).into()));
                }
                for data in block.body.blocks("data") {
                    self.passing.insert(("data", data.label(0).into(), data.label(1).into()));
                }
                self.others.push(block);
            }
        }
    }

    /// Notes what a declaration gets wrong.
    pub(super) fn trouble(&mut self, span: Span, message: EcoString) {
        self.troubles.push(Diagnostic::at(Code::EvaluationError, span, message));
    }

    /// The module call of that name.
    pub fn call(&self, name: &str) -> Option<usize> {
        self.calls.iter().position(|call| call.label(0) == name)
    }

    /// Whether it declares nothing at all.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
            && self.locals.is_empty()
            && self.resources.is_empty()
            && self.calls.is_empty()
            && self.outputs.is_empty()
            && self.providers.is_empty()
            && self.settings.is_empty()
    }
}

/// How many names a block of a file has behind its type; None for a block that is none of Terraform's.
fn labels(name: &str) -> Option<usize> {
    match name {
        "locals" | "terraform" | "moved" | "removed" | "import" => Some(0),
        "variable" | "output" | "module" | "provider" | "check" => Some(1),
        "resource" | "data" | "ephemeral" | "action" => Some(2),
        _ => None,
    }
}

/// The source of a module call, when it is written as a plain text.
pub fn source(call: &Block) -> Option<&str> {
    literal(&call.body.attribute("source")?.value)
}

/// The text of an expression that is a plain text.
pub fn literal(expression: &Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::String(text) => Some(text),
        _ => None,
    }
}
