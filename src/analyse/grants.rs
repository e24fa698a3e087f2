//! What an identity may do: administrator rights and wildcards in policy documents, and attached policies of the
//! provider.

use ecow::EcoString;

use super::document_text::{found_in, holds_in, statements};
use super::document_words::{Text, texts};
use super::documents::{covers, is_allow, of_truth};
use super::{escalation, fact, narrowing, roles};
use crate::normalize::{Attribute, Node};
use crate::value::{Data, ListKind, Truth, Value};

/// Actions that must not be allowed on every resource, as starts in lower case: those that are begun so, and patterns. Source: IAM's service
/// authorization reference; what counts as sensitive is phiguard's judgement, see docs/policies/wildcard-permissions.md.
/// Keys are `key-use-unrestricted`.
const SENSITIVE: &[&str] = &[
    "iam:passrole",
    "iam:create",
    "iam:attach",
    "iam:put",
    "iam:update",
    "iam:delete",
    "iam:add",
    "iam:set",
    "iam:remove",
    "iam:detach",
    "iam:upload",
    "s3:getobject",
    "secretsmanager:get",
    "ssm:getparameter",
    "sts:assumerole",
    "dynamodb:getitem",
    "dynamodb:query",
    "dynamodb:scan",
    "dynamodb:batchget",
    "rds-data:",
    "lambda:invoke",
    "ec2:authorizesecuritygroup",
    "ec2:createroute",
    "ec2:replaceroute",
    "ec2:modifyvpc",
    "ec2:createnetworkacl",
    "ec2:attachinternetgateway",
    "ec2:createinternetgateway",
    "ec2:createvpcpeering",
    "ec2:acceptvpcpeering",
];

/// Those that begin like one of these and are none, in lower case.
const SERVICE_LINKED: &[&str] = &["iam:createservicelinkedrole", "iam:deleteservicelinkedrole"];

/// Some of these actions by their whole names: a pattern that takes one of them in is as wide, however it is written.
const SENSITIVE_NAMES: &[&str] = &[
    "iam:PassRole",
    "iam:CreateAccessKey",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRole",
    "iam:AddUserToGroup",
    "iam:SetDefaultPolicyVersion",
    "iam:RemoveUserFromGroup",
    "iam:DetachRolePolicy",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:AssumeRole",
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "rds-data:ExecuteStatement",
    "rds-data:BatchExecuteStatement",
    "lambda:InvokeFunction",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateRoute",
    "ec2:ReplaceRoute",
];

/// Built-in policies of AWS that hold wide rights without being administrator. Source: AWS's list of managed policies; some
/// end with a version, and those of two services begin as the administrator's does.
fn is_wide_managed(policy: &str) -> bool {
    let name = policy.rsplit('/').next().unwrap_or(policy);
    let is_version = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let own = name.rsplit_once("_v").filter(|(_, version)| is_version(version)).map_or(name, |(own, _)| own);
    own.ends_with("FullAccess") || own == "PowerUserAccess" || own.starts_with("AdministratorAccess-")
}

fn is_admin_managed(policy: &str) -> bool {
    policy.rsplit('/').next().unwrap_or(policy) == "AdministratorAccess"
}

