//! Where a resource is written: its block, mapping or object in the tree of its file. Terraform's modules are at hand as
//! the run parsed them; other files are parsed when they are first needed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::blocks::{Blocks, Declared};
use super::wanted::{self, Parts, Want};
use super::{Added, Edit, Refusal, Seen, bicep, template, terraform};
use crate::evaluate::azure::arm;
use crate::evaluate::cloudformation;
use crate::evaluate::{Dialect, Resource};
use crate::normalize::Names;
use crate::parse::bicep::FileKind;
use crate::parse::bicep::ast::{Declaration, DeclarationKind, Program, Resource as BicepResource};
use crate::parse::terraform::ast::{Block, Body};
use crate::parse::tree::{Node, NodeKind};
use crate::parse::{bicep as bicep_parser, terraform as terraform_parser};
use crate::source::{Source, SourceId, SourceMap};

/// The trees of the files that fixes need.
pub(super) struct Trees<'r> {
    sources: &'r SourceMap,
    blocks: Blocks<'r>,
    read: Mutex<FxHashMap<SourceId, Arc<Tree>>>,
}

/// What a file holds.
enum Tree {
    Terraform(Body),
    Template(Vec<Node>),
    Bicep(Program),
    /// It cannot be edited, and why.
    Closed(&'static str),
}

const DAMAGED: &str = "its file has a syntax error; mend that first";

/// How the types of the provider start that takes what Azure's own templates take.
const AZAPI: &str = "azapi_";

impl<'r> Trees<'r> {
    pub(super) fn new(seen: &Seen<'r>) -> Self {
        Trees { sources: seen.sources, blocks: Blocks::new(seen.modules, seen.errors), read: Mutex::default() }
    }

    /// The edits that make a resource hold what is wanted.
    pub(super) fn edit(&self, resource: &Resource, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        let source = self.source(resource)?;
        let (text, id, names) = (source.text.as_ref(), resource.span.source, Names::of(&resource.type_));
        if let Some(declared) = self.declared(resource, source)? {
            return terraform_block(text, declared.block, names, parts, edits);
        }
        match &*self.tree(resource, source) {
            Tree::Terraform(body) => terraform_block(text, block(body, resource)?, names, parts, edits),
            Tree::Template(roots) if resource.dialect == Dialect::Arm => {
                let node = roots.iter().find_map(|root| arm_node(root, resource)).ok_or_else(not_written)?;
                let editor = template::Editor { text, source: id, names, expression: Some('[') };
                editor.node(node, false, parts, edits)
            }
            Tree::Template(roots) => {
                let node = roots.iter().find_map(|root| cloudformation_node(root, resource)).ok_or_else(not_written)?;
                let editor = template::Editor { text, source: id, names, expression: None };
                editor.node(node, false, &properties(parts), edits)
            }
            Tree::Bicep(program) => {
                let found = bicep_resource(&program.declarations, resource).ok_or_else(not_written)?;
                bicep::Editor { text, source: id }.object(&found.body.object, parts, edits)
            }
            Tree::Closed(why) => Err(Refusal::new(*why)),
        }
    }

    /// The edit that adds a resource which configures another.
    pub(super) fn add(&self, owner: &Resource, type_: &str, added: &Added<'_>) -> Result<Edit, Refusal> {
        let source = self.source(owner)?;
        let only_native = || Refusal::new(format!("a {type_} is only added to Terraform's native syntax"));
        if owner.dialect != Dialect::Terraform {
            return Err(only_native());
        }
        // A block that an override file changes stands there as it was written but for its arguments.
        let Some(declared) = self.declared(owner, source)?.or_else(|| self.blocks.at(owner.span)) else {
            return Err(match &*self.tree(owner, source) {
                Tree::Closed(why) => Refusal::new(*why),
                _ => only_native(),
            });
        };
        let block = declared.block;
        if ["count", "for_each"].iter().any(|name| block.body.attribute(name).is_some()) {
            return Err(Refusal::new(format!("each instance needs its own {type_}")));
        }
        let (owner_type, label) = (block.label(0), block.label(1));
        let names = [label.to_string(), format!("{label}_phi")];
        let name = names.into_iter().find(|name| !declared.has_beside(type_, name));
        let name = name.ok_or_else(|| Refusal::new(format!("there is another {type_} of that name")))?;
        let mut parts = Parts::new();
        let reference = format!("{owner_type}.{label}.{}", added.fix.to);
        wanted::add(&mut parts, &added.fix.by, Want::Expression(reference), false);
        parts.extend(added.parts.iter().cloned());
        let (text, names) = (source.text.as_ref(), Names::of(type_));
        let editor = terraform::Editor { text, source: owner.span.source, names, objects: false };
        Ok(editor.resource(block, (type_, &name), &parts))
    }

    fn source(&self, resource: &Resource) -> Result<&'r Source, Refusal> {
        self.sources.get(resource.span.source).ok_or_else(not_written)
    }

