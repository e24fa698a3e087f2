//! What a rule of a security group says: for which protocol and ports, and how far its sources reach.

use ecow::{EcoString, eco_format};

use super::reach::{Reach, reach};
use crate::source::Span;
use crate::value::{Data, Map, Value};

/// A rule of a security group.
pub(super) struct Rule {
    pub(super) allows: bool,
    pub(super) protocol: EcoString,
    pub(super) ports: Ports,
    pub(super) reach: Reach,
    pub(super) priority: Option<i64>,
    pub(super) source: EcoString,
    pub(super) span: Span,
    pub(super) value: Value,
}

/// The ports that a rule is for, as ranges.
pub(super) enum Ports {
    Known(Vec<(i64, i64)>),
    Unknown(Value),
}

/// A text or number of a rule, as a text.
pub(super) fn text(map: &Map, name: &str) -> Option<EcoString> {
    match &map.get(name)?.value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(eco_format!("{number}")),
        _ => None,
    }
}

/// Reads a rule.
pub(super) fn read(map: &Map, rule: &Value) -> Rule {
    let protocol = text(map, "protocol").unwrap_or_else(|| "-1".into());
    let unknown = |name: &str| map.get(name).map(|entry| &entry.value).filter(|value| value.is_unknown());
    let null = Value::null();
    let sources = map.get("sources").map_or(&null, |entry| &entry.value);
    let entry_span = map.get("sources").map_or(Span::NONE, |entry| entry.span);
    let (mut reach, opener) = reach(sources);
    // A rule of which something else is not known may be no opening at all.
    if let (Reach::Everyone(_), Some(doubt)) =
        (&reach, unknown("protocol").or(unknown("access")).or(unknown("direction")))
    {
        reach = Reach::Unknown(doubt.clone());
    }
    let span = match &opener {
        // A literal that stands in the rule itself is pointed at; one from elsewhere at the place of its use.
        Some(item) if item.origin.steps().is_empty() && !item.origin.span.is_none() => item.origin.span,
        _ if !entry_span.is_none() => entry_span,
        _ => rule.origin.span,
    };
    let mut value = rule.clone();
    if let Some(item) = &opener {
        value.origin = item.origin.clone();
    }
    value.origin.absorb(&sources.origin);
    Rule {
        allows: text(map, "access").is_none_or(|access| access.eq_ignore_ascii_case("allow")),
        ports: match unknown("protocol") {
            Some(_) => ports(map, "tcp"),
            None => ports(map, &protocol),
        },
        protocol,
        reach,
        priority: map.get("priority").and_then(|entry| entry.value.as_number()).and_then(|number| number.as_i64()),
        source: opener.as_ref().and_then(|item| item.as_str().map(EcoString::from)).unwrap_or_default(),
        span,
        value,
    }
}

/// The ports of a rule for a protocol; all of them where it names none.
fn ports(map: &Map, protocol: &str) -> Ports {
    const ALL: (i64, i64) = (0, 65535);
    if matches!(protocol, "-1" | "all") {
        return Ports::Known(vec![ALL]);
    }
    if let Some(entry) = map.get("ports").filter(|entry| !entry.value.is_null()) {
        let Some(items) = entry.value.as_list() else { return Ports::Unknown(entry.value.clone()) };
        let mut ranges = Vec::with_capacity(items.len());
        for item in items {
            match item.as_str().and_then(|text| text.split_once('-')) {
                Some((from, to)) => match (from.parse(), to.parse()) {
                    (Ok(from), Ok(to)) => ranges.push((from, to)),
                    _ => return Ports::Unknown(Value::unknown("a port is no number")),
                },
                None => return Ports::Unknown(item.clone()),
            }
        }
        return Ports::Known(ranges);
    }
    let end = |name: &str| map.get(name).map(|entry| &entry.value).filter(|value| !value.is_null());
    let number = |value: &Value| match &value.data {
        Data::Number(number) => number.as_i64(),
        Data::String(text) => text.parse().ok(),
        _ => None,
    };
    match (end("from_port"), end("to_port")) {
        // A protocol that has no ports opens none that is known for a service, and is open all the same.
        (None, None) if !has_ports(protocol) => Ports::Known(vec![(0, 0)]),
        (None, None) => Ports::Known(vec![ALL]),
        (from, to) => {
            let ends = (from.or(to).and_then(number), to.or(from).and_then(number));
            match ends {
                _ if !has_ports(protocol) => Ports::Known(vec![(0, 0)]),
                (Some(-1), _) => Ports::Known(vec![ALL]),
                (Some(from), Some(to)) => Ports::Known(vec![(from.min(to), from.max(to))]),
                _ => Ports::Unknown(from.or(to).cloned().unwrap_or_else(|| Value::unknown("the ports are not known"))),
            }
        }
    }
}

/// Whether a protocol has ports: TCP, UDP and SCTP by name or number, or any protocol.
fn has_ports(protocol: &str) -> bool {
    matches!(protocol.to_ascii_lowercase().as_str(), "tcp" | "6" | "udp" | "17" | "sctp" | "132") || is_any(protocol)
}

pub(super) fn is_icmp(protocol: &str) -> bool {
    matches!(protocol.to_ascii_lowercase().as_str(), "icmp" | "icmpv6" | "1" | "58")
}

pub(super) fn is_any(protocol: &str) -> bool {
    matches!(protocol.to_ascii_lowercase().as_str(), "-1" | "*" | "all" | "any")
}
