//! Exports of the stacks of one scan, so that what one template imports is what another one exports.

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::load::Workspace;
use super::{Evaluator, Input, Shared, Template};
use crate::parse::tree::{Entry, Node};
use crate::value::{Data, Known, Part, Reference, Step, StepKind, Value};

/// Rounds in which exports may hang on other exports.
const MAX_ROUNDS: usize = 3;

/// Stands for what is not known of a name.
const HOLE: &str = "\0";

/// What the templates of a scan export.
#[derive(Debug, Default)]
pub struct Exports {
    /// By name, with holes where it is not known.
    by_name: FxHashMap<EcoString, Vec<Export>>,
}

/// A value that a template exports.
#[derive(Clone, Debug)]
pub(super) struct Export {
    name: EcoString,
    value: Value,
}

/// What an import may be.
pub(super) enum Found {
    /// What the one export of that name is worth.
    Known(Value),
    /// Most likely that of the one export whose name has the same known parts.
    Likely(Value),
    /// That of one of several.
    Several(usize),
    /// Of a stack that is not here.
    Nothing,
}

/// Collects what stacks export, if any template imports something. The first stack's project is `first`.
pub fn gather(
    workspace: &Workspace,
    stacks: &[&Template],
    first: usize,
    inputs: &FxHashMap<EcoString, Value>,
) -> Exports {
    let mut exports = Exports::default();
    if !workspace.templates.iter().any(|template| template.imports) {
        return exports;
    }
    let roots: Vec<(usize, &Template)> =
        stacks.iter().copied().enumerate().filter(|(_, template)| template.exports).collect();
    let chained = workspace.templates.iter().any(|template| template.imports && template.exports);
    for _ in 0..if chained { MAX_ROUNDS } else { 1 } {
        let found: Vec<Vec<Export>> = roots
            .par_iter()
            .map(|(at, template)| {
                let input = Input {
                    workspace,
                    template: Some(template),
                    inputs: inputs.clone(),
                    pseudo: FxHashMap::default(),
                    exports: &exports,
                    project: first + at,
                };
                let shared = Shared::new(&input);
                Evaluator::new(&shared, template, input.inputs).stack();
                shared.exported.into_inner()
            })
            .collect();
        exports = Exports::default();
        for export in found.into_iter().flatten() {
            exports.by_name.entry(export.name.clone()).or_default().push(export);
        }
    }
    exports
}

impl Exports {
    /// What an import of that name is.
    pub(super) fn find(&self, name: &Value) -> Found {
        let Some(key) = key(name) else { return Found::Nothing };
        let (found, is_exact) = match self.by_name.get(&key) {
            Some(found) => (found.iter().collect(), !key.contains(HOLE)),
            None => {
                // A name that is known may be one of which the export knows a part.
                let fits = |pattern: &EcoString| pattern.contains(HOLE) && fits(pattern, &key);
                let mut names: Vec<&EcoString> = self.by_name.keys().filter(|pattern| fits(pattern)).collect();
                names.sort();
                (names.into_iter().filter_map(|name| self.by_name.get(name)).flatten().collect::<Vec<_>>(), false)
            }
        };
        match (found.as_slice(), is_exact) {
            ([], _) => Found::Nothing,
            ([only], true) => Found::Known(only.value.clone()),
            ([only], false) => Found::Likely(only.value.clone()),
            (several, _) => Found::Several(several.len()),
        }
    }
}

impl Evaluator<'_, '_> {
    /// Remembers what an output exports.
    pub(super) fn export(&self, output: &Entry, value: &Value) {
        let Some(name) = output.value.get("Export").and_then(|export| export.get("Name")) else { return };
        let Some(key) = self.worth(name).as_ref().and_then(key) else { return };
        let project = self.shared.project;
        let mut value = value.map_references(&|reference: Reference| reference.into_abroad(project));
        value.origin.push_step(Step { kind: StepKind::Export, name: shown(&key), span: name.span });
        self.shared.exported.borrow_mut().push(Export { name: key, value });
    }
}

/// A name as it is looked for; none where nothing of it is known.
fn key(name: &Value) -> Option<EcoString> {
    match &name.data {
        Data::String(text) => Some(text.clone()),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => {
                let hole = || EcoString::from(HOLE);
                let text = |part: &Part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Hole(_) => hole(),
                };
                let key: EcoString = parts.iter().map(text).collect();
                key.chars().any(char::is_alphanumeric).then_some(key)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A name for people.
fn shown(key: &EcoString) -> EcoString {
    key.replace(HOLE, "...")
}

/// Whether a known name fits one with holes.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split(HOLE);
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether the text of a template exports, or leads to templates that may.
pub(super) fn may_export(root: &Node) -> bool {
    let outputs = root.get("Outputs").and_then(Node::as_mapping).unwrap_or_default();
    let resources = root.get("Resources").and_then(Node::as_mapping).unwrap_or_default();
    let nests = |entry: &Entry| entry.value.get("Type").and_then(Node::as_str).is_some_and(super::nested::is_stack);
    outputs.iter().any(|entry| super::foreach::is_loop(&entry.key) || entry.value.get("Export").is_some())
        || resources.iter().any(nests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_what_is_known_of_them() {
        for (pattern, name, expected) in [
            ("\0-VpcId", "network-VpcId", true),
            ("\0-VpcId", "network-SubnetId", false),
            ("a-\0-b-\0", "a-x-b-y", true),
            ("a-\0-b-\0", "a-x-c-y", false),
            ("a\0", "b", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern:?} {name}");
        }
    }
}
