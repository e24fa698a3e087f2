//! What attributes are worth, written beside them; only where the user asks for it.

use std::collections::BTreeMap;

use gen_lsp_types::{InlayHint, InlayHintKind, InlayHintParams};

use super::hover::holds;
use super::requests::{Asked, now};
use super::server::{Answer, Server};
use super::values::short;
use crate::value::{Data, Map, Value};

/// More hints than this are not given for one range.
const MAX_HINTS: usize = 2000;

/// Answers with the hints of a range.
pub(super) fn answer(server: &mut Server, params: InlayHintParams) -> Answer {
    let Some(asked) = Asked::of(server, &params.text_document)? else { return now(&()) };
    let Some(root) = server.workspace.of(&asked.path).filter(|_| server.settings.inlay_hints) else { return now(&()) };
    // What differs between the resources of one block is not said.
    let mut worth: BTreeMap<u32, Option<String>> = BTreeMap::new();
    for (report, project, _) in root.session.projects(&asked.path) {
        for resource in report.graph.resources.iter().filter(|resource| resource.project == project) {
            if report.sources.get(resource.span.source).is_some_and(|source| source.path == asked.path) {
                body(&resource.body, resource.span.source, &mut |end, value| {
                    let value = value.filter(|_| !report.secrets.iter().any(|secret| secret.end == end));
                    let known = worth.entry(end).or_insert_with(|| value.clone());
                    if *known != value {
                        *known = None;
                    }
                });
            }
        }
    }
    let hints: Vec<InlayHint> = worth
        .into_iter()
        .filter_map(|(end, value)| {
            let position = asked.position(end as usize);
            holds(params.range, position).then_some(())?;
            Some(InlayHint {
                position,
                label: format!("= {}", value?).into(),
                kind: Some(InlayHintKind::Type),
                text_edits: None,
                tooltip: None,
                padding_left: Some(true),
                padding_right: None,
                data: None,
            })
        })
        .take(MAX_HINTS)
        .collect();
    now(&hints)
}

/// Tells of every attribute of a body that is written in a source: where it ends, and what it is worth.
fn body(map: &Map, source: crate::source::SourceId, tell: &mut dyn FnMut(u32, Option<String>)) {
    for entry in map.entries.values().filter(|entry| entry.span.source == source) {
        match &entry.value.data {
            Data::Map(inner) => body(inner, source, tell),
            Data::List(list) => list.items.iter().filter_map(Value::as_map).for_each(|inner| body(inner, source, tell)),
            _ => tell(entry.span.end, short(&entry.value, entry.span)),
        }
    }
}
