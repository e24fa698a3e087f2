//! The evidence of a finding: the deciding value, where it is written, and how it came there.

use std::path::Path;

use ecow::{EcoString, eco_format};

use super::applied::version;
use super::finding::{Evidence, Outcome};
use super::{Judged, message};
use crate::condition::Deciding;
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::normalize::{Attribute, Node, written, written_at};
use crate::source::Span;
use crate::value::{Step, Value};

/// The longest value that is shown beside a place.
const SHOWN: usize = 40;

/// The places that explain a finding at a span, each once.
pub(super) fn of(
    judged: &Judged<'_, '_>,
    id: NodeId,
    resource: &Resource,
    span: Span,
    deciding: &[Deciding<'_>],
    decided: Option<&Decided<'_>>,
) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut add = |label: EcoString, at: Span| {
        let seen = at.is_none() || at == span || evidence.iter().any(|there| there.span == at);
        if !seen {
            evidence.push(Evidence { label, span: at });
        }
    };
    // Other elements of the same list that fail too.
    for (element, at) in deciding.iter().skip(1).filter_map(|deciding| deciding.element.as_ref()) {
        let words = message::words(element);
        let is_shown = !words.is_empty() && words.len() <= SHOWN;
        add(if is_shown { eco_format!("and here: {words}") } else { "and here".into() }, *at);
    }
    if let Some(Decided { value, holder, .. }) = decided {
        // From the use back to where the value is written.
        for step in steps(value).iter().rev() {
            add(step.label(), step.span);
        }
        if !value.origin.span.is_none() && !value.is_null() {
            add("written here".into(), value.origin.span);
        }
        if let Some(holder) = judged.graph.resources.get(*holder).filter(|_| *holder != id) {
            add(eco_format!("set by {}", holder.address), holder.header);
        }
    }
    if span != resource.header {
        let construct = resource.construct().map(|path| eco_format!(", made by construct {path}")).unwrap_or_default();
        add(eco_format!("the resource: {}{construct}", resource.address), resource.header);
    }
    for call in resource.calls.iter().rev() {
        add(eco_format!("called as {}", call.address), call.span);
    }
    evidence
}

/// Where a finding is shown: one in a folder that nobody asked to check is placed at the call that leads there,
/// and its own place becomes evidence.
pub(super) fn inside(
    judged: &Judged<'_, '_>,
    resource: &Resource,
    span: Span,
    label: EcoString,
    evidence: &mut Vec<Evidence>,
) -> (Span, EcoString) {
    let is_outside = |at: Span| {
        let path = judged.sources.get(at.source).map(|source| source.path.as_path());
        path.and_then(Path::parent).is_some_and(|folder| judged.outside.contains(folder))
    };
    if judged.outside.is_empty() || !is_outside(span) {
        return (span, label);
    }
    let Some(call) = resource.calls.iter().rev().find(|call| !is_outside(call.span)) else { return (span, label) };
    evidence.retain(|there| there.span != call.span);
    evidence.insert(0, Evidence { label, span });
    (call.span, eco_format!("in {}", call.address))
}

/// The value that decided, where it is, and the attribute it belongs to.
pub(super) struct Decided<'n> {
    pub(super) span: Span,
    pub(super) value: Value,
    pub(super) attribute: &'n Attribute<'n>,
    /// The resource that says so.
    pub(super) holder: NodeId,
}

/// Of the values that decided, the most telling: one that is written before one that is a default. Where a null is written
/// in place of a value, that is what it shows.
pub(super) fn decided<'n>(
    judged: &Judged<'_, '_>,
    node: &'n Node<'_>,
    deciding: &[Deciding<'_>],
    outcome: Outcome,
) -> Option<Decided<'n>> {
    let found = telling(judged, node, deciding, outcome)?;
    if found.attribute.written || found.attribute.path.is_empty() || outcome == Outcome::Unknown {
        return Some(found);
    }
    let holder = judged.graph.resources.get(found.holder)?;
    match written_at(holder, found.attribute.path).filter(|(value, _)| value.is_null()) {
        Some((value, span)) => Some(Decided { span, value, ..found }),
        None => Some(found),
    }
}

