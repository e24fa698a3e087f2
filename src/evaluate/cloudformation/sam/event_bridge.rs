//! Rules and schedules that invoke functions and state machines, and the queues for what they cannot deliver.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Source};
use super::events::{Event, queue_policy};
use super::function::Work;
use super::node::{At, given, is_set, is_true, literal, set};
use super::role;
use crate::parse::tree::Node;

/// Says whether a rule is switched on, however that is written.
pub(super) fn set_state(draft: &mut Draft, event: &Event<'_>) {
    draft.set_given("State", event.get("State"));
    if let Some(enabled) = event.get("Enabled") {
        let state = if is_true(enabled) { "ENABLED" } else { "DISABLED" };
        draft.set("State", At(enabled.span).text(state));
    }
}

/// The id of a target, cut to the 64 characters that it may have.
pub(super) fn target_id(id: &str, suffix: &str) -> EcoString {
    let room = 64_usize.saturating_sub(suffix.len());
    let kept: EcoString = if id.len() > room { id.chars().take(room).collect() } else { id.into() };
    eco_format!("{kept}{suffix}")
}

/// The queue for what an EventBridge rule cannot deliver, and the resources that are made for it.
pub(super) fn dead_letters(event: &Event<'_>, beside: &dyn Fn(&str, EcoString) -> Draft) -> Option<(Node, Vec<Draft>)> {
    let config = event.get("DeadLetterConfig")?;
    let at = At(config.span);
    if let Some(arn) = given(config, "Arn") {
        return Some((arn.clone(), Vec::new()));
    }
    let named = given(config, "QueueLogicalId").and_then(literal).map(EcoString::from);
    let queue = beside("AWS::SQS::Queue", named.unwrap_or_else(|| eco_format!("{}Queue", event.id)));
    let arn = at.attribute(queue.id.clone(), "Arn");
    let mut policy = beside("AWS::SQS::QueuePolicy", eco_format!("{}QueuePolicy", event.id));
    let service = at.map([("Service", at.text("events.amazonaws.com"))]);
    let source = at.attribute(event.id.clone(), "Arn");
    policy.set("PolicyDocument", queue_policy(at, service, arn.clone(), source));
    policy.set("Queues", at.list([at.reference(queue.id.clone())]));
    Some((arn, vec![queue, policy]))
}

impl Expansion<'_, '_, '_> {
    pub(super) fn schedule(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let mut rule = work.source.beside("AWS::Events::Rule", event.id.clone()).placed(event.place);
        rule.set_given("ScheduleExpression", event.get("Schedule"));
        rule.copy(&event.properties, &["Name", "Description"]);
        self.finish_rule(work, event, rule, &["Input", "RetryPolicy"]);
    }

    pub(super) fn rule(&mut self, work: &mut Work<'_>, event: &Event<'_>) {
        let mut rule = work.source.beside("AWS::Events::Rule", event.id.clone()).placed(event.place);
        rule.copy(&event.properties, &["EventBusName"]);
        rule.set_given("EventPattern", event.get("Pattern"));
        rule.set_given("Name", event.get("RuleName"));
        self.finish_rule(work, event, rule, &["Input", "InputPath", "RetryPolicy", "InputTransformer"]);
    }

    fn finish_rule(&mut self, work: &mut Work<'_>, event: &Event<'_>, mut rule: Draft, keys: &[&str]) {
        let at = event.at();
        set_state(&mut rule, event);
        let own = event.get("Target").and_then(|target| given(target, "Id")).cloned();
        let id = own.unwrap_or_else(|| at.text(target_id(&event.id, "LambdaTarget")));
        let mut to = at.map([("Arn", work.invoked.arn(at)), ("Id", id)]);
        for key in keys {
            if let Some(value) = event.get(key) {
                set(&mut to, key, value.clone());
            }
        }
        let beside = |type_: &str, id: EcoString| work.source.beside(type_, id).placed(event.place);
        let dead = dead_letters(event, &beside);
        if let Some((queue, made)) = dead {
            set(&mut to, "DeadLetterConfig", at.map([("Arn", queue)]));
            work.made.extend(made);
        }
        rule.set("Targets", at.list([to]));
        let mut permission = self.permission(work, event, "events.amazonaws.com");
        permission.set("SourceArn", at.attribute(event.id.clone(), "Arn"));
        work.made.extend([rule, permission]);
    }

    /// What a scheduler's schedule needs: the schedule, its role, and a queue for what it cannot deliver.
    pub(super) fn scheduler(
        &mut self,
        source: &Source,
        event: &Event<'_>,
        arn: Node,
        policy: &str,
        action: &str,
    ) -> Vec<Draft> {
        let at = event.at();
        let beside = |type_: &str, id: EcoString| source.beside(type_, id).placed(event.place);
        let mut schedule = beside("AWS::Scheduler::Schedule", event.id.clone());
        schedule.copy(
            &event.properties,
            &[
                "ScheduleExpression",
                "State",
                "Description",
                "StartDate",
                "EndDate",
                "ScheduleExpressionTimezone",
                "GroupName",
                "KmsKeyArn",
            ],
        );
        if !is_set(&event.properties, "OmitName") {
            schedule.set("Name", event.get("Name").cloned().unwrap_or_else(|| at.text(event.id.clone())));
        }
        let window = event.get("FlexibleTimeWindow").cloned();
        schedule.set("FlexibleTimeWindow", window.unwrap_or_else(|| at.map([("Mode", at.text("OFF"))])));
        let mut made = Vec::new();
        let mut to = at.map([("Arn", arn.clone())]);
        let dead = dead_letters(event, &beside);
        let queue = dead.as_ref().map(|(arn, _)| arn.clone());
        // The schedule's own role may send to its queue: the queue needs no policy.
        made.extend(dead.into_iter().flat_map(|(_, made)| made).filter(|draft| draft.type_ == "AWS::SQS::Queue"));
        let role = match event.get("RoleArn") {
            Some(role) => role.clone(),
            None => {
                let mut role = beside("AWS::IAM::Role", eco_format!("{}Role", event.id));
                role.set("AssumeRolePolicyDocument", role::trust(at, "scheduler.amazonaws.com"));
                let statement = role::allow(at, at.text(action), arn);
                let mut policies = vec![role::inline(at, eco_format!("{}{policy}", event.id), [statement])];
                policies.extend(queue.as_ref().and_then(|queue| role::delivery(at, "SQS", &event.id, queue)));
                role.set("Policies", at.list(policies));
                role.set_given("PermissionsBoundary", event.get("PermissionsBoundary"));
                let arn = at.attribute(role.id.clone(), "Arn");
                made.push(role);
                arn
            }
        };
        set(&mut to, "RoleArn", role);
        for key in ["Input", "RetryPolicy"] {
            if let Some(value) = event.get(key) {
                set(&mut to, key, value.clone());
            }
        }
        if let Some(queue) = queue {
            set(&mut to, "DeadLetterConfig", at.map([("Arn", queue)]));
        }
        schedule.set("Target", to);
        let mut all = vec![schedule];
        all.extend(made);
        all
    }
}
