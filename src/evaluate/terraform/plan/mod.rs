//! Plans, as `terraform show -json` prints them: what will be there once they are applied. Where the sources lie
//! beside a plan, what is found is placed in them.

mod address;
mod changes;
mod configuration;
mod guide;
pub mod load;
mod marks;
mod values;

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::evaluate::terraform::{Templates, azapi, stack};
use crate::evaluate::{Call, Code, Diagnostic, Dialect, Evaluated, Resource};
use crate::parse::tree::{Node, NodeKind};
use crate::source::{SourceMap, Span};
use crate::value::{Data, Entry, Map, Step, StepKind, Value};
use address::Address;
use changes::{Fate, Object};
use configuration::Configuration;
use guide::Guide;
pub use load::Plan;
use marks::Marks;
use values::Reader;

/// The values of the variables with which a plan was made.
pub fn variables(plan: &Plan) -> FxHashMap<EcoString, Value> {
    let declared = |name: &str| plan.root.get("configuration")?.get("root_module")?.get("variables")?.get(name);
    let mut variables = FxHashMap::default();
    for entry in plan.root.get("variables").and_then(Node::as_mapping).unwrap_or_default() {
        let reader = Reader { address: "var", references: &|_| Vec::new(), has_source: false, place: entry.key_span };
        let guide = Guide::of(None, None);
        let Some(mut value) = reader.value(entry.value.get("value"), Marks::default(), &guide, &entry.key) else {
            continue;
        };
        let is_true = |node: &Node| node.kind == NodeKind::Bool(true);
        let hidden = declared(&entry.key).and_then(|node| node.get("sensitive")).is_some_and(is_true);
        value.origin.push_step(Step { kind: StepKind::VariableFile, name: entry.key.clone(), span: entry.key_span });
        variables.insert(entry.key.clone(), value.with_sensitive(hidden));
    }
    variables
}

/// What was read besides plans.
pub struct Around<'a> {
    /// The texts.
    pub sources: &'a SourceMap,
    /// The templates, for the resources that deploy them.
    pub templates: Templates<'a>,
}

/// Evaluates a plan. `beside` is what the configuration beside it evaluates to with the variables of the plan.
pub fn evaluate(plan: &Plan, beside: Option<&Evaluated>, project: usize, around: &Around<'_>) -> Evaluated {
    let mut evaluated = Evaluated::default();
    let objects = changes::objects(&plan.root);
    let mut configuration = Configuration::of(&plan.root);
    configuration.add_instances(objects.iter().map(|object| object.parts.clone()));
    let sources = Sources::of(beside);
    for object in &objects {
        if object.fate == Fate::Leaves {
            continue;
        }
        if object.fate == Fate::Strange {
            let message = eco_format!(
                "what the plan does with {} is not known to this phiguard; it is taken to be there afterwards",
                object.address
            );
            evaluated.errors.push(Diagnostic::at(Code::EvaluationError, place_of(object), message));
        }
        let resource = resource(object, &configuration, &sources, project);
        let deployed = stack::deployed(&resource, around.sources, around.templates, |_| None);
        evaluated.resources.push(resource);
        evaluated.take_in(deployed);
    }
    for entry in plan.root.get("output_changes").and_then(Node::as_mapping).unwrap_or_default() {
        let marks = Marks { unknown: entry.value.get("after_unknown"), sensitive: entry.value.get("after_sensitive") };
        let references = |_: &Node| configuration.output_references(&entry.key);
        let reader = Reader { address: "output", references: &references, has_source: false, place: entry.key_span };
        let actions = entry.value.get("actions").and_then(Node::as_sequence).unwrap_or_default();
        let leaves = actions.iter().all(|action| action.as_str() == Some("delete"));
        let guide = Guide::of(None, None);
        let value = reader.value(entry.value.get("after"), marks, &guide, &entry.key);
        if let Some(mut value) = value.filter(|_| !leaves) {
            for reference in configuration.output_references(&entry.key) {
                value.origin.push_reference(reference);
            }
            evaluated.outputs.push((entry.key.clone(), value));
        }
    }
    azapi::resolve(&mut evaluated);
    tell_of_gaps(plan, &mut evaluated.errors);
    evaluated
}

