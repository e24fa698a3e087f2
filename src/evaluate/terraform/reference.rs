//! What a reference is worth: variables, locals, resources, data sources, module outputs, paths.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::scope::{Children, Form, Instance, Key, KeyId, Scope, Slot};
use super::{Evaluator, inputs, operators, types::Type, undeclared};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::{Accessor, AccessorKind, Block, Expression, ExpressionKind};
use crate::source::Span;
use crate::value::{Data, Entry, Known, ListKind, Map, Part, Reference, Step, StepKind, Value};

type Outcome = Result<Value, Failure>;

impl<'m> Evaluator<'m> {
    /// The value of a name and the accessors behind it.
    pub(super) fn reference(&self, root: &Expression, accessors: &[Accessor], scope: Scope<'_, 'm>) -> Outcome {
        let ExpressionKind::Name(name) = &root.kind else {
            return Err(Failure::at(root.span, "a reference starts with a name"));
        };
        if let Some(value) = scope.name(name) {
            return self.follow(value.clone(), accessors, scope);
        }
        let instance = scope.instance;
        match name.as_str() {
            "var" => {
                let (name, rest) = named(root, accessors, "a variable")?;
                let value = self.variable(instance, name, root.span)?;
                self.follow(value, rest, scope)
            }
            "local" => {
                let (name, rest) = named(root, accessors, "a local value")?;
                let value = self.local(instance, name, root.span)?;
                self.follow(value, rest, scope)
            }
            "module" => {
                let (name, rest) = named(root, accessors, "a module call")?;
                self.module_value(name, root, rest, scope)
            }
            "path" => {
                let (name, rest) = named(root, accessors, "module, root or cwd")?;
                let folder = match name.as_str() {
                    "module" => &instance.module.folder,
                    "root" => &self.root,
                    "cwd" => return Ok(Value::unknown("path.cwd is the folder that the tool is run in")),
                    _ => return Err(Failure::at(root.span, eco_format!("there is no path.{name}"))),
                };
                let text = relative(folder, &self.root);
                self.follow(Value::string(text), rest, scope)
            }
            "terraform" | "tofu" => {
                let (name, _) = named(root, accessors, "workspace")?;
                match name.as_str() {
                    "workspace" => Ok(Value::string(self.workspace.clone())),
                    _ => Ok(Value::unknown(eco_format!("terraform.{name} is known only when the tool is run"))),
                }
            }
            // A managed resource may be named like a data source, with what it is before its type.
            block @ ("data" | "resource") => match accessors {
                [first, second, rest @ ..] => match (&first.kind, &second.kind) {
                    (AccessorKind::Attribute(type_), AccessorKind::Attribute(name)) => {
                        self.resource(block == "data", type_, name, root.span, rest, scope)
                    }
                    _ => Err(Failure::at(root.span, eco_format!("{block} needs a type and a name"))),
                },
                _ => Err(Failure::at(root.span, eco_format!("{block} needs a type and a name"))),
            },
            "ephemeral" => Ok(Value::unknown("ephemeral values exist only while the tool runs").with_sensitive(true)),
            "each" => Err(Failure::at(root.span, undeclared::EACH)),
            "count" => Err(Failure::at(root.span, undeclared::COUNT)),
            "self" => Ok(Value::unknown("self exists only while a provisioner runs")),
            "null" | "true" | "false" => Err(Failure::at(root.span, "a literal has no attributes")),
            type_ => match accessors.split_first() {
                Some((Accessor { kind: AccessorKind::Attribute(name), .. }, rest)) => {
                    self.resource(false, &EcoString::from(type_), name, root.span, rest, scope)
                }
                _ => Ok(self.undeclared(root.span, undeclared::name(type_))),
            },
        }
    }

    /// Records a reference that leads nowhere, whatever `try` is around it, and gives the value that stands for it.
    pub(super) fn undeclared(&self, span: Span, message: EcoString) -> Value {
        let mut value = Value::unknown(message.clone());
        value.origin.span = span;
        self.fail(Failure::at(span, message));
        value
    }

