//! Roles: whom they trust, and what the policies of a function or state machine become in them.

use std::sync::OnceLock;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::Expansion;
use super::draft::Draft;
use super::node::{At, branches, is_function, is_no_value, items_mut, literal, member, same};
use super::policy_template;
use crate::parse::tree::{Entry, Node};

/// The policy document that lets a service take a role on.
pub(super) fn trust(at: At, service: &str) -> Node {
    let principal = at.map([("Service", at.texts([service]))]);
    let statement =
        at.map([("Action", at.texts(["sts:AssumeRole"])), ("Effect", at.text("Allow")), ("Principal", principal)]);
    at.map([("Version", at.text("2012-10-17")), ("Statement", at.list([statement]))])
}

/// A managed policy of AWS by its path and name.
pub(super) fn managed(at: At, name: &str) -> Node {
    at.sub(eco_format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}"))
}

/// A statement that allows something.
pub(super) fn allow(at: At, action: Node, resource: Node) -> Node {
    at.map([("Action", action), ("Effect", at.text("Allow")), ("Resource", resource)])
}

/// A policy of a role.
pub(super) fn inline(at: At, name: impl Into<EcoString>, statements: impl IntoIterator<Item = Node>) -> Node {
    let document = at.map([("Statement", at.list(statements))]);
    at.map([("PolicyName", at.text(name)), ("PolicyDocument", document)])
}

/// The policy that lets events go to a destination of that type.
pub(super) fn delivery(at: At, type_: &str, prefix: &str, target: &Node) -> Option<Node> {
    let one = |suffix: &str, action: &str| {
        inline(at, eco_format!("{prefix}{suffix}"), [allow(at, at.text(action), target.clone())])
    };
    Some(match type_ {
        "SQS" => one("SQSPolicy", "sqs:SendMessage"),
        "SNS" => one("SNSPolicy", "sns:publish"),
        "EventBridge" => one("EventBridgePolicy", "events:PutEvents"),
        "Lambda" => one("LambdaPolicy", "lambda:InvokeFunction"),
        "S3" | "S3Bucket" => {
            let objects = at.map([("Fn::Join", at.list([at.text("/"), at.list([target.clone(), at.text("*")])]))]);
            let statements =
                [allow(at, at.text("s3:PutObject"), objects), allow(at, at.text("s3:ListBucket"), target.clone())];
            inline(at, eco_format!("{prefix}S3Policy"), statements)
        }
        _ => return None,
    })
}

/// Adds a managed policy to a role that lacks it.
pub(super) fn attach(role: &mut Draft, policy: Node) {
    let none = At(policy.span).list([]);
    let Some(items) = member(&mut role.properties, "ManagedPolicyArns", none).and_then(items_mut) else { return };
    if !items.iter().any(|item| same(item, &policy)) {
        items.push(policy);
    }
}

/// Adds a policy to a role that has none with the same document.
pub(super) fn embed(role: &mut Draft, policy: Node) {
    let none = At(policy.span).list([]);
    let Some(items) = member(&mut role.properties, "Policies", none).and_then(items_mut) else { return };
    let document = policy.get("PolicyDocument");
    let is_same = |there: &Node| match (there.get("PolicyDocument"), document) {
        (Some(there), Some(document)) => same(there, document),
        _ => false,
    };
    if !items.iter().any(is_same) {
        items.push(policy);
    }
}

/// What a policy is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Managed,
    Document,
    Unknown,
}

fn kind(policy: &Node) -> Kind {
    if let Some((_, then, otherwise)) = branches(policy) {
        return kind(if is_no_value(then) { otherwise } else { then });
    }
    if is_function(policy) || policy.as_str().is_some() {
        return Kind::Managed;
    }
    if policy.get("Statement").is_some() { Kind::Document } else { Kind::Unknown }
}

impl Expansion<'_, '_, '_> {
    /// Puts the policies that a resource lists into its role.
    pub(super) fn add_policies(&self, role: &mut Draft, policies: Option<&Node>) {
        let Some(policies) = policies else { return };
        let single = std::slice::from_ref(policies);
        let listed = match policies.as_sequence() {
            Some(items) if policies.tag.is_none() => items,
            _ => single,
        };
        for (index, policy) in listed.iter().enumerate() {
            let at = At(policy.span);
            let policy = self.expand_templates(policy);
            let name = eco_format!("{}Policy{index}", role.id);
            let document =
                |policy: &Node| at.map([("PolicyName", at.text(name.clone())), ("PolicyDocument", policy.clone())]);
            match (kind(&policy), branches(&policy)) {
                (Kind::Managed, None) => attach(role, managed_arn(&policy)),
                (Kind::Managed, Some((condition, then, otherwise))) => {
                    attach(role, at.choice(condition, managed_arn(then), managed_arn(otherwise)));
                }
                (Kind::Document, None) => push_policy(role, document(&policy)),
                (Kind::Document, Some((condition, then, otherwise))) => {
                    let side = |side: &Node| if is_no_value(side) { side.clone() } else { document(side) };
                    push_policy(role, at.choice(condition, side(then), side(otherwise)));
                }
                (Kind::Unknown, _) => {
                    let message = "this is no policy: give a name, an ARN, a policy template or a document with \
                                   Statement; it is not checked";
                    self.fail(policy.span, message);
                }
            }
        }
    }

    /// A policy with the templates in it written out.
    fn expand_templates(&self, policy: &Node) -> Node {
        if let Some((condition, then, otherwise)) = branches(policy) {
            return At(policy.span).choice(condition, self.expand_templates(then), self.expand_templates(otherwise));
        }
        match policy.as_mapping() {
            Some([Entry { key, value, .. }]) if !is_function(policy) => {
                policy_template::expand(key, value, At(policy.span)).unwrap_or_else(|| policy.clone())
            }
            _ => policy.clone(),
        }
    }
}

fn push_policy(role: &mut Draft, policy: Node) {
    let none = At(policy.span).list([]);
    if let Some(items) = member(&mut role.properties, "Policies", none).and_then(items_mut) {
        items.push(policy);
    }
}

/// The ARN of a policy that may be given by its name.
fn managed_arn(policy: &Node) -> Node {
    let Some(name) = literal(policy) else { return policy.clone() };
    match paths().get(name) {
        Some(path) => managed(At(policy.span), &eco_format!("{path}{name}")),
        None => policy.clone(),
    }
}

/// The paths of the managed policies of AWS by their names.
fn paths() -> &'static FxHashMap<&'static str, &'static str> {
    static PATHS: OnceLock<FxHashMap<&'static str, &'static str>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let mut path = "";
        let mut paths = FxHashMap::default();
        for line in include_str!("managed_policies.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                Some(name) => {
                    paths.insert(name, path);
                }
                None => path = line.trim_start_matches('/'),
            }
        }
        paths
    })
}
