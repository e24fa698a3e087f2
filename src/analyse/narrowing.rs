//! Which conditions of a statement narrow whom it speaks to: whether a test holds only of requests that have its key,
//! and whether the values that it asks for are somebody's.

use ecow::EcoString;

use super::document_text::in_every_arm;
use super::document_words::{Text, texts};
use crate::value::{Map, Truth, Value};

/// What a key holds: which values of it let everybody in.
#[derive(Clone, Copy)]
enum Holds {
    /// The ARN of a principal, or of what asks on somebody's behalf.
    Arn,
    /// An id; all of its kind start with this text.
    Id(&'static str),
    /// The address that a request comes from.
    Address,
    /// Any text.
    Text,
    /// Whether something is so.
    Truth,
}

/// Condition keys that narrow whom a statement speaks to, and what they hold. Those that whoever calls can meet in an
/// account of their own are none: tags and the type of a principal, the service that a request goes through, private
/// addresses of a network that is not named, the way in which a function's address signs callers in.
/// Source: IAM's page on global condition context keys, and those of the services.
const NARROWING: &[(&str, Holds)] = &[
    ("aws:ec2instancesourcevpc", Holds::Id("vpc-")),
    ("aws:principalaccount", Holds::Id("")),
    ("aws:principalarn", Holds::Arn),
    ("aws:principalorgid", Holds::Id("o-")),
    ("aws:principalorgpaths", Holds::Id("o-")),
    ("aws:principalservicename", Holds::Id("")),
    ("aws:sourceaccount", Holds::Id("")),
    ("aws:sourcearn", Holds::Arn),
    ("aws:sourceip", Holds::Address),
    ("aws:sourceorgid", Holds::Id("o-")),
    ("aws:sourceorgpaths", Holds::Id("o-")),
    ("aws:sourceowner", Holds::Id("")),
    ("aws:sourcevpc", Holds::Id("vpc-")),
    ("aws:sourcevpcarn", Holds::Arn),
    ("aws:sourcevpce", Holds::Id("vpce-")),
    ("aws:userid", Holds::Id("")),
    ("aws:vpceaccount", Holds::Id("")),
    ("aws:vpceorgid", Holds::Id("o-")),
    ("aws:vpceorgpaths", Holds::Id("o-")),
    // Mount targets are in networks of one's own. Source: EFS's page on blocking public access.
    ("elasticfilesystem:accessedviamounttarget", Holds::Truth),
    ("elasticfilesystem:accesspointarn", Holds::Arn),
    ("kms:calleraccount", Holds::Id("")),
    ("s3:dataaccesspointaccount", Holds::Id("")),
    ("s3:dataaccesspointarn", Holds::Arn),
    ("sns:endpoint", Holds::Text),
    ("sts:externalid", Holds::Id("")),
];

/// Keys that every request has, so that a test which passes where its key is missing tests them all the same. Most
/// others are missing from requests that nobody signed, or that come another way.
/// Source: IAM's table of the values of principal keys (an anonymous caller's `aws:userid` is `anonymous`), and the page
/// on the condition keys of KMS, which takes no anonymous requests.
const ALWAYS_PRESENT: &[&str] = &["aws:userid", "kms:calleraccount"];

/// A test of a statement's condition that holds only of requests which have the key and one of the values.
pub(super) struct Bound<'v> {
    /// The key, in lower case.
    pub(super) key: EcoString,
    /// The values, one of which it must have.
    pub(super) values: &'v Value,
    /// The tests of which this is one, by key.
    keys: &'v Value,
    written: &'v str,
}

impl Bound<'_> {
    /// The values as texts.
    pub(super) fn texts(&self) -> Vec<Text> {
        texts(self.keys, self.written).unwrap_or_default()
    }
}

/// The tests of conditions that hold only of requests which have their key; None where some of them are not known. Tests
/// that something is not so are met by everybody else. A test of all values holds where there is none, and so does one
/// with `IfExists`, unless another asks for the key; one of any value does not, whatever it ends with.
/// Source: IAM's pages on condition operators and on multivalued context keys.
pub(super) fn bound(conditions: &Value) -> Option<Vec<Bound<'_>>> {
    let tests = conditions.as_map()?;
    let mut found = Vec::new();
    for (operator, entry) in &tests.entries {
        let operator = operator.to_ascii_lowercase();
        let keys = entry.value.as_map()?;
        let is_lax = match operator.split_once(':') {
            Some(("forallvalues", _)) => true,
            Some(_) => false,
            None => operator.ends_with("ifexists"),
        };
        if operator.contains("not") || operator == "null" {
            continue;
        }
        for (written, values) in &keys.entries {
            let key = written.to_ascii_lowercase();
            if !is_lax || ALWAYS_PRESENT.contains(&key.as_str()) || must_exist(tests, &key) {
                found.push(Bound { key, values: &values.value, keys: &entry.value, written });
            }
        }
    }
    Some(found)
}

