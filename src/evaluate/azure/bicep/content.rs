//! Files that a file takes in while it is compiled: as text, as JSON, as YAML, or encoded. Only what lies below the
//! folders that are checked is read.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::eco_format;

use super::scope::Here;
use crate::evaluate::azure::{Failure, Invocation, Outcome};
use crate::evaluate::terraform::normalize;
use crate::parse::tree::{Node, NodeKind};
use crate::parse::{json, yaml};
use crate::source::Span;
use crate::value::{Data, ListKind, Map, Origin, Value};

/// The functions that read files.
const READERS: &[&str] =
    &["loadTextContent", "loadJsonContent", "loadYamlContent", "loadFileAsBase64", "loadDirectoryFileInfo"];

impl Here<'_, '_> {
    /// What a function that reads a file gives; none for other functions.
    pub(super) fn content(&self, call: &Invocation<'_>) -> Option<Outcome> {
        let reader = READERS.iter().find(|name| call.is(name))?;
        let Some(path) = call.arguments.first() else {
            return Some(Err(Failure::at(call.span, eco_format!("{reader} needs the path of a file"))));
        };
        let Some(path) = path.as_str() else {
            let reason = eco_format!("which file {reader} reads is not known");
            return Some(Ok(Value::unknown(reason).with_origin(Origin::at(call.span))));
        };
        Some(self.read(reader, path, call))
    }

    fn read(&self, reader: &str, path: &str, call: &Invocation<'_>) -> Outcome {
        let unknown = |reason| Ok(Value::unknown(reason).with_origin(Origin::at(call.span)));
        let folder = self.level.file.path.parent().map(PathBuf::from).unwrap_or_default();
        let full = normalize(&folder.join(path));
        let bounds = &self.shared.input.workspace.bounds;
        let real = full.canonicalize().unwrap_or_else(|_| full.clone());
        let is_inside = bounds
            .iter()
            .any(|root| full.starts_with(root) && root.canonicalize().is_ok_and(|root| real.starts_with(root)));
        if !is_inside {
            return match bounds.iter().any(|root| full.starts_with(root)) {
                true => Err(Failure::at(call.span, eco_format!("there is no file {path}; correct the path"))),
                false => unknown(eco_format!("{path} lies outside the folders that are checked, so it is not read")),
            };
        }
        if reader == "loadDirectoryFileInfo" {
            return unknown(eco_format!("what the folder {path} holds is read only by the compiler"));
        }
        let Ok(decoded) = self.shared.input.sources.files().read_decoded(&full) else {
            return Err(Failure::at(
                call.span,
                eco_format!("there is no file {path} that could be read; correct the path"),
            ));
        };
        let origin = Origin::at(call.span);
        let text = decoded.text;
        match reader {
            "loadTextContent" => Ok(Value::string(text).with_origin(origin)),
            "loadFileAsBase64" => Ok(Value::string(STANDARD.encode(text.as_bytes())).with_origin(origin)),
            _ => {
                let id = Span::NONE.source;
                let (root, error) = match reader {
                    "loadYamlContent" => {
                        let mut parsed = yaml::parse(id, &text);
                        (
                            if parsed.documents.is_empty() { None } else { Some(parsed.documents.remove(0)) },
                            parsed.errors,
                        )
                    }
                    _ => {
                        let parsed = json::parse(id, &text, json::Options::TOLERANT);
                        (parsed.root, parsed.errors)
                    }
                };
                if let Some(error) = error.first() {
                    return Err(Failure::at(call.span, eco_format!("{path} cannot be read: {}", error.message)));
                }
                let value = root.map_or_else(Value::null, |root| plain(&root, call.span));
                match call.arguments.get(1).and_then(Value::as_str) {
                    Some(query) => part(&value, query).map_or_else(
                        || unknown(eco_format!("the part {query} of {path} is chosen by the compiler")),
                        Ok,
                    ),
                    None => Ok(value),
                }
            }
        }
    }
}

/// The value of a tree, all of it taken in at one place.
fn plain(node: &Node, span: Span) -> Value {
    match &node.kind {
        NodeKind::Sequence(items) => {
            let items = items.iter().map(|item| plain(item, span)).collect();
            Value::list(items, ListKind::Tuple).with_origin(Origin::at(span))
        }
        NodeKind::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                map.insert(entry.key.clone(), plain(&entry.value, span));
            }
            Value::map(map).with_origin(Origin::at(span))
        }
        NodeKind::Null => Value::at(Data::Null, span),
        NodeKind::Bool(value) => Value::at(Data::Bool(*value), span),
        NodeKind::Number(value) => Value::at(Data::Number(*value), span),
        NodeKind::String(text) => Value::at(Data::String(text.clone()), span),
    }
}

/// The part of a value that a plain path names: `$.a.b[0]`, without filters and wildcards.
fn part(value: &Value, query: &str) -> Option<Value> {
    let path = query.trim().trim_start_matches('$');
    let mut at = value.clone();
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
        at = match step.parse::<usize>() {
            Ok(index) if at.as_list().is_some() => at.as_list()?.get(index)?.clone(),
            _ => at.get(step)?.value.clone(),
        };
    }
    Some(at)
}
