//! AWS::Serverless::Api: the API with its definition, deployment and stage.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{self, INTEGRATION, each_method, integrate, invocation_uri, is_taken, path_in_arn, paths};
use super::draft::{Draft, Source};
use super::events::Event;
use super::function::{Work, is_plain_mapping};
use super::globals::is_version_3;
use super::node::{
    At, entries_mut, get_mut, given, hash, is_function, is_something, is_true, items_mut, literal, member, remove, set,
    target,
};
use crate::parse::tree::{Node, NodeKind};

/// Properties of a stage that an API has under the same name.
const STAGE: &[&str] = &[
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
];

/// Properties that an API has under the same name before and after.
const SAME: &[&str] = &[
    "BinaryMediaTypes",
    "MinimumCompressionSize",
    "Name",
    "Description",
    "Mode",
    "ApiKeySourceType",
    "Policy",
    "SecurityPolicy",
    "EndpointAccessMode",
];

/// The name of a stage in the ids of what is made for it: only names of letters and digits are.
pub(super) fn in_id(name: Option<&Node>) -> &str {
    let name = name.and_then(literal).unwrap_or_default();
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { name } else { "" }
}

/// The API that an event names.
pub(super) fn api_of(event: &Event<'_>, property: &str) -> Option<EcoString> {
    let node = event.get(property)?;
    target(node).or_else(|| literal(node)).map(EcoString::from)
}

