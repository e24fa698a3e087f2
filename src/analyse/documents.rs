//! What a resource policy grants to everyone, and whether it refuses plain HTTP.

use ecow::EcoString;

use super::document_text::statements;
use super::fact;
use crate::normalize::{Attribute, Node};
use crate::value::{Data, Known, Part, Truth, Value};

/// Adds `grants_everyone`, `requires_tls` and `wildcard_actions`.
pub(super) fn add<'c>(policies: &[Attribute<'c>], node: &mut Node<'c>) {
    let mut everyone: Option<(Truth, &Attribute<'c>)> = None;
    let mut tls: Option<(Truth, &Attribute<'c>)> = None;
    for policy in policies {
        let statements = statements(&policy.value);
        let grants = any(statements.as_deref(), |statement| {
            is_allow(statement).and(names_everyone(statement)).and(!is_narrowed(statement))
        });
        let refuses = any(statements.as_deref(), refuses_plaintext);
        for (result, truth) in [(&mut everyone, grants), (&mut tls, refuses)] {
            let joined = result.as_ref().map_or(truth, |(before, _)| before.or(truth));
            if result.as_ref().is_none_or(|(before, _)| *before != joined) {
                *result = Some((joined, policy));
            }
        }
    }
    if let Some(attribute) = wildcards_of(policies) {
        node.facts.insert("wildcard_actions", attribute);
    }
    for (name, result) in [("grants_everyone", everyone), ("requires_tls", tls)] {
        if let Some((truth, policy)) = result {
            node.facts.insert(name, fact(of_truth(truth, &policy.value), policy));
        }
    }
}

/// The wildcards that resource policies hand out: every action of a service, or all but some.
fn wildcards_of<'c>(policies: &[Attribute<'c>]) -> Option<Attribute<'c>> {
    let mut found: Option<(Vec<Value>, &Attribute<'c>)> = None;
    for policy in policies {
        let Some(statements) = statements(&policy.value) else { continue };
        let mut actions = Vec::new();
        for statement in &statements {
            if is_allow(statement) != Truth::True {
                continue;
            }
            if statement.get("NotAction").is_some() {
                actions.push(Value::string("NotAction").with_origin(policy.value.origin.clone()));
            }
            for action in texts(statement, "Action").unwrap_or_default() {
                if let Text::Known(text) = &action
                    && (text == "*" || text.ends_with(":*"))
                    && !is_key_of_its_account(statement, text)
                {
                    actions.push(Value::string(text.clone()).with_origin(policy.value.origin.clone()));
                }
            }
        }
        let better = found.as_ref().is_none_or(|(before, _)| before.is_empty() && !actions.is_empty());
        if better {
            found = Some((actions, policy));
        }
    }
    found.map(|(actions, policy)| fact(Value::list(actions, crate::value::ListKind::List), policy))
}

