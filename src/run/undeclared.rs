//! Values of the command line for names that nothing declares: a misspelt name must not leave its default unnoticed.

use std::collections::BTreeSet;

use super::{Read, Report, Request, VariableOption};
use crate::catalogue::nearest;
use crate::parse::bicep::ast::DeclarationKind;
use crate::parse::tree::Node;

/// What is wrong with each `--var` whose name is none of a variable or parameter that is checked. Where not all was
/// asked for or could be read, or a plan has its values in it, the name may be one of what is not there.
pub(super) fn undeclared(request: &Request, read: &Read, report: &Report) -> Vec<String> {
    let given = request.variables.iter().filter_map(|option| match option {
        VariableOption::Value(text) => text.split_once('=').map(|(name, _)| name.trim()),
        VariableOption::File(_) | VariableOption::Parameters(_) => None,
    });
    let given: BTreeSet<&str> = given.collect();
    if given.is_empty() || request.changed || read.is_empty() || !read.plans.is_empty() || report.has_unchecked() {
        return Vec::new();
    }
    let declared = declared(read);
    let is_declared = |name: &str| declared.iter().any(|(one, names)| names.are_one(one, name));
    let wrong = given.into_iter().filter(|name| !is_declared(name));
    wrong
        .map(|name| {
            let near = nearest(name, declared.iter().map(|(name, _)| *name));
            let near = near.map(|near| format!("; is it {near}?")).unwrap_or_default();
            format!("--var {name}: nothing that is checked declares a variable or parameter of this name{near}")
        })
        .collect()
}

/// How names of a dialect compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Names {
    /// Letter by letter.
    Exact,
    /// Without upper and lower case, as Azure has it.
    Caseless,
}

impl Names {
    fn are_one(self, one: &str, other: &str) -> bool {
        match self {
            Names::Exact => one == other,
            Names::Caseless => one.eq_ignore_ascii_case(other),
        }
    }
}

/// The names of the variables and parameters of what is evaluated on its own.
fn declared(read: &Read) -> BTreeSet<(&str, Names)> {
    let modules = read.workspace.roots.iter().filter_map(|(root, _)| read.workspace.modules.get(root));
    let variables = modules.flat_map(|module| module.variables.keys().map(|name| (name.as_str(), Names::Exact)));
    let templates = read.templates.root_templates().flat_map(|template| names_in(&template.root, Names::Exact));
    let arm = read.arm.roots.iter().filter_map(|path| read.arm.templates.get(path));
    let arm = arm.flat_map(|template| names_in(&template.root, Names::Caseless));
    // A parameter file leads to a template, of whose parameters it need not give all.
    let bicep = read.bicep.files.values();
    let bicep = bicep.flat_map(|file| &file.program.declarations).filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Parameter(parameter) => Some((parameter.name.name.as_str(), Names::Caseless)),
        _ => None,
    });
    variables.chain(templates).chain(arm).chain(bicep).collect()
}

/// The names of a template's parameters.
fn names_in(root: &Node, names: Names) -> impl Iterator<Item = (&str, Names)> {
    let sections = root.as_mapping().unwrap_or_default().iter();
    let sections = sections.filter(move |entry| names.are_one(&entry.key, "Parameters"));
    let parameters = sections.flat_map(|entry| entry.value.as_mapping().unwrap_or_default());
    parameters.map(move |entry| (entry.key.as_str(), names))
}
