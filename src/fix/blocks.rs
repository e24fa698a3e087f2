//! The blocks of Terraform's modules as the run parsed them, by their places: no file is parsed again for a fix.

use std::path::PathBuf;
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::evaluate::terraform::module::Module;
use crate::evaluate::{Code, Diagnostic};
use crate::parse::terraform::ast::Block;
use crate::source::{SourceId, Span};

/// The modules of a run.
pub(super) struct Blocks<'r> {
    modules: &'r FxHashMap<PathBuf, Module>,
    errors: &'r [Diagnostic],
    declared: OnceLock<FxHashMap<Span, Declared<'r>>>,
    damaged: OnceLock<FxHashSet<SourceId>>,
}

/// A resource's block and the module that declares it.
#[derive(Clone, Copy)]
pub(super) struct Declared<'r> {
    pub(super) module: &'r Module,
    pub(super) block: &'r Block,
}

impl<'r> Blocks<'r> {
    pub(super) fn new(modules: &'r FxHashMap<PathBuf, Module>, errors: &'r [Diagnostic]) -> Self {
        Blocks { modules, errors, declared: OnceLock::new(), damaged: OnceLock::new() }
    }

    /// The resource that is declared at a place.
    pub(super) fn at(&self, span: Span) -> Option<Declared<'r>> {
        let declared = self.declared.get_or_init(|| {
            let resources = self.modules.values().flat_map(|module| {
                let managed = module.resources.iter().filter(|declaration| !declaration.data);
                managed.map(move |declaration| Declared { module, block: &declaration.block })
            });
            resources.map(|declared| (declared.block.span, declared)).collect()
        });
        declared.get(&span).copied()
    }

    /// Whether a file has a syntax error, so that not all of it was parsed.
    pub(super) fn is_damaged(&self, source: SourceId) -> bool {
        let damaged = self.damaged.get_or_init(|| {
            let errors = self.errors.iter().filter(|error| error.code == Code::ParseError);
            errors.map(|error| error.span.source).collect()
        });
        damaged.contains(&source)
    }
}

impl Declared<'_> {
    /// Whether its module has a resource of that type and name.
    pub(super) fn has_beside(&self, type_: &str, name: &str) -> bool {
        self.module.resource_index.contains_key(&(false, type_.into(), name.into()))
    }
}
