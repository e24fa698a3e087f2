//! APIs that nobody declares: those of events that name none, and the paths that events add to declared ones.

use ecow::{EcoString, eco_format};
use indexmap::{IndexMap, IndexSet};

use super::Expansion;
use super::definition::{ANY, DEFAULT_PATH, add_method, paths, skeleton};
use super::draft::{Place, Source};
use super::function::is_plain_mapping;
use super::node::{At, get_mut, given, is_something, literal, member, set, target};
use crate::parse::tree::{Entry, Node};

/// The two kinds of APIs.
pub(super) struct Kind {
    pub(super) type_: &'static str,
    event: &'static str,
    /// The property of an event that names its API.
    pub(super) property: &'static str,
    /// The API of events that name none.
    pub(super) implicit: &'static str,
    is_http: bool,
}

pub(super) const REST: Kind = Kind {
    type_: "AWS::Serverless::Api",
    event: "Api",
    property: "RestApiId",
    implicit: "ServerlessRestApi",
    is_http: false,
};

pub(super) const HTTP: Kind = Kind {
    type_: "AWS::Serverless::HttpApi",
    event: "HttpApi",
    property: "ApiId",
    implicit: "ServerlessHttpApi",
    is_http: true,
};

/// Conditions of the resources whose events an API takes: by path, by method.
type Conditions = IndexMap<EcoString, IndexMap<EcoString, Option<EcoString>>>;