/// Whether a statement gives a key to the root of an account: what KMS asks every key policy to hold, so that
/// identity policies decide. Source: KMS's page on default key policies.
fn is_key_of_its_account(statement: &Value, action: &str) -> bool {
    let Some(principal) = statement.get("Principal").map(|entry| &entry.value) else { return false };
    let names = texts(principal, "AWS").unwrap_or_default();
    let is_root = |name: &Text| match name {
        Text::Known(text) | Text::Partly(text) => {
            text.ends_with(":root") || (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Text::Unknown => true,
    };
    action.eq_ignore_ascii_case("kms:*") && !names.is_empty() && names.iter().all(is_root)
}

/// A truth as a value; an unknown one has the reason and the origin of what it rests on.
pub(super) fn of_truth(truth: Truth, basis: &Value) -> Value {
    let value = match truth {
        Truth::True => Value::bool(true),
        Truth::False => Value::bool(false),
        Truth::Unknown => {
            let unknown = basis.first_unknown().and_then(Value::unknown_reason);
            Value::unknown(unknown.unwrap_or_else(|| "a part of the policy document is not known".into()))
        }
    };
    value.with_origin(basis.origin.clone())
}

/// Whether a test holds for one of the statements; None stands for a document that cannot be read.
fn any(statements: Option<&[Value]>, test: impl Fn(&Value) -> Truth) -> Truth {
    match statements {
        None => Truth::Unknown,
        Some(statements) => statements.iter().fold(Truth::False, |truth, statement| {
            truth.or(if statement.is_unknown() { Truth::Unknown } else { test(statement) })
        }),
    }
}

/// The texts of a field that is one or several; unknown ones as None, with what is known of them lost.
pub(super) fn texts(statement: &Value, field: &str) -> Option<Vec<Text>> {
    let value = &statement.get(field)?.value;
    Some(match &value.data {
        Data::List(list) => list.items.iter().map(Text::of).collect(),
        _ => vec![Text::of(value)],
    })
}

/// A text of a document, as far as it is known.
pub(super) enum Text {
    /// All of it.
    Known(EcoString),
    /// A part; it is not the bare wildcard.
    Partly(EcoString),
    /// Nothing.
    Unknown,
}

impl Text {
    pub(super) fn of(value: &Value) -> Text {
        match &value.data {
            Data::String(text) => Text::Known(text.clone()),
            Data::Unknown(unknown) => match &unknown.known {
                Known::Template(parts) => {
                    let mut known = EcoString::new();
                    for part in parts.iter() {
                        match part {
                            Part::Text(text) => known.push_str(text),
                            Part::Hole(_) => known.push('?'),
                        }
                    }
                    if known == "?" { Text::Unknown } else { Text::Partly(known) }
                }
                // A reference to a resource is that resource, never everything.
                _ if !value.origin.references().is_empty() => Text::Partly("?".into()),
                _ => Text::Unknown,
            },
            _ => Text::Unknown,
        }
    }

    /// Whether a known text passes a test; one that is only partly known does not.
    pub(super) fn is(&self, test: impl Fn(&str) -> bool) -> Truth {
        match self {
            Text::Known(text) => test(text).into(),
            Text::Partly(_) => Truth::False,
            Text::Unknown => Truth::Unknown,
        }
    }
}

pub(super) fn is_allow(statement: &Value) -> Truth {
    effect(statement, "Allow")
}

fn effect(statement: &Value, wanted: &str) -> Truth {
    match texts(statement, "Effect").as_deref() {
        Some([effect]) => effect.is(|text| text.eq_ignore_ascii_case(wanted)),
        _ => Truth::False,
    }
}

/// Whether the principal of a statement is everyone.
pub(super) fn names_everyone(statement: &Value) -> Truth {
    if statement.get("NotPrincipal").is_some() {
        return Truth::True;
    }
    let Some(principal) = statement.get("Principal").map(|entry| &entry.value) else { return Truth::False };
    match &principal.data {
        Data::Map(map) => {
            let aws = map.entries.iter().filter(|(key, _)| matches!(key.as_str(), "AWS" | "*"));
            aws.fold(Truth::False, |truth, (key, _)| {
                let names = texts(principal, key).unwrap_or_default();
                names.iter().fold(truth, |truth, name| truth.or(name.is(is_anybody)))
            })
        }
        Data::List(list) => list.items.iter().fold(Truth::False, |truth, item| truth.or(Text::of(item).is(is_anybody))),
        _ => Text::of(principal).is(is_anybody),
    }
}

/// Whether a principal is somebody of whatever account: `*`, or an ARN of IAM whose account is one. AWS refuses the
/// latter; whoever writes it means every account.
fn is_anybody(principal: &str) -> bool {
    let mut parts = principal.split(':');
    principal == "*"
        || (parts.next() == Some("arn")
            && matches!(parts.nth(1), Some("iam" | "sts"))
            && parts.nth(1).is_some_and(|account| account == "*"))
}

/// Condition keys that narrow whom a statement speaks to. Source: the IAM page on global condition context keys.
const NARROWING: &[&str] = &[
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:userid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:vpcsourceip",
    "kms:calleraccount",
    "kms:viaservice",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sts:externalid",
    "lambda:functionurlauthtype",
    "sns:endpoint",
    "elasticfilesystem:accesspointarn",
    "aws:ec2instancesourcevpc",
];

/// Whether addresses are of a network of one's own. A public address names a place, not a person: whoever sits
/// behind it is let in without signing in.
fn is_private_network(text: &str) -> bool {
    let network = text.parse::<ipnet::IpNet>().ok().or_else(|| Some(text.parse::<std::net::IpAddr>().ok()?.into()));
    match network {
        Some(ipnet::IpNet::V4(network)) => {
            let shared = ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(100, 64, 0, 0), 10);
            network.addr().is_private() && network.broadcast().is_private() || shared.contains(&network)
        }
        Some(ipnet::IpNet::V6(network)) => network.prefix_len() >= 7 && network.addr().is_unique_local(),
        None => false,
    }
}

/// Whether a condition of a statement narrows it to somebody.
pub(super) fn is_narrowed(statement: &Value) -> Truth {
    let Some(conditions) = statement.get("Condition").map(|entry| &entry.value) else { return Truth::False };
    let Some(map) = conditions.as_map() else { return Truth::Unknown };
    let mut truth = Truth::False;
    for (test, entry) in &map.entries {
        let test = test.to_ascii_lowercase();
        let positive = !test.contains("not") && !test.starts_with("null") && !test.ends_with("ifexists");
        let Some(variables) = entry.value.as_map() else { return Truth::Unknown };
        for key in variables.entries.keys() {
            let lower = key.to_ascii_lowercase();
            let narrows = NARROWING.contains(&lower.as_str()) || lower.starts_with("aws:principaltag/");
            if !positive || !narrows {
                continue;
            }
            let values = texts(&entry.value, key).unwrap_or_default();
            // A value that lets everybody in narrows nothing.
            let open = values.iter().any(|value| match value {
                Text::Known(text) if lower == "aws:sourceip" => !is_private_network(text),
                Text::Known(text) => matches!(text.as_str(), "" | "*" | "0.0.0.0/0" | "::/0" | "arn:aws:iam::*:*"),
                _ => false,
            });
            truth = truth.or((!open && !values.is_empty()).into());
        }
    }
    truth
}

/// Whether a statement denies everyone all requests over plain HTTP, for all objects.
fn refuses_plaintext(statement: &Value) -> Truth {
    let actions = texts(statement, "Action").unwrap_or_default();
    let all_actions = actions.iter().fold(Truth::False, |truth, action| {
        truth.or(action.is(|text| matches!(text.to_ascii_lowercase().as_str(), "*" | "s3:*")))
    });
    let resources = texts(statement, "Resource").unwrap_or_default();
    let all_objects = resources.iter().fold(Truth::False, |truth, resource| {
        truth.or(match resource {
            Text::Known(text) | Text::Partly(text) => (text == "*" || text.ends_with("/*") || text == "?*").into(),
            Text::Unknown => Truth::Unknown,
        })
    });
    effect(statement, "Deny")
        .and(names_everyone(statement))
        .and(all_actions)
        .and(all_objects)
        .and(tests_plaintext(statement))
}

fn tests_plaintext(statement: &Value) -> Truth {
    let Some(conditions) = statement.get("Condition").map(|entry| &entry.value) else { return Truth::False };
    let Some(map) = conditions.as_map() else { return Truth::Unknown };
    for (test, entry) in &map.entries {
        if !test.to_ascii_lowercase().starts_with("bool") {
            continue;
        }
        let Some(variables) = entry.value.as_map() else { continue };
        for (key, value) in &variables.entries {
            if !key.eq_ignore_ascii_case("aws:SecureTransport") {
                continue;
            }
            let is_false = match &value.value.data {
                Data::Bool(on) => !on,
                Data::String(text) => text.eq_ignore_ascii_case("false"),
                Data::List(list) => list.items.iter().any(|item| {
                    item.as_bool() == Some(false)
                        || item.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
                }),
                _ => false,
            };
            // Further conditions would leave some plain requests through.
            if is_false && map.entries.len() == 1 && variables.entries.len() == 1 {
                return Truth::True;
            }
        }
    }
    Truth::False
}
