//! What contains what: a companion that is set on a resource, a group or a whole deployment configures what is in it
//! too. Azure's locks do. Source: Azure, "Lock your resources": everything within a scope inherits its locks.

use std::sync::Arc;

use ecow::EcoString;

use super::links::{are_of_one_module, at_end};
use super::paths::Names;
use super::rows::Engine;
use crate::catalogue::model::CompanionTable;
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::value::{Data, Known, Part, Truth, Value};

/// How far up a resource's containers are looked for.
const MAX_LEVELS: usize = 8;

/// The word in `within` for what a template is deployed to.
const DEPLOYMENT: &str = "$deployment";

/// The setting that only resources of templates have.
const DEPLOYED_TO: &str = "DeployedTo";

/// The types that stand for what is above every group: which resources are in them is not told.
const ABOVE: &[&str] = &["azurerm_subscription", "azurerm_management_group", "azurerm_client_config"];

/// What a companion is set on.
pub(super) enum Scope {
    /// Resources, or what is in them where `exactly` is false.
    Resources { ids: Vec<NodeId>, exactly: bool },
    /// The resource group of that name.
    Group(EcoString),
    /// What its template is deployed to.
    Deployment,
    /// Something else, which is not in the scan.
    Elsewhere,
    /// That is not known.
    Unseen,
}

/// What a companion is set on.
pub(super) fn scope_of(engine: &Engine<'_, '_>, member: NodeId, companion: &CompanionTable) -> Scope {
    let Some(resource) = engine.graph.resources.get(member) else { return Scope::Elsewhere };
    let values = companion.by.as_slice().iter().flat_map(|path| match path.strip_prefix('$') {
        Some(way) => {
            let words = [way, "parent"];
            let entry = words.iter().find_map(|word| Names::AnyCase.find(&resource.body, word));
            entry.map(|entry| entry.value.clone()).into_iter().collect()
        }
        None => at_end(engine, resource, &Value::new(Data::Map(Arc::clone(&resource.body))), path),
    });
    let values: Vec<Value> = values.filter(|value| !value.is_null()).collect();
    let is_of_template = resource.settings.get(DEPLOYED_TO).is_some();
    // A group or subscription as an object is the one that the template is deployed to: no other is allowed there.
    if is_of_template && values.iter().all(|value| value.as_map().is_some()) {
        return Scope::Deployment;
    }
    if let Some(group) = values.iter().find_map(group_in) {
        return Scope::Group(group);
    }
    let mut ids: Vec<NodeId> = Vec::new();
    ids.extend(values.iter().flat_map(|value| engine.graph.targets(resource.project, value)));
    let is_above = |id: &NodeId| {
        engine.graph.resources.get(*id).is_some_and(|found| ABOVE.iter().any(|above| found.type_ == *above))
    };
    match () {
        () if ids.iter().any(is_above) => Scope::Unseen,
        () if !ids.is_empty() => Scope::Resources { ids, exactly: is_of_template || !values.iter().any(goes_on) },
        () if values.is_empty() || values.iter().any(may_be_any) => Scope::Unseen,
        () => Scope::Elsewhere,
    }
}

impl Scope {
    /// Whether a resource is in it, by what contains that.
    pub(super) fn covers(
        &self,
        engine: &Engine<'_, '_>,
        (owner, member): (NodeId, NodeId),
        companion: &CompanionTable,
    ) -> Truth {
        match self {
            Scope::Elsewhere => Truth::False,
            Scope::Unseen => Truth::Unknown,
            Scope::Deployment if !companion.within.iter().any(|path| path == DEPLOYMENT) => Truth::Unknown,
            // A module may be deployed elsewhere.
            Scope::Deployment if are_of_one_module(engine, owner, member) => Truth::True,
            Scope::Deployment => Truth::Unknown,
            Scope::Resources { .. } | Scope::Group(_) => {
                let found = self.holds(engine, owner, companion, MAX_LEVELS);
                let exactly = !matches!(self, Scope::Resources { exactly: false, .. });
                if found == Truth::True && !exactly { Truth::Unknown } else { found }
            }
        }
    }

