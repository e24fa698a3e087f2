//! Definitions of APIs, Swagger and OpenAPI: their paths and methods, also where these hang on conditions.

use ecow::{EcoString, eco_format};

use super::node::{At, each_branch, entries_mut, get_mut, given, is_something, literal, member, set};
use crate::parse::tree::{Node, NodeKind};

/// The key of what a method does.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The method that stands for all.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";

/// The path for requests that no other one takes.
pub(super) const DEFAULT_PATH: &str = "$default";

/// Keys of a path that are no methods.
const NO_METHODS: &[&str] = &["summary", "description", "parameters", "servers", "$ref"];

/// A definition without paths.
pub(super) fn skeleton(at: At, is_http: bool) -> Node {
    let version = if is_http { ("openapi", "3.0.1") } else { ("swagger", "2.0") };
    let info = at.map([("version", at.text("1.0")), ("title", at.reference("AWS::StackName"))]);
    at.map([(version.0, at.text(version.1)), ("info", info), ("paths", at.empty())])
}

/// A method as definitions write it.
pub(super) fn method_key(method: &str) -> EcoString {
    let lower: EcoString = method.to_lowercase().into();
    if lower == "any" { ANY.into() } else { lower }
}

/// The paths of a definition.
pub(super) fn paths(body: &Node) -> Vec<EcoString> {
    let paths = body.get("paths").and_then(Node::as_mapping).unwrap_or_default();
    paths.iter().map(|entry| entry.key.clone()).collect()
}

/// Adds a method to a path.
pub(super) fn add_method(body: &mut Node, path: &str, method: &str, at: At) {
    let key = method_key(method);
    let Some(paths) = member(body, "paths", at.empty()) else { return };
    let Some(item) = member(paths, path, at.empty()) else { return };
    each_branch(item, &mut |item| {
        if given(item, &key).is_none() {
            set(item, &key, at.empty());
        }
    });
}

/// Visits a path, or its alternatives.
pub(super) fn each_item(body: &mut Node, path: &str, visit: &mut dyn FnMut(&mut Node)) {
    if let Some(item) = get_mut(body, "paths").and_then(|paths| get_mut(paths, path)) {
        each_branch(item, visit);
    }
}

fn has_integration(method: &Node) -> bool {
    given(method, INTEGRATION).is_some_and(is_something)
}

/// Visits the definitions of a method that do something.
pub(super) fn each_method(body: &mut Node, path: &str, method: &str, visit: &mut dyn FnMut(&mut Node)) {
    let key = method_key(method);
    each_item(body, path, &mut |item| {
        if let Some(method) = get_mut(item, &key) {
            each_branch(method, &mut |method| {
                if has_integration(method) {
                    visit(method);
                }
            });
        }
    });
}

/// Visits all definitions of methods of a path that do something.
pub(super) fn each_method_of(body: &mut Node, path: &str, visit: &mut dyn FnMut(&str, &mut Node)) {
    each_item(body, path, &mut |item| {
        for entry in entries_mut(item).into_iter().flatten() {
            if NO_METHODS.contains(&entry.key.as_str()) {
                continue;
            }
            let name = method_key(&entry.key);
            each_branch(&mut entry.value, &mut |method| {
                if has_integration(method) {
                    visit(&name, method);
                }
            });
        }
    });
}

/// Whether a method of a path does something already.
pub(super) fn is_taken(body: &mut Node, path: &str, method: &str) -> bool {
    let mut taken = false;
    each_method(body, path, method, &mut |_| taken = true);
    taken
}

/// Gives a method of a path what it does; under a condition where there is one.
pub(super) fn integrate(
    body: &mut Node,
    path: &str,
    method: &str,
    condition: Option<&EcoString>,
    at: At,
    write: &dyn Fn(&mut Node),
) {
    add_method(body, path, method, at);
    let key = method_key(method);
    each_item(body, path, &mut |item| {
        let Some(method) = get_mut(item, &key) else { return };
        write(method);
        if let Some(condition) = condition {
            *method = at.only_if(condition.clone(), method.clone());
        }
    });
}

/// A path in an ARN: without a slash at its end, and with stars for its parameters.
pub(super) fn path_in_arn(path: &str, is_http: bool) -> EcoString {
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    let is_parameter = |text: &str| {
        let greedy = text.strip_suffix('+').filter(|name| !is_http || *name == "proxy");
        is_plain(text) || greedy.is_some_and(is_plain)
    };
    let mut out = EcoString::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) if is_parameter(name) => {
                out.push('*');
                rest = behind;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The URI under which API Gateway invokes a function.
pub(super) fn invocation_uri(at: At, shorthand: &str, is_streamed: bool) -> Node {
    let (version, end) = match is_streamed {
        true => ("2021-11-15", "response-streaming-invocations"),
        false => ("2015-03-31", "invocations"),
    };
    at.sub(eco_format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{shorthand}/{end}"
    ))
}

/// The URI under which API Gateway invokes an authorizer.
pub(super) fn authorizer_uri(at: At, function: &Node) -> Node {
    at.sub_with(
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
        [("__FunctionArn__".into(), function.clone())],
    )
}

/// Whether a definition is Swagger 2, OpenAPI 3, or neither.
pub(super) fn is_valid(body: &Node) -> bool {
    body.get("paths").is_some_and(|paths| paths.as_mapping().is_some())
        && (given(body, "swagger").is_some() || given(body, "openapi").is_some())
}

/// The version of OpenAPI that a definition says it has.
pub(super) fn version(node: &Node) -> Option<EcoString> {
    match &node.kind {
        // YAML reads 3.0 as the number three.
        NodeKind::Number(number) if number.as_i64().is_some() => Some(eco_format!("{number}.0")),
        NodeKind::Number(number) => Some(eco_format!("{number}")),
        _ => literal(node).map(EcoString::from),
    }
}