    /// The value of an input variable.
    pub(super) fn variable(&self, instance: &Rc<Instance<'m>>, name: &EcoString, span: Span) -> Outcome {
        match instance.variables.enter(name.clone()) {
            Slot::Done(value) => return Ok(value),
            Slot::Running => return Err(Failure::at(span, eco_format!("variable \"{name}\" refers to itself"))),
            Slot::Empty => {}
        }
        let value = self.apart(|| self.compute_variable(instance, name, span));
        instance.variables.fill(name.clone(), value.clone());
        Ok(value)
    }

    fn compute_variable(&self, instance: &Rc<Instance<'m>>, name: &EcoString, span: Span) -> Value {
        let Some(block) = instance.module.variables.get(name) else {
            return self.undeclared(span, undeclared::variable(name));
        };
        let scope = Scope::of(instance);
        let flag = |attribute: &str| {
            let expression = &block.body.attribute(attribute)?.value;
            operators::to_bool(&self.evaluate(expression, scope).ok()?)
        };
        let sensitive = flag("sensitive") == Some(true) || flag("ephemeral") == Some(true);
        let type_ = block.body.attribute("type").map_or(Type::Any, |attribute| {
            Type::read(&attribute.value, &|expression| self.evaluate(expression, scope).ok())
        });
        let declared = block.body.attribute("type").map(|attribute| &attribute.value);
        let given = self.given(instance, name).map(|value| {
            inputs::read_text(value, declared).unwrap_or_else(|message| {
                self.unknown_for(Failure::at(block.header, eco_format!("variable \"{name}\": {message}")))
            })
        });
        let given = match given {
            // A null for a variable that refuses null means its default.
            Some(value) if value.is_null() && flag("nullable") == Some(false) => None,
            given => given,
        };
        let value = match given {
            Some(value) => value,
            None => match block.body.attribute("default") {
                Some(default) => {
                    let mut value = match self.evaluate(&default.value, scope) {
                        Ok(value) => value,
                        Err(failure) => self.unknown_for(failure),
                    };
                    value.origin.push_step(Step {
                        kind: StepKind::Default,
                        name: name.clone(),
                        span: default.value.span,
                    });
                    value
                }
                None => {
                    let mut value = Value::unknown(eco_format!("variable \"{name}\" has no value"));
                    value.origin.span = block.header;
                    value.origin.push_step(Step { kind: StepKind::Unset, name: name.clone(), span: block.header });
                    value
                }
            },
        };
        let (origin, was_sensitive) = (value.origin.clone(), value.sensitive);
        match type_.convert(value) {
            Ok(value) => self.weighed(value.with_sensitive(sensitive), block.header),
            Err(message) => {
                let at = if origin.span.is_none() { block.header } else { origin.span };
                self.fail(Failure::at(at, eco_format!("variable \"{name}\": {message}")));
                Value::unknown(eco_format!("variable \"{name}\" has a value of the wrong type"))
                    .with_origin(origin)
                    .with_sensitive(sensitive || was_sensitive)
            }
        }
    }

    /// The value of a local.
    pub(super) fn local(&self, instance: &Rc<Instance<'m>>, name: &EcoString, span: Span) -> Outcome {
        match instance.locals.enter(name.clone()) {
            Slot::Done(value) => return Ok(value),
            Slot::Running => return Err(Failure::at(span, eco_format!("local.{name} refers to itself in a cycle"))),
            Slot::Empty => {}
        }
        let value = self.apart(|| match instance.module.locals.get(name) {
            Some(local) => match self.evaluate(&local.value, Scope::of(instance)) {
                Ok(mut value) => {
                    value.origin.push_step(Step { kind: StepKind::Local, name: name.clone(), span: local.value.span });
                    self.weighed(value, local.value.span)
                }
                Err(failure) => self.unknown_for(failure),
            },
            None => self.undeclared(span, undeclared::local(name)),
        });
        instance.locals.fill(name.clone(), value.clone());
        Ok(value)
    }

