//! What is wrong with the declarations of a module whatever their values: names, constraints, arguments that are
//! missing or unknown, and references to what nobody declares.

use std::path::PathBuf;

use ecow::{EcoString, eco_format};

use super::Link;
use super::body::CALL_META;
use super::load::Workspace;
use super::module::{Declaration, Module, literal};
use super::undeclared::{self, Around};
use super::walk::{Found, Walk, first_moving};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::terraform::ast::{Block, Body, Expression, ExpressionKind};
use crate::source::Span;

/// Names that no variable may have, since module calls have arguments of that name.
const RESERVED: &[&str] = &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

const VARIABLE: &[&str] =
    &["type", "default", "description", "sensitive", "nullable", "ephemeral", "deprecated", "const"];
const OUTPUT: &[&str] = &["value", "description", "sensitive", "ephemeral", "depends_on", "deprecated", "type"];

/// Notes what the declarations of all modules get wrong, and the calls between them.
pub(super) fn check_all(workspace: &Workspace, errors: &mut Vec<Diagnostic>) {
    let mut folders: Vec<&PathBuf> = workspace.modules.keys().collect();
    folders.sort();
    for folder in folders {
        let Some(module) = workspace.modules.get(folder) else { continue };
        errors.extend(module.troubles.iter().cloned());
        if workspace.damaged.contains(folder) {
            continue;
        }
        errors.extend(check(module));
        for call in &module.calls {
            let link = workspace.links.get(&(folder.clone(), call.label(0).into()));
            if let Some(Link::Folder(target)) = link
                && let Some(called) = workspace.modules.get(target)
                && !workspace.damaged.contains(target)
            {
                errors.extend(check_call(call, called));
            }
        }
    }
}

/// What a module call gets wrong about the variables of the module.
fn check_call(call: &Block, called: &Module) -> Vec<Diagnostic> {
    let mut troubles = Vec::new();
    let mut note = |span: Span, message: EcoString| {
        troubles.push(Diagnostic::at(Code::EvaluationError, span, message));
    };
    for attribute in &call.body.attributes {
        let name = &attribute.name;
        if !CALL_META.contains(&name.as_str()) && !called.variables.contains_key(name) {
            let message =
                eco_format!("the module that is called has no variable \"{name}\"; this argument has no effect");
            note(attribute.name_span, message);
        }
    }
    for block in call.body.blocks.iter().filter(|block| !matches!(block.name.as_str(), "lifecycle" | "providers")) {
        note(block.header, eco_format!("a module call has no blocks of type \"{}\"", block.name));
    }
    for (name, variable) in sorted(&called.variables) {
        if variable.body.attribute("default").is_none() && call.body.attribute(name).is_none() {
            note(
                call.header,
                eco_format!("the module that is called needs \"{name}\", and this call does not give it"),
            );
        }
    }
    troubles
}

/// Arguments of provisioners that are words, not references.
pub(super) const KEYWORDS: &[&str] = &["when", "on_failure"];

/// What a module's declarations get wrong.
fn check(module: &Module) -> Vec<Diagnostic> {
    let mut check = Check { module, troubles: Vec::new() };
    for (name, block) in &sorted(&module.variables) {
        check.variable(name, block);
    }
    for (_, local) in &sorted(&module.locals) {
        check.references(None, |walk| walk.expression(&local.value), Around::default());
    }
    module.outputs.iter().for_each(|block| check.output(block));
    module.resources.iter().for_each(|declaration| check.resource(declaration));
    module.calls.iter().for_each(|block| check.call(block));
    for block in &module.providers {
        check.references(None, |walk| walk.body(&block.body, &["alias", "version"]), Around::of(&block.body));
    }
    module.settings.iter().for_each(|block| check.settings(block));
    module.others.iter().for_each(|block| check.other(block));
    check.troubles
}

fn sorted<V>(map: &rustc_hash::FxHashMap<EcoString, V>) -> Vec<(&EcoString, &V)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| *name);
    entries
}

struct Check<'m> {
    module: &'m Module,
    troubles: Vec<Diagnostic>,
}

impl<'m> Check<'m> {
    fn note(&mut self, span: Span, message: impl Into<EcoString>) {
        self.troubles.push(Diagnostic::at(Code::EvaluationError, span, message));
    }

    fn name(&mut self, block: &Block, at: usize, what: &str) {
        if let Some(label) = block.labels.get(at).filter(|label| !is_identifier(&label.text)) {
            let message = eco_format!(
                "\"{}\" cannot be the {what}; it must start with a letter or _ and hold letters, digits, _ and - only",
                label.text
            );
            self.note(label.span, message);
        }
    }

