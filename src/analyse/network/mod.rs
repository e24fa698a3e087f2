//! Which ports the rules of a security group open to the whole internet, and where traffic may leave to.
//! Deny rules that come first by priority close what they cover; halves of the internet add up to all of it.

mod reach;
mod rule;

use ecow::{EcoString, eco_format};
use ipnet::IpNet;

use crate::normalize::{Attribute, Node};
use crate::value::{Arm, Data, Entry, ListKind, Map, Value};

use reach::{Families, Reach, covered};
use rule::{Ports, Rule, is_any, is_icmp, read, text};

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

/// What a deny rule closes: for whom, of which protocol, which ports.
type Closed = (Families, EcoString, Vec<(i64, i64)>);

/// What rules open to the internet in a direction, and the rules of which that is not known.
fn open(rules: &[Value], direction: &str) -> Vec<Value> {
    let mut result: Vec<Value> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.is_unknown()) {
        match &rule.data {
            Data::Choice(arms) => result.extend(open_in_arms(arms, rules, direction)),
            _ => result.push(rule.clone()),
        }
    }
    let is_here = |map: &Map| {
        // A rule whose direction is not known may be of either.
        text(map, "direction").is_none_or(|towards| {
            let is_ingress = matches!(towards.to_ascii_lowercase().as_str(), "ingress" | "inbound");
            is_ingress == (direction == "ingress")
        })
    };
    let maps = rules.iter().filter_map(|rule| Some((rule.as_map()?, rule)));
    let mut found: Vec<Rule> = maps.filter(|(map, _)| is_here(map)).map(|(map, rule)| read(map, rule)).collect();
    found.retain(|rule| !is_icmp(&rule.protocol));
    join_halves(&mut found);
    found.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
    let mut closed: Vec<Closed> = Vec::new();
    for rule in &found {
        match (rule.allows, &rule.reach, &rule.ports) {
            (true, Reach::Some, _) => {}
            (true, _, Ports::Unknown(ports)) => result.push(opening(rule, ports.clone())),
            (true, _, Ports::Known(ports)) => result.extend(openings(rule, ports, &closed)),
            (false, Reach::Everyone(families), Ports::Known(ports)) => {
                closed.push((*families, rule.protocol.clone(), ports.clone()));
            }
            (false, ..) => {}
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

/// What a rule opens that no earlier rule closes.
fn openings(rule: &Rule, ports: &[(i64, i64)], closed: &[Closed]) -> Vec<Value> {
    let families = match &rule.reach {
        Reach::Everyone(families) => *families,
        _ => Families::BOTH,
    };
    let one = |(from, to): (i64, i64)| {
        let ports = Value::string(eco_format!("{from}-{to}"));
        let Reach::Unknown(source) = &rule.reach else { return opening(rule, ports) };
        // Open only if the source turns out to be the internet.
        let reason = source.first_unknown().and_then(Value::unknown_reason).unwrap_or_default();
        let arms = [
            Arm { when: eco_format!("whether the source is the internet: {reason}"), value: ports },
            Arm { when: "it is not".into(), value: Value::null() },
        ];
        opening(rule, Value::new(Data::Choice(arms.into())).with_origin(source.origin.clone()))
    };
    left_open(rule, ports, families, closed).into_iter().map(one).collect()
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

/// The fact of an opening, at the place of its rule.
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

/// What is left of ranges without one.
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
    use crate::value::{Known, Part};

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
    fn the_end_of_a_source_tells_when_it_cannot_be_everybody() {
        for (end, expected) in [("/32", 0), ("/128", 0), ("/8", 0), ("/1", 1), ("/0", 1), ("", 1), ("/", 1), ("32", 1)]
        {
            let parts = [Part::Hole(Value::unknown("var.office")), Part::Text(end.into())];
            let source = Value::partly_known("var.office", Known::Template(parts.to_vec().into()));
            let mut map = rule("allow", (22, 22), &[], None).as_map().unwrap().clone();
            map.insert("sources", Value::list(vec![source], ListKind::List));
            assert_eq!(opened(&[Value::map(map)]).len(), expected, "{end}");
        }
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
