//! Who may take on a role: what its trust document leaves open.

use ecow::{EcoString, eco_format};

use super::document_text;
use super::document_words::{Text, texts};
use super::documents::{is_allow, names_everyone, of_truth};
use super::fact;
use super::narrowing::{bound, is_narrowed};
use crate::normalize::Node;
use crate::value::{Data, Known, ListKind, Part, Truth, Value};

/// The attribute that holds the trust document.
pub(super) const TRUST: &str = "trust";

/// Condition keys that bind a role to one customer of a third party, or to somebody who has signed in twice.
/// Source: IAM's pages on the confused deputy and on multi-factor authentication.
const BINDING: &[&str] = &["sts:externalid", "aws:multifactorauthpresent", "aws:multifactorauthage"];

/// Adds `open_trust`: whom a trust document lets in without narrowing.
pub(super) fn add(node: &mut Node<'_>) {
    let Some(trust) = node.attributes.get(TRUST).filter(|trust| !trust.value.is_null()).cloned() else { return };
    let found = match document_text::statements(&trust.value) {
        None => vec![of_truth(Truth::Unknown, &trust.value)],
        Some(statements) => {
            let open = |statement: &Value| open(statement, &trust.value);
            statements.iter().flat_map(|statement| document_text::found_in(statement, &open)).collect()
        }
    };
    node.facts.insert("open_trust", fact(Value::list(found, ListKind::List), &trust));
}

/// Whom a statement lets in without narrowing, or an unknown where that cannot be told.
fn open(statement: &Value, basis: &Value) -> Vec<Value> {
    let at = |text: &str| Value::string(text).with_origin(basis.origin.clone());
    match is_allow(statement) {
        Truth::True => {}
        Truth::False => return Vec::new(),
        Truth::Unknown => return vec![of_truth(Truth::Unknown, basis)],
    }
    if statement.get("NotPrincipal").is_some() {
        return vec![at("NotPrincipal")];
    }
    if statement.get("NotAction").is_some() {
        return vec![at("NotAction")];
    }
    let actions = texts(statement, "Action").unwrap_or_default();
    let mut found = Vec::new();
    if actions.iter().any(|action| action.is(|text| text == "*") == Truth::True) {
        found.push(at("every action"));
    }
    match names_everyone(statement).and(!is_narrowed(statement)) {
        Truth::True => found.push(at("everyone")),
        Truth::Unknown => found.push(of_truth(Truth::Unknown, basis)),
        Truth::False => found.extend(accounts(statement, basis)),
    }
    found.extend(web_identities(statement, basis));
    if trusts_every_certificate(statement) {
        found.push(at("everyone with a certificate that the account trusts"));
    }
    found
}

/// The other accounts that a statement lets in as a whole, without an external id or a second factor. An account
/// whose number is written out is taken for another one: one's own has a name in every dialect.
fn accounts(statement: &Value, basis: &Value) -> Vec<Value> {
    let is_bound = is_narrowed(statement).or(tests_any(statement, BINDING));
    if is_bound == Truth::True {
        return Vec::new();
    }
    let Some(principal) = statement.get("Principal").map(|entry| &entry.value) else { return Vec::new() };
    let names = principal.get("AWS").map(|names| names.value.as_list().unwrap_or(std::slice::from_ref(&names.value)));
    let foreign = names.unwrap_or_default().iter().filter_map(|name| match Text::of(name) {
        Text::Known(text) | Text::Partly(text) if is_account(&text) => match is_bound {
            Truth::Unknown => Some(of_truth(Truth::Unknown, basis)),
            _ => Some(Value::string(text).with_origin(basis.origin.clone())),
        },
        Text::Partly(_) if is_some_account(name) => Some(of_truth(Truth::Unknown, basis)),
        _ => None,
    });
    foreign.collect()
}

/// Whether a principal is the root of an account whose number is not known. One's own number is that of a resource or a
/// data source, or the one that CloudFormation has under a name.
fn is_some_account(name: &Value) -> bool {
    let Data::Unknown(unknown) = &name.data else { return false };
    let Known::Template(parts) = &unknown.known else { return false };
    match parts.as_ref() {
        [.., Part::Hole(account), Part::Text(end)] => end == ":root" && account.origin.references().is_empty(),
        _ => false,
    }
}

/// Whether a principal is a whole account: its number, or its root.
fn is_account(text: &str) -> bool {
    let is_number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next()) {
        Some(account) => is_number(account),
        None => is_number(text),
    }
}

