//! Messages: the policy's line with the deciding values of the resource put in.

use super::{Judged, account};
use crate::catalogue::model::PolicyFile;
use crate::condition;
use crate::graph::NodeId;
use crate::normalize::Node;
use crate::value::{Data, Known, Value};

/// Fills in the names in braces.
pub(super) fn render(judged: &Judged<'_, '_>, policy: &PolicyFile, id: NodeId, node: &Node<'_>) -> String {
    let mut text = String::with_capacity(policy.message.len() + 16);
    let mut rest = policy.message.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        text.push_str(&fill(judged, policy, id, node, name));
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn fill(judged: &Judged<'_, '_>, policy: &PolicyFile, id: NodeId, node: &Node<'_>, name: &str) -> String {
    if let Some(parameter) = name.strip_prefix("parameter.") {
        let parameters = policy.parameters_for(super::class(node));
        // By what the resource is of: `days.log_class` is `audit_days` for an audit log, where there is such a one.
        let (name, by) = parameter.split_once('.').map_or((parameter, None), |(name, by)| (name, Some(by)));
        let by = by.and_then(|by| node.attributes.get(by).or_else(|| node.facts.get(by)));
        let by = by.and_then(|by| by.value.as_str()).and_then(|by| parameters.get(&condition::parameter_of(by, name)));
        return match by.or_else(|| parameters.get(name)) {
            Some(serde_json::Value::Array(items)) => {
                items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            Some(value) => value.to_string(),
            None => String::new(),
        };
    }
    let resource = judged.graph.resources.get(id);
    match name {
        "missing" if !policy.requires.is_empty() => account::missing(judged, policy, id).join(", "),
        "resource.address" => resource.map(|resource| resource.address.to_string()).unwrap_or_default(),
        "resource.type" => resource.map(|resource| resource.type_.to_string()).unwrap_or_default(),
        "resource.name" => node.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        _ => match node.attributes.get(name).or_else(|| node.facts.get(name)) {
            Some(attribute) => words(&attribute.value),
            None => "not set".into(),
        },
    }
}

/// A range of ports as a reader sees it: `22` and not `22-22`.
fn port_words(ports: &Value) -> String {
    match ports.as_str().and_then(|text| text.split_once('-')) {
        Some(("0", "65535")) => "0-65535 (all)".into(),
        Some((from, to)) if from == to => from.into(),
        _ => words(ports),
    }
}

/// A value as a reader sees it in a sentence.
pub(super) fn words(value: &Value) -> String {
    if value.sensitive {
        return "a sensitive value".into();
    }
    match &value.data {
        Data::Null => "not set".into(),
        Data::Bool(on) => on.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => text.to_string(),
        Data::List(list) => {
            let mut seen: Vec<String> = Vec::new();
            for item in list.items.iter() {
                let item = match item.get("ports") {
                    Some(ports) => port_words(&ports.value),
                    None => words(item),
                };
                if !seen.contains(&item) {
                    seen.push(item);
                }
            }
            let more = seen.len().saturating_sub(5);
            seen.truncate(5);
            if more > 0 {
                seen.push(format!("{more} more"));
            }
            seen.join(", ")
        }
        Data::Map(map) => match map.get("ports") {
            Some(ports) => port_words(&ports.value),
            None => format!("{} settings", map.entries.len()),
        },
        Data::Choice(arms) => {
            let mut seen: Vec<String> = Vec::new();
            for arm in arms.iter().filter(|arm| !arm.value.is_null()) {
                let words = words(&arm.value);
                if !words.is_empty() && !seen.contains(&words) {
                    seen.push(words);
                }
            }
            if seen.is_empty() { "not known".into() } else { seen.join(" or ") }
        }
        Data::Unknown(unknown) => match unknown.known {
            Known::AtMost(number) => format!("at most {number}"),
            Known::AtLeast(number) => format!("at least {number}"),
            _ => "not known".into(),
        },
    }
}