/// Adds `allows_admin`, `wildcard_actions`, `escalations` and `unrestricted_key_use`.
pub(super) fn add<'c>(policies: &[Attribute<'c>], node: &mut Node<'c>) {
    let mut basis: Vec<Attribute<'c>> = policies.to_vec();
    if let Some(many) = node.attributes.get("documents") {
        for document in many.value.as_list().unwrap_or_default() {
            // A finding stands at the document that is to blame.
            let span = if document.origin.span.is_none() { many.span } else { document.origin.span };
            basis.push(Attribute { value: document.clone(), span, ..many.clone() });
        }
    }
    let mut admin: Vec<(Truth, Attribute<'c>)> = Vec::new();
    let mut wild: Vec<(Vec<Value>, Attribute<'c>)> = Vec::new();
    let mut escalations: Vec<(Vec<Value>, Attribute<'c>)> = Vec::new();
    let mut key_use: Vec<(Vec<Value>, Attribute<'c>)> = Vec::new();
    for attribute in &basis {
        if attribute.value.is_null() {
            continue;
        }
        let statements = statements(&attribute.value);
        let mut allows_admin = if statements.is_none() { Truth::Unknown } else { Truth::False };
        let mut wildcards: Vec<Value> = match statements {
            None => vec![of_truth(Truth::Unknown, &attribute.value)],
            Some(_) => Vec::new(),
        };
        let (mut raising, mut using) = (wildcards.clone(), wildcards.clone());
        for statement in statements.unwrap_or_default() {
            let basis = &attribute.value;
            allows_admin = allows_admin.or(holds_in(&statement, &is_admin));
            wildcards.extend(found_in(&statement, &|one| wildcard_actions(one, basis)));
            raising.extend(found_in(&statement, &|one| escalation::escalations(one, basis)));
            using.extend(found_in(&statement, &|one| escalation::key_use(one, basis)));
        }
        escalations.push((raising, attribute.clone()));
        key_use.push((using, attribute.clone()));
        admin.push((allows_admin, attribute.clone()));
        wild.push((wildcards, attribute.clone()));
    }
    if let Some(attached) = node.attributes.get("attached_policies").cloned() {
        let names = texts_of(&attached.value);
        // The end of a name is enough: what comes before is the partition.
        let is_admin = names.iter().fold(Truth::False, |truth, name| {
            truth.or(match name {
                Text::Partly(text) => is_admin_managed(text).into(),
                name => name.is(is_admin_managed),
            })
        });
        admin.push((is_admin, attached.clone()));
        let wide = names.iter().filter_map(|name| match name {
            Text::Known(text) | Text::Partly(text) if is_wide_managed(text) => Some(Value::string(text.clone())),
            _ => None,
        });
        wild.push((wide.collect(), attached.clone()));
        let raising = names.iter().filter_map(|name| match name {
            Text::Known(text) | Text::Partly(text) if text.ends_with("IAMFullAccess") => {
                Some(Value::string(text.clone()))
            }
            _ => None,
        });
        escalations.push((raising.collect(), attached));
    }
    roles::add(node, &mut admin, &mut wild);
    escalations.extend(role_writes(node, &admin));
    if let Some((truth, attribute)) = decide(&admin) {
        node.facts.insert("allows_admin", fact(of_truth(truth, &attribute.value), attribute));
    }
    for (name, found) in [("wildcard_actions", wild), ("escalations", escalations), ("unrestricted_key_use", key_use)] {
        if let Some(gathered) = gathered(&found) {
            node.facts.insert(name, gathered);
        }
    }
}

/// All that was found, as a fact that rests on the first attribute with something known.
fn gathered<'c>(found: &[(Vec<Value>, Attribute<'c>)]) -> Option<Attribute<'c>> {
    let all: Vec<Value> = found.iter().flat_map(|(items, _)| items.iter().cloned()).collect();
    let telling = found.iter().find(|(items, _)| items.iter().any(|item| !item.is_unknown()));
    let (_, basis) = telling.or(found.first())?;
    Some(fact(Value::list(all, ListKind::List), basis))
}

/// The operations of a custom role by which its holder can write roles. A role that may do everything everywhere is the
/// finding of `admin-privileges`.
fn role_writes<'c>(node: &Node<'c>, admin: &[(Truth, Attribute<'c>)]) -> Option<(Vec<Value>, Attribute<'c>)> {
    let actions = node.attributes.get("actions").filter(|actions| !actions.value.is_null())?;
    let excluded = node.attributes.get("not_actions").map(|actions| texts_of(&actions.value)).unwrap_or_default();
    let is_admin = admin.iter().any(|(truth, _)| *truth == Truth::True);
    let found = match is_admin {
        true => Vec::new(),
        false => escalation::role_writes(&texts_of(&actions.value), &excluded),
    };
    let at = |text: EcoString| Value::string(text).with_origin(actions.value.origin.clone());
    Some((found.into_iter().map(at).collect(), actions.clone()))
}

fn decide<'a, 'c>(found: &'a [(Truth, Attribute<'c>)]) -> Option<(Truth, &'a Attribute<'c>)> {
    let joined = found.iter().fold(Truth::False, |truth, (one, _)| truth.or(*one));
    let basis = found.iter().find(|(truth, _)| *truth == joined)?;
    Some((joined, &basis.1))
}

