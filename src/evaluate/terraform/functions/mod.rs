//! Terraform's functions: one table, one row each. A row says how many arguments a function takes and what
//! it does with unknown ones; the call itself merges origins, references and marks of the arguments.

mod collection;
mod encoding;
mod filesystem;
mod network;
mod numeric;
mod string;

use std::path::Path;

use ecow::EcoString;

use crate::value::Value;

/// A built-in function.
pub struct Function {
    /// Its name in the language.
    pub name: &'static str,
    /// How many arguments it needs.
    pub minimum: usize,
    /// How many it takes; None for any number.
    pub maximum: Option<usize>,
    /// What happens when an argument is not known.
    pub unknown: OnUnknown,
    /// Computes the result from the arguments.
    pub run: fn(&Context<'_>, &[Value]) -> Result<Value, EcoString>,
}

/// What a call does with arguments that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// An unknown anywhere in an argument makes the result unknown.
    Whole,
    /// Only an argument that is itself unknown makes the result unknown; unknown elements are carried along.
    Top,
    /// The function decides.
    Handle,
}

/// What a function may ask about where it is called.
pub struct Context<'a> {
    /// The module's folder, against which relative paths are resolved.
    pub module: &'a Path,
    /// The folders that may be read.
    pub roots: &'a [std::path::PathBuf],
    /// Evaluates a template's text over variables, for templatefile and templatestring.
    pub template: &'a dyn Fn(&str, &crate::value::Map) -> Result<Value, EcoString>,
}

/// All functions, by subject.
pub static TABLES: &[&[Function]] = &[
    collection::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    string::FUNCTIONS,
];

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: std::sync::LazyLock<rustc_hash::FxHashMap<&'static str, &'static Function>> =
        std::sync::LazyLock::new(|| {
            TABLES.iter().flat_map(|table| table.iter()).map(|function| (function.name, function)).collect()
        });
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}
