//! Suppressions in what a resource declares for tools, where the format has no comments:
//! `Metadata: {phiguard: {ignore: [{policy, reason, until}]}}`.

use ecow::{EcoString, eco_format};

use super::Written;
use crate::config::Date;
use crate::evaluate::{METADATA, PHIGUARD, Resource};
use crate::source::Span;
use crate::value::{Entry, Value};

/// The form to follow, for messages.
const FORM: &str = "write Metadata: {phiguard: {ignore: [{policy: policy-id, reason: ..., until: YYYY-MM-DD}]}}";

/// A suppression and its place, or what is wrong with it.
pub(super) type Read = (Span, Result<Written, (Span, EcoString)>);

/// The suppressions of a resource.
pub(super) fn read(resource: &Resource) -> Vec<Read> {
    let own = resource.settings.get(METADATA).and_then(|entry| entry.value.get(PHIGUARD));
    let Some(own) = own else { return Vec::new() };
    let at = |value: &Value| if value.origin.span.is_none() { resource.header } else { value.origin.span };
    let wrong = |span: Span, message: EcoString| vec![(span, Err((span, message)))];
    let Some(map) = own.value.as_map() else {
        return wrong(at(&own.value), eco_format!("a mapping is expected here; {FORM}"));
    };
    if let Some(name) = map.entries.keys().find(|name| *name != "ignore") {
        return wrong(at(&own.value), eco_format!("phiguard knows no metadata \"{name}\"; {FORM}"));
    }
    let Some(list) = map.entries.get("ignore") else { return Vec::new() };
    let Some(items) = list.value.as_list() else {
        return wrong(at(&list.value), eco_format!("a list is expected here; {FORM}"));
    };
    items.iter().map(|item| (at(item), one(item, at(item)))).collect()
}

fn one(item: &Value, span: Span) -> Result<Written, (Span, EcoString)> {
    let Some(map) = item.as_map() else { return Err((span, eco_format!("a mapping is expected here; {FORM}"))) };
    if let Some(name) = map.entries.keys().find(|name| !matches!(name.as_str(), "policy" | "reason" | "until")) {
        return Err((span, eco_format!("a suppression has no \"{name}\"; {FORM}")));
    }
    let text = |name: &str| -> Result<Option<(EcoString, Span)>, (Span, EcoString)> {
        let Some(Entry { value, .. }) = map.entries.get(name) else { return Ok(None) };
        let at = if value.origin.span.is_none() { span } else { value.origin.span };
        match value.as_str() {
            Some(text) => Ok(Some((text.into(), at))),
            None => Err((at, eco_format!("{name} takes a text that is known here; {FORM}"))),
        }
    };
    let Some(policy) = text("policy")? else {
        return Err((span, eco_format!("this suppression names no policy; {FORM}")));
    };
    let until = match text("until")? {
        None => None,
        Some((until, at)) => match Date::read(&until) {
            Some(date) => Some(date),
            None => return Err((at, eco_format!("\"{until}\" is no day; write it as YYYY-MM-DD, such as 2030-12-31"))),
        },
    };
    let reason = text("reason")?.map(|(reason, _)| reason).unwrap_or_default();
    Ok(Written { policies: vec![policy], reason, until })
}