    fn holds(&self, engine: &Engine<'_, '_>, at: NodeId, companion: &CompanionTable, levels: usize) -> Truth {
        let Some(resource) = engine.graph.resources.get(at).filter(|_| levels > 0) else { return Truth::False };
        let mut truth = Truth::False;
        for path in companion.within.iter().filter(|path| *path != DEPLOYMENT) {
            let (path, stem) = match path.strip_prefix('$') {
                Some(word) => (word, ""),
                None => (path.as_str(), stem(path)),
            };
            let Some(entry) = Names::of(&resource.type_).find(&resource.body, path) else { continue };
            let containers = engine.graph.targets(resource.project, &entry.value);
            for container in &containers {
                truth = truth.or(self.is(engine, *container, stem));
                truth = truth.or(self.holds(engine, *container, companion, levels - 1));
            }
            if containers.is_empty() {
                truth = truth.or(self.is_called(engine, &entry.value, stem));
            }
        }
        truth
    }

    /// Whether it is that container, of the type that a path is named after.
    fn is(&self, engine: &Engine<'_, '_>, container: NodeId, stem: &str) -> Truth {
        let Some(found) = engine.graph.resources.get(container).filter(|found| found.type_.ends_with(stem)) else {
            return Truth::False;
        };
        match self {
            Scope::Resources { ids, .. } if ids.contains(&container) => Truth::True,
            Scope::Resources { ids, .. } => {
                let others = ids.iter().filter_map(|id| engine.graph.resources.get(*id));
                let alike = others.filter(|other| other.type_ == found.type_);
                alike.fold(Truth::False, |truth, other| truth.or(are_one(found, other)))
            }
            Scope::Group(name) if is_group(stem) => match name_of(found) {
                Some(own) => own.eq_ignore_ascii_case(name).into(),
                None => Truth::Unknown,
            },
            _ => Truth::False,
        }
    }

    /// The same of a container that is not in the scan, by its name.
    fn is_called(&self, engine: &Engine<'_, '_>, value: &Value, stem: &str) -> Truth {
        let name = value.as_str().map(|text| text.rsplit('/').next().unwrap_or(text));
        let fits = |other: &str| match name {
            Some(name) => name.eq_ignore_ascii_case(other).into(),
            None if value.is_unknown() => Truth::Unknown,
            None => Truth::False,
        };
        match self {
            Scope::Group(group) if is_group(stem) => fits(group),
            Scope::Resources { ids, .. } => {
                let others = ids.iter().filter_map(|id| engine.graph.resources.get(*id));
                let alike = others.filter(|other| !stem.is_empty() && other.type_.ends_with(stem));
                alike.fold(Truth::False, |truth, other| {
                    let one = match name_of(other) {
                        Some(own) => fits(own),
                        None => Truth::Unknown,
                    };
                    truth.or(one)
                })
            }
            _ => Truth::False,
        }
    }
}

/// What a path is named after: `resource_group` of `resource_group_name`.
fn stem(path: &str) -> &str {
    path.trim_end_matches("_id").trim_end_matches("_name")
}

fn is_group(stem: &str) -> bool {
    stem == "resource_group"
}

fn name_of(resource: &Resource) -> Option<&str> {
    resource.body.get("name").and_then(|entry| entry.value.as_str()).or(resource.name.as_deref())
}

/// Whether two resources of a type are one: a data source may look up what is declared.
fn are_one(one: &Resource, other: &Resource) -> Truth {
    if !one.existing && !other.existing {
        return Truth::False;
    }
    match (name_of(one), name_of(other)) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other).into(),
        _ => Truth::Unknown,
    }
}

/// The known parts of a text.
fn parts(value: &Value) -> Vec<&str> {
    match &value.data {
        Data::String(text) => vec![text],
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => parts
                .iter()
                .filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None })
                .collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The resource group whose id a text is, where that ends in its name.
fn group_in(value: &Value) -> Option<EcoString> {
    let ends_known = match &value.data {
        Data::String(_) => true,
        Data::Unknown(unknown) => {
            matches!(&unknown.known, Known::Template(parts) if matches!(parts.last(), Some(Part::Text(_))))
        }
        _ => false,
    };
    let last = parts(value).pop().filter(|_| ends_known)?;
    let (above, name) = last.rsplit_once('/')?;
    let is_id = above.to_ascii_lowercase().ends_with("/resourcegroups");
    (is_id && !name.is_empty()).then(|| name.into())
}

/// Whether a value that leads to nothing in the scan may be anything: what refers to a resource that is not declared is not.
fn may_be_any(value: &Value) -> bool {
    let (mut refers, mut to_module) = (false, false);
    value.each_reference(&mut |reference| {
        refers = true;
        to_module |= reference.address.rsplit('.').nth(1) == Some("module");
    });
    value.is_unknown() && (!refers || to_module)
}

/// Whether a text goes on after what it refers to, to something within that.
fn goes_on(value: &Value) -> bool {
    value.is_unknown() && parts(value).iter().any(|part| part.trim_end_matches('/').contains('/'))
}
