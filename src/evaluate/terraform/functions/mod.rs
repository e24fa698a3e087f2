//! Terraform's functions: one table, one row each. A row says how many arguments a function takes and what
//! it does with unknown ones; the call itself merges origins, references and marks of the arguments.

mod arguments;
mod collection;
mod conversion;
mod date;
mod encoding;
mod filesystem;
mod format;
mod hash;
mod json;
mod mapping;
mod network;
mod numeric;
mod pattern;
mod pieces;
mod replace;
mod set;
mod string;
#[cfg(test)]
mod testing;
pub(in crate::evaluate::terraform) mod yaml;
mod yaml_document;
mod yaml_scalar;

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

/// How a function computes its result.
type Run = fn(&Context<'_>, &[Value]) -> Result<Value, EcoString>;

impl Function {
    /// A function of that many arguments.
    const fn exactly(name: &'static str, count: usize, unknown: OnUnknown, run: Run) -> Function {
        Function { name, minimum: count, maximum: Some(count), unknown, run }
    }

    /// A function of at least `minimum` and at most `maximum` arguments.
    const fn between(name: &'static str, minimum: usize, maximum: usize, unknown: OnUnknown, run: Run) -> Function {
        Function { name, minimum, maximum: Some(maximum), unknown, run }
    }

    /// A function of any number of arguments from `minimum` on.
    const fn at_least(name: &'static str, minimum: usize, unknown: OnUnknown, run: Run) -> Function {
        Function { name, minimum, maximum: None, unknown, run }
    }
}

/// What a function may ask about where it is called.
pub struct Context<'a> {
    /// The module's folder, against which relative paths are resolved.
    pub module: &'a Path,
    /// The folders that may be read.
    pub roots: &'a [std::path::PathBuf],
    /// Where they are read.
    pub files: &'a crate::source::Files,
    /// Evaluates a template's text over variables, for templatefile and templatestring.
    pub template: &'a dyn Fn(&str, &crate::value::Map) -> Result<Value, EcoString>,
}

/// All functions, by subject.
pub static TABLES: &[&[Function]] = &[
    collection::FUNCTIONS,
    conversion::FUNCTIONS,
    date::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    json::FUNCTIONS,
    mapping::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    pattern::FUNCTIONS,
    replace::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
    yaml::FUNCTIONS,
];

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: std::sync::LazyLock<rustc_hash::FxHashMap<&'static str, &'static Function>> =
        std::sync::LazyLock::new(|| {
            TABLES.iter().flat_map(|table| table.iter()).map(|function| (function.name, function)).collect()
        });
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}
