//! How a function is invoked: its version and alias, its URL, and where the results of asynchronous invocations go.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::Place;
use super::function::{Invoked, Work};
use super::node::{At, branches, given, is_no_value, is_something, literal, set};
use super::{deployment, role};
use crate::evaluate::cloudformation::settings::OF_URL;
use crate::parse::tree::Node;

impl Expansion<'_, '_, '_> {
    /// Version and alias of a function that publishes them, and how they are rolled out.
    pub(super) fn alias(&mut self, work: &mut Work<'_>) {
        let source = work.source;
        let Some(name) = source.get("AutoPublishAlias").filter(|name| is_something(name) && !is_no_value(name)) else {
            return;
        };
        let at = source.at_key("AutoPublishAlias");
        // An alias whose name only the deployment knows is there all the same.
        let text = self.text(name);
        let in_id = text.clone().unwrap_or_default().replace("-", "D").replace("_", "U");
        // The hash of the code is in the description and in the id of the version.
        let digest = source.get("AutoPublishCodeSha256").and_then(|node| self.text(node));
        if let Some(digest) = digest.clone() {
            let digest = at.text(digest);
            let description = match source.get("Description") {
                Some(text) => at.map([("Fn::Join", at.list([at.text(" "), at.list([text.clone(), digest])]))]),
                None => digest,
            };
            work.function.set("Description", description);
        }
        let place = Place { key: at.0, span: source.place.span };
        let digest: EcoString = digest.unwrap_or_default().chars().take(10).collect();
        let version_id = eco_format!("{}Version{digest}", source.id);
        let mut version = source.beside("AWS::Lambda::Version", version_id).placed(place);
        if given(&source.body, "DeletionPolicy").is_none() {
            let default = if source.get("CapacityProviderConfig").is_some() { "Delete" } else { "Retain" };
            let policy = source.get("VersionDeletionPolicy").cloned().unwrap_or_else(|| at.text(default));
            version.attribute("DeletionPolicy", policy);
        }
        version.set("FunctionName", at.reference(source.id.clone()));
        version.set_given("Description", source.get("VersionDescription"));
        if source.get("CapacityProviderConfig").is_some() {
            version.set_given("FunctionScalingConfig", source.get("FunctionScalingConfig"));
        }
        let id = eco_format!("{}Alias{in_id}", source.id);
        let mut alias = source.beside("AWS::Lambda::Alias", id.clone()).placed(place);
        alias.set("Name", text.map_or_else(|| name.clone(), |text| At(name.span).text(text)));
        alias.set("FunctionName", at.reference(source.id.clone()));
        alias.set("FunctionVersion", at.attribute(version.id.clone(), "Version"));
        alias.set_given("ProvisionedConcurrencyConfig", source.get("ProvisionedConcurrencyConfig"));
        if let Some(policy) = deployment::add(self, source) {
            alias.attribute("UpdatePolicy", policy);
        }
        self.names(&source.id, "Version", &version.id);
        self.names(&source.id, "Alias", &id);
        work.made.extend([version, alias]);
        work.invoked = Invoked { id, is_alias: true };
    }

    /// The URL of a function, and who may call it.
    pub(super) fn url(&self, work: &mut Work<'_>) {
        let source = work.source;
        let Some(config) = source.get("FunctionUrlConfig") else { return };
        let at = source.at_key("FunctionUrlConfig");
        let place = Place { key: at.0, span: config.span };
        let target = work.invoked.name(at);
        let mut url = source.beside("AWS::Lambda::Url", eco_format!("{}Url", source.id)).placed(place);
        url.copy(config, &["Cors", "AuthType", "InvokeMode"]);
        url.set("TargetFunctionArn", target.clone());
        work.made.push(url);
        let Some(auth) = given(config, "AuthType").filter(|auth| literal(auth) == Some("NONE")) else { return };
        let permission = |id: &str, action: &str| {
            let mut draft = source.beside("AWS::Lambda::Permission", eco_format!("{}{id}", source.id)).placed(place);
            draft.set("Action", at.text(action));
            draft.set("FunctionName", target.clone());
            draft.set("Principal", at.text("*"));
            // The URL itself is what is judged.
            draft.attribute(OF_URL, at.bool(true));
            draft
        };
        let mut public = permission("UrlPublicPermissions", "lambda:InvokeFunctionUrl");
        public.set("FunctionUrlAuthType", auth.clone());
        let mut invoke = permission("URLInvokeAllowPublicAccess", "lambda:InvokeFunction");
        invoke.set("InvokedViaFunctionUrl", at.bool(true));
        work.made.extend([public, invoke]);
    }

    /// Where the results of asynchronous invocations go.
    pub(super) fn event_invoke(&mut self, work: &mut Work<'_>) {
        let source = work.source;
        let Some(config) = source.get("EventInvokeConfig") else { return };
        let at = source.at_key("EventInvokeConfig");
        let place = Place { key: at.0, span: config.span };
        let id = eco_format!("{}EventInvokeConfig", source.id);
        let mut draft = source.alike("AWS::Lambda::EventInvokeConfig", id.clone()).placed(place);
        draft.set("FunctionName", at.reference(source.id.clone()));
        let qualifier = match source.get("AutoPublishAlias").filter(|_| work.invoked.is_alias) {
            Some(alias) => alias.clone(),
            None => at.text("$LATEST"),
        };
        draft.set("Qualifier", qualifier);
        draft.copy(config, &["MaximumEventAgeInSeconds", "MaximumRetryAttempts"]);
        let mut destinations = at.empty();
        let given_destinations = given(config, "DestinationConfig");
        for way in ["OnSuccess", "OnFailure"] {
            let Some(destination) = given_destinations.and_then(|config| given(config, way)) else { continue };
            let target = self.destination(work, destination, &eco_format!("{id}{way}"));
            set(&mut destinations, way, At(destination.span).map([("Destination", target)]));
        }
        draft.set("DestinationConfig", destinations);
        work.made.push(draft);
    }

    /// The target of a destination; one that is not given is made.
    fn destination(&mut self, work: &mut Work<'_>, destination: &Node, id: &str) -> Node {
        let source = work.source;
        let at = At(destination.span);
        let type_ = given(destination, "Type").and_then(literal).unwrap_or_default();
        let own = given(destination, "Destination");
        let (resource, attribute) = match type_ {
            "SQS" => (("AWS::SQS::Queue", eco_format!("{id}Queue")), true),
            "SNS" => (("AWS::SNS::Topic", eco_format!("{id}Topic")), false),
            _ => (("", EcoString::new()), false),
        };
        let (type_name, made_id) = resource;
        let arn = if attribute { at.attribute(made_id.clone(), "Arn") } else { at.reference(made_id.clone()) };
        let halves = own
            .and_then(branches)
            .map(|(condition, then, otherwise)| (EcoString::from(condition), then.clone(), otherwise.clone()));
        let (target, holds) = match (own, halves) {
            (None, _) => (arn, None),
            (Some(_), Some((condition, then, otherwise))) if is_no_value(&then) != is_no_value(&otherwise) => {
                if is_no_value(&then) {
                    (at.choice(condition.clone(), arn, otherwise), Some(condition))
                } else {
                    let name = eco_format!("NOT{condition}");
                    let not = at.map([("Fn::Not", at.list([at.map([("Condition", at.text(condition))])]))]);
                    self.condition(&name, not);
                    (at.choice(name.clone(), arn, then), Some(name))
                }
            }
            (Some(own), _) => {
                work.role_policy(role::delivery(at, type_, id, own));
                return own.clone();
            }
        };
        if type_name.is_empty() {
            self.fail(destination.span, "a Destination is needed here unless Type is SQS or SNS");
            return at.no_value();
        }
        let place = Place { key: destination.span, span: destination.span };
        let mut draft = source.beside(type_name, made_id.clone()).placed(place);
        if let Some(condition) = holds {
            let condition = match source.condition() {
                None => condition,
                Some(own) => {
                    let name = eco_format!("{own}AND{condition}");
                    let sides = [own, condition].map(|side| at.map([("Condition", at.text(side))]));
                    self.condition(&name, at.map([("Fn::And", at.list(sides))]));
                    name
                }
            };
            draft.attribute("Condition", at.text(condition));
        }
        let referable = if attribute { "DestinationQueue" } else { "DestinationTopic" };
        self.names(&source.id, referable, &made_id);
        work.made.push(draft);
        work.role_policy(role::delivery(at, type_, id, &target));
        target
    }
}

impl Work<'_> {
    fn role_policy(&mut self, policy: Option<Node>) {
        if let Some(policy) = policy {
            role::embed(&mut self.role, policy);
        }
    }
}