impl Expansion<'_, '_, '_> {
    /// An event of a REST API: the function's permission and the method of the API that leads to it.
    pub(super) fn rest_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let text = |key: &str| event.get(key).and_then(|node| self.text(node));
        let (Some(path), Some(method)) = (text("Path"), text("Method")) else { return };
        let Some(api) = api_of(event, "RestApiId") else {
            self.fail(
                event.place.key,
                "RestApiId takes a !Ref to an API of this template; its methods are not checked",
            );
            return;
        };
        let stage = self.stage_of(&api);
        let mut permission = self.permission(work, event, "apigateway.amazonaws.com");
        permission.id = eco_format!("{}{}", permission.id, in_id(Some(&at.text(stage.clone()))));
        let verb = if method.eq_ignore_ascii_case("any") { "*".into() } else { method.to_uppercase() };
        let resource = eco_format!("${{__ApiId__}}/${{__Stage__}}/{verb}{}", path_in_arn(&path, false));
        let names = [("__ApiId__".into(), event.need("RestApiId")), ("__Stage__".into(), at.text("*"))];
        permission.set("SourceArn", at.arn("execute-api", &resource, names));
        work.made.push(permission);
        let Some(mut source) = self.sources.get(&api).cloned() else { return };
        let merges = source.get("MergeDefinitions").is_some_and(is_true);
        if !source.managed && !merges {
            self.override_auth(&mut source, event, &path, &method, &stage);
            self.sources.insert(api, source);
            return;
        }
        let Some(mut body) = source.get("DefinitionBody").cloned() else { return };
        if source.managed && is_taken(&mut body, &path, &method) {
            self.fail(event.place.key, eco_format!("{method} {path} of {api} is defined more than once"));
            return;
        }
        let condition = work.source.condition();
        let is_streamed = event.get("ResponseTransferMode").and_then(literal) == Some("RESPONSE_STREAM");
        let uri = invocation_uri(at, &work.invoked.shorthand(), is_streamed);
        let uri = condition.iter().fold(uri, |uri, condition| at.only_if(condition.clone(), uri));
        let credentials = self.credentials(&source, event);
        integrate(&mut body, &path, &method, condition.as_ref(), at, &|method| {
            let mut integration =
                at.map([("type", at.text("aws_proxy")), ("httpMethod", at.text("POST")), ("uri", uri.clone())]);
            if is_streamed {
                set(&mut integration, "responseTransferMode", at.text("STREAM"));
            }
            if let Some(credentials) = &credentials {
                set(&mut integration, "credentials", credentials.clone());
            }
            if let Some(timeout) = event.get("TimeoutInMillis") {
                set(&mut integration, "timeoutInMillis", timeout.clone());
            }
            set(method, INTEGRATION, integration);
            if given(method, "responses").is_none() {
                set(method, "responses", at.empty());
            }
        });
        if let Some(auth) = event.get("Auth") {
            self.method_auth(&source, &mut body, auth, &path, &method, &stage);
        }
        if let Some(model) = event.get("RequestModel") {
            add_model(&mut body, model, &path, &method);
        }
        if let Some(parameters) = event.get("RequestParameters").and_then(Node::as_sequence) {
            add_parameters(&mut body, parameters, &path, &method);
        }
        set(&mut source.properties, "DefinitionBody", body);
        self.sources.insert(api, source);
    }

    /// The name of an API's stage as ids and resource policies have it.
    pub(super) fn stage_of(&self, api: &str) -> EcoString {
        let own = self.sources.get(api).and_then(|source| source.get("StageName")).and_then(literal);
        own.unwrap_or("Stage").into()
    }

    /// With whose rights a method that IAM authorizes invokes its function.
    fn credentials(&self, source: &Source, event: &Event<'_>) -> Option<Node> {
        let at = event.at();
        let (method, api) = (event.get("Auth"), source.get("Auth"));
        let names = |auth: Option<&Node>, key: &str| {
            auth.and_then(|auth| given(auth, key)).and_then(literal) == Some("AWS_IAM")
        };
        if !names(method, "Authorizer") && !(names(api, "DefaultAuthorizer") && !method.is_some_and(is_something)) {
            return None;
        }
        // A role that is there and null says that there is none.
        let role = |auth: Option<&Node>| auth.and_then(|auth| auth.get("InvokeRole")).cloned();
        let chosen = role(method).or_else(|| role(api));
        match chosen {
            Some(node) if node.kind == NodeKind::Null || literal(&node) == Some("NONE") => None,
            Some(node) if literal(&node) != Some("CALLER_CREDENTIALS") => Some(node),
            _ => Some(at.sub("arn:${AWS::Partition}:iam::*:user/*")),
        }
    }

    /// Makes what an API needs.
    pub(super) fn rest(&mut self, source: &Source) {
        let at = source.at();
        let mut api = source.draft("AWS::ApiGateway::RestApi");
        api.copy(&source.properties, SAME);
        self.set_endpoint(&mut api, source);
        if let Some(value) = source.get("FailOnWarnings").filter(|value| is_something(value)) {
            api.set("FailOnWarnings", value.clone());
        }
        let mut body = source.get("DefinitionBody").cloned();
        if let Some(body) = body.as_mut().filter(|body| definition::is_valid(body)) {
            self.complete(source, body);
        }
        if let Some(uri) = source.get("DefinitionUri") {
            api.set("BodyS3Location", self.location(uri, ["Bucket", "Key", "Version"]));
        } else if let Some(body) = &body {
            api.set("Body", body.clone());
        }
        let mut deployment = source.beside("AWS::ApiGateway::Deployment", eco_format!("{}Deployment", source.id));
        deployment.set("RestApiId", at.reference(source.id.clone()));
        if source.get("OpenApiVersion").is_none() {
            deployment.set("StageName", at.text("Stage"));
        }
        let defined = api.properties.get("Body").or_else(|| api.properties.get("BodyS3Location"));
        if let Some(defined) = defined.filter(|node| is_something(node)) {
            let digest = hash(&[defined], 40);
            deployment.set("Description", at.text(eco_format!("RestApi deployment id: {digest}")));
        }
        let stage_id = eco_format!("{}{}Stage", source.id, in_id(source.get("StageName")));
        let mut stage = source.beside("AWS::ApiGateway::Stage", stage_id.clone());
        stage.set("RestApiId", at.reference(source.id.clone()));
        stage.set("DeploymentId", at.reference(deployment.id.clone()));
        stage.copy(&source.properties, STAGE);
        if let Some(tags) = source.get("Tags") {
            stage.set("Tags", At(tags.span).tags(&[], Some(tags)));
        }
        self.names(&source.id, "Stage", &stage_id);
        self.names(&source.id, "Deployment", &deployment.id.clone());
        let mut made = vec![api, deployment, stage];
        made.extend(self.authorizer_permissions(source));
        made.extend(self.rest_domain(source));
        made.extend(self.usage_plan(source, &stage_id));
        if let Some(tags) = source.get("Tags").filter(|_| self.is_yes(source.get("PropagateTags"))) {
            made.iter_mut().for_each(|draft| draft.tag(tags));
        }
        self.finish(&source.id, made);
    }

    fn set_endpoint(&self, api: &mut Draft, source: &Source) {
        let Some(value) = source.get("EndpointConfiguration").filter(|value| is_something(value)) else { return };
        let at = At(value.span);
        let type_ = if is_plain_mapping(value) { given(value, "Type") } else { None }.unwrap_or(value);
        let mut configuration = at.map([("Types", at.list([type_.clone()]))]);
        for (from, to) in [
            ("VPCEndpointIds", "VpcEndpointIds"),
            ("VpcEndpointIds", "VpcEndpointIds"),
            ("IpAddressType", "IpAddressType"),
        ] {
            if let Some(ids) = given(value, from) {
                set(&mut configuration, to, ids.clone());
            }
        }
        api.set("EndpointConfiguration", configuration);
        api.set("Parameters", at.map([("endpointConfigurationTypes", type_.clone())]));
    }

    /// Writes into a definition what the properties of its API say.
    fn complete(&mut self, source: &Source, body: &mut Node) {
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
                .map(|entry| crate::parse::tree::Entry {
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
fn add_model(body: &mut Node, model: &Node, path: &str, method: &str) {
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
fn add_parameters(body: &mut Node, parameters: &[Node], path: &str, method: &str) {
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
