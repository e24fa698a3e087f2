//! Who may call a REST API: authorizers, API keys, resource policies.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{self, authorizer_uri, each_method, each_method_of, path_in_arn, paths};
use super::draft::{Draft, Source};
use super::events::Event;
use super::node::{At, each_branch, get_mut, given, is_something, is_true, items_mut, literal, member, same, set};
use crate::parse::tree::{Entry, Node};

const DEFINITIONS: &str = "securityDefinitions";
const POLICY: &str = "x-amazon-apigateway-policy";

/// How IAM authorizes, as definitions write it.
fn iam(at: At) -> Node {
    at.map([
        ("type", at.text("apiKey")),
        ("name", at.text("Authorization")),
        ("in", at.text("header")),
        ("x-amazon-apigateway-authtype", at.text("awsSigv4")),
    ])
}

fn define(body: &mut Node, name: &str, definition: Node) {
    if let Some(all) = member(body, DEFINITIONS, At(definition.span).empty())
        && given(all, name).is_none()
    {
        set(all, name, definition);
    }
}

fn define_api_key(body: &mut Node, at: At) {
    let key = [("type", at.text("apiKey")), ("name", at.text("x-api-key")), ("in", at.text("header"))];
    define(body, "api_key", at.map(key));
}

/// Adds a requirement to a method.
fn require(method: &mut Node, name: &str, scopes: Node) {
    let at = At(scopes.span);
    if let Some(security) = member(method, "security", at.list([])).and_then(items_mut) {
        security.push(at.map([(name, scopes)]));
    }
}

/// Whether the first requirement of a method is that of IAM.
fn is_iam_first(method: &Node) -> bool {
    let first = method.get("security").and_then(Node::as_sequence).and_then(<[Node]>::first);
    first.is_some_and(|first| first.get("AWS_IAM").is_some())
}

fn names_any(requirement: &Node, names: &[&str]) -> bool {
    requirement.as_mapping().unwrap_or_default().iter().any(|entry| names.contains(&entry.key.as_str()))
}

impl Expansion<'_, '_, '_> {
    /// What an event says of who may call its method.
    pub(super) fn method_auth(
        &self,
        source: &Source,
        body: &mut Node,
        auth: &Node,
        path: &str,
        method: &str,
        stage: &str,
    ) {
        let at = At(auth.span);
        let authorizers = source.get("Auth").and_then(|auth| given(auth, "Authorizers"));
        if let Some(name) = given(auth, "Authorizer").and_then(literal) {
            let authorizer = authorizers.and_then(|all| given(all, name));
            let own = given(auth, "AuthorizationScopes");
            let scopes = authorizer.filter(|_| name != "NONE");
            let scopes = scopes.and_then(|one| own.or_else(|| given(one, "AuthorizationScopes"))).cloned();
            let scopes = scopes.unwrap_or_else(|| at.list([]));
            let mut needs_iam = false;
            each_method(body, path, method, &mut |method| {
                require(method, name, scopes.clone());
                needs_iam |= is_iam_first(method);
            });
            if needs_iam {
                define(body, "AWS_IAM", iam(at));
            }
        }
        if let Some(required) = given(auth, "ApiKeyRequired") {
            let name = if is_true(required) { "api_key" } else { "api_key_false" };
            each_method(body, path, method, &mut |method| require(method, name, at.list([])));
            if is_true(required) {
                define_api_key(body, at);
            }
        }
        if let Some(policy) = given(auth, "ResourcePolicy").filter(|policy| is_something(policy)) {
            add_policy(body, policy, path, &at.text(stage));
            add_statements(body, policy);
        }
    }

    /// What an event says of a method whose definition is written by hand, where it says that it does.
    pub(super) fn override_auth(&self, source: &mut Source, event: &Event<'_>, path: &str, method: &str, stage: &str) {
        let Some(auth) = event.get("Auth").filter(|auth| given(auth, "OverrideApiAuth").is_some_and(is_true)) else {
            return;
        };
        let Some(mut body) = source.get("DefinitionBody").filter(|body| definition::is_valid(body)).cloned() else {
            return;
        };
        self.method_auth(source, &mut body, auth, path, method, stage);
        set(&mut source.properties, "DefinitionBody", body);
    }

    /// What an API says of who may call its methods.
    pub(super) fn api_auth(&self, source: &Source, auth: &Node, body: &mut Node) {
        let at = At(auth.span);
        let default = given(auth, "DefaultAuthorizer").and_then(|node| self.text(node));
        let listed = given(auth, "Authorizers").and_then(Node::as_mapping).unwrap_or_default();
        if default.as_deref() == Some("AWS_IAM") {
            define(body, "AWS_IAM", iam(at));
        }
        for entry in listed {
            if let Some(all) = member(body, DEFINITIONS, at.empty()) {
                set(all, &entry.key, authorizer(&entry.value));
            }
        }
        let has_authorizers = !listed.is_empty() || default.as_deref() == Some("AWS_IAM");
        if let Some(default) = default.as_deref().filter(|_| has_authorizers) {
            let preflight = given(auth, "AddDefaultAuthorizerToCorsPreflight").is_none_or(is_true);
            set_default(body, default, listed, preflight, at);
        }
        if given(auth, "ApiKeyRequired").is_some_and(is_something) {
            define_api_key(body, at);
            let preflight = given(auth, "AddApiKeyRequiredToCorsPreflight").is_none_or(is_true);
            require_keys(body, preflight, at);
        }
        if let Some(policy) = given(auth, "ResourcePolicy").filter(|policy| is_something(policy)) {
            let stage = source.get("StageName").cloned().unwrap_or_else(|| at.text("Stage"));
            for path in paths(body) {
                add_policy(body, policy, &path, &stage);
            }
            add_statements(body, policy);
        }
    }

    /// The permissions that authorizers need to be invoked.
    pub(super) fn authorizer_permissions(&self, source: &Source) -> Vec<Draft> {
        let listed = source.get("Auth").and_then(|auth| given(auth, "Authorizers")).and_then(Node::as_mapping);
        let wanted = listed.unwrap_or_default().iter().filter(|entry| {
            given(&entry.value, "UserPoolArn").is_none()
                && !given(&entry.value, "DisableFunctionDefaultPermissions").is_some_and(is_true)
        });
        wanted.filter_map(|entry| authorizer_permission(source, entry)).collect()
    }
}

