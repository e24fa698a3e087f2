//! A template's sections, and how a template is told from other files.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Code, Evaluator, Failure, cdk, exports, foreach, include};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::{Span, display_path};

/// A template that was read.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its file.
    pub path: PathBuf,
    /// Which document of its file it is, from 0.
    pub document: usize,
    /// Its text as a tree.
    pub root: Node,
    /// Whether it imports what other stacks export.
    pub imports: bool,
    /// Whether it may export something.
    pub exports: bool,
    /// What the CDK's manifest says of it.
    pub stack: Option<Arc<cdk::Stack>>,
}

impl Template {
    /// A template that declares nothing.
    pub fn empty(path: PathBuf) -> Self {
        Template::new(path, 0, Node::new(NodeKind::Mapping(Vec::new()), Span::NONE))
    }

    /// A document of a file.
    pub fn new(path: PathBuf, document: usize, root: Node) -> Self {
        let exports = exports::may_export(&root);
        Template { path, document, root, imports: false, exports, stack: None }
    }

    /// Its name as it is shown: that of its file, and which document of the file it is.
    pub fn shown(&self, base: &Path) -> String {
        let path = display_path(&self.path, base);
        if self.document == 0 { path } else { format!("{path}#{}", self.document + 1) }
    }
}

/// Whether a tree is a template: it says so, or it has resources whose types look like `A::B::C`.
pub fn is_template(root: &Node) -> bool {
    if root.as_mapping().is_none() {
        return false;
    }
    if root.get("AWSTemplateFormatVersion").is_some() {
        return true;
    }
    let resources = root.get("Resources").and_then(Node::as_mapping).unwrap_or_default();
    resources.iter().any(|entry| {
        let body = if foreach::is_loop(&entry.key) { foreach::sample(&entry.value) } else { Some(&entry.value) };
        body.and_then(|body| body.get("Type")).and_then(Node::as_str).is_some_and(is_type)
    })
}

/// Whether a text is the name of a resource type.
fn is_type(text: &str) -> bool {
    let parts = text.split("::").count();
    (parts >= 3 || (parts == 2 && text.starts_with("Custom::")))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'@' | b'-'))
}

/// Entries by name, in the order in which they are written. Those that a loop makes are owned.
pub(super) type Section<'w> = indexmap::IndexMap<EcoString, Cow<'w, Entry>, rustc_hash::FxBuildHasher>;

/// The sections that are evaluated.
#[derive(Default)]
pub(super) struct Sections<'w> {
    pub(super) parameters: FxHashMap<EcoString, &'w Entry>,
    pub(super) mappings: FxHashMap<EcoString, &'w Entry>,
    pub(super) conditions: Section<'w>,
    pub(super) resources: Section<'w>,
    pub(super) outputs: Section<'w>,
    /// Sections that are no mappings, and what they are.
    wrong: Vec<(&'static str, &'w Node)>,
}

impl<'w> Sections<'w> {
    pub(super) fn of(root: &'w Node) -> Self {
        let mut sections = Sections::default();
        let mut wrong = Vec::new();
        let mut entries = |name: &'static str| {
            let Some(node) = root.get(name) else { return &[][..] };
            if node.as_mapping().is_none() && node.kind != NodeKind::Null {
                wrong.push((name, node));
            }
            node.as_mapping().unwrap_or_default()
        };
        let by_name = |entries: &'w [Entry]| entries.iter().map(|entry| (entry.key.clone(), entry)).collect();
        let ordered = |entries: &'w [Entry]| {
            entries.iter().map(|entry| (entry.key.clone(), Cow::Borrowed(entry))).collect::<Section<'w>>()
        };
        sections.parameters = by_name(entries("Parameters"));
        sections.mappings = by_name(entries("Mappings"));
        sections.conditions = ordered(entries("Conditions"));
        sections.resources = ordered(entries("Resources"));
        sections.outputs = ordered(entries("Outputs"));
        sections.wrong = wrong;
        sections
    }
}

impl<'w> Evaluator<'_, 'w> {
    /// Replaces the loops of the sections by what they make, and tells of sections that cannot be read.
    pub(super) fn expand_sections(&mut self) {
        for (name, node) in std::mem::take(&mut self.sections.wrong) {
            let message = ecow::eco_format!("{name} must be a mapping, not {}; nothing in it is checked", node.shape());
            self.shared.fail(Failure { span: node.span, message, code: Code::InvalidTemplate });
        }
        self.tell_transforms();
        self.sections.conditions = self.expand_section(&self.sections.conditions);
        self.sections.resources = self.expand_section(&self.sections.resources);
        self.sections.outputs = self.expand_section(&self.sections.outputs);
        self.expand_serverless();
    }

    fn expand_section(&self, section: &Section<'w>) -> Section<'w> {
        let mut expanded = Section::default();
        for (key, entry) in section {
            if key == include::FUNCTION {
                let name = include::macro_name(&entry.value);
                let message = ecow::eco_format!("the macro {name} adds to this section, which is not checked");
                self.shared.fail(Failure { span: entry.key_span, message, code: Code::MissingModule });
                continue;
            }
            if !foreach::is_loop(key) {
                expanded.insert(key.clone(), entry.clone());
                continue;
            }
            match self.expand(entry) {
                Ok(made) => {
                    expanded.extend(made.into_iter().map(|entry| (entry.key.clone(), Cow::Owned(entry))));
                }
                Err(failure) => self.shared.fail(failure),
            }
        }
        expanded
    }

    /// Says which transforms change the template in ways that are not followed.
    fn tell_transforms(&self) {
        let Some(node) = self.template.root.get("Transform") else { return };
        let names = node.as_sequence().unwrap_or(std::slice::from_ref(node));
        for node in names {
            let name = node.as_str().or_else(|| node.get("Name").and_then(Node::as_str)).unwrap_or_default();
            let message = match name {
                "" | "AWS::LanguageExtensions" | "AWS::Serverless-2016-10-31" => continue,
                _ if name.starts_with("AWS::SecretsManager-") || name == "AWS::CodeDeployBlueGreen" => continue,
                _ => ecow::eco_format!("the macro {name} may change this template; it is checked as it is written"),
            };
            self.shared.fail(Failure::at(node.span, message));
        }
    }
}