    fn known(&mut self, block: &Block, arguments: &[&str], blocks: &[&str]) {
        for attribute in block.body.attributes.iter().filter(|one| !arguments.contains(&one.name.as_str())) {
            let message = eco_format!("a {} block has no argument \"{}\"", block.name, attribute.name);
            self.note(attribute.name_span, message);
        }
        for inner in block.body.blocks.iter().filter(|one| !blocks.contains(&one.name.as_str())) {
            let message = eco_format!("a {} block has no blocks of type \"{}\"", block.name, inner.name);
            self.note(inner.header, message);
        }
    }

    fn variable(&mut self, name: &EcoString, block: &'m Block) {
        self.name(block, 0, "name of a variable");
        if RESERVED.contains(&name.as_str()) {
            let message = eco_format!("a variable cannot be named \"{name}\": module calls use that name themselves");
            self.note(block.labels.first().map_or(block.header, |label| label.span), message);
        }
        self.known(block, VARIABLE, &["validation"]);
        if let Some(type_) = block.body.attribute("type") {
            self.constraint(&type_.value, false);
        }
        for argument in ["default", "sensitive", "nullable", "ephemeral"] {
            let moving = block.body.attribute(argument).and_then(|attribute| first_moving(&attribute.value));
            match moving {
                Some((span, true)) => {
                    self.note(span, eco_format!("no function may be called in the {argument} of a variable"))
                }
                Some((span, false)) => {
                    self.note(span, eco_format!("nothing may be referred to in the {argument} of a variable"))
                }
                None => {}
            }
        }
        for validation in block.body.blocks("validation") {
            self.references(None, |walk| walk.body(&validation.body, &[]), Around::default());
        }
    }

    /// A type constraint; `optional` belongs to attributes of objects alone.
    fn constraint(&mut self, type_: &Expression, of_attribute: bool) {
        let wrong = match &type_.kind {
            ExpressionKind::Name(name) => match name.as_str() {
                "string" | "number" | "bool" | "any" | "list" | "map" => return,
                "set" | "object" | "tuple" => eco_format!("{name} needs to be told what is in it, as {name}(...)"),
                _ => eco_format!("\"{name}\" is no type"),
            },
            ExpressionKind::String(text) => eco_format!("a type is written without quotes: {text}"),
            ExpressionKind::Call(call) => match (call.name.as_str(), call.arguments.as_slice()) {
                ("list" | "set" | "map", [element]) => return self.constraint(element, false),
                ("optional", [type_, ..]) if of_attribute => return self.constraint(type_, false),
                ("tuple", [Expression { kind: ExpressionKind::Tuple(items), .. }]) => {
                    return items.iter().for_each(|item| self.constraint(item, false));
                }
                ("object", [Expression { kind: ExpressionKind::Object(fields), .. }]) => {
                    return fields.iter().for_each(|(_, field)| self.constraint(field, true));
                }
                (name @ ("list" | "set" | "map" | "tuple" | "object"), _) => {
                    eco_format!("{name} takes one argument that says what is in it")
                }
                ("optional", _) => "optional(...) marks attributes of object types only".into(),
                (name, _) => eco_format!("\"{name}\" is no type"),
            },
            _ => "a type is expected here, such as string or list(number)".into(),
        };
        self.note(type_.span, wrong);
    }

    fn output(&mut self, block: &'m Block) {
        self.name(block, 0, "name of an output");
        self.known(block, OUTPUT, &["precondition", "postcondition"]);
        if block.body.attribute("value").is_none() {
            self.note(block.header, eco_format!("output \"{}\" needs a value", block.label(0)));
        }
        self.references(None, |walk| walk.body(&block.body, &[]), Around::default());
        self.conditions(&block.body);
    }

    fn resource(&mut self, declaration: &'m Declaration) {
        let block = &declaration.block;
        let what = if declaration.data { "data source" } else { "resource" };
        self.name(block, 0, &eco_format!("type of a {what}"));
        self.name(block, 1, &eco_format!("name of a {what}"));
        self.repetition(block);
        let around = Around::of(&block.body);
        let own = ["provider", "lifecycle", "connection", "provisioner", "depends_on"];
        self.references(Some(declaration), |walk| walk.body(&block.body, &own), around);
        for inner in
            block.body.blocks.iter().filter(|inner| matches!(inner.name.as_str(), "connection" | "provisioner"))
        {
            self.references(None, |walk| walk.body(&inner.body, KEYWORDS), Around { itself: true, ..around });
        }
        for lifecycle in block.body.blocks("lifecycle") {
            for condition in &lifecycle.body.blocks {
                self.references(None, |walk| walk.body(&condition.body, &[]), Around { itself: true, ..around });
            }
            self.conditions(&lifecycle.body);
        }
        self.dependencies(&block.body);
    }

