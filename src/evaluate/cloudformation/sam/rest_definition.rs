//! Definitions of REST APIs: what the properties of the API and its events write into them.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{self, INTEGRATION, each_method, paths};
use super::draft::Source;
use super::function::is_plain_mapping;
use super::globals::is_version_3;
use super::node::{
    At, entries_mut, get_mut, given, is_function, is_something, is_true, items_mut, literal, member, remove, set,
};
use crate::parse::tree::{Entry, Node, NodeKind};

impl Expansion<'_, '_, '_> {
    /// Writes into a definition what the properties of its API say.
    pub(super) fn complete(&mut self, source: &Source, body: &mut Node) {
        let at = source.at();
        if let Some(cors) = source.get("Cors").filter(|cors| is_something(cors)) {
            add_cors(body, cors);
        }
        if let Some(auth) = source.get("Auth").filter(|auth| is_something(auth)) {
            self.api_auth(source, auth, body);
            postprocess(source, body);
        }
        if let Some(responses) = source.get("GatewayResponses").and_then(Node::as_mapping) {
            let all = member(body, "x-amazon-apigateway-gateway-responses", at.empty());
            if let Some(all) = all {
                responses.iter().for_each(|entry| set(all, &entry.key, gateway_response(&entry.value)));
            }
        }
        if let Some(types) = source.get("BinaryMediaTypes").filter(|types| is_something(types)) {
            set(body, "x-amazon-apigateway-binary-media-types", slashed(types));
        }
        if let Some(models) = source.get("Models").and_then(Node::as_mapping) {
            if let Some(all) = member(body, "definitions", at.empty()) {
                models.iter().for_each(|entry| set(all, &entry.key.to_lowercase(), entry.value.clone()));
            }
            postprocess(source, body);
        }
        if let Some(value) = source.get("DisableExecuteApiEndpoint") {
            disable_endpoint(body, value);
        }
        postprocess(source, body);
    }
}

/// Says in a definition whether its default endpoint is off.
pub(super) fn disable_endpoint(body: &mut Node, value: &Node) {
    let at = At(value.span);
    let key = "x-amazon-apigateway-endpoint-configuration";
    let setting = "disableExecuteApiEndpoint";
    if given(body, "openapi").is_none() {
        if let Some(configuration) = member(body, key, at.empty()) {
            set(configuration, setting, value.clone());
        }
        return;
    }
    let Some(servers) = member(body, "servers", at.list([at.empty()])).and_then(items_mut) else { return };
    for server in servers {
        if let Some(configuration) = member(server, key, at.empty()) {
            set(configuration, setting, value.clone());
        }
    }
}

