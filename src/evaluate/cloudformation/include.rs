//! `AWS::Include`: a file on this disk takes the place of the macro that names it. Done once, before evaluation, so
//! that what is included has its own places.

use std::path::{Path, PathBuf};

use ecow::{EcoString, eco_format};

use super::local_path;
use crate::evaluate::{Code, Diagnostic};
use crate::parse::documents::Trees;
use crate::parse::tree::{Entry, MAX_DEPTH, Node, NodeKind};

/// The function that calls a macro.
pub(super) const FUNCTION: &str = "Fn::Transform";

/// The macro that puts a file in.
pub(super) const INCLUDE: &str = "AWS::Include";

/// Files in one template: more than anyone includes.
const MAX_FILES: usize = 64;

/// The name of the macro that a call runs first.
pub(super) fn macro_name(argument: &Node) -> &str {
    let first = argument.as_sequence().and_then(<[Node]>::first).unwrap_or(argument);
    first.as_str().or_else(|| first.get("Name").and_then(Node::as_str)).unwrap_or("in Fn::Transform")
}

/// Puts files into a template.
pub(super) struct Includer<'a> {
    /// The template's file, from whose folder paths count.
    pub(super) template: &'a Path,
    /// Reads a file as a tree; none where there is none.
    pub(super) read: &'a mut dyn FnMut(&Path) -> Option<Trees>,
    /// What could not be included.
    pub(super) errors: &'a mut Vec<Diagnostic>,
    /// Files that were put in.
    pub(super) count: usize,
}

impl Includer<'_> {
    /// Puts in what a template includes, at its top and anywhere below.
    pub(super) fn template(&mut self, root: &mut Node) {
        self.top(root);
        self.node(root, 0);
    }

    /// What the section Transform includes stands beside the other sections.
    fn top(&mut self, root: &mut Node) {
        let NodeKind::Mapping(sections) = &mut root.kind else { return };
        let Some(at) = sections.iter().position(|section| section.key == "Transform") else { return };
        let Some(transform) = sections.get_mut(at) else { return };
        let mut added = Vec::new();
        let is_left = match &mut transform.value.kind {
            NodeKind::Sequence(items) => {
                items.retain(|item| self.resolved(item).map(|entries| added.extend(entries)).is_none());
                !items.is_empty()
            }
            _ => self.resolved(&transform.value).map(|entries| added.extend(entries)).is_none(),
        };
        if !is_left {
            sections.remove(at);
        }
        for entry in added {
            match sections.iter_mut().find(|section| section.key == entry.key) {
                Some(Entry { value: Node { kind: NodeKind::Mapping(own), .. }, .. }) => {
                    if let NodeKind::Mapping(theirs) = entry.value.kind {
                        add(own, theirs);
                    }
                }
                Some(_) => {}
                None => sections.push(entry),
            }
        }
    }

    fn node(&mut self, node: &mut Node, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if node.tag.as_deref() == Some("!Transform") {
            if let Some(entries) = self.resolved(node) {
                *node = Node::new(NodeKind::Mapping(entries), node.span);
            }
            return;
        }
        match &mut node.kind {
            NodeKind::Sequence(items) => items.iter_mut().for_each(|item| self.node(item, depth + 1)),
            NodeKind::Mapping(entries) => {
                let found = entries.iter().position(|entry| entry.key == FUNCTION);
                if let Some(at) = found
                    && let Some(theirs) = entries.get(at).and_then(|entry| self.resolved(&entry.value))
                {
                    entries.remove(at);
                    add(entries, theirs);
                }
                entries.iter_mut().for_each(|entry| self.node(&mut entry.value, depth + 1));
            }
            _ => {}
        }
    }

    /// The entries that a call of the macro stands for; none for other macros, and where there is no such file.
    fn resolved(&mut self, call: &Node) -> Option<Vec<Entry>> {
        if call.get("Name").and_then(Node::as_str) != Some(INCLUDE) {
            return None;
        }
        let location = call.get("Parameters").and_then(|parameters| parameters.get("Location"));
        let span = location.map_or(call.span, |node| node.span);
        let named = location.and_then(Node::as_str).filter(|_| location.is_some_and(|node| node.tag.is_none()));
        let mut tell = |code: Code, message: EcoString| self.errors.push(Diagnostic::at(code, span, message));
        let path: Option<PathBuf> = named.and_then(|named| local_path(self.template, named));
        if self.count >= MAX_FILES {
            tell(Code::BudgetExceeded, eco_format!("a template includes at most {MAX_FILES} files"));
            return None;
        }
        let Some(Trees { trees, errors }) = path.and_then(|path| (self.read)(&path)) else {
            let shown = named.unwrap_or("a place that is known only at deployment");
            let message = eco_format!(
                "what AWS::Include puts here ({shown}) is not on this disk, so it is not checked; name it by a path from \
                 this file, as `aws cloudformation package` takes it"
            );
            tell(Code::MissingModule, message);
            return None;
        };
        let entries = trees.into_iter().find_map(|root| match root.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        });
        match &entries {
            Some(_) => self.count += 1,
            None => tell(Code::InvalidTemplate, "AWS::Include takes a file that holds a mapping".into()),
        }
        let damage = errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message));
        self.errors.extend(damage);
        entries
    }
}

/// Adds entries, of which those that are there already hold.
fn add(own: &mut Vec<Entry>, theirs: Vec<Entry>) {
    for entry in theirs {
        if own.iter().all(|there| there.key != entry.key) {
            own.push(entry);
        }
    }
}
