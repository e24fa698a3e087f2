//! How new versions of functions are rolled out: the CodeDeploy application, its groups and their role.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Place, Source};
use super::node::{At, branches, given, is_function, is_no_value, literal, set};
use super::role;
use crate::parse::tree::Node;

const APPLICATION: &str = "ServerlessDeploymentApplication";
const ROLE: &str = "CodeDeployServiceRole";

/// The ways to shift traffic that CodeDeploy has names for.
const PREDEFINED: &[&str] = &[
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
];

/// What of the deployments concerns all of them.
pub(super) struct Rollout {
    place: Place,
    condition: Option<EcoString>,
    /// Whether the group uses the role that is made for all.
    needs_role: bool,
    tags: Option<Node>,
    group: Draft,
}

/// Notes down how a function is rolled out; the update policy that its alias gets.
pub(super) fn add(expansion: &mut Expansion<'_, '_, '_>, source: &Source) -> Option<Node> {
    let entry = source.properties.entry("DeploymentPreference")?;
    let preference = &entry.value;
    let place = Place::of(entry);
    let at = place.at();
    let type_ = given(preference, "Type")?;
    let enabled = given(preference, "Enabled");
    let is_off = |text: EcoString| text.eq_ignore_ascii_case("false");
    if enabled.and_then(|node| expansion.text(node)).is_some_and(is_off) {
        return None;
    }
    let setting = |key: &str| given(preference, key).filter(|value| !is_no_value(value));
    // Only where it is asked for do the resources hang on the function's condition.
    let passes = setting("PassthroughCondition").is_some_and(|node| expansion.is_yes(Some(node)));
    let condition = source.condition().filter(|_| passes);
    let mut group =
        source.beside("AWS::CodeDeploy::DeploymentGroup", eco_format!("{}DeploymentGroup", source.id)).placed(place);
    group.attributes.clear();
    if let Some(condition) = &condition {
        group.attribute("Condition", at.text(condition.clone()));
    }
    if let Some(alarms) = setting("Alarms") {
        group.set("AlarmConfiguration", alarm_configuration(alarms));
    }
    group.set("ApplicationName", at.reference(APPLICATION));
    let events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    group.set("AutoRollbackConfiguration", at.map([("Enabled", at.bool(true)), ("Events", at.texts(events))]));
    let type_ = match expansion.text(type_).filter(|_| branches(type_).is_none()) {
        Some(text) => At(type_.span).text(text),
        None => type_.clone(),
    };
    group.set("DeploymentConfigName", configuration(&type_));
    let style = [("DeploymentType", at.text("BLUE_GREEN")), ("DeploymentOption", at.text("WITH_TRAFFIC_CONTROL"))];
    group.set("DeploymentStyle", at.map(style));
    let own_role = setting("Role");
    group.set("ServiceRoleArn", own_role.cloned().unwrap_or_else(|| at.attribute(ROLE, "Arn")));
    group.set_given("TriggerConfigurations", setting("TriggerConfigurations"));
    let tags = source.get("Tags").filter(|_| expansion.is_yes(source.get("PropagateTags"))).cloned();
    if let Some(tags) = source.get("Tags") {
        group.set("Tags", At(tags.span).tags(&[], Some(tags)));
    }
    let mut update = at
        .map([("ApplicationName", at.reference(APPLICATION)), ("DeploymentGroupName", at.reference(group.id.clone()))]);
    let hooks = setting("Hooks");
    for (from, to) in [("PreTraffic", "BeforeAllowTrafficHook"), ("PostTraffic", "AfterAllowTrafficHook")] {
        if let Some(hook) = hooks.and_then(|hooks| given(hooks, from)) {
            set(&mut update, to, hook.clone());
        }
    }
    expansion.rollouts.push(Rollout { place, condition, needs_role: own_role.is_none(), tags, group });
    Some(at.map([("CodeDeployLambdaAliasUpdate", update)]))
}

/// The name of a way to shift traffic, as CodeDeploy has it.
fn configuration(type_: &Node) -> Node {
    let at = At(type_.span);
    if let Some((condition, then, otherwise)) = branches(type_) {
        return at.choice(condition, configuration(then), configuration(otherwise));
    }
    match literal(type_) {
        Some(name) if PREDEFINED.contains(&name) && !is_function(type_) => {
            at.sub_with("CodeDeployDefault.Lambda${ConfigName}", [("ConfigName".into(), at.text(name))])
        }
        _ => type_.clone(),
    }
}

fn alarm_configuration(alarms: &Node) -> Node {
    let at = At(alarms.span);
    if let Some((condition, then, otherwise)) = branches(alarms) {
        return at.choice(condition, alarm_configuration(then), alarm_configuration(otherwise));
    }
    match alarms.as_sequence() {
        Some([]) => at.empty(),
        Some([first, ..]) if is_no_value(first) => at.empty(),
        Some(items) => {
            let items = items.iter().map(|item| At(item.span).map([("Name", item.clone())]));
            at.map([("Enabled", at.bool(true)), ("Alarms", at.list(items))])
        }
        None => alarms.clone(),
    }
}

impl Expansion<'_, '_, '_> {
    /// What all deployments share, and their groups.
    pub(super) fn finish_deployments(&mut self) {
        let rollouts = std::mem::take(&mut self.rollouts);
        let Some(first) = rollouts.first() else { return };
        let at = first.place.at();
        let all: Option<Vec<EcoString>> = rollouts.iter().map(|rollout| rollout.condition.clone()).collect();
        let mut names = all.unwrap_or_default();
        names.sort();
        names.dedup();
        let condition = match names.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            _ => {
                self.any_of(&names, &"ServerlessCodeDeployCondition".into());
                Some("ServerlessCodeDeployCondition".into())
            }
        };
        let mut tags = at.empty();
        for entry in rollouts.iter().filter_map(|rollout| rollout.tags.as_ref()?.as_mapping()).flatten() {
            set(&mut tags, &entry.key, entry.value.clone());
        }
        let shared = |type_: &str, id: &str| {
            let mut draft = Draft {
                id: id.into(),
                type_: type_.into(),
                place: first.place,
                attributes: Vec::new(),
                properties: at.empty(),
            };
            if let Some(condition) = &condition {
                draft.attribute("Condition", at.text(condition.clone()));
            }
            if tags.as_mapping().is_some_and(|tags| !tags.is_empty()) {
                draft.set("Tags", at.tags(&[], Some(&tags)));
            }
            draft
        };
        let mut made = Vec::new();
        let mut application = shared("AWS::CodeDeploy::Application", APPLICATION);
        application.set("ComputePlatform", at.text("Lambda"));
        made.push(application);
        if rollouts.iter().any(|rollout| rollout.needs_role) {
            let mut service = shared("AWS::IAM::Role", ROLE);
            service.set("AssumeRolePolicyDocument", role::trust(at, "codedeploy.amazonaws.com"));
            let policy = role::managed(at, "service-role/AWSCodeDeployRoleForLambda");
            service.set("ManagedPolicyArns", at.list([policy]));
            made.push(service);
        }
        made.extend(rollouts.into_iter().map(|rollout| rollout.group));
        self.shared.extend(made.into_iter().map(|draft| (draft.id.clone(), draft)));
    }
}