    /// The block of a Terraform resource, if the run parsed it and it is as its file has it.
    fn declared(&self, resource: &Resource, source: &Source) -> Result<Option<Declared<'r>>, Refusal> {
        if let Some(why) = closed(resource.dialect, &source.path) {
            return Err(Refusal::new(why));
        }
        let found = match resource.dialect {
            Dialect::Terraform => self.blocks.at(resource.span),
            _ => None,
        };
        match found {
            Some(_) if self.blocks.is_damaged(resource.span.source) => Err(Refusal::new(DAMAGED)),
            found => Ok(found.filter(|declared| !declared.module.is_overridden)),
        }
    }

    /// The file of a resource, parsed.
    fn tree(&self, resource: &Resource, source: &Source) -> Arc<Tree> {
        let id = resource.span.source;
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(tree) = known {
            return tree;
        }
        let tree = Arc::new(parse(id, source, resource.dialect));
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&tree));
        tree
    }
}

fn not_written() -> Refusal {
    Refusal::new("it is not written as such: it is made from something else")
}

/// Why a file is not edited, whatever it holds.
fn closed(dialect: Dialect, path: &Path) -> Option<&'static str> {
    if path.components().any(|part| part.as_os_str() == ".terraform") {
        return Some("it is written in a module that was downloaded");
    }
    let is_native = ends(path, &["tf", "tofu"]);
    (dialect == Dialect::Terraform && !is_native)
        .then_some("only Terraform's native syntax is edited, and it is written in JSON")
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one))
}

fn parse(id: SourceId, source: &Source, dialect: Dialect) -> Tree {
    let (text, path) = (source.text.as_ref(), source.path.as_path());
    if let Some(why) = closed(dialect, path) {
        return Tree::Closed(why);
    }
    match dialect {
        Dialect::Terraform => {
            let parsed = terraform_parser::parse(id, text);
            if parsed.errors.is_empty() { Tree::Terraform(parsed.body) } else { Tree::Closed(DAMAGED) }
        }
        Dialect::Bicep if ends(path, &["bicep"]) => {
            let parsed = bicep_parser::parse(id, text, FileKind::Template);
            if parsed.errors.is_empty() { Tree::Bicep(parsed.program) } else { Tree::Closed(DAMAGED) }
        }
        Dialect::CloudFormation | Dialect::Arm if !ends(path, &["tf", "tofu", "bicep"]) => {
            let claim = if dialect == Dialect::Arm { &arm::load::CLAIM } else { &cloudformation::load::CLAIM };
            let trees = (claim.parse)(id, path, text);
            if trees.errors.is_empty() { Tree::Template(trees.trees) } else { Tree::Closed(DAMAGED) }
        }
        _ => Tree::Closed("it is part of a text in another language"),
    }
}

/// The edits that make a block of Terraform hold what is wanted.
fn terraform_block(
    text: &str,
    block: &Block,
    names: Names,
    parts: &Parts,
    edits: &mut Vec<Edit>,
) -> Result<(), Refusal> {
    let azapi = block.label(0).starts_with(AZAPI);
    let objects = azapi || names == Names::Folded;
    let editor = terraform::Editor { text, source: block.span.source, names, objects };
    match azapi {
        true => editor.block(block, &inside("body", parts), edits),
        false => editor.block(block, parts, edits),
    }
}

fn block<'b>(body: &'b Body, resource: &Resource) -> Result<&'b Block, Refusal> {
    let is_it = |block: &&Block| block.name == "resource" && block.span == resource.span;
    body.blocks.iter().find(is_it).ok_or_else(not_written)
}

/// The mapping of an ARM resource.
fn arm_node<'n>(node: &'n Node, resource: &Resource) -> Option<&'n Node> {
    if node.span == resource.span {
        let type_ = node.as_mapping()?.iter().find(|entry| entry.key.eq_ignore_ascii_case("type"))?.value.as_str()?;
        return resource.type_.to_ascii_lowercase().ends_with(&type_.to_ascii_lowercase()).then_some(node);
    }
    if !(node.span.start <= resource.span.start && resource.span.end <= node.span.end) {
        return None;
    }
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().find_map(|item| arm_node(item, resource)),
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| arm_node(&entry.value, resource)),
        _ => None,
    }
}

/// The mapping of a CloudFormation resource that is of the type it was written with: transforms make others of it.
fn cloudformation_node<'n>(root: &'n Node, resource: &Resource) -> Option<&'n Node> {
    let entries = root.get("Resources")?.as_mapping()?;
    let entry = entries.iter().find(|entry| entry.key_span == resource.header)?;
    (entry.value.get("Type")?.as_str()? == resource.type_).then_some(&entry.value)
}

/// The declaration of a Bicep resource.
fn bicep_resource<'d>(declarations: &'d [Declaration], resource: &Resource) -> Option<&'d BicepResource> {
    declarations.iter().find_map(|declaration| {
        let DeclarationKind::Resource(found) = &declaration.kind else { return None };
        match declaration.span == resource.span {
            true => Some(&**found),
            false => bicep_resource(&found.children, resource),
        }
    })
}

/// What is wanted, in something that holds it.
fn inside(name: &str, parts: &Parts) -> Parts {
    vec![(name.into(), Want::Inside { every: false, there: false, parts: parts.clone() })]
}

/// What is wanted of a CloudFormation resource: what starts with `$` stands beside its properties.
fn properties(parts: &Parts) -> Parts {
    let (beside, own): (Parts, Parts) = parts.iter().cloned().partition(|(name, _)| name.starts_with('$'));
    let beside = beside.into_iter().map(|(name, want)| (name.trim_start_matches('$').to_string(), want));
    let own = if own.is_empty() { Parts::new() } else { inside("Properties", &own) };
    own.into_iter().chain(beside).collect()
}