/// Media types with the slashes that Swagger cannot write.
fn slashed(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::String(text) => NodeKind::String(text.replace("~1", "/")),
        NodeKind::Sequence(items) => NodeKind::Sequence(items.iter().map(slashed).collect()),
        NodeKind::Mapping(entries) => NodeKind::Mapping(
            entries
                .iter()
                .map(|entry| Entry {
                    key: entry.key.replace("~1", "/"),
                    key_span: entry.key_span,
                    value: slashed(&entry.value),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { kind, span: node.span, tag: node.tag.clone() }
}

fn gateway_response(response: &Node) -> Node {
    let at = At(response.span);
    let mut parameters = at.empty();
    if let Some(given_parameters) = given(response, "ResponseParameters") {
        for (section, prefix) in [("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")] {
            for entry in given(given_parameters, section).and_then(Node::as_mapping).unwrap_or_default() {
                set(&mut parameters, &eco_format!("gatewayresponse.{prefix}.{}", entry.key), entry.value.clone());
            }
        }
    }
    let templates = given(response, "ResponseTemplates").cloned().unwrap_or_else(|| at.empty());
    let mut out = at.map([("responseParameters", parameters), ("responseTemplates", templates)]);
    if let Some(code) = given(response, "StatusCode").filter(|code| is_something(code)) {
        let code = match &code.kind {
            NodeKind::Number(number) => At(code.span).text(eco_format!("{number}")),
            _ => code.clone(),
        };
        set(&mut out, "statusCode", code);
    }
    out
}

/// Answers preflight requests on all paths that do not do so themselves.
fn add_cors(body: &mut Node, cors: &Node) {
    let at = At(cors.span);
    let is_origin = !is_plain_mapping(cors);
    let setting = |key: &str| if is_origin { None } else { given(cors, key) };
    let Some(origin) = (if is_origin { Some(cors) } else { given(cors, "AllowOrigin") }) else { return };
    let mut seen: Vec<EcoString> = Vec::new();
    for path in paths(body) {
        let normal: EcoString = if path == "/" { path.clone() } else { path.trim_end_matches('/').into() };
        if seen.contains(&normal) {
            continue;
        }
        seen.push(normal);
        let mut methods = setting("AllowMethods").filter(|node| is_something(node)).cloned();
        definition::each_item(body, &path, &mut |item| {
            if item.get("options").is_some() {
                return;
            }
            let allowed = methods.get_or_insert_with(|| at.text(eco_format!("'{}'", methods_of(item)))).clone();
            let values = [
                ("Access-Control-Allow-Origin", Some(origin.clone()), "string"),
                (
                    "Access-Control-Allow-Headers",
                    setting("AllowHeaders").filter(|node| is_something(node)).cloned(),
                    "string",
                ),
                ("Access-Control-Allow-Methods", Some(allowed), "string"),
                ("Access-Control-Max-Age", setting("MaxAge").cloned(), "integer"),
                (
                    "Access-Control-Allow-Credentials",
                    setting("AllowCredentials").filter(|node| is_true(node)).map(|node| At(node.span).text("'true'")),
                    "string",
                ),
            ];
            set(item, "options", preflight(at, &values));
        });
    }
}

fn methods_of(item: &Node) -> EcoString {
    let entries = item.as_mapping().unwrap_or_default();
    let mut names: Vec<EcoString> = entries.iter().map(|entry| entry.key.to_uppercase()).collect();
    if entries.iter().any(|entry| entry.key == definition::ANY) {
        names = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"].map(EcoString::from).to_vec();
    } else {
        names.push("OPTIONS".into());
    }
    names.sort();
    names.dedup();
    names.join(",").into()
}

/// The method that answers preflight requests with some headers.
fn preflight(at: At, values: &[(&str, Option<Node>, &str)]) -> Node {
    let set_values = || values.iter().filter_map(|(header, value, type_)| Some((*header, value.clone()?, *type_)));
    let parameters =
        at.map(set_values().map(|(header, value, _)| (eco_format!("method.response.header.{header}"), value)));
    let headers = at.map(set_values().map(|(header, _, type_)| (header, at.map([("type", at.text(type_))]))));
    let default = at.map([
        ("statusCode", at.text("200")),
        ("responseParameters", parameters),
        ("responseTemplates", at.map([("application/json", at.text("{}\n"))])),
    ]);
    let integration = at.map([
        ("type", at.text("mock")),
        ("requestTemplates", at.map([("application/json", at.text("{\n  \"statusCode\" : 200\n}\n"))])),
        ("responses", at.map([("default", default)])),
    ]);
    let answer = at.map([("description", at.text("Default response for CORS method")), ("headers", headers)]);
    at.map([
        ("summary", at.text("CORS support")),
        ("consumes", at.texts(["application/json"])),
        ("produces", at.texts(["application/json"])),
        (INTEGRATION, integration),
        ("responses", at.map([("200", answer)])),
    ])
}

/// Moves what Swagger 2 writes elsewhere than OpenAPI 3.
fn postprocess(source: &Source, body: &mut Node) {
    if given(body, "swagger").is_some() {
        return;
    }
    let version = source.get("OpenApiVersion").or_else(|| given(body, "openapi")).and_then(definition::version);
    if !version.is_some_and(|version| is_version_3(&version)) {
        return;
    }
    let at = source.at();
    for (from, to) in [("securityDefinitions", "securitySchemes"), ("definitions", "schemas")] {
        if !given(body, from).is_some_and(is_something) {
            continue;
        }
        if let Some(moved) = remove(body, from)
            && let Some(components) = member(body, "components", at.empty())
        {
            set(components, to, moved.value);
        }
    }
    for path in get_mut(body, "paths").and_then(entries_mut).into_iter().flatten() {
        let Some(options) = get_mut(&mut path.value, "options") else { continue };
        remove(options, "produces");
        remove(options, "consumes");
        let headers = get_mut(options, "responses")
            .and_then(|responses| get_mut(responses, "200"))
            .and_then(|answer| get_mut(answer, "headers"))
            .and_then(entries_mut);
        for header in headers.into_iter().flatten() {
            header.value = At(header.value.span).map([("schema", header.value.clone())]);
        }
    }
}

/// Has the body of a method's requests checked against a model.
pub(super) fn add_model(body: &mut Node, model: &Node, path: &str, method: &str) {
    let at = At(model.span);
    let Some(name) = given(model, "Model").and_then(literal).map(str::to_lowercase) else { return };
    let required = given(model, "Required").cloned();
    let is_swagger = given(body, "swagger").is_some();
    each_method(body, path, method, &mut |definition| {
        if is_swagger {
            let schema = at.map([("$ref", at.text(eco_format!("#/definitions/{name}")))]);
            let mut parameter = at.map([("in", at.text("body")), ("name", at.text(name.as_str())), ("schema", schema)]);
            if let Some(required) = &required {
                set(&mut parameter, "required", required.clone());
            }
            if let Some(all) = member(definition, "parameters", at.list([])).and_then(items_mut) {
                all.push(parameter);
            }
            return;
        }
        let schema = at.map([("$ref", at.text(eco_format!("#/components/schemas/{name}")))]);
        let content = at.map([("application/json", at.map([("schema", schema)]))]);
        let mut request = at.map([("content", content)]);
        if let Some(required) = &required {
            set(&mut request, "required", required.clone());
        }
        set(definition, "requestBody", request);
    });
    let (checks_body, checks_parameters) = (given(model, "ValidateBody"), given(model, "ValidateParameters"));
    if checks_body.is_none() && checks_parameters.is_none() {
        return;
    }
    let (on_body, on_parameters) = (checks_body.is_some_and(is_true), checks_parameters.is_some_and(is_true));
    let validator = match (on_body, on_parameters) {
        (true, true) => "body-and-params",
        (true, false) => "body-only",
        (false, true) => "params-only",
        (false, false) => "no-validation",
    };
    let settings =
        at.map([("validateRequestBody", at.bool(on_body)), ("validateRequestParameters", at.bool(on_parameters))]);
    if let Some(all) = member(body, "x-amazon-apigateway-request-validators", at.empty()) {
        set(all, validator, settings);
    }
    each_method(body, path, method, &mut |definition| {
        set(definition, "x-amazon-apigateway-request-validator", at.text(validator));
    });
}

/// Declares the parameters of a method's requests.
pub(super) fn add_parameters(body: &mut Node, parameters: &[Node], path: &str, method: &str) {
    for parameter in parameters {
        let at = At(parameter.span);
        let (name, settings) = match (&parameter.kind, parameter.as_mapping()) {
            (NodeKind::String(name), _) => (name.clone(), None),
            (_, Some([entry])) if !is_function(parameter) => (entry.key.clone(), Some(&entry.value)),
            _ => continue,
        };
        let setting = |key: &str| settings.and_then(|settings| given(settings, key));
        let place = name.replace("method.request.", "");
        let Some((location, key)) = place.split_once('.') else { continue };
        let one = at.map([
            ("in", at.text(if location == "querystring" { "query" } else { location })),
            ("name", at.text(key)),
            ("required", setting("Required").cloned().unwrap_or_else(|| at.bool(false))),
            ("type", at.text("string")),
        ]);
        let is_cached = setting("Caching").is_some_and(is_true);
        each_method(body, path, method, &mut |definition| {
            if let Some(all) = member(definition, "parameters", at.list([])).and_then(items_mut) {
                all.push(one.clone());
            }
            let keys = get_mut(definition, INTEGRATION)
                .filter(|_| is_cached)
                .and_then(|integration| member(integration, "cacheKeyParameters", at.list([])))
                .and_then(items_mut);
            if let Some(keys) = keys {
                keys.push(at.text(name.clone()));
            }
        });
    }
}
