//! Which ports the rules of a security group open to the whole internet, and where traffic may leave to.
//! Deny rules that come first by priority close what they cover; halves of the internet add up to all of it.

use ecow::{EcoString, eco_format};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::normalize::{Attribute, Node};
use crate::source::Span;
use crate::value::{Arm, Data, Entry, ListKind, Map, Value};

/// Adds `open_ingress` and `open_egress` to a node that has rules.
pub(super) fn add(node: &mut Node<'_>) {
    let Some(rules) = node.attributes.get("rules").cloned() else { return };
    for (fact, direction) in [("open_ingress", "ingress"), ("open_egress", "egress")] {
        let value = match &rules.value.data {
            Data::List(list) => Value::list(open(&list.items, direction), ListKind::List),
            Data::Null => Value::list(Vec::new(), ListKind::List),
            _ => rules.value.clone(),
        };
        node.facts.insert(fact, Attribute { value, ..rules.clone() });
    }
}

/// Whether a set of sources is the whole internet.
#[derive(Clone, PartialEq, Debug)]
enum Reach {
    /// All of IPv4, all of IPv6, or both.
    Everyone(Families),
    Some,
    Unknown(Value),
}

/// Which of the two internets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Families {
    v4: bool,
    v6: bool,
}

impl Families {
    const BOTH: Families = Families { v4: true, v6: true };

    fn any(self) -> bool {
        self.v4 || self.v6
    }
}

/// What a deny rule closes: for whom, of which protocol, which ports.
type Closed = (Families, EcoString, Vec<(i64, i64)>);

struct Rule {
    allows: bool,
    protocol: EcoString,
    ports: Ports,
    reach: Reach,
    priority: Option<i64>,
    source: EcoString,
    span: Span,
    value: Value,
}

enum Ports {
    Known(Vec<(i64, i64)>),
    Unknown(Value),
}

fn open(rules: &[Value], direction: &str) -> Vec<Value> {
    let mut found: Vec<Rule> = Vec::new();
    let mut result: Vec<Value> = Vec::new();
    for rule in rules {
        if let Data::Choice(arms) = &rule.data {
            result.extend(open_in_arms(arms, rules, direction));
            continue;
        }
        match rule.as_map() {
            Some(map) => {
                // A rule whose direction is not known may be of either.
                let here = text(map, "direction").is_none_or(|towards| {
                    let is_ingress = matches!(towards.to_ascii_lowercase().as_str(), "ingress" | "inbound");
                    is_ingress == (direction == "ingress")
                });
                if here {
                    found.push(read(map, rule));
                }
            }
            None if rule.is_unknown() => result.push(rule.clone()),
            None => {}
        }
    }
    join_halves(&mut found);
    found.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
    let mut closed: Vec<Closed> = Vec::new();
    for rule in found {
        if is_icmp(&rule.protocol) {
            continue;
        }
        if !rule.allows {
            if let (Reach::Everyone(families), Ports::Known(ports)) = (&rule.reach, &rule.ports) {
                closed.push((*families, rule.protocol.clone(), ports.clone()));
            }
            continue;
        }
        if rule.reach == Reach::Some {
            continue;
        }
        let ports = match &rule.ports {
            Ports::Unknown(value) => {
                result.push(opening(&rule, value.clone()));
                continue;
            }
            Ports::Known(ports) => ports.clone(),
        };
        let families = match &rule.reach {
            Reach::Everyone(families) => *families,
            _ => Families::BOTH,
        };
        for (from, to) in left_open(&rule, &ports, families, &closed) {
            let ports = Value::string(eco_format!("{from}-{to}"));
            let ports = match &rule.reach {
                Reach::Unknown(source) => {
                    // Open only if the source turns out to be the internet.
                    let arms = [
                        Arm { when: "the source is the internet".into(), value: ports },
                        Arm { when: "it is not".into(), value: Value::null() },
                    ];
                    Value::new(Data::Choice(arms.into())).with_origin(source.origin.clone())
                }
                _ => ports,
            };
            result.push(opening(&rule, ports));
        }
    }
    result
}

/// What a rule that is a choice opens in each of its arms, where it may be several or none; nothing if no arm opens
/// anything. Rules that deny stand beside each.
fn open_in_arms(arms: &[Arm], rules: &[Value], direction: &str) -> Option<Value> {
    let denies = rules.iter().filter(|rule| rule.as_map().is_some_and(|map| !read(map, rule).allows));
    let denies: Vec<Value> = denies.cloned().collect();
    let open_in = |arm: &Arm| {
        let own = match &arm.value.data {
            Data::Null => &[],
            Data::List(list) => &*list.items,
            _ => std::slice::from_ref(&arm.value),
        };
        let all: Vec<Value> = denies.iter().chain(own).cloned().collect();
        open(&all, direction)
    };
    let found: Vec<Vec<Value>> = arms.iter().map(open_in).collect();
    let origin = found.iter().flatten().next()?.origin.clone();
    let arms = arms.iter().zip(found);
    let arms = arms.map(|(arm, found)| Arm { when: arm.when.clone(), value: Value::list(found, ListKind::List) });
    Some(Value::new(Data::Choice(arms.collect())).with_origin(origin))
}