/// The web identity providers that a statement trusts without a condition on who signs in there.
fn web_identities(statement: &Value, basis: &Value) -> Vec<Value> {
    let Some(principal) = statement.get("Principal").map(|entry| &entry.value) else { return Vec::new() };
    let providers = texts(principal, "Federated").unwrap_or_default();
    let actions = texts(statement, "Action").unwrap_or_default();
    let signs_in = |text: &str| {
        let lower = text.to_ascii_lowercase();
        lower == "*" || lower == "sts:*" || lower.starts_with("sts:assumerolewithweb")
    };
    // With SAML, a provider that is named is one of the account.
    let signs_in_anywhere = |text: &str| signs_in(text) || text.eq_ignore_ascii_case("sts:AssumeRoleWithSAML");
    let by_saml = |text: &str| text.contains(":saml-provider/");
    let mut found = Vec::new();
    for provider in providers.iter().filter(|provider| provider.is(by_saml) != Truth::True) {
        let is_any = provider.is(|text| text == "*") == Truth::True;
        let may_sign_in = |action: &Text| match is_any {
            true => action.is(signs_in_anywhere),
            false => action.is(signs_in),
        };
        if !actions.iter().any(|action| may_sign_in(action) != Truth::False) {
            continue;
        }
        let name = match provider {
            Text::Known(text) | Text::Partly(text) => {
                text.split_once("oidc-provider/").map_or(text.clone(), |(_, name)| name.into())
            }
            Text::Unknown => EcoString::from("a web identity"),
        };
        match names_somebody(statement, &name) {
            Truth::True => {}
            Truth::False => {
                found.push(Value::string(eco_format!("everyone of {name}")).with_origin(basis.origin.clone()))
            }
            Truth::Unknown => found.push(of_truth(Truth::Unknown, basis)),
        }
    }
    found
}

/// Whether a statement lets in whoever has a certificate of any trust anchor of the account. Source: the page of IAM
/// Roles Anywhere on its trust model.
fn trusts_every_certificate(statement: &Value) -> bool {
    let services = statement.get("Principal").and_then(|entry| texts(&entry.value, "Service")).unwrap_or_default();
    let is_anchor = |name: &Text| name.is(|text| text == "rolesanywhere.amazonaws.com") == Truth::True;
    statement.get("Condition").is_none() && services.iter().any(is_anchor)
}

/// Whether the conditions of a statement say who of a web identity provider may sign in: the subject, or what its
/// kind has instead. Source: IAM's page on keys for web identity federation.
fn names_somebody(statement: &Value, provider: &str) -> Truth {
    let Some(conditions) = statement.get("Condition").map(|entry| &entry.value) else { return Truth::False };
    let Some(tests) = bound(conditions) else { return Truth::Unknown };
    let claim_of = |key: &str| key.rsplit_once(':').map(|(_, claim)| claim.to_string());
    let mut truth = Truth::False;
    for test in &tests {
        let names = match claim_of(&test.key).as_deref() {
            Some("sub" | "user_id" | "id" | "amr") => true,
            // An identity pool's audience is the pool; with `amr` it tells guests from those who signed in.
            Some("aud") => {
                let says_how = tests.iter().any(|other| claim_of(&other.key).as_deref() == Some("amr"));
                provider.contains("cognito-identity") && says_how
            }
            _ => false,
        };
        if names {
            let values = test.texts();
            let open = values.iter().fold(Truth::False, |truth, value| truth.or(is_open_subject(value, provider)));
            truth = truth.or(!open);
        }
    }
    truth
}

/// Whether a subject stands for anybody: the part of it that names somebody is a wildcard. A workflow of GitHub must be
/// named by its repository, or at least its owner: any other claim can be chosen by whoever runs a workflow anywhere, and
/// so can an owner whose name only begins alike. Whoever proposes a change runs the workflows of pull requests.
/// Source: the pages of the providers on the subjects of their tokens.
fn is_open_subject(subject: &Text, provider: &str) -> Truth {
    let is_github = provider.contains("githubusercontent.com");
    let anybody = |text: &str| {
        text.is_empty()
            || text.starts_with('*')
            || text == "unauthenticated"
            || (is_github && (!text.starts_with("repo:") || text.ends_with(":pull_request")))
            || names_any(text)
    };
    match subject {
        Text::Known(text) => anybody(text).into(),
        Text::Partly(text) => (text.starts_with('*') || names_any(text)).into(),
        Text::Unknown => Truth::Unknown,
    }
}

/// Whether the name in a subject is a wildcard, or begins with what others may call themselves.
fn names_any(subject: &str) -> bool {
    let first = |text: &str, end: char| text.split(end).next().unwrap_or(text).contains('*');
    if let Some(repository) = subject.strip_prefix("repo:").or_else(|| subject.strip_prefix("project_path:")) {
        return first(repository, '/');
    }
    match subject.strip_prefix("organization:") {
        Some(organization) => first(organization, ':'),
        // A service account of a cluster: its namespace and its name.
        None => subject.strip_prefix("system:").is_some_and(|account| {
            let account = account.strip_prefix("serviceaccount:").unwrap_or(account);
            !account.is_empty() && account.chars().all(|one| matches!(one, '*' | ':'))
        }),
    }
}