/// The permission that an authorizer needs to be invoked.
pub(super) fn authorizer_permission(source: &Source, entry: &Entry) -> Option<Draft> {
    let function = given(&entry.value, "FunctionArn")?;
    let place = super::draft::Place::of(entry);
    let at = place.at();
    let id = eco_format!("{}{}AuthorizerPermission", source.id, entry.key);
    let mut draft = source.beside("AWS::Lambda::Permission", id).placed(place);
    draft.set("Action", at.text("lambda:InvokeFunction"));
    draft.set("FunctionName", function.clone());
    draft.set("Principal", at.text("apigateway.amazonaws.com"));
    let names = [("__ApiId__".into(), at.reference(source.id.clone()))];
    draft.set("SourceArn", at.arn("execute-api", "${__ApiId__}/authorizers/*", names));
    Some(draft)
}

/// An authorizer as definitions write it.
fn authorizer(config: &Node) -> Node {
    let at = At(config.span);
    let identity = given(config, "Identity");
    let from_identity = |key: &str| identity.and_then(|identity| given(identity, key));
    let is_request = given(config, "FunctionPayloadType").and_then(literal) == Some("REQUEST");
    let pool = given(config, "UserPoolArn").filter(|pool| is_something(pool));
    let header = from_identity("Header").cloned().unwrap_or_else(|| at.text("Authorization"));
    let header = if is_request && pool.is_none() { at.text("Unused") } else { header };
    let mut settings;
    if let Some(pool) = pool {
        let pools = if pool.as_sequence().is_some() { pool.clone() } else { at.list([pool.clone()]) };
        settings = at.map([("type", at.text("cognito_user_pools")), ("providerARNs", pools)]);
    } else {
        settings = at.map([("type", at.text(if is_request { "request" } else { "token" }))]);
        if let Some(function) = given(config, "FunctionArn") {
            set(&mut settings, "authorizerUri", authorizer_uri(at, function));
        }
        if let Some(seconds) = from_identity("ReauthorizeEvery") {
            set(&mut settings, "authorizerResultTtlInSeconds", seconds.clone());
        }
        if let Some(role) = given(config, "FunctionInvokeRole").filter(|role| literal(role) != Some("NONE")) {
            set(&mut settings, "authorizerCredentials", role.clone());
        }
        let sources = [
            ("Headers", "method.request.header."),
            ("QueryStrings", "method.request.querystring."),
            ("StageVariables", "stageVariables."),
            ("Context", "context."),
        ];
        let sources: Vec<String> = sources
            .iter()
            .filter_map(|(key, prefix)| Some((from_identity(key)?.as_sequence()?, *prefix)))
            .flat_map(|(items, prefix)| {
                items.iter().filter_map(Node::as_str).map(move |item| format!("{prefix}{item}"))
            })
            .collect();
        if is_request && !sources.is_empty() {
            set(&mut settings, "identitySource", at.text(sources.join(", ")));
        }
    }
    if let Some(expression) = from_identity("ValidationExpression").filter(|_| !is_request || pool.is_some()) {
        set(&mut settings, "identityValidationExpression", expression.clone());
    }
    at.map([
        ("type", at.text("apiKey")),
        ("name", header),
        ("in", at.text("header")),
        ("x-amazon-apigateway-authtype", at.text(if pool.is_some() { "cognito_user_pools" } else { "custom" })),
        ("x-amazon-apigateway-authorizer", settings),
    ])
}

