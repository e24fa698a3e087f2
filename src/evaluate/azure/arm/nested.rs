//! Deployments in deployments: templates written inside, and those that are linked and on the disk; their outputs.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::level::Level;
use super::scope::{Here, Place};
use super::template::{Template, entry, get, level as level_of, text};
use crate::evaluate::azure::functions::Scope;
use crate::evaluate::azure::{Failure, Names};
use crate::evaluate::{Call, Code};
use crate::parse::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Map, Reference, Step, StepKind, Value};

/// Deployments in deployments: more levels than anyone deploys.
const MAX_LEVELS: usize = 12;
/// Variables that name variables, on the way to the file of a linked template.
const MAX_NAMES: usize = 4;

impl<'w> Here<'_, 'w> {
    /// The template that a resource nests; none where that is not known and nothing is wrong.
    pub(super) fn nested(
        &self,
        node: &'w Node,
        property: &str,
        address: &EcoString,
        header: Span,
    ) -> Result<Option<Level<'w>>, Failure> {
        let Some(properties) = get(node, "properties") else { return Ok(None) };
        if self.level.depth() >= MAX_LEVELS {
            let message = eco_format!("more than {MAX_LEVELS} deployments are nested here");
            return Err(Failure::limit(header, message));
        }
        let inline = get(properties, property).filter(|template| template.as_mapping().is_some());
        let link = get(properties, "templateLink");
        let (root, path, is_linked) = match (inline, link) {
            (Some(root), _) => (root, self.level.path, false),
            (None, Some(link)) => {
                let template = self.linked(link).ok_or_else(|| self.missing(link, address))?;
                (&template.root, template.path.as_path(), true)
            }
            (None, None) => return Ok(None),
        };
        let is_spec = property == "mainTemplate";
        let options = get(properties, "expressionEvaluationOptions").and_then(|options| text(options, "scope"));
        let is_inner = is_linked || is_spec || options.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        let mut deployment = self.level.deployment.clone();
        for (name, place) in
            [("subscriptionId", &mut deployment.subscription), ("resourceGroup", &mut deployment.group)]
        {
            if let Some(node) = get(node, name) {
                *place = self.noted(node);
            }
        }
        deployment.scope = level_of(root).unwrap_or(match get(node, "resourceGroup") {
            Some(_) => Scope::Group,
            None => deployment.scope,
        });
        let mut level = Level::new(root, path, deployment);
        level.outer = Some(self.outer(get(properties, "parameters"), !is_inner));
        level.escaped = is_spec;
        level.condition = match (&self.level.condition, self.place.assumed.join(" and ")) {
            (condition, own) if own.is_empty() => condition.clone(),
            (Some(outer), own) => Some(eco_format!("{outer} and {own}")),
            (None, own) => Some(own.into()),
        };
        let call = Call { address: address.clone(), span: header };
        level.calls = self.level.calls.iter().cloned().chain([call]).collect::<Arc<[Call]>>();
        Ok(Some(level))
    }

    fn linked(&self, link: &Node) -> Option<&'w Template> {
        let templates = &self.shared.workspace.templates;
        linked_paths(self.level.root, link, self.level.path)
            .into_iter()
            .find_map(|path| templates.get(&path))
            .filter(|template| template.path != self.level.path)
    }

    fn missing(&self, link: &Node, address: &EcoString) -> Failure {
        let named = ["relativePath", "uri", "id"].into_iter().find_map(|name| get(link, name));
        let span = named.map_or(link.span, |node| node.span);
        let shown = named.and_then(Node::as_str).unwrap_or("a place that is known only at deployment");
        let message = eco_format!(
            "the template of deployment {address} ({shown}) is not on this disk, so what it deploys is not checked; \
             put it beside this file and name it by relativePath"
        );
        Failure { span, message, code: Code::MissingModule }
    }

    /// The outputs of a nested template as `reference` shows them; none while they are being evaluated.
    pub(super) fn outputs_of(&self, level: &Rc<Level<'w>>) -> Option<Value> {
        if let Some(outputs) = level.outputs.borrow().as_ref() {
            return outputs.clone();
        }
        level.outputs.borrow_mut().replace(None);
        let top = Place::default();
        let here = Here::new(self.shared, level, &top);
        let address = level.calls.last().map(|call| call.address.clone()).unwrap_or_default();
        let mut map = Map::new();
        for (name, span, mut value) in here.outputs() {
            let attribute = eco_format!("outputs.{name}");
            value.origin.push_reference(Reference { address: address.clone(), attribute });
            value.origin.push_step(Step { kind: StepKind::Output, name: name.clone(), span });
            let mut output = Map::new();
            output.insert("value", value);
            map.insert(name, Value::map(output));
        }
        let outputs = Some(Value::map(map));
        level.outputs.borrow_mut().replace(outputs.clone());
        outputs
    }

    /// The outputs of this template: names, places, values.
    pub(super) fn outputs(&self) -> Vec<(EcoString, Span, Value)> {
        let mut outputs = Vec::new();
        for pair in get(self.level.root, "outputs").and_then(Node::as_mapping).unwrap_or_default() {
            let Some(condition) = self.exists(&pair.value) else { continue };
            let place = Place { assumed: condition.into_iter().collect(), ..Place::default() };
            let here = Here { place: &place, ..*self };
            let value = match (get(&pair.value, "value"), get(&pair.value, "copy")) {
                (Some(node), _) => here.noted(node),
                (None, Some(copy)) => match here.property_copy(copy) {
                    Ok((_, value)) => value,
                    Err(failure) => here.recover(failure).unwrap_or_else(|failure| failure.unknown()),
                },
                (None, None) => continue,
            };
            let kind = text(&pair.value, "type").unwrap_or_default();
            let hidden = kind.eq_ignore_ascii_case("securestring") || kind.eq_ignore_ascii_case("secureobject");
            outputs.push((pair.key.clone(), pair.key_span, value.with_sensitive(hidden)));
        }
        outputs
    }
}