fn telling<'n>(
    judged: &Judged<'_, '_>,
    node: &'n Node<'_>,
    deciding: &[Deciding<'_>],
    outcome: Outcome,
) -> Option<Decided<'n>> {
    // An element of a list that several resources make up is of the one in which it is written.
    let holds = |id: &&NodeId, span: Span| {
        let span_of = judged.graph.resources.get(**id).map_or(Span::NONE, |resource| resource.span);
        span_of.source == span.source && span_of.start <= span.start && span.end <= span_of.end
    };
    let mut candidates = deciding.iter().filter_map(|deciding| {
        let name = deciding.subject;
        let attribute = node.attributes.get(name).or_else(|| node.facts.get(name))?;
        let (value, span) = match &deciding.element {
            Some((element, span)) => (element.clone(), if span.is_none() { attribute.span } else { *span }),
            None => (attribute.value.clone(), attribute.span),
        };
        let own = deciding.element.is_some().then(|| node.companions.iter().find(|id| holds(id, span))).flatten();
        Some(Decided { span, value, attribute, holder: own.copied().unwrap_or(attribute.holder) })
    });
    let first = candidates.next()?;
    let better = |decided: &Decided<'_>| match outcome {
        Outcome::Fail => decided.attribute.written,
        Outcome::Unknown => decided.value.first_unknown().is_some(),
    };
    if better(&first) {
        return Some(first);
    }
    Some(candidates.find(better).unwrap_or(first))
}

/// The steps of a value, or of the first part of it that has some.
fn steps(value: &Value) -> &[Step] {
    if !value.origin.steps().is_empty() {
        return value.origin.steps();
    }
    match value.as_map() {
        Some(map) => map
            .entries
            .values()
            .map(|entry| entry.value.origin.steps())
            .find(|steps| !steps.is_empty())
            .unwrap_or_default(),
        None => value
            .as_list()
            .unwrap_or_default()
            .iter()
            .map(|item| item.origin.steps())
            .find(|steps| !steps.is_empty())
            .unwrap_or_default(),
    }
}

/// What a place shows: the provider's attribute and what it is worth there, before any conversion.
pub(super) fn label(judged: &Judged<'_, '_>, outcome: Outcome, decided: Option<&Decided<'_>>) -> EcoString {
    let Some(Decided { attribute, value, holder, span }) = decided else { return "this resource".into() };
    let path = match *holder == attribute.holder {
        true => attribute.path.trim_end_matches("[]"),
        false => "",
    };
    if outcome == Outcome::Unknown {
        return match path.is_empty() {
            true => "not known".into(),
            false => eco_format!("{path} is not known"),
        };
    }
    if *holder != attribute.holder {
        let words = message::words(value);
        return if words.is_empty() || words.len() > SHOWN { "this".into() } else { words.into() };
    }
    if !attribute.written && value.is_null() && !path.is_empty() && *span != attribute.span {
        return match &attribute.source {
            Some(source) => eco_format!("{path} is null here, which counts as not set ({source})"),
            None => eco_format!("{path} is null here, which counts as not set"),
        };
    }
    match (attribute.written, path.is_empty(), &attribute.source) {
        (true, false, _) => match worth(judged, attribute, value).map(|worth| message::words(&worth)) {
            Some(words) if words.len() <= SHOWN && !words.is_empty() => eco_format!("{path}: {words}"),
            _ => eco_format!("{path}"),
        },
        (false, false, Some(source)) => match judged.graph.resources.get(attribute.holder).and_then(version) {
            Some(version) => eco_format!("{path} is not set ({source}; {version})"),
            None => eco_format!("{path} is not set ({source})"),
        },
        (false, false, None) => eco_format!("{path} is not set"),
        (true, true, _) => "this resource".into(),
        (false, true, _) => "nothing here says otherwise".into(),
    }
}

/// The value that is written for an attribute; for an element of a list, the element.
fn worth(judged: &Judged<'_, '_>, attribute: &Attribute<'_>, value: &Value) -> Option<Value> {
    if attribute.path.contains("[]") || value.as_map().is_some() {
        return Some(value.clone());
    }
    let holder = judged.graph.resources.get(attribute.holder)?;
    Some(written(holder, attribute.path).unwrap_or_else(|| value.clone()))
}