/// Has the default authorizer stand before all methods that name none.
fn set_default(body: &mut Node, default: &str, listed: &[Entry], preflight: bool, at: At) {
    let names: Vec<&str> = listed.iter().map(|entry| entry.key.as_str()).chain(["AWS_IAM"]).collect();
    let scopes = listed.iter().find(|entry| entry.key == default);
    let scopes = scopes.and_then(|entry| given(&entry.value, "AuthorizationScopes")).cloned();
    let scopes = scopes.unwrap_or_else(|| at.list([]));
    let mut needs_iam = false;
    for path in paths(body) {
        each_method_of(body, &path, &mut |name, method| {
            if name == "options" && !preflight {
                return;
            }
            let existing = method.get("security").and_then(Node::as_sequence).unwrap_or_default().to_vec();
            let (own, mut others): (Vec<Node>, Vec<Node>) =
                existing.into_iter().partition(|one| names_any(one, &names));
            if let Some(none) = others.iter().position(|one| names_any(one, &["NONE"])) {
                others.remove(none);
            } else if own.is_empty() {
                others.push(at.map([(default, scopes.clone())]));
            } else {
                others.extend(own);
            }
            if !others.is_empty() {
                set(method, "security", at.list(others));
                needs_iam |= is_iam_first(method);
            }
        });
    }
    if needs_iam {
        define(body, "AWS_IAM", iam(at));
    }
}

/// Has all methods that do not say otherwise ask for an API key.
fn require_keys(body: &mut Node, preflight: bool, at: At) {
    for path in paths(body) {
        each_method_of(body, &path, &mut |name, method| {
            let existing = method.get("security").and_then(Node::as_sequence).unwrap_or_default().to_vec();
            let before = at.list(existing.clone());
            let (keys, mut others): (Vec<Node>, Vec<Node>) =
                existing.into_iter().partition(|one| names_any(one, &["api_key", "api_key_false"]));
            let is_off = keys.iter().any(|one| names_any(one, &["api_key_false"]));
            if !is_off && (name != "options" || preflight) {
                others.push(at.map([("api_key", at.list([]))]));
            }
            let after = at.list(others);
            if !same(&before, &after) {
                set(method, "security", after);
            }
        });
    }
}

/// Lists of a resource policy that say who may call, or may not, as policies write it.
const ACCOUNTS: &[(&str, &str)] = &[("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")];
const ADDRESSES: &[(&str, &str)] = &[("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")];
const NETWORKS: &[(&str, &str, &str, &str)] = &[
    ("SourceVpcBlacklist", "IntrinsicVpcBlacklist", "IntrinsicVpceBlacklist", "StringEquals"),
    ("SourceVpcWhitelist", "IntrinsicVpcWhitelist", "IntrinsicVpceWhitelist", "StringNotEquals"),
];

