//! AWS::Serverless::HttpApi: the API with its definition and stage.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{
    self, ANY, DEFAULT_PATH, INTEGRATION, each_method, each_method_of, integrate, invocation_uri, is_taken,
    path_in_arn, paths,
};
use super::draft::Source;
use super::events::Event;
use super::function::{Work, is_plain_mapping};
use super::node::{
    At, entries_mut, get_mut, given, is_function, is_no_value, is_something, is_true, items_mut, literal, member, set,
    sub_text,
};
use super::rest::{api_of, in_id};
use super::rest_auth::authorizer_permission;
use super::rest_definition::disable_endpoint;
use crate::parse::tree::{Node, NodeKind};

/// The name of the stage of APIs that name none.
const DEFAULT_STAGE: &str = "$default";

/// The tag by which the transform marks what it makes.
const CREATED_BY: &str = "httpapi:createdBy";

/// What the settings for other origins are called in a definition.
const CORS: &[(&str, &str)] = &[
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];

impl Expansion<'_, '_, '_> {
    /// An event of an HTTP API: the function's permission and the route of the API that leads to it.
    pub(super) fn http_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let text = |key: &str| event.get(key).and_then(|node| self.text(node));
        let (Some(path), Some(method)) = (text("Path"), text("Method")) else { return };
        let Some(api) = api_of(event, "ApiId") else {
            self.fail(event.place.key, "ApiId takes a !Ref to an API of this template; its routes are not checked");
            return;
        };
        let mut body = self.sources.get(&api).and_then(|source| source.get("DefinitionBody")).cloned();
        let in_arn = if path == DEFAULT_PATH { EcoString::new() } else { path_in_arn(&path, true) };
        let is_covered = path != DEFAULT_PATH && body.as_mut().is_some_and(|body| leads_to(body, &work.invoked.id));
        if !is_covered {
            let mut permission = self.permission(work, event, "apigateway.amazonaws.com");
            let is_any = method.eq_ignore_ascii_case("any") || method == ANY;
            let verb = if is_any { "*".into() } else { method.to_uppercase() };
            let resource = eco_format!("${{__ApiId__}}/${{__Stage__}}/{verb}{in_arn}");
            let names = [("__ApiId__".into(), event.need("ApiId")), ("__Stage__".into(), at.text("*"))];
            permission.set("SourceArn", at.arn("execute-api", &resource, names));
            work.made.push(permission);
        }
        let Some(mut body) = body else { return };
        if self.sources.get(&api).is_some_and(|source| source.managed) && is_taken(&mut body, &path, &method) {
            self.fail(event.place.key, eco_format!("{method} {path} of {api} is defined more than once"));
            return;
        }
        if !is_taken(&mut body, &path, &method) {
            let condition = work.source.condition();
            let uri = invocation_uri(at, &work.invoked.shorthand(), false);
            let uri = condition.iter().fold(uri, |uri, condition| at.only_if(condition.clone(), uri));
            let is_default = path == DEFAULT_PATH && definition::method_key(&method) == ANY;
            integrate(&mut body, &path, &method, condition.as_ref(), at, &|method| {
                if method.kind == NodeKind::Null {
                    *method = at.empty();
                }
                let integration = at.map([
                    ("type", at.text("aws_proxy")),
                    ("httpMethod", at.text("POST")),
                    ("payloadFormatVersion", at.text("2.0")),
                    ("uri", uri.clone()),
                ]);
                set(method, INTEGRATION, integration);
                if is_default {
                    set(method, "isDefaultRoute", at.bool(true));
                }
                if given(method, "responses").is_none() {
                    set(method, "responses", at.empty());
                }
            });
        }
        let auth = self.sources.get(&api).and_then(|source| source.get("Auth")).cloned();
        if let Some(own) = event.get("Auth").filter(|own| is_something(own)) {
            route_auth(&mut body, own, auth.as_ref(), &path, &method);
        }
        for (key, to) in [("TimeoutInMillis", "timeoutInMillis"), ("PayloadFormatVersion", "payloadFormatVersion")] {
            let Some(value) = event.get(key) else { continue };
            each_method(&mut body, &path, &method, &mut |definition| {
                if let Some(integration) = get_mut(definition, INTEGRATION) {
                    set(integration, to, value.clone());
                }
            });
        }
        add_path_parameters(&mut body, &path, &method, at);
        if let Some(source) = self.sources.get_mut(&api) {
            set(&mut source.properties, "DefinitionBody", body);
        }
    }

    /// Makes what an API needs.
    pub(super) fn http(&mut self, source: &Source) {
        let at = source.at();
        let mut api = source.draft("AWS::ApiGatewayV2::Api");
        if let Some(value) = source.get("FailOnWarnings").filter(|value| is_something(value)) {
            api.set("FailOnWarnings", value.clone());
        }
        let mut tags = source.get("Tags").filter(|tags| is_plain_mapping(tags)).cloned();
        let mut body = source.get("DefinitionBody").filter(|body| is_something(body)).cloned();
        if let Some(body) = body.as_mut().filter(|body| definition::is_valid(body)) {
            let all = tags.get_or_insert_with(|| at.empty());
            set(all, CREATED_BY, at.text("SAM"));
            complete(source, body, all);
        }
        if let Some(uri) = source.get("DefinitionUri") {
            api.set("BodyS3Location", self.location(uri, ["Bucket", "Key", "Version"]));
        } else if let Some(body) = &body {
            api.set("Body", body.clone());
        }
        let default = at.text(DEFAULT_STAGE);
        let name = source.get("StageName").unwrap_or(&default);
        let stage_id = match literal(name) {
            Some(DEFAULT_STAGE) => eco_format!("{}ApiGatewayDefaultStage", source.id),
            _ => eco_format!("{}{}Stage", source.id, in_id(Some(name))),
        };
        let mut stage = source.beside("AWS::ApiGatewayV2::Stage", stage_id.clone());
        stage.set("ApiId", at.reference(source.id.clone()));
        stage.set("StageName", name.clone());
        stage.copy(
            &source.properties,
            &["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"],
        );
        stage.set_given("Tags", tags.as_ref());
        stage.set("AutoDeploy", at.bool(true));
        self.names(&source.id, "Stage", &stage_id);
        let mut made = vec![api];
        let auth = source.get("Auth");
        let authorizers = auth.and_then(|auth| given(auth, "Authorizers")).and_then(Node::as_mapping);
        let wanted = authorizers.unwrap_or_default().iter();
        let wanted =
            wanted.filter(|entry| given(&entry.value, "EnableFunctionDefaultPermissions").is_some_and(is_true));
        made.extend(wanted.filter_map(|entry| authorizer_permission(source, entry)));
        made.extend(self.http_domain(source));
        made.push(stage);
        if let Some(tags) = tags.filter(|_| source.get("DefinitionBody").is_some()) {
            made.iter_mut().for_each(|draft| draft.tag(&tags));
        }
        self.finish(&source.id, made);
    }
}

