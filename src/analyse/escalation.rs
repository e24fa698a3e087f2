//! How an identity could give itself more rights than it has, and which keys it may use: known combinations in policy
//! documents, and Azure's operations that write roles.

use ecow::EcoString;

use super::document_words::{Text, texts};
use super::documents::{covers, is_allow, of_truth};
use super::grants::{is_admin, is_every_resource};
use super::narrowing;
use crate::condition;
use crate::value::{Truth, Value};

/// Actions of which each is enough on every identity or policy. Source: IAM's service authorization reference; which
/// of them lead to more rights is the judgement of DECISIONS on `privilege-escalation`.
const ENOUGH: &[&str] = &[
    "iam:PassRole",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AddUserToGroup",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:CreateAccessKey",
];

/// Actions with which what a key protects can be read.
const KEY_USE: &[&str] = &["kms:Decrypt", "kms:ReEncryptFrom"];

/// Operations of Azure with which a role can be written.
const ROLE_WRITES: &[&str] =
    &["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleDefinitions/write"];

/// The actions by which a statement lets an identity raise its own rights.
pub(super) fn escalations(statement: &Value, basis: &Value) -> Vec<Value> {
    allowed(statement, basis, ENOUGH, reaches_every_identity)
}

/// The actions by which a statement lets an identity use every key.
pub(super) fn key_use(statement: &Value, basis: &Value) -> Vec<Value> {
    let conditions = statement.get("Condition").map(|entry| &entry.value).filter(|conditions| !conditions.is_null());
    let found = allowed(statement, basis, KEY_USE, is_every_key);
    let Some(conditions) = conditions.filter(|_| !found.is_empty()) else { return found };
    match narrowing::of_resources(conditions) {
        Truth::True => Vec::new(),
        Truth::False => found,
        Truth::Unknown => vec![of_truth(Truth::Unknown, basis)],
    }
}

/// Those of the actions, as the statement writes them, that it allows on resources that pass the test. A statement that
/// allows everything is the finding of `admin-privileges`.
fn allowed(statement: &Value, basis: &Value, wanted: &[&str], reaches: fn(&str) -> bool) -> Vec<Value> {
    match is_allow(statement) {
        Truth::True => {}
        Truth::False => return Vec::new(),
        Truth::Unknown => return vec![of_truth(Truth::Unknown, basis)],
    }
    if is_admin(statement) != Truth::False {
        return Vec::new();
    }
    let everywhere = covers(statement, &|resource| resource.is(reaches));
    if everywhere == Truth::False {
        return Vec::new();
    }
    let mut found = Vec::new();
    for action in texts(statement, "Action").unwrap_or_default() {
        match &action {
            Text::Known(text) if wanted.iter().any(|action| is_match(text, action)) => match everywhere {
                Truth::True => found.push(Value::string(text.clone()).with_origin(basis.origin.clone())),
                _ => found.push(of_truth(Truth::Unknown, basis)),
            },
            Text::Unknown => found.push(of_truth(Truth::Unknown, basis)),
            _ => {}
        }
    }
    found
}

/// Whether a resource of IAM is every identity or every policy: `*`, or all of a type, in whatever account.
fn reaches_every_identity(resource: &str) -> bool {
    let of_iam = resource == "*" || resource.split(':').nth(2).is_some_and(|service| matches!(service, "iam" | "*"));
    (of_iam && is_every_resource(resource))
        || ["user/*", "role/*", "group/*", "policy/*"]
            .iter()
            .any(|all| resource.rsplit(':').next().is_some_and(|name| name == *all) && resource.starts_with("arn:"))
}

fn is_every_key(resource: &str) -> bool {
    is_every_resource(resource)
        || (resource.starts_with("arn:") && resource.contains(":kms:") && resource.ends_with(":key/*"))
        || (resource.starts_with("arn:") && resource.contains(":kms:") && resource.ends_with(":*"))
}

/// The operations of a custom role by which its holder can write roles, as they are written.
pub(super) fn role_writes(actions: &[Text], excluded: &[Text]) -> Vec<EcoString> {
    let excludes = |operation: &str| {
        excluded.iter().any(|pattern| matches!(pattern, Text::Known(pattern) if is_match(pattern, operation)))
    };
    let writes =
        |pattern: &str| ROLE_WRITES.iter().any(|operation| is_match(pattern, operation) && !excludes(operation));
    let known = actions.iter().filter_map(|action| match action {
        Text::Known(text) if writes(text) => Some(text.clone()),
        _ => None,
    });
    known.collect()
}

/// Whether an action matches a pattern, without case; `*` stands for any text and `?` for one character.
pub(super) fn is_match(pattern: &str, action: &str) -> bool {
    // Nearly all actions are written out, and all of a policy are asked about.
    if !pattern.contains(['*', '?']) {
        return pattern.eq_ignore_ascii_case(action);
    }
    condition::glob(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{is_match, reaches_every_identity};

    #[test]
    fn patterns_of_actions_match_as_iam_has_them() {
        let cases = [
            ("iam:PassRole", "iam:passrole", true),
            ("iam:*", "iam:PassRole", true),
            ("*", "iam:PassRole", true),
            ("iam:Put*Policy", "iam:PutRolePolicy", true),
            ("iam:Pass?ole", "iam:PassRole", true),
            ("iam:Pass", "iam:PassRole", false),
            ("iam:PassRoles", "iam:PassRole", false),
            ("iam:?", "iam:", false),
            ("", "iam:PassRole", false),
        ];
        for (pattern, action, expected) in cases {
            assert_eq!(is_match(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn all_of_a_type_is_every_identity_and_a_path_is_not() {
        assert!(reaches_every_identity("*"));
        assert!(reaches_every_identity("arn:aws:iam::111122223333:role/*"));
        assert!(!reaches_every_identity("arn:aws:iam::111122223333:role/clinic-*"));
        assert!(!reaches_every_identity("arn:aws:iam::111122223333:role/clinic/*"));
    }
}