/// The ports of a rule that earlier deny rules leave open, to either internet.
fn left_open(rule: &Rule, ports: &[(i64, i64)], families: Families, closed: &[Closed]) -> Vec<(i64, i64)> {
    let mut all: Vec<(i64, i64)> = Vec::new();
    for is_v6 in [false, true] {
        let of = |families: &Families| if is_v6 { families.v6 } else { families.v4 };
        if !of(&families) {
            continue;
        }
        let mut left = ports.to_vec();
        for (families, protocol, ranges) in closed {
            if of(families) && (is_any(protocol) || protocol.eq_ignore_ascii_case(&rule.protocol)) {
                left = ranges.iter().fold(left, |left, range| subtract(left, *range));
            }
        }
        for range in left {
            if !all.contains(&range) {
                all.push(range);
            }
        }
    }
    all.sort_unstable();
    all
}

fn opening(rule: &Rule, ports: Value) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        map.entries.insert(name.into(), Entry { value, span: rule.span });
    };
    put("ports", ports);
    put("protocol", Value::string(rule.protocol.clone()));
    put("source", Value::string(rule.source.clone()));
    let mut origin = rule.value.origin.clone();
    origin.span = rule.span;
    Value::map(map).with_origin(origin)
}

fn text(map: &Map, name: &str) -> Option<EcoString> {
    match &map.get(name)?.value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(eco_format!("{number}")),
        _ => None,
    }
}