/// Whether the default route of a definition leads to a function.
fn leads_to(body: &mut Node, function: &str) -> bool {
    let wanted = eco_format!("{function}.Arn");
    let (mut seen, mut leads) = (false, true);
    each_method(body, DEFAULT_PATH, ANY, &mut |method| {
        seen = true;
        let uri = given(method, INTEGRATION).and_then(|integration| given(integration, "uri"));
        let uri = uri.map(|uri| super::node::branches(uri).map_or(uri, |(_, then, _)| then));
        leads &= uri.and_then(sub_text).is_some_and(|text| text.contains(&format!("${{{wanted}}}")));
    });
    seen && leads
}

/// Writes into a definition what the properties of its API say.
fn complete(source: &Source, body: &mut Node, tags: &Node) {
    let at = source.at();
    if let Some(cors) = source.get("CorsConfiguration").filter(|cors| is_something(cors)) {
        add_cors(body, cors);
    }
    if let Some(auth) = source.get("Auth").filter(|auth| is_something(auth)) {
        add_auth(body, auth);
    }
    add_tags(body, tags, at);
    if let Some(value) = source.get("DisableExecuteApiEndpoint") {
        disable_endpoint(body, value);
    }
    let (name, text) = (source.get("Name"), source.get("Description"));
    if name.or(text).is_some()
        && let Some(info) = member(body, "info", at.empty())
    {
        let is_default = info.get("title").and_then(super::node::target) == Some("AWS::StackName");
        if let Some(name) = name.filter(|_| is_default) {
            set(info, "title", name.clone());
        }
        if let Some(text) = text.filter(|_| given(info, "description").is_none()) {
            set(info, "description", text.clone());
        }
    }
    if source.get("FailOnWarnings").is_some_and(is_something) {
        for path in get_mut(body, "paths").and_then(entries_mut).into_iter().flatten() {
            if path.key == DEFAULT_PATH {
                path.key = eco_format!("/{DEFAULT_PATH}");
            }
        }
    }
}