/// The files that a link may mean, most likely first. Links are mostly put together from a place that only the
/// deployment knows and a path that is written: that path counts from the folder of the template.
pub(super) fn linked_paths(root: &Node, link: &Node, template: &Path) -> Vec<PathBuf> {
    let mut pieces: Vec<String> = Vec::new();
    for name in ["relativePath", "uri"] {
        if let Some(text) = text(link, name) {
            written_paths(root, text, &mut pieces, 0);
        }
    }
    let Some(folder) = template.parent() else { return Vec::new() };
    let mut paths = Vec::new();
    for piece in pieces {
        let parts: Vec<&str> = piece.split('/').filter(|part| !part.is_empty() && !part.contains(':')).collect();
        for start in 0..parts.len() {
            let rest: PathBuf = parts.get(start..).unwrap_or_default().iter().collect();
            let path = crate::evaluate::terraform::normalize(&folder.join(rest));
            if path != template && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

/// The paths of JSON files that a text mentions, itself or by variables.
fn written_paths(root: &Node, text: &str, pieces: &mut Vec<String>, depth: usize) {
    let is_expression = text.starts_with('[');
    let quoted = text.split('\'').skip(1).step_by(2);
    let candidates: Vec<&str> = if is_expression { quoted.collect() } else { vec![text] };
    for candidate in &candidates {
        let path = candidate.split(['?', '#']).next().unwrap_or_default();
        if path.to_ascii_lowercase().ends_with(".json") {
            pieces.push(path.replace('\\', "/"));
        }
    }
    if !is_expression || depth >= MAX_NAMES {
        return;
    }
    let variables = get(root, "variables");
    for name in candidates {
        let Some(entry) = variables.and_then(|variables| entry(variables, name)) else { continue };
        each_text(&entry.value, &mut |text| written_paths(root, text, pieces, depth + 1));
    }
}

/// Calls `visit` for every text in a tree.
fn each_text(node: &Node, visit: &mut dyn FnMut(&str)) {
    match &node.kind {
        NodeKind::String(text) => visit(text),
        NodeKind::Sequence(items) => items.iter().for_each(|item| each_text(item, visit)),
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|pair| each_text(&pair.value, visit)),
        _ => {}
    }
}

/// The links in a template.
pub(super) fn links(node: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            NodeKind::Sequence(items) => open.extend(items),
            NodeKind::Mapping(pairs) => {
                for pair in pairs {
                    match pair.key.eq_ignore_ascii_case("templateLink") {
                        true => found.push(&pair.value),
                        false => open.push(&pair.value),
                    }
                }
            }
            _ => {}
        }
    }
    found
}