/// Whether a condition of a statement tests one of these keys.
fn tests_any(statement: &Value, wanted: &[&str]) -> Truth {
    let Some(conditions) = statement.get("Condition").map(|entry| &entry.value) else { return Truth::False };
    let Some(tests) = bound(conditions) else { return Truth::Unknown };
    // An empty value binds nobody, and neither does a second factor that must not be there.
    let binds = |values: &Value| match Text::of(values) {
        Text::Known(text) => !text.is_empty() && !text.eq_ignore_ascii_case("false"),
        _ => values.as_bool() != Some(false),
    };
    tests.iter().any(|test| wanted.contains(&test.key.as_str()) && binds(test.values)).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::open;
    use crate::value::{Origin, Value, from_json};

    #[test]
    fn what_a_statement_leaves_open_is_told() {
        let (web, github) = ("sts:AssumeRoleWithWebIdentity", "token.actions.githubusercontent.com");
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{github}");
        let by_github = |condition: serde_json::Value| json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": web, "Condition": condition});
        let by = |name: &str, subject: &str| json!({"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{name}")}, "Action": web, "Condition": {"StringLike": {format!("{name}:sub"): subject}}});
        let assume = |principal: serde_json::Value, condition: serde_json::Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition});
        let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
        let key = |name: &str| format!("{github}:{name}");
        let cases = [
            (assume(json!("*"), json!({})), vec!["everyone"]),
            (assume(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": "o-clinic"}})), vec![]),
            (assume(json!({"Service": "lambda.amazonaws.com"}), json!({})), vec![]),
            (assume(root.clone(), json!({})), vec!["arn:aws:iam::111122223333:root"]),
            (assume(json!({"AWS": "111122223333"}), json!({})), vec!["111122223333"]),
            (assume(root.clone(), json!({"StringEquals": {"sts:ExternalId": "claims"}})), vec![]),
            (
                assume(root.clone(), json!({"StringEquals": {"sts:ExternalId": ""}})),
                vec!["arn:aws:iam::111122223333:root"],
            ),
            (assume(json!({"AWS": "arn:aws:iam::*:role/imaging"}), json!({})), vec!["everyone"]),
            (assume(root, json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})), vec![]),
            (assume(json!({"AWS": "arn:aws:iam::111122223333:role/imaging"}), json!({})), vec![]),
            (by_github(json!({})), vec!["everyone of token.actions.githubusercontent.com"]),
            (by_github(json!({"StringLike": {key("sub"): "repo:clinic/records:*"}})), vec![]),
            (
                by_github(json!({"StringLike": {key("sub"): "repo:*"}})),
                vec!["everyone of token.actions.githubusercontent.com"],
            ),
            (
                by_github(json!({"StringLike": {key("sub"): "repo:clinic*"}})),
                vec!["everyone of token.actions.githubusercontent.com"],
            ),
            (by_github(json!({"StringLike": {key("sub"): "repo:clinic/*"}})), vec![]),
            (
                by_github(json!({"StringEquals": {key("sub"): "repo:clinic/records:pull_request"}})),
                vec!["everyone of token.actions.githubusercontent.com"],
            ),
            (by("gitlab.com", "project_path:*"), vec!["everyone of gitlab.com"]),
            (by("gitlab.com", "project_path:clinic*/records:ref_type:branch:ref:main"), vec!["everyone of gitlab.com"]),
            (by("gitlab.com", "project_path:clinic/*:ref_type:branch:ref:main"), vec![]),
            (
                by("app.terraform.io", "organization:*:project:x:workspace:y:run_phase:*"),
                vec!["everyone of app.terraform.io"],
            ),
            (by("app.terraform.io", "organization:clinic:project:*:workspace:*:run_phase:*"), vec![]),
            (
                by("oidc.eks.eu-west-1.amazonaws.com/id/0A", "system:serviceaccount:*:*"),
                vec!["everyone of oidc.eks.eu-west-1.amazonaws.com/id/0A"],
            ),
            (by("oidc.eks.eu-west-1.amazonaws.com/id/0A", "system:serviceaccount:imaging:*"), vec![]),
            (assume(json!({"AWS": 111122223333_i64}), json!({})), vec!["111122223333"]),
            (
                by_github(json!({"StringEquals": {key("aud"): "sts.amazonaws.com"}})),
                vec!["everyone of token.actions.githubusercontent.com"],
            ),
            (
                assume(json!({"AWS": "111122223333"}), json!({"StringEqualsIfExists": {"sts:ExternalId": "claims"}})),
                vec!["111122223333"],
            ),
            (
                assume(json!({"AWS": "111122223333"}), json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
                vec!["111122223333"],
            ),
            (
                by_github(json!({"StringLikeIfExists": {key("sub"): "repo:clinic/records:*"}})),
                vec!["everyone of token.actions.githubusercontent.com"],
            ),
            (
                json!({"Effect": "Allow", "Principal": {"Federated": "*"}, "Action": "sts:AssumeRoleWithSAML"}),
                vec!["everyone of *"],
            ),
            (json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}), vec![]),
            (
                json!({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "sts:AssumeRole"}),
                vec!["NotPrincipal"],
            ),
        ];
        for (statement, expected) in cases {
            let value = from_json(&statement, Origin::none());
            let found: Vec<String> =
                open(&value, &Value::null()).iter().map(|one| one.as_str().unwrap_or("?").to_string()).collect();
            assert_eq!(found, expected, "{statement}");
        }
    }
}