/// Writes tags into a definition. No order of them has a meaning; this is the one that the transform is known for.
fn add_tags(body: &mut Node, tags: &Node, at: At) {
    let key = "x-amazon-apigateway-tag-value";
    let Some(all) = member(body, "tags", at.list([])).and_then(items_mut) else { return };
    let had_some = !all.is_empty();
    for entry in tags.as_mapping().unwrap_or_default() {
        match all.iter_mut().find(|tag| tag.get("name").and_then(Node::as_str) == Some(&entry.key)) {
            Some(tag) => set(tag, key, entry.value.clone()),
            None => {
                let place = if had_some && entry.key == CREATED_BY { 0 } else { all.len() };
                all.insert(place, at.map([("name", at.text(entry.key.clone())), (key, entry.value.clone())]));
            }
        }
    }
}

fn add_cors(body: &mut Node, cors: &Node) {
    let at = At(cors.span);
    let key = "x-amazon-apigateway-cors";
    let Some(all) = member(body, key, at.empty()) else { return };
    if is_function(cors) {
        *all = renamed(cors);
    } else if is_true(cors) {
        set(all, "allowOrigins", at.texts(["*"]));
    } else {
        for (from, to) in CORS {
            let Some(value) = given(cors, from) else { continue };
            if *from == "MaxAge" || is_something(value) {
                set(all, to, value.clone());
            }
        }
    }
}