    /// `module.name...`: an output of one of its instances, or all of them.
    fn module_value(
        &self,
        name: &EcoString,
        root: &Expression,
        accessors: &[Accessor],
        scope: Scope<'_, 'm>,
    ) -> Outcome {
        let instance = scope.instance;
        let Some(at) = instance.module.call(name) else {
            return Ok(self.undeclared(root.span, undeclared::module(name)));
        };
        let address = eco_format!("{}module.{name}", instance.prefix);
        let (repetition, children) = match self.children(instance, at) {
            Children::Here(repetition, children) => (repetition, children),
            Children::Missing(reason) => {
                let mut value = Value::unknown(reason);
                value.origin.span = root.span;
                value.origin.push_reference(Reference { address, attribute: path_text(accessors) });
                return Ok(value);
            }
        };
        let outputs_of = |index: usize| match children.get(index) {
            Some(child) => self.outputs_value(child, root.span),
            None => Ok(Value::unknown(eco_format!("module \"{name}\" has no such instance"))),
        };
        match (repetition.form, accessors) {
            (Form::Single, _) if repetition.keys.is_empty() => self.follow(Value::null(), accessors, scope),
            (Form::Single, [Accessor { kind: AccessorKind::Attribute(output), span }, rest @ ..]) => {
                match children.first() {
                    Some(child) => self.follow(self.output(child, output, *span)?, rest, scope),
                    None => Err(Failure::at(root.span, "the module call is part of a cycle")),
                }
            }
            (Form::Single, _) => self.follow(outputs_of(0)?, accessors, scope),
            (_, [Accessor { kind: AccessorKind::Index(index), span }, rest @ ..]) => {
                let index = self.evaluate(index, scope)?;
                match (self.position(&repetition, &index), rest) {
                    (Some(position), [Accessor { kind: AccessorKind::Attribute(output), span }, rest @ ..]) => {
                        match children.get(position) {
                            Some(child) => self.follow(self.output(child, output, *span)?, rest, scope),
                            None => Err(Failure::at(root.span, "there is no such instance of the module")),
                        }
                    }
                    (Some(position), rest) => self.follow(outputs_of(position)?, rest, scope),
                    (None, _) if index.is_unknown() => {
                        Ok(Value::unknown(index.unknown_reason().unwrap_or_default()).with_origin(index.origin))
                    }
                    (None, _) => Err(Failure::at(*span, eco_format!("module \"{name}\" has no such instance"))),
                }
            }
            (form, _) => {
                let values = (0..children.len()).map(outputs_of).collect::<Result<Vec<_>, _>>()?;
                self.follow(collect(form, &repetition.keys, values), accessors, scope)
            }
        }
    }

    /// The value of an output of a module.
    pub(super) fn output(&self, child: &Rc<Instance<'m>>, name: &EcoString, span: Span) -> Outcome {
        let Some(block) = child.module.outputs.iter().find(|block| block.label(0) == name.as_str()) else {
            return Err(Failure::at(span, eco_format!("the module has no output \"{name}\"")));
        };
        match child.outputs.enter(name.clone()) {
            Slot::Done(value) => return Ok(value),
            Slot::Running => {
                return Err(Failure::at(span, eco_format!("output \"{name}\" refers to itself in a cycle")));
            }
            Slot::Empty => {}
        }
        let value = self.apart(|| match block.body.attribute("value") {
            Some(attribute) => {
                let mut value = match self.evaluate(&attribute.value, Scope::of(child)) {
                    Ok(value) => self.weighed(value, attribute.value.span),
                    Err(failure) => self.unknown_for(failure),
                };
                value.origin.push_step(Step { kind: StepKind::Output, name: name.clone(), span: attribute.value.span });
                value.with_sensitive(is_true(block, "sensitive") || is_true(block, "ephemeral"))
            }
            None => Value::unknown(eco_format!("output \"{name}\" has no value")),
        });
        child.outputs.fill(name.clone(), value.clone());
        Ok(value)
    }