/// Writes what a resource policy says of a path into the policy of a definition.
fn add_policy(body: &mut Node, policy: &Node, path: &str, stage: &Node) {
    let at = At(policy.span);
    let mut methods: Vec<EcoString> = Vec::new();
    if let Some(item) = get_mut(body, "paths").and_then(|paths| get_mut(paths, path)) {
        each_branch(item, &mut |item| {
            methods.extend(item.as_mapping().unwrap_or_default().iter().map(|entry| entry.key.clone()));
        });
    }
    let plain = path_in_arn_as_is(path);
    let resources = at.list(methods.iter().map(|method| {
        let is_any = method.eq_ignore_ascii_case("any") || method.eq_ignore_ascii_case(definition::ANY);
        let verb = if is_any { "*".into() } else { method.to_uppercase() };
        at.sub_with(eco_format!("execute-api:/${{__Stage__}}/{verb}{plain}"), [("__Stage__".into(), stage.clone())])
    }));
    let statement = |effect: &str, principal: Node| {
        at.map([
            ("Effect", at.text(effect)),
            ("Action", at.text("execute-api:Invoke")),
            ("Resource", resources.clone()),
            ("Principal", principal),
        ])
    };
    for (key, effect) in ACCOUNTS {
        let Some(accounts) = given(policy, key).filter(|list| is_something(list)) else { continue };
        let accounts = if accounts.as_sequence().is_some() { accounts.clone() } else { at.list([accounts.clone()]) };
        let one = statement(effect, at.map([("AWS", accounts)]));
        push_statements(body, [one], false, at);
    }
    let mut restrict = |operator: &str, condition: Node| {
        let mut deny = statement("Deny", at.text("*"));
        set(&mut deny, "Condition", at.map([(operator, condition)]));
        push_statements(body, [statement("Allow", at.text("*")), deny], true, at);
    };
    for (key, operator) in ADDRESSES {
        let Some(ranges) = given(policy, key).filter(|list| is_something(list)) else { continue };
        let ranges = if ranges.as_sequence().is_some() { ranges.clone() } else { at.list([ranges.clone()]) };
        restrict(operator, at.map([("aws:SourceIp", ranges)]));
    }
    for (texts, networks, endpoints, operator) in NETWORKS {
        let list = |key: &str| given(policy, key).and_then(Node::as_sequence).unwrap_or_default().to_vec();
        let starting = |prefix: &str| {
            list(texts).into_iter().filter(|node| node.as_str().is_some_and(|text| text.starts_with(prefix))).collect()
        };
        let mut in_networks: Vec<Node> = starting("vpc-");
        in_networks.extend(list(networks));
        let mut at_endpoints: Vec<Node> = starting("vpce-");
        at_endpoints.extend(list(endpoints));
        let both = [("aws:SourceVpc", in_networks), ("aws:SourceVpce", at_endpoints)];
        let entries: Vec<(&str, Node)> =
            both.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, at.list(list))).collect();
        if !entries.is_empty() {
            restrict(operator, at.map(entries));
        }
    }
}

/// A path of a resource policy keeps the slash at its end.
fn path_in_arn_as_is(path: &str) -> EcoString {
    let plain = path_in_arn(path, false);
    if path.len() > 1 && path.ends_with('/') { eco_format!("{plain}/") } else { plain }
}

/// Adds the statements that a resource policy has of its own.
fn add_statements(body: &mut Node, policy: &Node) {
    let Some(own) = given(policy, "CustomStatements").filter(|own| is_something(own)) else { return };
    let at = At(own.span);
    let listed = own.as_sequence().map_or_else(|| vec![own.clone()], <[Node]>::to_vec);
    push_statements(body, listed, true, at);
}

fn push_statements(body: &mut Node, statements: impl IntoIterator<Item = Node>, distinct: bool, at: At) {
    let Some(policy) = member(body, POLICY, at.empty()) else { return };
    if given(policy, "Version").is_none() {
        set(policy, "Version", at.text("2012-10-17"));
    }
    let mut all = match given(policy, "Statement") {
        Some(node) => node.as_sequence().map_or_else(|| vec![node.clone()], <[Node]>::to_vec),
        None => Vec::new(),
    };
    for statement in statements {
        if !distinct || !all.iter().any(|there| same(there, &statement)) {
            all.push(statement);
        }
    }
    // A first statement on accounts stands alone, not in a list.
    let alone = !distinct && all.len() == 1;
    let value = if alone { all.remove(0) } else { at.list(all) };
    set(policy, "Statement", value);
}