/// Settings for other origins that a function computes, with the names that definitions have for them.
fn renamed(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Sequence(items) => NodeKind::Sequence(items.iter().map(renamed).collect()),
        NodeKind::Mapping(entries) => NodeKind::Mapping(
            entries
                .iter()
                .map(|entry| {
                    let key = CORS
                        .iter()
                        .find(|(from, _)| *from == entry.key)
                        .map_or(entry.key.clone(), |(_, to)| (*to).into());
                    crate::parse::tree::Entry { key, key_span: entry.key_span, value: renamed(&entry.value) }
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { kind, span: node.span, tag: node.tag.clone() }
}

/// Writes the authorizers of an API into its definition, and the default one before its routes.
fn add_auth(body: &mut Node, auth: &Node) {
    let at = At(auth.span);
    let listed = given(auth, "Authorizers").and_then(Node::as_mapping).unwrap_or_default();
    let with_iam = given(auth, "EnableIamAuthorizer").is_some_and(is_true);
    if with_iam || !listed.is_empty() {
        let schemes = member(body, "components", at.empty())
            .and_then(|components| member(components, "securitySchemes", at.empty()));
        if let Some(schemes) = schemes {
            if with_iam {
                let scheme = [
                    ("type", at.text("apiKey")),
                    ("name", at.text("Authorization")),
                    ("in", at.text("header")),
                    ("x-amazon-apigateway-authtype", at.text("awsSigv4")),
                ];
                set(schemes, "AWS_IAM", at.map(scheme));
            }
            listed.iter().for_each(|entry| set(schemes, &entry.key, authorizer(&entry.value)));
        }
    }
    let default = given(auth, "DefaultAuthorizer").filter(|default| !is_no_value(default)).and_then(literal);
    let Some(default) = default else { return };
    let scopes = listed.iter().find(|entry| entry.key == default);
    let scopes = scopes.and_then(|entry| given(&entry.value, "AuthorizationScopes")).cloned();
    let scopes = scopes.unwrap_or_else(|| at.list([]));
    for path in paths(body) {
        each_method_of(body, &path, &mut |name, method| {
            if name != "options" && !given(method, "security").is_some_and(is_something) {
                set(method, "security", at.list([at.map([(default, scopes.clone())])]));
            }
        });
    }
}

/// An authorizer as definitions write it.
fn authorizer(config: &Node) -> Node {
    let at = At(config.span);
    let key = "x-amazon-apigateway-authorizer";
    if let Some(jwt) = given(config, "JwtConfiguration").filter(|jwt| is_something(jwt)) {
        let entries = jwt.as_mapping().unwrap_or_default().iter();
        let lower = at.map(entries.map(|entry| (entry.key.to_lowercase(), entry.value.clone())));
        let mut settings = at.map([("jwtConfiguration", lower), ("type", at.text("jwt"))]);
        if let Some(source) = given(config, "IdentitySource") {
            set(&mut settings, "identitySource", source.clone());
        }
        return at.map([("type", at.text("oauth2")), (key, settings)]);
    }
    let mut settings = at.map([("type", at.text("request"))]);
    if let Some(function) = given(config, "FunctionArn") {
        set(&mut settings, "authorizerUri", definition::authorizer_uri(at, function));
    }
    if let Some(role) = given(config, "FunctionInvokeRole").filter(|role| literal(role) != Some("NONE")) {
        set(&mut settings, "authorizerCredentials", role.clone());
    }
    if let Some(identity) = given(config, "Identity").filter(|identity| is_something(identity)) {
        if let Some(seconds) = given(identity, "ReauthorizeEvery") {
            set(&mut settings, "authorizerResultTtlInSeconds", seconds.clone());
        }
        let sources = [
            ("Headers", "$request.header."),
            ("QueryStrings", "$request.querystring."),
            ("StageVariables", "$stageVariables."),
            ("Context", "$context."),
        ];
        let items = sources.iter().flat_map(|(key, prefix)| {
            let items = given(identity, key).and_then(Node::as_sequence).unwrap_or_default();
            items.iter().filter_map(Node::as_str).map(move |item| at.text(eco_format!("{prefix}{item}")))
        });
        set(&mut settings, "identitySource", at.list(items.collect::<Vec<Node>>()));
    }
    if let Some(version) = given(config, "AuthorizerPayloadFormatVersion") {
        set(&mut settings, "authorizerPayloadFormatVersion", version.clone());
    }
    if let Some(simple) = given(config, "EnableSimpleResponses").filter(|simple| is_something(simple)) {
        set(&mut settings, "enableSimpleResponses", simple.clone());
    }
    at.map([("type", at.text("apiKey")), ("name", at.text("Unused")), ("in", at.text("header")), (key, settings)])
}

/// What an event says of who may call its route.
fn route_auth(body: &mut Node, own: &Node, api: Option<&Node>, path: &str, method: &str) {
    let at = At(own.span);
    let of_api = |key: &str| api.and_then(|api| given(api, key));
    let Some(name) = given(own, "Authorizer").or_else(|| of_api("DefaultAuthorizer")).and_then(literal) else { return };
    let scopes = given(own, "AuthorizationScopes").filter(|scopes| is_something(scopes)).or_else(|| {
        of_api("Authorizers").and_then(|all| given(all, name)).and_then(|one| given(one, "AuthorizationScopes"))
    });
    let scopes = scopes.filter(|_| !matches!(name, "NONE" | "AWS_IAM")).cloned().unwrap_or_else(|| at.list([]));
    each_method(body, path, method, &mut |definition| {
        if let Some(security) = member(definition, "security", at.list([])).and_then(items_mut) {
            security.push(at.map([(name, scopes.clone())]));
        }
    });
}

/// Declares the parameters in a route's path.
fn add_path_parameters(body: &mut Node, path: &str, method: &str, at: At) {
    let names: Vec<&str> =
        path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect();
    if names.is_empty() {
        return;
    }
    each_method(body, path, method, &mut |definition| {
        let Some(all) = member(definition, "parameters", at.list([])).and_then(items_mut) else { return };
        for name in &names {
            let one = [("name", at.text(*name)), ("in", at.text("path")), ("required", at.bool(true))];
            match all.iter_mut().find(|there| there.get("name").and_then(Node::as_str) == Some(name)) {
                Some(there) => {
                    set(there, "in", at.text("path"));
                    set(there, "required", at.bool(true));
                }
                None => all.push(at.map(one)),
            }
        }
    });
}