    fn outputs_value(&self, child: &Rc<Instance<'m>>, span: Span) -> Outcome {
        let mut map = Map::new();
        for block in &child.module.outputs {
            let name = EcoString::from(block.label(0));
            let value = self.output(child, &name, span)?;
            map.entries.insert(name, Entry { span: value.origin.span, value });
        }
        map.sort();
        Ok(Value::map(map))
    }

    /// The condition that a value of a reference to a repeated block hangs on.
    pub(super) fn key_values(key: &Key, form: Form) -> Option<(&'static str, Value)> {
        let key_value = match (&key.id, &key.key) {
            (_, Some(value)) => value.clone(),
            (KeyId::Index(index), None) => Value::number(*index),
            (KeyId::Name(name), None) => Value::string(name.clone()),
            _ => Value::unknown("the collection is not known"),
        };
        match form {
            Form::Single => None,
            Form::Count => {
                let mut map = Map::new();
                map.insert("index", key_value);
                Some(("count", Value::map(map)))
            }
            Form::ForEach => {
                let mut map = Map::new();
                let value = key.value.clone().unwrap_or_else(|| key_value.clone());
                map.insert("key", key_value);
                map.insert("value", value);
                Some(("each", Value::map(map)))
            }
        }
    }
}

/// The instances of a repeated block as one value.
pub(super) fn collect(form: Form, keys: &[Key], values: Vec<Value>) -> Value {
    if keys.iter().any(|key| key.id == KeyId::Symbolic) {
        // One instance stands for a collection that is not known: what is common to all is kept in a template.
        let mut result = Value::unknown("the collection is not known");
        for value in &values {
            value.each_reference(&mut |reference| result.origin.push_reference(reference.clone()));
        }
        let parts: Vec<Part> = values.into_iter().map(Part::Hole).collect();
        let origin = result.origin;
        return Value::partly_known("the collection is not known", Known::Template(parts.into())).with_origin(origin);
    }
    match form {
        Form::ForEach => {
            let mut map = Map::new();
            for (key, value) in keys.iter().zip(values) {
                if let KeyId::Name(name) = &key.id {
                    map.entries.insert(name.clone(), Entry { span: value.origin.span, value });
                }
            }
            map.sort();
            Value::new(Data::Map(map.into()))
        }
        _ => Value::list(values, ListKind::Tuple),
    }
}

/// Whether an argument of a block is the word true.
pub(super) fn is_true(block: &Block, name: &str) -> bool {
    block.body.attribute(name).is_some_and(|attribute| matches!(attribute.value.kind, ExpressionKind::Bool(true)))
}

/// The name behind `var.`, `local.` and the like, and what follows it.
fn named<'e>(
    root: &Expression,
    accessors: &'e [Accessor],
    what: &str,
) -> Result<(&'e EcoString, &'e [Accessor]), Failure> {
    match accessors.split_first() {
        Some((Accessor { kind: AccessorKind::Attribute(name), .. }, rest)) => Ok((name, rest)),
        _ => Err(Failure::at(root.span, eco_format!("this needs the name of {what}"))),
    }
}

/// The attribute that accessors lead to, for a reference.
pub(super) fn path_text(accessors: &[Accessor]) -> EcoString {
    accessors
        .iter()
        .find_map(|accessor| match &accessor.kind {
            AccessorKind::Attribute(name) => Some(name.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// A folder as Terraform shows it: relative to the root module.
fn relative(folder: &std::path::Path, root: &std::path::Path) -> EcoString {
    if folder == root {
        return ".".into();
    }
    let (mut up, mut base) = (String::new(), root);
    loop {
        if let Ok(rest) = folder.strip_prefix(base) {
            return eco_format!("{up}{}", rest.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
        }
        match base.parent() {
            Some(parent) => base = parent,
            None => return folder.to_string_lossy().as_ref().into(),
        }
        up.push_str("../");
    }
}
