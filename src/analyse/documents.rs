//! What a resource policy grants to everyone, and whether it refuses plain HTTP.

use ecow::{EcoString, eco_format};

use super::document_text::{found_in, holds_in, in_every_arm, statements};
use super::document_words::{Text, texts};
use super::fact;
use super::narrowing::is_narrowed;
use crate::normalize::{Attribute, Node};
use crate::value::{Data, Truth, Value};

/// Adds `grants_everyone`, `requires_tls` and `wildcard_actions`.
pub(super) fn add<'c>(policies: &[Attribute<'c>], node: &mut Node<'c>) {
    let mut everyone: Option<(Truth, &Attribute<'c>)> = None;
    let mut tls: Option<(Truth, &Attribute<'c>)> = None;
    for policy in policies {
        let statements = statements(&policy.value);
        let grants = any(statements.as_deref(), &|statement| {
            let everyone = names_everyone(statement).or(names_anybody(statement, &["Federated"]));
            is_allow(statement).and(everyone).and(!is_narrowed(statement))
        });
        let refuses = any(statements.as_deref(), &|statement| match node.kind {
            Some("queue" | "topic") => refuses_plaintext(statement, &["*", "sqs:*", "sns:*", "sns:publish"]),
            _ => refuses_plaintext(statement, &["*", "s3:*"]).and(covers_all_objects(statement)),
        });
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
            actions.extend(found_in(statement, &|statement| wildcards(statement, &policy.value)));
        }
        let better = found.as_ref().is_none_or(|(before, _)| before.is_empty() && !actions.is_empty());
        if better {
            found = Some((actions, policy));
        }
    }
    found.map(|(actions, policy)| fact(Value::list(actions, crate::value::ListKind::List), policy))
}

fn wildcards(statement: &Value, basis: &Value) -> Vec<Value> {
    let mut actions = Vec::new();
    if is_allow(statement) != Truth::True {
        return actions;
    }
    if statement.get("NotAction").is_some() {
        actions.push(Value::string("NotAction").with_origin(basis.origin.clone()));
    }
    for action in texts(statement, "Action").unwrap_or_default() {
        if let Text::Known(text) = &action
            && (text == "*" || text.ends_with(":*"))
            && !is_key_of_its_account(statement, text)
        {
            actions.push(Value::string(text.clone()).with_origin(basis.origin.clone()));
        }
    }
    actions
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
            let unknown = || basis.first_unknown().and_then(Value::unknown_reason);
            let reason = refused(basis).or_else(unknown);
            Value::unknown(reason.unwrap_or_else(|| "a part of the policy document is not known".into()))
        }
    };
    value.with_origin(basis.origin.clone())
}

/// Whether a test holds for one of the statements; None stands for a document that cannot be read.
fn any(statements: Option<&[Value]>, test: &dyn Fn(&Value) -> Truth) -> Truth {
    match statements {
        None => Truth::Unknown,
        Some(statements) => {
            statements.iter().fold(Truth::False, |truth, statement| truth.or(holds_in(statement, test)))
        }
    }
}

/// Whether a test holds for one of the resources that a statement covers. What one covers that AWS refuses cannot be told.
pub(super) fn covers(statement: &Value, test: &dyn Fn(&Text) -> Truth) -> Truth {
    statement.get("Resource").map_or(Truth::False, |resources| covered(&resources.value, test))
}

fn covered(resources: &Value, test: &dyn Fn(&Text) -> Truth) -> Truth {
    in_every_arm(resources, &|resources| match &resources.data {
        Data::Null => Truth::False,
        Data::List(list) => list.items.iter().fold(Truth::False, |truth, item| truth.or(covered(item, test))),
        _ => {
            let resource = Text::of(resources);
            if is_refused(&resource) { Truth::Unknown } else { test(&resource) }
        }
    })
}

/// Whether AWS takes no such resource: it asks for `*` or an ARN, and API Gateway completes what stands after
/// `execute-api:/`. Source: IAM's page on the element Resource, API Gateway's on its resource policies.
fn is_refused(resource: &Text) -> bool {
    match resource {
        Text::Known(text) | Text::Partly(text) => {
            let text = text.to_ascii_lowercase();
            !text.starts_with(['*', '?'])
                && !["arn:", "execute-api:/", "${"].iter().any(|start| text.starts_with(start))
        }
        Text::Unknown => false,
    }
}