fn read(map: &Map, rule: &Value) -> Rule {
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

/// How far a list of sources reaches, and the source that makes it so.
fn reach(sources: &Value) -> (Reach, Option<Value>) {
    let items: &[Value] = match &sources.data {
        Data::List(list) => &list.items,
        Data::Null => return (Reach::Some, None),
        _ => std::slice::from_ref(sources),
    };
    let mut families = covered(items.iter().filter_map(|item| item.as_str()?.parse::<IpNet>().ok()));
    let everyone = items.iter().find(|item| item.as_str().is_some_and(is_everyone));
    for word in items.iter().filter_map(Value::as_str).filter(|word| is_everyone(word)) {
        match word {
            "0.0.0.0/0" | "0.0.0.0" => families.v4 = true,
            "::/0" | "::" => families.v6 = true,
            other => match other.parse::<IpNet>() {
                // Counted with the networks.
                Ok(_) => {}
                Err(_) => families = Families::BOTH,
            },
        }
    }
    if families.any() {
        return (Reach::Everyone(families), everyone.or(items.first()).cloned());
    }
    // A reference to a security group, a prefix list or an address is not the internet.
    match items.iter().find(|item| item.is_unknown() && item.origin.references().is_empty()) {
        Some(item) => (Reach::Unknown(item.clone()), Some(item.clone())),
        None => (Reach::Some, items.first().cloned()),
    }
}

fn is_everyone(source: &str) -> bool {
    matches!(source, "*" | "0.0.0.0/0" | "::/0" | "0.0.0.0" | "::")
        || source.eq_ignore_ascii_case("internet")
        || source.eq_ignore_ascii_case("any")
        // Whatever the address before it, a prefix of no bits is all addresses.
        || source.ends_with("/0")
}

/// Whether networks together are all of IPv4, all of IPv6.
fn covered(nets: impl Iterator<Item = IpNet>) -> Families {
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = (Vec::new(), Vec::new());
    for net in nets {
        match net {
            IpNet::V4(net) => v4.push(net),
            IpNet::V6(net) => v6.push(net),
        }
    }
    Families {
        v4: Ipv4Net::aggregate(&v4).iter().any(|net| net.prefix_len() == 0),
        v6: Ipv6Net::aggregate(&v6).iter().any(|net| net.prefix_len() == 0),
    }
}

/// Rules for the same ports whose sources together are the internet are as open as one rule for all of it.
fn join_halves(rules: &mut [Rule]) {
    let nets = |rule: &Rule| -> Vec<IpNet> {
        let sources = rule.value.get("sources").and_then(|entry| entry.value.as_list()).unwrap_or_default();
        sources.iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
    };
    let known = |rule: &Rule| match &rule.ports {
        Ports::Known(ports) => Some(ports.clone()),
        Ports::Unknown(_) => None,
    };
    for at in 0..rules.len() {
        let Some(rule) = rules.get(at) else { continue };
        // A rule that names no address, but a group say, has no part in it.
        if rule.reach != Reach::Some || !rule.allows || nets(rule).is_empty() {
            continue;
        }
        let Some(ports) = known(rule) else { continue };
        let alike = rules.iter().filter(|other| {
            other.allows && other.protocol.eq_ignore_ascii_case(&rule.protocol) && known(other).as_ref() == Some(&ports)
        });
        let families = covered(alike.flat_map(nets));
        if families.any()
            && let Some(rule) = rules.get_mut(at)
        {
            rule.reach = Reach::Everyone(families);
        }
    }
}

fn is_icmp(protocol: &str) -> bool {
    matches!(protocol.to_ascii_lowercase().as_str(), "icmp" | "icmpv6" | "1" | "58")
}

fn is_any(protocol: &str) -> bool {
    matches!(protocol.to_ascii_lowercase().as_str(), "-1" | "*" | "all" | "any")
}

fn subtract(ranges: Vec<(i64, i64)>, (from, to): (i64, i64)) -> Vec<(i64, i64)> {
    let mut left = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        if to < start || from > end {
            left.push((start, end));
            continue;
        }
        if start < from {
            left.push((start, from - 1));
        }
        if end > to {
            left.push((to + 1, end));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(access: &str, ports: (i64, i64), sources: &[&str], priority: Option<i64>) -> Value {
        let mut map = Map::new();
        map.insert("direction", Value::string("ingress"));
        map.insert("access", Value::string(access));
        map.insert("protocol", Value::string("tcp"));
        map.insert("from_port", Value::number(ports.0));
        map.insert("to_port", Value::number(ports.1));
        let sources = sources.iter().map(|source| Value::string(*source)).collect();
        map.insert("sources", Value::list(sources, ListKind::List));
        if let Some(priority) = priority {
            map.insert("priority", Value::number(priority));
        }
        Value::map(map)
    }

    fn opened(rules: &[Value]) -> Vec<String> {
        open(rules, "ingress")
            .iter()
            .map(|rule| rule.get("ports").unwrap().value.as_str().unwrap_or("?").to_string())
            .collect()
    }

    #[test]
    fn halves_of_the_internet_are_all_of_it() {
        assert_eq!(opened(&[rule("allow", (22, 22), &["0.0.0.0/1", "128.0.0.0/1"], None)]), ["22-22"]);
        let split = [rule("allow", (22, 22), &["0.0.0.0/1"], None), rule("allow", (22, 22), &["128.0.0.0/1"], None)];
        assert_eq!(opened(&split), ["22-22", "22-22"]);
        assert!(opened(&[rule("allow", (22, 22), &["0.0.0.0/1"], None)]).is_empty());
    }

    #[test]
    fn a_deny_that_comes_first_closes_what_it_covers() {
        let rules = [rule("allow", (0, 100), &["*"], Some(200)), rule("deny", (22, 22), &["*"], Some(100))];
        assert_eq!(opened(&rules), ["0-21", "23-100"]);
        let late = [rule("allow", (22, 22), &["*"], Some(100)), rule("deny", (22, 22), &["*"], Some(200))];
        assert_eq!(opened(&late), ["22-22"]);
    }

    #[test]
    fn a_deny_for_one_internet_leaves_the_other_open() {
        let rules = [rule("allow", (22, 22), &["0.0.0.0/0"], Some(200)), rule("deny", (22, 22), &["::/0"], Some(100))];
        assert_eq!(opened(&rules), ["22-22"]);
        let both = [rule("allow", (22, 22), &["0.0.0.0/0"], Some(200)), rule("deny", (22, 22), &["*"], Some(100))];
        assert!(opened(&both).is_empty());
    }

    #[test]
    fn a_rule_of_an_unknown_protocol_or_access_is_not_known_to_open() {
        for name in ["protocol", "access"] {
            let mut map = rule("allow", (22, 22), &["0.0.0.0/0"], None).as_map().unwrap().clone();
            map.insert(name, Value::unknown("a variable without a value"));
            let opened = open(&[Value::map(map)], "ingress");
            assert!(opened[0].get("ports").unwrap().value.is_unknown(), "{name}");
        }
    }

    #[test]
    fn ipv6_counts_as_much() {
        assert_eq!(opened(&[rule("allow", (3389, 3389), &["10.0.0.0/8", "::/0"], None)]), ["3389-3389"]);
    }
}
