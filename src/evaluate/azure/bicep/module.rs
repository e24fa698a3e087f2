//! Calls of other files: one for each turn of a loop, with what they are given, and what they give back.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::level::Level;
use super::load::{is_bicep, local};
use super::resource::{Instance, is_registry, path_text};
use super::scope::Here;
use super::{MAX_LEVELS, stepped};
use crate::evaluate::azure::functions::Scope;
use crate::evaluate::azure::{Failure, Outcome, arm};
use crate::evaluate::{Call, Code};
use crate::parse::bicep::ast::{Declaration, DeclarationKind, Expression, Module};
use crate::value::{Data, ListKind, Map, Reference, StepKind, Value};

impl<'w> Here<'_, 'w> {
    fn module_instances(&self, module: &'w Module) -> Vec<Instance> {
        let around =
            Instance { address: EcoString::new(), bindings: Vec::new(), conditions: Vec::new(), absent: false };
        let address = eco_format!("{}{}", self.level.prefix, module.name.name);
        self.instances(&address, &module.body, &around)
    }

    /// Adds the resources of a module.
    pub(super) fn declare_module(&self, declaration: &'w Declaration, module: &'w Module) {
        if is_registry(path_text(&module.path)) {
            return self.missing(&format!("module {}", module.name.name), &module.path);
        }
        for instance in self.module_instances(module).iter().filter(|instance| !instance.absent) {
            if let Some(level) = self.called(declaration, module, instance) {
                let there = Here::new(self.shared, &level);
                there.check_values();
                there.declare_all();
            } else {
                self.declare_template(declaration, module, instance);
            }
        }
    }

    /// The file that an instance of a module calls; none where it is not on the disk, which is said.
    fn called(&self, declaration: &'w Declaration, module: &'w Module, instance: &Instance) -> Option<Rc<Level<'w>>> {
        if let Some(known) = self.level.modules.borrow().get(&instance.address) {
            return known.clone();
        }
        let level = self.open_module(declaration, module, instance).map(Rc::new);
        self.level.modules.borrow_mut().insert(instance.address.clone(), level.clone());
        level
    }

    fn open_module(&self, declaration: &'w Declaration, module: &'w Module, instance: &Instance) -> Option<Level<'w>> {
        let path = local(&self.level.file.path, &module.path);
        let Some(path) = path.filter(|path| is_bicep(path)) else {
            if !self.is_template(module) {
                self.missing(&format!("module {}", module.name.name), &module.path);
            }
            return None;
        };
        if self.level.depth() >= MAX_LEVELS {
            let message = eco_format!("more than {MAX_LEVELS} modules call each other here");
            self.shared.fail(Failure::limit(declaration.header, message));
            return None;
        }
        let here = Here { assumed: &instance.conditions, ..*self };
        let (arguments, scope) = here.arguments(module, instance);
        let Some(mut level) = Level::open(self.shared, &path, arguments) else {
            self.missing(&format!("module {}", module.name.name), &module.path);
            return None;
        };
        let own = level.deployment.scope;
        level.deployment = self.level.deployment.clone();
        level.deployment.scope = own;
        if let Some(scope) = scope {
            for (name, place) in
                [("subscriptionId", &mut level.deployment.subscription), ("name", &mut level.deployment.group)]
            {
                if let Some(entry) = scope.get(name).filter(|_| own == Scope::Group || name != "name") {
                    *place = entry.value.clone();
                }
            }
        }
        level.prefix = eco_format!("{}/", instance.address);
        let call = Call { address: instance.address.clone(), span: declaration.header };
        level.calls = self.level.calls.iter().cloned().chain([call]).collect::<Arc<[Call]>>();
        let conditions: Vec<&str> =
            self.level.condition.iter().chain(&instance.conditions).map(EcoString::as_str).collect();
        level.condition = (!conditions.is_empty()).then(|| conditions.join(" and ").into());
        Some(level)
    }

    /// What a module is given: its parameters, and where it is deployed to.
    fn arguments(&self, module: &'w Module, instance: &Instance) -> (FxHashMap<EcoString, Value>, Option<Value>) {
        let object = &module.body.object;
        let evaluated = self.among(&instance.bindings, &mut |evaluator| evaluator.object(object));
        let evaluated = match evaluated {
            Ok(evaluated) => evaluated,
            Err(failure) => {
                self.shared.fail(failure);
                return (FxHashMap::default(), None);
            }
        };
        let mut arguments = FxHashMap::default();
        let given = evaluated.get("params").map(|entry| entry.value.clone());
        if let Some(given) = given.as_ref().and_then(Value::as_map) {
            for (name, entry) in &given.entries {
                let value = stepped(entry.value.clone(), StepKind::Argument, name, entry.span);
                arguments.insert(name.to_ascii_lowercase(), value);
            }
        }
        (arguments, evaluated.get("scope").map(|entry| entry.value.clone()))
    }

    /// Says that a file is not on the disk, and how it comes there.
    pub(super) fn missing(&self, what: &str, path: &Expression) {
        let shown = path_text(path);
        let message = match is_registry(shown) {
            true => eco_format!(
                "{what} ({shown}) is in a registry, so what comes from there is not checked; `bicep restore` brings it, \
                 and a copy beside this file is read"
            ),
            false => {
                eco_format!("{what} ({shown}) is not on this disk, so what it deploys is not checked; correct the path")
            }
        };
        self.shared.fail(Failure { span: path.span, message, code: Code::MissingModule });
    }

    /// Whether a module is a template of ARM that was read.
    fn is_template(&self, module: &'w Module) -> bool {
        let path = local(&self.level.file.path, &module.path);
        path.is_some_and(|path| self.shared.input.templates.templates.contains_key(&path))
    }

    /// Adds the resources of a module that is a template of ARM.
    fn declare_template(&self, declaration: &'w Declaration, module: &'w Module, instance: &Instance) {
        let Some(path) = local(&self.level.file.path, &module.path).filter(|_| self.is_template(module)) else {
            return;
        };
        let here = Here { assumed: &instance.conditions, ..*self };
        let (inputs, _) = here.arguments(module, instance);
        let input = &self.shared.input;
        let call = Call { address: instance.address.clone(), span: declaration.header };
        let conditions: Vec<&str> =
            self.level.condition.iter().chain(&instance.conditions).map(EcoString::as_str).collect();
        let within = arm::Within {
            prefix: eco_format!("{}/", instance.address),
            calls: self.level.calls.iter().cloned().chain([call]).collect::<Arc<[Call]>>(),
            condition: (!conditions.is_empty()).then(|| conditions.join(" and ").into()),
        };
        let evaluated = arm::evaluate(arm::Input {
            workspace: input.templates,
            sources: input.sources,
            path: path.clone(),
            inputs,
            deployment: self.level.deployment.clone(),
            project: input.project,
            within,
        });
        self.shared.claimed.borrow_mut().push(path);
        self.shared.resources.borrow_mut().extend(evaluated.resources);
        self.shared.tally.extend(evaluated.errors);
    }

    /// What the symbolic name of a module is worth: its name and its outputs.
    pub(super) fn module_value(&self, declaration: &'w Declaration, module: &'w Module) -> Outcome {
        let instances = self.module_instances(module);
        let mut values: Vec<Value> = Vec::with_capacity(instances.len());
        for instance in &instances {
            if instance.address.ends_with("[*]") {
                let mut value = Value::unknown("how many turns the loop of this module has is not known");
                value.origin.span = declaration.header;
                return Ok(value);
            }
            values.push(self.module_seen(declaration, module, instance));
        }
        Ok(match &module.body.repetition {
            None => values.pop().unwrap_or_else(Value::null),
            Some(_) => Value::list(values, ListKind::Tuple),
        })
    }

    fn module_seen(&self, declaration: &'w Declaration, module: &'w Module, instance: &Instance) -> Value {
        let address = &instance.address;
        let mut map = Map { resource: Some(address.clone()), ..Map::new() };
        let name = module.body.object.property("name");
        if let Some(name) = name
            && let Ok(value) = self.among(&instance.bindings, &mut |evaluator| evaluator.evaluate(&name.value))
        {
            map.insert("name", value);
        }
        let mut outputs = Map { resource: Some(address.clone()), ..Map::new() };
        // What is not deployed gives nothing back that could be told.
        let level = if instance.absent { None } else { self.called(declaration, module, instance) };
        if let Some(level) = level {
            let declared = level.file.program.declarations.iter().filter_map(|it| match &it.kind {
                DeclarationKind::Output(output) => Some((it, output)),
                _ => None,
            });
            let there = Here::new(self.shared, &level);
            for (at, output) in declared {
                // Names of outputs and of declarations may be the same.
                let key = eco_format!("output {}", output.name.name);
                let outcome = there
                    .once(&key, at.header, || crate::evaluate::azure::Evaluator::new(&there).evaluate(&output.value));
                let value = outcome.unwrap_or_else(|failure| failure.unknown());
                let secure = at.decorator("secure").is_some();
                let value = stepped(value, StepKind::Output, &output.name.name, output.name.span);
                outputs.insert(output.name.name.clone(), value.with_sensitive(secure));
            }
        }
        map.insert("outputs", Value::map(outputs));
        let mut value = Value::new(Data::Map(Arc::new(map)));
        value.origin.push_reference(Reference { address: address.clone(), attribute: EcoString::new() });
        value
    }
}