/// Whether conditions hold only for some resources: those of an account or an organization, with a tag, or, of encryption
/// keys, in some use; who calls says nothing of them. Source: IAM's page on global condition keys, and the keys of each
/// service in its authorization reference.
pub(super) fn of_resources(conditions: &Value) -> Truth {
    let Some(bound) = bound(conditions) else { return Truth::Unknown };
    let narrows = |test: &Bound<'_>| {
        let key = test.key.as_str();
        let of_all = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"].contains(&key);
        let of_use = key.starts_with("kms:") && key != "kms:calleraccount";
        of_all || of_use || key.contains(":resourcetag/")
    };
    bound.iter().any(narrows).into()
}

/// Whether a test says that a key is not missing.
fn must_exist(tests: &Map, key: &str) -> bool {
    let nulls = tests.entries.iter().filter(|(operator, _)| operator.eq_ignore_ascii_case("null"));
    let mut keys = nulls.filter_map(|(_, entry)| entry.value.as_map()).flat_map(|keys| &keys.entries);
    keys.any(|(name, entry)| {
        let is_false = |value: &Value| match value.as_str() {
            Some(text) => text.eq_ignore_ascii_case("false"),
            None => value.as_bool() == Some(false),
        };
        let values = entry.value.as_list().unwrap_or(std::slice::from_ref(&entry.value));
        name.eq_ignore_ascii_case(key) && values.iter().all(is_false)
    })
}

/// Whether a condition of a statement narrows it to somebody.
pub(super) fn is_narrowed(statement: &Value) -> Truth {
    let Some(conditions) = statement.get("Condition").map(|entry| &entry.value) else { return Truth::False };
    in_every_arm(conditions, &|conditions| {
        if conditions.is_null() {
            return Truth::False;
        }
        let Some(bound) = bound(conditions) else { return Truth::Unknown };
        let narrows = |test: &Bound<'_>| {
            let Some((_, holds)) = NARROWING.iter().find(|(key, _)| *key == test.key) else { return Truth::False };
            let values = test.texts();
            let open = values.iter().fold(Truth::False, |truth, value| truth.or(lets_everybody_in(value, *holds)));
            (!open).and((!values.is_empty()).into())
        };
        bound.iter().map(narrows).fold(Truth::False, Truth::or)
    })
}

/// Whether a value of a key lets everybody in.
fn lets_everybody_in(value: &Text, holds: Holds) -> Truth {
    let (text, is_whole) = match value {
        Text::Known(text) => (text.as_str(), true),
        Text::Partly(text) => (text.as_str(), false),
        Text::Unknown => return Truth::Unknown,
    };
    let open = match holds {
        // A hole in what is partly known may be anything; as a wildcard counts what is written as one.
        Holds::Arn => is_open_arn(text, is_whole),
        _ if !is_whole => false,
        Holds::Id(start) => text.is_empty() || is_pattern(text) && start.starts_with(before_wildcards(text)),
        Holds::Address => !is_private_network(text),
        Holds::Truth => !text.eq_ignore_ascii_case("true"),
        Holds::Text => !before_scheme(text).contains(|one: char| one.is_alphanumeric()),
    };
    open.into()
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn before_wildcards(text: &str) -> &str {
    text.split(['*', '?']).next().unwrap_or(text)
}

fn before_scheme(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest)
}

