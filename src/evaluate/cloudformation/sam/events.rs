//! Events of a function that invoke it: permissions, subscriptions, notifications.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Place};
use super::function::Work;
use super::node::{At, given, items_mut, literal, member, remove, same, set, target};
use crate::parse::tree::{Entry, Node};

/// An event of a function or state machine.
pub(super) struct Event<'e> {
    /// The id that what is made for it starts with.
    pub(super) id: EcoString,
    pub(super) type_: &'e str,
    pub(super) properties: Node,
    pub(super) place: Place,
}

impl<'e> Event<'e> {
    pub(super) fn of(owner: &str, entry: &'e Entry) -> Option<Self> {
        let type_ = given(&entry.value, "Type").and_then(literal)?;
        let place = Place::of(entry);
        let properties = given(&entry.value, "Properties").cloned().unwrap_or_else(|| place.at().empty());
        Some(Event { id: eco_format!("{owner}{}", entry.key), type_, properties, place })
    }

    pub(super) fn at(&self) -> At {
        self.place.at()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        given(&self.properties, key)
    }

    /// The value of a property, or null with a place.
    pub(super) fn need(&self, key: &str) -> Node {
        self.get(key).cloned().unwrap_or_else(|| self.at().no_value())
    }
}

/// The events of a resource, those of APIs in the order of their paths.
pub(super) fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let path = |entry: &Entry| {
        let properties = entry.value.get("Properties");
        properties.and_then(|node| node.get("Path")).and_then(Node::as_str).map_or(entry.key.clone(), EcoString::from)
    };
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| path(entry));
    sorted
}

/// The policy that lets a source send to a queue.
pub(super) fn queue_policy(at: At, principal: Node, queue: Node, source: Node) -> Node {
    let condition = at.map([("ArnEquals", at.map([("aws:SourceArn", source)]))]);
    let statement = at.map([
        ("Action", at.text("sqs:SendMessage")),
        ("Effect", at.text("Allow")),
        ("Principal", principal),
        ("Resource", queue),
        ("Condition", condition),
    ]);
    at.map([("Version", at.text("2012-10-17")), ("Statement", at.list([statement]))])
}

