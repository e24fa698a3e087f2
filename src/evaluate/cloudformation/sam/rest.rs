//! AWS::Serverless::Api: the API with its definition, deployment and stage.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{self, INTEGRATION, integrate, invocation_uri, is_taken, path_in_arn};
use super::draft::{Draft, Source};
use super::events::Event;
use super::function::{Work, is_plain_mapping};
use super::node::{At, given, hash, is_something, is_true, literal, set, target};
use super::rest_definition::{add_model, add_parameters};
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
        let is_default = names(api, "DefaultAuthorizer") && !method.is_some_and(is_something);
        if !is_default && !names(method, "Authorizer") {
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
}