/// Why it cannot be told what a document covers: the first resource in it that AWS refuses.
fn refused(document: &Value) -> Option<EcoString> {
    let statements = statements(document)?;
    let mut resources = statements.iter().flat_map(|statement| texts(statement, "Resource").unwrap_or_default());
    let found = resources.find(is_refused)?;
    Some(match found {
        Text::Known(text) if !document.sensitive => {
            eco_format!("AWS refuses the resource `{text}`, which is neither `*` nor an ARN")
        }
        _ => "AWS refuses one of its resources, which is neither `*` nor an ARN".into(),
    })
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

/// The words under which a principal stands that is somebody with an account, or nobody known.
const CALLERS: &[&str] = &["AWS", "*"];

/// The same with the owners of buckets under their other name.
const ALL_CALLERS: &[&str] = &["AWS", "*", "CanonicalUser"];

/// Whether the principal of a statement is everyone. Identity providers are for `trust` to tell.
pub(super) fn names_everyone(statement: &Value) -> Truth {
    if statement.get("NotPrincipal").is_some() {
        return Truth::True;
    }
    names_anybody(statement, ALL_CALLERS)
}

/// Whether a principal under one of these words is anybody.
pub(super) fn names_anybody(statement: &Value, under: &[&str]) -> Truth {
    let Some(principal) = statement.get("Principal").map(|entry| &entry.value) else { return Truth::False };
    in_every_arm(principal, &|principal| match &principal.data {
        Data::Map(map) => {
            let named = map.entries.iter().filter(|(key, _)| under.contains(&key.as_str()));
            named.fold(Truth::False, |truth, (_, entry)| truth.or(has_anybody(&entry.value)))
        }
        _ if under.contains(&"*") => has_anybody(principal),
        _ => Truth::False,
    })
}

fn has_anybody(names: &Value) -> Truth {
    in_every_arm(names, &|names| match &names.data {
        Data::Null => Truth::False,
        Data::List(list) => list.items.iter().fold(Truth::False, |truth, item| truth.or(has_anybody(item))),
        _ => match Text::of(names) {
            Text::Known(text) | Text::Partly(text) => is_anybody(&text).into(),
            Text::Unknown => Truth::Unknown,
        },
    })
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

/// Whether a statement denies everyone one of these actions over plain HTTP.
fn refuses_plaintext(statement: &Value, one_of: &[&str]) -> Truth {
    let actions = texts(statement, "Action").unwrap_or_default();
    let those_actions = actions.iter().fold(Truth::False, |truth, action| {
        truth.or(action.is(|text| one_of.iter().any(|one| text.eq_ignore_ascii_case(one))))
    });
    effect(statement, "Deny").and(names_anybody(statement, CALLERS)).and(those_actions).and(tests_plaintext(statement))
}

/// Whether a statement speaks of all objects of a bucket.
fn covers_all_objects(statement: &Value) -> Truth {
    covers(statement, &|resource| match resource {
        Text::Known(text) | Text::Partly(text) => is_all_objects(text).into(),
        Text::Unknown => Truth::Unknown,
    })
}

/// Whether a resource is all objects of a bucket, rather than those under a prefix.
fn is_all_objects(resource: &str) -> bool {
    let path = resource.splitn(6, ':').nth(5).unwrap_or(resource);
    path.split_once('/').map_or(path.ends_with('*'), |(_, objects)| objects == "*")
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::document_text::statements;
    use super::{any, covers, covers_all_objects, names_everyone, refused, refuses_plaintext};
    use crate::value::{Arm, Data, Entry, Map, Origin, Truth, Value, from_json};

    #[test]
    fn whom_a_principal_names_is_told() {
        let cases = [
            (json!({"Principal": "*"}), true),
            (json!({"Principal": ["*"]}), true),
            (json!({"Principal": {"AWS": "*"}}), true),
            (json!({"Principal": {"*": "*"}}), true),
            (json!({"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}}), true),
            (json!({"Principal": {"AWS": "arn:aws-us-gov:iam::*:role/imaging"}}), true),
            (json!({"Principal": {"CanonicalUser": "*"}}), true),
            (json!({"Principal": {"Service": "sns.amazonaws.com"}}), false),
            (json!({"Principal": {"CanonicalUser": "0a1b2c"}}), false),
            (json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}), false),
            (json!({"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}), true),
            (json!({}), false),
        ];
        for (statement, expected) in cases {
            let value = from_json(&statement, Origin::none());
            assert_eq!(names_everyone(&value), Truth::from(expected), "{statement}");
        }
    }

    #[test]
    fn plain_requests_are_refused_where_everybody_s_for_all_objects_are() {
        let deny = |principal: serde_json::Value, resource: serde_json::Value| {
            json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": resource,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }})
        };
        let everyone = || json!("*");
        let cases = [
            (deny(everyone(), json!(["arn:aws:s3:::scans", "arn:aws:s3:::scans/*"])), Truth::True),
            (deny(everyone(), json!("arn:aws:s3:::scans*")), Truth::True),
            (deny(everyone(), json!("arn:aws:s3:::*")), Truth::True),
            (deny(everyone(), json!("*")), Truth::True),
            (deny(everyone(), json!("arn:aws:s3:::scans")), Truth::False),
            (deny(everyone(), json!("arn:aws:s3:::scans/reports/*")), Truth::False),
            (deny(everyone(), json!("aws_s3_bucket.scans.arn")), Truth::Unknown),
            (deny(everyone(), json!("aws_s3_bucket.scans.arn/*")), Truth::Unknown),
            (deny(json!({"Service": "*"}), json!("*")), Truth::False),
            (deny(json!({"CanonicalUser": "*"}), json!("*")), Truth::False),
        ];
        for (document, expected) in cases {
            let value = from_json(&document, Origin::none());
            let refuses = |one: &Value| refuses_plaintext(one, &["s3:*"]).and(covers_all_objects(one));
            assert_eq!(any(statements(&value).as_deref(), &refuses), expected, "{document}");
            assert_eq!(refused(&value).is_some(), expected == Truth::Unknown, "{document}");
        }
    }

    #[test]
    fn every_arm_of_a_choice_of_resources_is_asked() {
        let choice = |one: &str, other: Value| {
            let arm = |value| Arm { when: "IsClinic".into(), value };
            Value::new(Data::Choice([arm(Value::string(one)), arm(other)].into()))
        };
        let bucket = "arn:aws:s3:::scans";
        for (resource, expected) in [
            (choice(bucket, Value::string("arn:aws:s3:::scans/*")), Truth::False),
            (choice(bucket, Value::null()), Truth::False),
            (choice(bucket, Value::string("*")), Truth::Unknown),
            (choice("*", Value::string("*")), Truth::True),
        ] {
            let mut map = Map::new();
            let list = Value::list(vec![resource], crate::value::ListKind::List);
            map.entries.insert("Resource".into(), Entry { value: list, span: crate::source::Span::NONE });
            let found = covers(&Value::map(map), &|resource| resource.is(|text| text == "*"));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_is_so_in_every_arm_of_a_choice_is_so() {
        let public = || from_json(&json!({"Effect": "Allow", "Principal": "*"}), Origin::none());
        let private = || from_json(&json!({"Effect": "Deny", "Principal": "*"}), Origin::none());
        let choice = |one: Value, other: Value| {
            let arm = |value| Arm { when: "IsClinic".into(), value };
            Value::new(Data::Choice([arm(one), arm(other)].into()))
        };
        let list = |value: Value| Value::list(vec![value], crate::value::ListKind::List);
        let of = |statement: Value| {
            let mut map = Map::new();
            map.entries.insert("Statement".into(), Entry { value: statement, span: crate::source::Span::NONE });
            Value::map(map)
        };
        for (document, expected) in [
            (of(choice(list(public()), public())), Truth::True),
            (of(choice(list(public()), list(private()))), Truth::Unknown),
            (of(choice(list(private()), private())), Truth::False),
            (of(list(choice(public(), Value::null()))), Truth::Unknown),
            (of(list(choice(private(), Value::null()))), Truth::False),
            (choice(of(public()), of(list(public()))), Truth::True),
            (choice(of(private()), Value::null()), Truth::False),
        ] {
            let allows = |statement: &Value| super::is_allow(statement).and(names_everyone(statement));
            assert_eq!(any(statements(&document).as_deref(), &allows), expected, "{document:?}");
        }
    }
}