impl Expansion<'_, '_, '_> {
    /// Makes what the events of a function need.
    pub(super) fn function_events(&mut self, work: &mut Work<'_>) {
        let source = work.source;
        let Some(events) = source.get("Events").and_then(Node::as_mapping) else { return };
        for entry in sorted(events) {
            let Some(event) = Event::of(&source.id, entry) else {
                self.fail(entry.key_span, "this event has no Type, so it is not checked");
                continue;
            };
            match event.type_ {
                "Schedule" => self.schedule(work, &event),
                "ScheduleV2" => {
                    let arn = work.invoked.arn(event.at());
                    let made = self.scheduler(work.source, &event, arn, "LambdaPolicy", "lambda:InvokeFunction");
                    work.made.extend(made);
                }
                "CloudWatchEvent" | "EventBridgeRule" => self.rule(work, &event),
                "S3" => self.bucket_event(work, &event),
                "SNS" => self.topic_event(work, &event),
                "AlexaSkill" => {
                    let mut permission = self.permission(work, &event, "alexa-appkit.amazon.com");
                    permission.set_given("EventSourceToken", event.get("SkillId"));
                    work.made.push(permission);
                }
                "IoTRule" => self.iot_rule(work, &event),
                "Cognito" => self.user_pool_event(work, &event),
                "CloudWatchLogs" => self.log_event(work, &event),
                "Api" => self.rest_event(work, &event),
                "HttpApi" => self.http_event(work, &event),
                _ if super::pull::is_pulled(event.type_) => self.pull(work, &event),
                other => self.fail(entry.key_span, eco_format!("there is no event {other}, so it is not checked")),
            }
        }
    }

    /// A permission for a service to invoke the function.
    pub(super) fn permission(&self, work: &Work<'_>, event: &Event<'_>, principal: &str) -> Draft {
        let at = event.at();
        let id = eco_format!("{}Permission", event.id);
        let mut draft = work.source.beside("AWS::Lambda::Permission", id).placed(event.place);
        draft.set("Action", at.text("lambda:InvokeFunction"));
        draft.set("FunctionName", work.invoked.name(at));
        draft.set("Principal", at.text(principal));
        draft
    }

    fn bucket_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let mut permission = self.permission(work, event, "s3.amazonaws.com");
        permission.set("SourceAccount", at.reference("AWS::AccountId"));
        let permission_id = permission.id.clone();
        work.made.push(permission);
        let condition = work.source.condition();
        let id = event.get("Bucket").and_then(target);
        work.buckets.extend(id.map(EcoString::from));
        let Some(bucket) = id.and_then(|id| self.plain.get_mut(id)) else {
            let message = "an S3 event takes a !Ref to a bucket of this template; its notification is not checked";
            self.fail(event.place.key, message);
            return;
        };
        let single = event.get("Events").cloned();
        let types = match &single {
            Some(node) => node.as_sequence().map_or_else(|| vec![node.clone()], <[Node]>::to_vec),
            None => Vec::new(),
        };
        let body = &mut bucket.value;
        let Some(properties) = member(body, "Properties", at.empty()) else { return };
        if let Some(condition) = &condition {
            let key = eco_format!("sam:ConditionalDependsOn:{permission_id}");
            let value = at.choice(condition.clone(), at.reference(permission_id), at.text("no dependency"));
            let tag = at.map([("Key", at.text(key)), ("Value", value)]);
            if let Some(tags) = member(properties, "Tags", at.list([])).and_then(items_mut) {
                tags.push(tag);
            }
        }
        let configurations = member(properties, "NotificationConfiguration", at.empty())
            .and_then(|node| member(node, "LambdaConfigurations", at.list([])))
            .and_then(items_mut);
        let Some(configurations) = configurations else { return };
        for type_ in types {
            let mut one = at.map([("Function", work.invoked.arn(at))]);
            if let Some(filter) = event.get("Filter") {
                set(&mut one, "Filter", filter.clone());
            }
            set(&mut one, "Event", type_);
            if let Some(condition) = &condition {
                one = at.only_if(condition.clone(), one);
            }
            if !configurations.iter().any(|there| same(there, &one)) {
                configurations.push(one);
            }
        }
    }

    fn topic_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let topic = event.need("Topic");
        let mut subscription = work.source.beside("AWS::SNS::Subscription", event.id.clone()).placed(event.place);
        subscription.copy(&event.properties, &["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"]);
        subscription.set("TopicArn", topic.clone());
        let through = event.get("SqsSubscription").filter(|node| super::node::is_something(node));
        let Some(through) = through else {
            let mut permission = self.permission(work, event, "sns.amazonaws.com");
            permission.set("SourceArn", topic);
            subscription.set("Protocol", at.text("lambda"));
            subscription.set("Endpoint", work.invoked.arn(at));
            work.made.extend([permission, subscription]);
            return;
        };
        let beside = |type_: &str, id: EcoString| work.source.beside(type_, id).placed(event.place);
        let (arn, url, policy_id) = match (given(through, "QueueArn"), given(through, "QueueUrl")) {
            (Some(arn), Some(url)) => {
                let id = given(through, "QueuePolicyLogicalId").and_then(literal).map(EcoString::from);
                (arn.clone(), url.clone(), id)
            }
            _ => {
                let mut queue = beside("AWS::SQS::Queue", eco_format!("{}Queue", event.id));
                let named = target(&topic).and_then(|id| self.plain.get(id));
                let fifo = named.and_then(|topic| topic.value.get("Properties")).and_then(|node| node.get("FifoTopic"));
                if self.is_yes(fifo) {
                    queue.set("FifoQueue", at.bool(true));
                }
                let found = (at.attribute(queue.id.clone(), "Arn"), at.reference(queue.id.clone()), None);
                work.made.push(queue);
                found
            }
        };
        let mut policy =
            beside("AWS::SQS::QueuePolicy", policy_id.unwrap_or_else(|| eco_format!("{}QueuePolicy", event.id)));
        policy.set("PolicyDocument", queue_policy(at, at.text("*"), arn.clone(), topic));
        policy.set("Queues", at.list([url]));
        subscription.set("Protocol", at.text("sqs"));
        subscription.set("Endpoint", arn.clone());
        let mut mapping = beside("AWS::Lambda::EventSourceMapping", eco_format!("{}EventSourceMapping", event.id));
        mapping.set("FunctionName", work.invoked.name(at));
        mapping.set("EventSourceArn", arn);
        mapping.set("BatchSize", given(through, "BatchSize").cloned().unwrap_or_else(|| at.number(10)));
        mapping.set("Enabled", at.bool(true));
        super::role::attach(&mut work.role, super::role::managed(at, "service-role/AWSLambdaSQSQueueExecutionRole"));
        work.made.extend([mapping, policy, subscription]);
    }

    fn iot_rule(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let mut permission = self.permission(work, event, "iot.amazonaws.com");
        permission
            .set("SourceArn", at.arn("iot", "rule/${RuleName}", [("RuleName".into(), at.reference(event.id.clone()))]));
        permission.set("SourceAccount", at.sub("${AWS::AccountId}"));
        let mut rule = work.source.beside("AWS::IoT::TopicRule", event.id.clone()).placed(event.place);
        let action = at.map([("Lambda", at.map([("FunctionArn", work.invoked.arn(at))]))]);
        let mut payload =
            at.map([("Sql", event.need("Sql")), ("RuleDisabled", at.bool(false)), ("Actions", at.list([action]))]);
        if let Some(version) = event.get("AwsIotSqlVersion") {
            set(&mut payload, "AwsIotSqlVersion", version.clone());
        }
        rule.set("TopicRulePayload", payload);
        work.made.extend([permission, rule]);
    }

    fn user_pool_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let mut permission = self.permission(work, event, "cognito-idp.amazonaws.com");
        permission.id = eco_format!("{}CognitoPermission", work.invoked.id);
        let Some(id) = event.get("UserPool").and_then(target).map(EcoString::from) else {
            self.fail(event.place.key, "a Cognito event takes a !Ref to a user pool of this template");
            return;
        };
        permission.set("SourceArn", at.attribute(id.clone(), "Arn"));
        work.made.push(permission);
        let Some(pool) = self.plain.get_mut(&id) else {
            self.fail(event.place.key, eco_format!("there is no user pool {id} in this template"));
            return;
        };
        let triggers = event.need("Trigger");
        let triggers = triggers.as_sequence().map_or_else(|| vec![triggers.clone()], <[Node]>::to_vec);
        let config = member(&mut pool.value, "Properties", at.empty())
            .and_then(|properties| member(properties, "LambdaConfig", at.empty()));
        let Some(config) = config else { return };
        for trigger in triggers.iter().filter_map(literal) {
            set(config, trigger, work.invoked.arn(at));
        }
    }

    fn log_event(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let at = event.at();
        let group = event.need("LogGroupName");
        let mut permission = self.permission(work, event, "logs.amazonaws.com");
        let arn = at.arn("logs", "log-group:${__LogGroupName__}:*", [("__LogGroupName__".into(), group)]);
        permission.set("SourceArn", arn);
        let mut filter = work.source.beside("AWS::Logs::SubscriptionFilter", event.id.clone()).placed(event.place);
        filter.copy(&event.properties, &["LogGroupName", "FilterPattern"]);
        filter.set("DestinationArn", work.invoked.arn(at));
        filter.attribute("DependsOn", at.texts([permission.id.as_str()]));
        work.made.extend([permission, filter]);
    }
}

/// Takes the type out of the destination of a mapping, which only says what to allow.
pub(super) fn without_type(config: &Node) -> (Node, Option<EcoString>) {
    let mut config = config.clone();
    let failure = super::node::get_mut(&mut config, "OnFailure");
    let type_ = failure.and_then(|failure| remove(failure, "Type"));
    (config, type_.and_then(|entry| entry.value.as_str().map(EcoString::from)))
}