/// Says that a plan is not whole.
fn tell_of_gaps(plan: &Plan, errors: &mut Vec<Diagnostic>) {
    let flag =
        |name: &str, wanted: bool| plan.root.entry(name).filter(|entry| entry.value.kind == NodeKind::Bool(wanted));
    if let Some(entry) = flag("errored", true) {
        let message = "this plan ended in an error, so what it does not come to is not checked; run the plan again";
        errors.push(Diagnostic::at(Code::EvaluationError, entry.key_span, message));
    } else if let Some(entry) = flag("complete", false) {
        let message = "this plan is for a part of the configuration; what it leaves for later is not checked";
        errors.push(Diagnostic::at(Code::EvaluationError, entry.key_span, message));
    }
    if plan.root.get("resource_changes").is_none()
        && plan.root.get("planned_values").is_some_and(|values| values.get("root_module").is_some())
    {
        let message = "this plan has no resource_changes, so nothing in it is checked; give all that \
                       `terraform show -json` prints";
        errors.push(Diagnostic::at(Code::InvalidTemplate, plan.root.span, message));
    }
}

/// The resources that the sources evaluate to, by address, and by address without indices for those whose keys only
/// the plan knows.
#[derive(Default)]
struct Sources<'s> {
    exact: FxHashMap<&'s str, &'s Resource>,
    plain: FxHashMap<EcoString, &'s Resource>,
}

impl<'s> Sources<'s> {
    fn of(evaluated: Option<&'s Evaluated>) -> Self {
        let mut sources = Sources::default();
        for resource in evaluated.map(|evaluated| evaluated.resources.as_slice()).unwrap_or_default() {
            sources.exact.insert(&resource.address, resource);
            sources.plain.entry(Address::of(&resource.address).plain()).or_insert(resource);
        }
        sources
    }

    fn find(&self, object: &Object<'_>) -> Option<&'s Resource> {
        let exact = self.exact.get(object.address.as_str()).copied();
        exact.or_else(|| self.plain.get(&object.parts.plain()).copied())
    }
}

fn place_of(object: &Object<'_>) -> Span {
    object.node.get("address").map_or(object.node.span, |address| address.span)
}

fn resource(object: &Object<'_>, configuration: &Configuration<'_>, sources: &Sources<'_>, project: usize) -> Resource {
    let place = place_of(object);
    let source = sources.find(object);
    let whole = source.map(|source| Value::new(Data::Map(Arc::clone(&source.body))));
    let expressions = configuration.resource(&object.parts).and_then(|node| node.get("expressions"));
    let references = |node: &Node| configuration.references(&object.parts, node);
    let reader = Reader {
        address: &object.address,
        references: &references,
        has_source: source.is_some(),
        place: if source.is_some() { Span::NONE } else { place },
    };
    let mut body = reader.map(object.values, object.marks, &Guide::of(expressions, whole.as_ref()), "");
    merge_tags(&object.type_, &mut body);
    let major = object.type_.split('_').next().and_then(|provider| configuration.majors.get(provider)).copied();
    let calls = match source {
        Some(source) => Arc::clone(&source.calls),
        None => object.parts.call_addresses().into_iter().map(|address| Call { address, span: place }).collect(),
    };
    Resource {
        address: object.address.clone(),
        type_: object.type_.clone(),
        name: None,
        api_version: None,
        dialect: Dialect::Terraform,
        project,
        header: source.map_or(place, |source| source.header),
        span: source.map_or(object.node.span, |source| source.span),
        calls,
        body: Arc::new(body),
        settings: Arc::default(),
        condition: object.deferred.clone(),
        provider_major: source.and_then(|source| source.provider_major).or(major),
        existing: object.is_data || object.fate == Fate::Read,
    }
}

/// The tags that a resource of AWS has in the end are those of its provider too, as the plan works them out.
fn merge_tags(type_: &str, body: &mut Map) {
    if !type_.starts_with("aws_") {
        return;
    }
    let Some(all) = body.entries.shift_remove("tags_all") else { return };
    if all.value.as_map().is_none_or(|map| map.entries.is_empty()) {
        return;
    }
    let entry = match body.entries.get("tags") {
        Some(own) => {
            let mut value = all.value;
            value.origin = own.value.origin.clone();
            Entry { value, span: own.span }
        }
        None => all,
    };
    body.entries.insert("tags".into(), entry);
}
