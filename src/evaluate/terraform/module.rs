//! A Terraform module: what the files of one folder declare, by sort.

use std::path::PathBuf;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::providers::{self, Majors};
use crate::parse::terraform::ast::{Attribute, Block, Body, Expression, ExpressionKind};

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
        for block in body.blocks {
            match (block.name.as_str(), block.labels.len()) {
                ("resource" | "data", 2) => {
                    let data = block.name == "data";
                    let declaration = Declaration { data, block };
                    let key = (data, declaration.type_().clone(), declaration.name().clone());
                    self.resource_index.entry(key).or_insert(self.resources.len());
                    self.resources.push(declaration);
                }
                ("variable", 1) => {
                    self.variables.entry(block.label(0).into()).or_insert(block);
                }
                ("locals", 0) => {
                    for attribute in block.body.attributes {
                        self.locals.entry(attribute.name.clone()).or_insert(attribute);
                    }
                }
                ("module", 1) => self.calls.push(block),
                ("output", 1) => self.outputs.push(block),
                ("provider", 1) => self.providers.push(block),
                ("terraform", 0) => {
                    providers::add_required(&mut self.majors, &block);
                    self.settings.push(block);
                }
                _ => {}
            }
        }
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