    fn call(&mut self, block: &'m Block) {
        self.name(block, 0, "name of a module call");
        self.repetition(block);
        // A source that is no plain text is reported where it is followed.
        if block.body.attribute("source").is_none() {
            self.note(block.header, eco_format!("module \"{}\" needs a source", block.label(0)));
        }
        let own = ["source", "version", "providers", "depends_on"];
        self.references(None, |walk| walk.body(&block.body, &own), Around::of(&block.body));
        self.dependencies(&block.body);
    }

    fn dependencies(&mut self, body: &'m Body) {
        if let Some(depends_on) = body.attribute("depends_on") {
            self.references(None, |walk| walk.expression(&depends_on.value), Around::default());
        }
    }

    fn repetition(&mut self, block: &Block) {
        if let (Some(_), Some(for_each)) = (block.body.attribute("count"), block.body.attribute("for_each")) {
            self.note(for_each.name_span, "count and for_each exclude each other; leave one of them out");
        }
    }

    fn settings(&mut self, block: &Block) {
        let Some(version) = block.body.attribute("required_version") else { return };
        if literal(&version.value).is_some_and(|constraint| super::providers::is_before(constraint, 1)) {
            self.note(
                version.value.span,
                "this configuration is for Terraform before 1.0; it is read as Terraform 1 reads it",
            );
        }
    }

    fn other(&mut self, block: &'m Block) {
        let needed: &[&str] = match block.name.as_str() {
            "moved" => &["from", "to"],
            "removed" => &["from"],
            "import" => &["to"],
            _ => &[],
        };
        for argument in needed.iter().filter(|name| block.body.attribute(name).is_none()) {
            self.note(block.header, eco_format!("a {} block needs \"{argument}\"", block.name));
        }
        match block.name.as_str() {
            "check" => {
                self.references(None, |walk| walk.body(&block.body, &[]), Around::default());
                self.conditions(&block.body);
            }
            "import" => {
                self.references(None, |walk| walk.body(&block.body, &["to", "provider"]), Around::of(&block.body));
            }
            "ephemeral" => {
                self.name(block, 1, "name of an ephemeral resource");
                let own = ["provider", "lifecycle"];
                self.references(None, |walk| walk.body(&block.body, &own), Around::of(&block.body));
            }
            _ => {}
        }
    }

    /// Conditions that refer to nothing always have the same outcome.
    fn conditions(&mut self, body: &Body) {
        for block in &body.blocks {
            if !matches!(block.name.as_str(), "precondition" | "postcondition" | "assert") {
                continue;
            }
            match block.body.attribute("condition") {
                Some(condition) => {
                    let mut refers = false;
                    let mut visit = |found: Found<'_>| refers |= matches!(found, Found::Reference(..));
                    Walk::new(&mut visit).expression(&condition.value);
                    if !refers {
                        self.note(condition.value.span, "a condition must refer to something, or it checks nothing");
                    }
                }
                None => self.note(block.header, eco_format!("a {} block needs a condition", block.name)),
            }
        }
    }

    /// Walks over a part of the module and notes references that lead nowhere.
    fn references(&mut self, own: Option<&Declaration>, walk: impl FnOnce(&mut Walk<'m, '_>), around: Around) {
        let module = self.module;
        let mut wrong: Vec<(Span, EcoString)> = Vec::new();
        let mut visit = |found: Found<'m>| match found {
            Found::Call(_) => {}
            Found::NestedSplat(span) => wrong.push((span, "a .* cannot follow another; write [*]".into())),
            Found::Reference(root, name, accessors) => {
                if let Some(message) = undeclared::reference(module, name, accessors, around) {
                    wrong.push((root.span, message));
                } else if own.is_some_and(|own| undeclared::is_of(own, name, accessors)) {
                    wrong.push((root.span, "a block cannot refer to itself".into()));
                }
            }
        };
        walk(&mut Walk::new(&mut visit));
        for (span, message) in wrong {
            self.note(span, message);
        }
    }
}

/// Whether a text can be a name in Terraform's language.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
}