/// Whether an ARN is one of whatever account: its account is a wildcard, or it has none and its name is one, as that of
/// all buckets.
fn is_open_arn(text: &str, is_whole: bool) -> bool {
    let is_any = |part: &str| match is_whole {
        true => is_pattern(part) && part.chars().all(|one| matches!(one, '*' | '?')),
        false => !part.is_empty() && part.chars().all(|one| one == '*'),
    };
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        // The name of a bucket is one in the world, whatever its account.
        [_, _, "s3", _, _, name] => is_whole && before_wildcards(name).is_empty() && is_pattern(name),
        // Where a hole may hold several parts, which of them is the account cannot be told.
        [start @ .., account, _] if !is_whole && parts.len() == 6 => {
            is_any(account) && !start.iter().any(|part| part.contains('?'))
        }
        _ if !is_whole => false,
        [_, _, _, _, "", name] => before_wildcards(name).is_empty() && is_pattern(name),
        [_, _, _, _, account, _] => is_any(account),
        // One that ends with its account, or before.
        [_, _, _, _, account] => is_any(account),
        _ => text.is_empty() || is_pattern(text),
    }
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_narrowed, of_resources};
    use crate::value::{Origin, Truth, Value, from_json};

    #[test]
    fn a_condition_narrows_where_it_holds_only_of_somebody() {
        let org = |operator: &str| json!({operator: {"aws:PrincipalOrgID": "o-clinic"}});
        let of = |key: &str, value: serde_json::Value| json!({"StringLike": {key: value}});
        let cases = [
            (org("StringEquals"), true),
            (org("ForAnyValue:StringEquals"), true),
            (org("ForAnyValue:StringEqualsIfExists"), true),
            (org("ForAllValues:StringEquals"), false),
            (org("StringEqualsIfExists"), false),
            (org("StringNotEquals"), false),
            (org("ForAnyValue:StringNotLike"), false),
            (json!({"Null": {"aws:PrincipalOrgID": "false"}}), false),
            (
                json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-clinic"}, "Null": {"aws:principalorgid": "false"}}),
                true,
            ),
            (
                json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-clinic"}, "Null": {"aws:PrincipalOrgID": ["false"]}}),
                true,
            ),
            (
                json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-clinic"}, "Null": {"aws:PrincipalOrgID": true}}),
                false,
            ),
            (json!({"StringEqualsIfExists": {"kms:CallerAccount": "111122223333"}}), true),
            (json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), true),
            (json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}), false),
            (json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), false),
            (json!({"IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}), false),
            (of("aws:PrincipalOrgID", json!("*")), false),
            (of("aws:PrincipalOrgID", json!("o-*")), false),
            (of("aws:PrincipalOrgID", json!(["o-clinic", "o-?*"])), false),
            (of("aws:PrincipalOrgPaths", json!("o-clinic/r-ab12/*")), true),
            (of("aws:SourceVpce", json!("vpce-*")), false),
            (of("aws:SourceVpce", json!("vpce-0a1b2c*")), true),
            (of("aws:SourceAccount", json!("????????????")), false),
            (of("aws:PrincipalAccount", json!("")), false),
            (of("aws:userid", json!("AROAEXAMPLE:*")), true),
            (of("aws:userid", json!("*:imaging")), false),
            (of("aws:SourceArn", json!("*")), false),
            (of("aws:SourceArn", json!("arn:*")), false),
            (of("aws:SourceArn", json!("arn:aws:*:*:*:*")), false),
            (of("aws:SourceArn", json!("arn:aws:sns:us-east-1:*:claims")), false),
            (of("aws:SourceArn", json!("arn:aws:sns:us-east-1:111122223333:*")), true),
            (of("aws:SourceArn", json!("arn:aws:s3:::*")), false),
            (of("aws:SourceArn", json!("arn:aws:s3:::clinic-scans")), true),
            (of("aws:SourceArn", json!("arn:aws:s3:*:*:clinic-scans")), true),
            (of("aws:SourceArn", json!("arn:aws:s3:*:*:*")), false),
            (of("aws:PrincipalArn", json!("arn:aws:iam::*:role/imaging")), false),
            (of("aws:PrincipalArn", json!("arn:aws:iam::*")), false),
            (of("aws:PrincipalArn", json!("arn:aws:iam::111122223333:role/*")), true),
            (of("aws:PrincipalType", json!("AssumedRole")), false),
            (of("aws:PrincipalTag/team", json!("imaging")), false),
            (of("kms:ViaService", json!("s3.us-east-1.amazonaws.com")), false),
            (of("sns:Endpoint", json!("*@clinic.example")), true),
            (json!({"Bool": {"elasticfilesystem:AccessedViaMountTarget": true}}), true),
            (json!({"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}}), false),
            (of("sns:Endpoint", json!("https://*")), false),
            (json!({}), false),
        ];
        for (condition, expected) in cases {
            let statement = from_json(&json!({"Condition": condition}), Origin::none());
            assert_eq!(is_narrowed(&statement), Truth::from(expected), "{condition}");
        }
    }

    #[test]
    fn what_narrows_resources_is_theirs() {
        for (operator, key, expected) in [
            ("StringEquals", "aws:ResourceTag/team", true),
            ("StringEquals", "secretsmanager:ResourceTag/team", true),
            ("StringEquals", "aws:ResourceAccount", true),
            ("StringEquals", "kms:ViaService", true),
            ("StringEquals", "kms:EncryptionContext:clinic", true),
            ("StringEqualsIfExists", "aws:ResourceTag/team", false),
            ("StringNotEquals", "aws:ResourceTag/team", false),
            ("StringEquals", "kms:CallerAccount", false),
            ("StringEquals", "aws:PrincipalTag/team", false),
            ("StringEquals", "aws:SourceVpce", false),
        ] {
            let conditions = from_json(&json!({operator: {key: "one"}}), Origin::none());
            assert_eq!(of_resources(&conditions), Truth::from(expected), "{operator} {key}");
        }
        assert_eq!(of_resources(&Value::unknown("var.conditions")), Truth::Unknown);
    }
}