impl Expansion<'_, '_, '_> {
    /// Gives APIs without a definition one, and all of them the paths of events.
    pub(super) fn implicit(&mut self, kind: &Kind) {
        for source in
            self.sources.values_mut().filter(|source| source.body.get("Type").and_then(literal) == Some(kind.type_))
        {
            let has = |key: &str| source.get(key).is_some_and(is_something);
            if !has("DefinitionBody") && !has("DefinitionUri") {
                let at = source.at();
                set(&mut source.properties, "DefinitionBody", skeleton(at, kind.is_http));
                source.managed = true;
            }
        }
        let mut conditions: IndexMap<EcoString, Conditions> = IndexMap::new();
        let mut kept: Vec<(&'static str, Vec<EcoString>)> =
            vec![("DeletionPolicy", vec![]), ("UpdateReplacePolicy", vec![])];
        let owners: Vec<EcoString> = self.sources.keys().cloned().collect();
        for owner in owners {
            let Some(mut source) = self.sources.get(&owner).cloned() else { continue };
            let type_ = source.body.get("Type").and_then(literal);
            if !matches!(type_, Some("AWS::Serverless::Function" | "AWS::Serverless::StateMachine")) {
                continue;
            }
            let condition = source.condition();
            let attributes = source.clone();
            let Some(events) = get_mut(&mut source.properties, "Events").and_then(super::node::entries_mut) else {
                continue;
            };
            for entry in events.iter_mut() {
                if entry.value.get("Type").and_then(literal) != Some(kind.event) {
                    continue;
                }
                let Some((api, path, method)) = self.event(kind, entry, &attributes) else { continue };
                if api == kind.implicit {
                    for (key, all) in &mut kept {
                        all.extend(attributes.body.get(key).and_then(literal).map(EcoString::from));
                    }
                }
                let methods = conditions.entry(api).or_default().entry(path).or_default();
                methods.insert(method, condition.clone());
            }
            self.sources.insert(owner, source);
        }
        self.set_conditions(kind, conditions, &kept);
    }

    /// Completes an event and adds its path to its API.
    fn event(&mut self, kind: &Kind, entry: &mut Entry, owner: &Source) -> Option<(EcoString, EcoString, EcoString)> {
        let place = Place::of(entry);
        let at = place.at();
        let properties = member(&mut entry.value, "Properties", at.empty())?;
        if !kind.is_http && !is_something(properties) {
            return None;
        }
        if given(properties, kind.property).is_none() {
            set(properties, kind.property, at.reference(kind.implicit));
            self.add_implicit(kind, place);
            self.add_tags(kind, owner);
        }
        if kind.is_http && given(properties, "Path").is_none() && given(properties, "Method").is_none() {
            set(properties, "Path", at.text(DEFAULT_PATH));
            set(properties, "Method", at.text(ANY));
        }
        let named = given(properties, kind.property)?;
        let api: EcoString = target(named).or_else(|| literal(named))?.into();
        let text = |key: &str| given(properties, key).and_then(|node| self.text(node));
        let (Some(path), Some(method)) = (text("Path"), text("Method")) else {
            self.fail(place.key, "this event needs a Path and a Method that are known; it is not checked");
            return None;
        };
        let settings = given(properties, "RouteSettings").cloned();
        let Some(source) = self.sources.get_mut(&api) else { return Some((api, path, method)) };
        if source.managed
            && let Some(body) = get_mut(&mut source.properties, "DefinitionBody")
        {
            add_method(body, &path, &method, at);
        }
        if let Some(settings) = settings.filter(|_| kind.is_http) {
            let route = if method == ANY { path.clone() } else { eco_format!("{} {path}", method.to_uppercase()) };
            let settings = match owner.condition() {
                Some(condition) => at.only_if(condition, settings),
                None => settings,
            };
            if let Some(all) = member(&mut source.properties, "RouteSettings", at.empty())
                && let Some(one) = member(all, &route, at.empty())
            {
                for entry in settings.as_mapping().unwrap_or_default() {
                    set(one, &entry.key, entry.value.clone());
                }
            }
        }
        Some((api, path, method))
    }

    fn add_implicit(&mut self, kind: &Kind, place: Place) {
        if self.implicit.contains(kind.implicit) {
            return;
        }
        self.implicit.insert(kind.implicit.into());
        let at = place.at();
        let mut properties = at.map([("DefinitionBody", skeleton(at, kind.is_http))]);
        if !kind.is_http {
            set(&mut properties, "StageName", at.text("Prod"));
        }
        let body = at.map([("Type", at.text(kind.type_)), ("Properties", properties)]);
        let mut source = Source::of(&at.entry(kind.implicit, body));
        source.managed = true;
        source.place = place;
        self.sources.insert(kind.implicit.into(), source);
    }

    /// Hands the tags of a resource to the API that its events make.
    fn add_tags(&mut self, kind: &Kind, owner: &Source) {
        let globals = self.evaluator.template.root.get("Globals");
        let section = globals.and_then(|globals| given(globals, super::kind_of(&owner.body)));
        let property = |key: &str| owner.get(key).or_else(|| section.and_then(|section| given(section, key)));
        if !self.is_yes(property("PropagateTags")) {
            return;
        }
        let Some(tags) = property("Tags").filter(|tags| is_plain_mapping(tags)).cloned() else { return };
        let Some(api) = self.sources.get_mut(kind.implicit) else { return };
        let at = At(tags.span);
        if let Some(all) = member(&mut api.properties, "Tags", at.empty()) {
            for entry in tags.as_mapping().unwrap_or_default() {
                set(all, &entry.key, entry.value.clone());
            }
        }
        set(&mut api.properties, "PropagateTags", at.bool(true));
    }

    /// Lets APIs and their paths hang on the conditions of the resources that they lead to.
    fn set_conditions(
        &mut self,
        kind: &Kind,
        mut conditions: IndexMap<EcoString, Conditions>,
        kept: &[(&str, Vec<EcoString>)],
    ) {
        if let Some(api) = conditions.get(kind.implicit) {
            let all: IndexSet<Option<EcoString>> = api.values().flat_map(IndexMap::values).cloned().collect();
            let name = eco_format!("{}Condition", kind.implicit);
            let holds = self.joined(all, &name);
            if let Some(source) = self.sources.get_mut(kind.implicit) {
                let at = source.at();
                if let Some(condition) = holds {
                    set(&mut source.body, "Condition", at.text(condition));
                }
                for (key, policies) in kept {
                    let strongest =
                        ["Retain", "Snapshot", "Delete"].iter().find(|one| policies.iter().any(|there| there == *one));
                    if let Some(policy) = strongest {
                        set(&mut source.body, key, at.text(*policy));
                    }
                }
            }
        }
        let ids: Vec<EcoString> = self.sources.keys().cloned().collect();
        for id in ids {
            let Some(source) = self.sources.get(&id) else { continue };
            if !source.managed || source.body.get("Type").and_then(literal) != Some(kind.type_) {
                continue;
            }
            let (at, paths) = (source.at(), source.get("DefinitionBody").map(paths).unwrap_or_default());
            for path in paths {
                let methods = conditions.get_mut(&id).and_then(|api| api.get(&path));
                let all: IndexSet<Option<EcoString>> =
                    methods.map(|methods| methods.values().cloned().collect()).unwrap_or_default();
                let written = path.replace("/", "SLASH").replace("{", "OB").replace("}", "CB");
                let Some(condition) = self.joined(all, &eco_format!("{id}{written}PathCondition")) else { continue };
                let item = self
                    .sources
                    .get_mut(&id)
                    .and_then(|source| get_mut(&mut source.properties, "DefinitionBody"))
                    .and_then(|body| get_mut(body, "paths"))
                    .and_then(|paths| get_mut(paths, &path));
                if let Some(item) = item {
                    *item = at.only_if(condition, item.clone());
                }
            }
        }
    }

    /// The condition that holds where one of several does; none where something hangs on no condition.
    fn joined(&mut self, all: IndexSet<Option<EcoString>>, name: &EcoString) -> Option<EcoString> {
        let mut names: Vec<EcoString> = all.into_iter().collect::<Option<Vec<EcoString>>>()?;
        names.sort();
        match names.as_slice() {
            [] => return None,
            [only] => return Some(only.clone()),
            _ => {}
        }
        self.any_of(&names, name);
        Some(name.clone())
    }

    /// Declares a condition that holds where one of several does: ten of them fit into one.
    pub(super) fn any_of(&mut self, names: &[EcoString], name: &EcoString) {
        let at = At(self.span);
        let mut open: Vec<EcoString> = names.to_vec();
        let mut left = open.len().saturating_sub(1).div_ceil(9);
        while open.len() > 1 {
            left = left.saturating_sub(1);
            let made = if left > 0 { eco_format!("{name}{left}") } else { name.clone() };
            let rest = open.split_off(open.len().min(10));
            let sides: Vec<Node> = open.iter().map(|side| at.map([("Condition", at.text(side.clone()))])).collect();
            self.condition(&made, at.map([("Fn::Or", at.list(sides))]));
            open = rest;
            open.push(made);
        }
    }
}
