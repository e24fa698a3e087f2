//! Usage plans of REST APIs, each its own or one for all.

use ecow::eco_format;

use super::Expansion;
use super::draft::{Draft, Source};
use super::node::{At, given, items_mut, member};
use crate::parse::tree::Node;

impl Expansion<'_, '_, '_> {
    /// The usage plan of an API with its key; the shared one is kept aside.
    pub(super) fn usage_plan(&mut self, source: &Source, stage: &str) -> Vec<Draft> {
        let Some(plan) = source.get("Auth").and_then(|auth| given(auth, "UsagePlan")) else { return Vec::new() };
        let at = At(plan.span);
        let is_shared = match given(plan, "CreateUsagePlan").and_then(|node| self.text(node)).as_deref() {
            Some("PER_API") => false,
            Some("SHARED") => true,
            _ => return Vec::new(),
        };
        let id =
            |name: &str| if is_shared { eco_format!("Serverless{name}") } else { eco_format!("{}{name}", source.id) };
        let (plan_id, key_id, link_id) = (id("UsagePlan"), id("ApiKey"), id("UsagePlanKey"));
        for (name, made) in [("UsagePlan", &plan_id), ("ApiKey", &key_id), ("UsagePlanKey", &link_id)] {
            self.names(&source.id, name, made);
        }
        let place = super::draft::Place { key: plan.span, span: plan.span };
        let api = at.reference(source.id.clone());
        let stages = [
            at.map([("ApiId", api.clone()), ("Stage", at.reference(stage))]),
            at.map([("RestApiId", api), ("StageName", at.reference(stage))]),
        ];
        let [of_plan, of_key] = stages;
        if is_shared {
            self.share_condition(source);
        }
        if is_shared && let Some(shared) = self.shared.get_mut(&plan_id) {
            copy_settings(shared, plan);
            push(shared, "ApiStages", of_plan);
            if let Some(key) = self.shared.get_mut(&key_id) {
                push(key, "StageKeys", of_key);
            }
            return Vec::new();
        }
        let beside = |type_: &str, id: &ecow::EcoString| source.beside(type_, id.clone()).placed(place);
        let mut draft = beside("AWS::ApiGateway::UsagePlan", &plan_id);
        draft.set("ApiStages", at.list([of_plan]));
        copy_settings(&mut draft, plan);
        draft.attribute("DependsOn", at.texts([source.id.as_str()]));
        let mut key = beside("AWS::ApiGateway::ApiKey", &key_id);
        key.set("Enabled", at.bool(true));
        key.set("StageKeys", at.list([of_key]));
        key.attribute("DependsOn", at.texts([plan_id.as_str()]));
        let mut link = beside("AWS::ApiGateway::UsagePlanKey", &link_id);
        link.set("KeyId", at.reference(key_id.clone()));
        link.set("KeyType", at.text("API_KEY"));
        link.set("UsagePlanId", at.reference(plan_id));
        link.attribute("DependsOn", at.texts([key_id.as_str()]));
        let made = vec![draft, key, link];
        if !is_shared {
            return made;
        }
        self.shared.extend(made.into_iter().map(|draft| (draft.id.clone(), draft)));
        Vec::new()
    }

    /// Notes on which condition an API hangs that shares its usage plan.
    fn share_condition(&mut self, source: &Source) {
        self.sharing.push(source.condition());
    }

    /// Lets the shared usage plan hang on the conditions of all APIs that share it.
    pub(super) fn finish_shared_plan(&mut self) {
        let all: Option<Vec<_>> = std::mem::take(&mut self.sharing).into_iter().collect();
        let mut names = all.unwrap_or_default();
        names.sort();
        names.dedup();
        let holds = match names.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            _ => {
                self.any_of(&names, &"SharedUsagePlanCondition".into());
                Some("SharedUsagePlanCondition".into())
            }
        };
        for id in ["ServerlessUsagePlan", "ServerlessApiKey", "ServerlessUsagePlanKey"] {
            let Some(draft) = self.shared.get_mut(id) else { continue };
            match &holds {
                Some(condition) => draft.attribute("Condition", At(draft.place.key).text(condition.clone())),
                None => draft.attributes.retain(|entry| entry.key != "Condition"),
            }
        }
    }
}

fn copy_settings(draft: &mut Draft, plan: &Node) {
    for key in ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"] {
        draft.set_given(key, given(plan, key));
    }
}

fn push(draft: &mut Draft, key: &str, value: Node) {
    let none = At(value.span).list([]);
    if let Some(items) = member(&mut draft.properties, key, none).and_then(items_mut) {
        items.push(value);
    }
}
