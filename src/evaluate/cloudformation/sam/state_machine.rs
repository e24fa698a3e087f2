//! AWS::Serverless::StateMachine: the machine, its role, and what its events need.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::definition::{INTEGRATION, integrate, is_taken};
use super::draft::{Draft, Source};
use super::event_bridge::{dead_letters, set_state, target_id};
use super::events::Event;
use super::node::{At, given, is_function, is_something, is_true, literal, set};
use super::rest::api_of;
use super::role;
use crate::parse::tree::{Entry, Node, NodeKind};

impl Expansion<'_, '_, '_> {
    pub(super) fn state_machine(&mut self, source: &Source) {
        let at = source.at();
        let mut machine = source.draft("AWS::StepFunctions::StateMachine");
        machine.set_given("DefinitionSubstitutions", source.get("DefinitionSubstitutions"));
        if let Some(definition) = source.get("Definition").filter(|definition| is_something(definition)) {
            let mut taken = Vec::new();
            let replaced = substituted(definition, &mut taken);
            for (name, value) in taken {
                if let Some(all) = super::node::member(&mut machine.properties, "DefinitionSubstitutions", at.empty()) {
                    set(all, &name, value);
                }
            }
            machine.set("DefinitionString", At(definition.span).map([("Fn::ToJsonString", replaced)]));
        } else if let Some(uri) = source.get("DefinitionUri") {
            machine.set("DefinitionS3Location", self.location(uri, ["Bucket", "Key", "Version"]));
        }
        let own_tags = [("stateMachine:createdBy", "SAM")];
        let tags = source.at_key("Tags").tags(&own_tags, source.get("Tags"));
        let mut made = Vec::new();
        if let Some(role) = source.get("Role").filter(|role| is_something(role)) {
            machine.set("RoleArn", role.clone());
        } else {
            let mut draft = source.beside("AWS::IAM::Role", eco_format!("{}Role", source.id));
            draft.set("AssumeRolePolicyDocument", role::trust(at, "states.amazonaws.com"));
            draft.set("ManagedPolicyArns", at.list([]));
            self.add_policies(&mut draft, source.get("Policies"));
            let is_traced = source.get("Tracing").and_then(|tracing| given(tracing, "Enabled")).is_some_and(is_true);
            if is_traced {
                role::attach(&mut draft, role::managed(source.at_key("Tracing"), "AWSXrayWriteOnlyAccess"));
            }
            draft.set_given("Path", source.get("RolePath"));
            draft.set_given("PermissionsBoundary", source.get("PermissionsBoundary"));
            draft.set("Tags", tags.clone());
            machine.set("RoleArn", at.attribute(draft.id.clone(), "Arn"));
            made.push(draft);
        }
        let same = [
            ("Name", "StateMachineName"),
            ("Type", "StateMachineType"),
            ("Logging", "LoggingConfiguration"),
            ("Tracing", "TracingConfiguration"),
        ];
        same.iter().for_each(|(from, to)| machine.set_given(to, source.get(from)));
        machine.set("Tags", tags);
        let mut arn = at.reference(source.id.clone());
        if let Some(alias) = self.machine_alias(source, &mut made)
            && source.get("UseAliasAsEventTarget").is_some_and(is_true)
        {
            arn = at.reference(alias);
        }
        made.insert(0, machine);
        for entry in source.get("Events").and_then(Node::as_mapping).unwrap_or_default() {
            let Some(event) = Event::of(&source.id, entry) else {
                self.fail(entry.key_span, "this event has no Type, so it is not checked");
                continue;
            };
            match event.type_ {
                "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => made.extend(machine_rule(source, &event, &arn)),
                "ScheduleV2" => {
                    let (name, action) = ("StartExecutionPolicy", "states:StartExecution");
                    made.extend(self.scheduler(source, &event, arn.clone(), name, action));
                }
                "Api" => made.extend(self.machine_api(source, &event, &arn)),
                other => self.fail(entry.key_span, eco_format!("there is no event {other}, so it is not checked")),
            }
        }
        if let Some(tags) = source.get("Tags").filter(|_| self.is_yes(source.get("PropagateTags"))) {
            made.iter_mut().for_each(|draft| draft.tag(tags));
        }
        self.finish(&source.id, made);
    }

    /// Version and alias of a machine that publishes them; the id of the alias.
    fn machine_alias(&self, source: &Source, made: &mut Vec<Draft>) -> Option<EcoString> {
        let name = source.get("AutoPublishAlias").filter(|name| is_something(name))?;
        let at = source.at_key("AutoPublishAlias");
        let text = self.text(name).unwrap_or_default();
        let mut version = source.beside("AWS::StepFunctions::StateMachineVersion", eco_format!("{}Version", source.id));
        for key in ["DeletionPolicy", "UpdateReplacePolicy"] {
            if given(&source.body, key).is_none() {
                version.attribute(key, at.text("Retain"));
            }
        }
        version.set("StateMachineArn", at.reference(source.id.clone()));
        version.set("StateMachineRevisionId", at.attribute(source.id.clone(), "StateMachineRevisionId"));
        let id = eco_format!("{}Alias{text}", source.id);
        let mut alias = source.beside("AWS::StepFunctions::StateMachineAlias", id.clone());
        alias.set("Name", name.clone());
        let default = || at.map([("Type", at.text("ALL_AT_ONCE"))]);
        let mut preference = source.get("DeploymentPreference").cloned().unwrap_or_else(default);
        set(&mut preference, "StateMachineVersionArn", at.reference(version.id.clone()));
        alias.set("DeploymentPreference", preference);
        made.extend([version, alias]);
        Some(id)
    }

    /// An event of a REST API: the role that starts executions, and the method of the API.
    fn machine_api(&mut self, source: &Source, event: &Event<'_>, arn: &Node) -> Option<Draft> {
        let at = event.at();
        let role = event_role(source, event, arn, "apigateway.amazonaws.com");
        let credentials = at.attribute(role.id.clone(), "Arn");
        let text = |key: &str| event.get(key).and_then(|node| self.text(node));
        let (Some(path), Some(method), Some(api)) = (text("Path"), text("Method"), api_of(event, "RestApiId")) else {
            return Some(role);
        };
        let Some(owner) = self.sources.get(&api).filter(|owner| owner.managed).cloned() else { return Some(role) };
        let mut body = owner.get("DefinitionBody").cloned()?;
        if is_taken(&mut body, &path, &method) {
            self.fail(event.place.key, eco_format!("{method} {path} of {api} is defined more than once"));
            return Some(role);
        }
        let condition = source.condition();
        let uri = at.sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution");
        let uri = condition.iter().fold(uri, |uri, condition| at.only_if(condition.clone(), uri));
        let escape = if event.get("UnescapeMappingTemplate").is_some_and(is_true) {
            r#"$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")"#
        } else {
            "$util.escapeJavaScript($input.json('$'))"
        };
        let request = at.sub(eco_format!(r#"{{"input": "{escape}", "stateMachineArn": "${{{}}}"}}"#, source.id));
        let status = |code: &str| at.map([("statusCode", at.text(code))]);
        let answer = |text: &str| at.map([("description", at.text(text))]);
        integrate(&mut body, &path, &method, condition.as_ref(), at, &|method| {
            let integration = at.map([
                ("type", at.text("aws")),
                ("httpMethod", at.text("POST")),
                ("uri", uri.clone()),
                ("responses", at.map([("200", status("200")), ("400", status("400"))])),
                ("credentials", credentials.clone()),
                ("requestTemplates", at.map([("application/json", request.clone())])),
            ]);
            set(method, INTEGRATION, integration);
            if given(method, "responses").is_none() {
                set(method, "responses", at.map([("200", answer("OK")), ("400", answer("Bad Request"))]));
            }
        });
        if let Some(auth) = event.get("Auth") {
            let stage = event.get("Stage").and_then(literal).map(EcoString::from);
            let stage = stage.unwrap_or_else(|| self.stage_of(&api));
            self.method_auth(&owner, &mut body, auth, &path, &method, &stage);
        }
        if let Some(owner) = self.sources.get_mut(&api) {
            set(&mut owner.properties, "DefinitionBody", body);
        }
        Some(role)
    }
}

/// The role with which a service starts executions.
fn event_role(source: &Source, event: &Event<'_>, arn: &Node, service: &str) -> Draft {
    let at = event.at();
    let mut role = source.beside("AWS::IAM::Role", eco_format!("{}Role", event.id)).placed(event.place);
    role.set("AssumeRolePolicyDocument", role::trust(at, service));
    let statement = role::allow(at, at.text("states:StartExecution"), arn.clone());
    let name = eco_format!("{}StartExecutionPolicy", role.id);
    role.set("Policies", at.list([role::inline(at, name, [statement])]));
    role.set_given("PermissionsBoundary", source.get("PermissionsBoundary"));
    role
}

/// A rule that starts executions, with its role and the queue for what it cannot deliver.
fn machine_rule(source: &Source, event: &Event<'_>, arn: &Node) -> Vec<Draft> {
    let at = event.at();
    let is_schedule = event.type_ == "Schedule";
    let beside = |type_: &str, id: EcoString| source.beside(type_, id).placed(event.place);
    let mut rule = beside("AWS::Events::Rule", event.id.clone());
    if is_schedule {
        rule.set_given("ScheduleExpression", event.get("Schedule"));
        rule.copy(&event.properties, &["Name", "Description"]);
    } else {
        rule.copy(&event.properties, &["EventBusName"]);
        rule.set_given("EventPattern", event.get("Pattern"));
        rule.set_given("Name", event.get("RuleName"));
    }
    set_state(&mut rule, event);
    let mut made = Vec::new();
    let role = match event.get("RoleArn").filter(|_| is_schedule) {
        Some(role) => role.clone(),
        None => {
            let role = event_role(source, event, arn, "events.amazonaws.com");
            let arn = at.attribute(role.id.clone(), "Arn");
            made.push(role);
            arn
        }
    };
    let own = event.get("Target").and_then(|target| given(target, "Id")).cloned();
    let id = own.unwrap_or_else(|| at.text(target_id(&event.id, "StepFunctionsTarget")));
    let mut to = at.map([("Arn", arn.clone()), ("Id", id), ("RoleArn", role)]);
    for key in ["Input", "InputPath", "RetryPolicy", "InputTransformer"] {
        if let Some(value) = event.get(key) {
            set(&mut to, key, value.clone());
        }
    }
    if let Some((queue, resources)) = dead_letters(event, &beside) {
        set(&mut to, "DeadLetterConfig", at.map([("Arn", queue)]));
        made.extend(resources);
    }
    rule.set("Targets", at.list([to]));
    made.insert(0, rule);
    made
}

/// A definition with what functions compute in it taken out, and named.
fn substituted(node: &Node, taken: &mut Vec<(EcoString, Node)>) -> Node {
    let is_dynamic = |node: &Node| literal(node).is_some_and(|text| text.contains("{{resolve:"));
    if is_function(node) || is_dynamic(node) {
        let name = eco_format!("definition_substitution_{}", taken.len() + 1);
        taken.push((name.clone(), node.clone()));
        return At(node.span).text(eco_format!("${{{name}}}"));
    }
    let kind = match &node.kind {
        NodeKind::Sequence(items) => NodeKind::Sequence(items.iter().map(|item| substituted(item, taken)).collect()),
        NodeKind::Mapping(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|one, other| one.key.cmp(&other.key));
            let entry = |entry: &Entry, value: Node| Entry { key: entry.key.clone(), key_span: entry.key_span, value };
            NodeKind::Mapping(sorted.into_iter().map(|one| entry(one, substituted(&one.value, taken))).collect())
        }
        other => other.clone(),
    };
    Node { kind, span: node.span, tag: node.tag.clone() }
}