pub(super) fn texts_of(value: &Value) -> Vec<Text> {
    match &value.data {
        Data::List(list) => list.items.iter().map(Text::of).collect(),
        Data::Null => Vec::new(),
        _ => vec![Text::of(value)],
    }
}

/// Whether a resource of a statement is every resource: `*`, or an ARN that names no account and no resource.
pub(super) fn is_every_resource(resource: &str) -> bool {
    if resource == "*" {
        return true;
    }
    let mut parts = resource.splitn(6, ':');
    let rest: Vec<&str> = parts.by_ref().skip(3).collect();
    match rest.as_slice() {
        [region, account, name] => {
            matches!(*region, "*" | "") && matches!(*account, "*" | "") && matches!(*name, "*" | "*/*" | "*:*")
        }
        _ => false,
    }
}

/// Whether a resource of a statement is every one of its type, in whatever account: `arn:aws:iam::*:role/*`.
fn is_every_of_type(resource: &str) -> bool {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [_, _, _, region, "*", name] = parts.as_slice() else { return false };
    let type_ = name.strip_suffix("/*").or_else(|| name.strip_suffix(":*"));
    matches!(*region, "*" | "") && type_.is_some_and(|type_| type_.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn on_everything(statement: &Value) -> Truth {
    match statement.get("Resource") {
        Some(_) => covers(statement, &|resource| resource.is(is_every_resource)),
        None => (statement.get("NotResource").is_some()).into(),
    }
}

pub(super) fn is_admin(statement: &Value) -> Truth {
    let actions = texts(statement, "Action").unwrap_or_default();
    let every_action =
        actions.iter().fold(Truth::False, |truth, action| truth.or(action.is(|text| matches!(text, "*" | "*:*"))));
    is_allow(statement).and(every_action).and(on_everything(statement))
}

/// The actions of a statement that make it a wildcard, or an unknown where that cannot be told. One that allows everything
/// is the finding of `admin-privileges`.
fn wildcard_actions(statement: &Value, basis: &Value) -> Vec<Value> {
    if is_admin(statement) != Truth::False {
        return Vec::new();
    }
    let at = |text: EcoString| Value::string(text).with_origin(basis.origin.clone());
    match is_allow(statement) {
        Truth::False => return Vec::new(),
        Truth::Unknown => return vec![of_truth(Truth::Unknown, basis)],
        Truth::True => {}
    }
    if statement.get("NotResource").is_some() {
        return vec![at("NotResource".into())];
    }
    if statement.get("NotAction").is_some() {
        return vec![at("NotAction".into())];
    }
    let conditions = statement.get("Condition").map(|entry| &entry.value).filter(|conditions| !conditions.is_null());
    let narrowed = conditions.map_or(Truth::False, narrowing::of_resources);
    let of_type = covers(statement, &|resource| resource.is(is_every_of_type));
    let everywhere = on_everything(statement).or(of_type).and(!narrowed);
    let actions = texts(statement, "Action").unwrap_or_default();
    let mut found = Vec::new();
    for action in &actions {
        match action {
            Text::Known(text) if is_whole_service(text) => found.push(at(text.clone())),
            Text::Known(text) if is_sensitive(text) => match everywhere {
                Truth::True => found.push(at(text.clone())),
                Truth::Unknown => found.push(of_truth(Truth::Unknown, basis)),
                Truth::False => {}
            },
            Text::Unknown if everywhere != Truth::False => found.push(of_truth(Truth::Unknown, basis)),
            _ => {}
        }
    }
    found
}

/// Whether an action is every action of a service, on whatever resource: it takes in those that give the resource away
/// or delete it.
fn is_whole_service(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    if lower == "*" || lower == "*:*" {
        return true;
    }
    let Some((service, name)) = lower.split_once(':') else { return false };
    // Services whose every action only describes or writes what nobody reads back as PHI.
    let harmless = matches!(service, "logs" | "cloudwatch" | "xray" | "ec2messages" | "ssmmessages");
    name == "*" && !harmless
}

fn is_sensitive(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    // The rights of a role that is linked to a service are the service's: nobody can change them.
    if SERVICE_LINKED.iter().any(|start| lower.starts_with(start)) {
        return false;
    }
    SENSITIVE.iter().any(|start| lower.starts_with(start))
        || SENSITIVE_NAMES.iter().any(|name| escalation::is_match(action, name))
}
