//! Functions about where a deployment goes: its group, subscription, tenant and cloud, and resource ids.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::Answer;
use super::arguments::{Pieces, refusal};
use crate::value::{Map, Value};

/// Where a template is deployed to. What the caller does not say is not known.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The subscription's id, without `/subscriptions/`.
    pub subscription: Value,
    /// The tenant's id.
    pub tenant: Value,
    /// The name of the resource group.
    pub group: Value,
    /// The location of the resource group.
    pub location: Value,
    /// The name of the management group.
    pub management_group: Value,
    /// What the template is deployed to.
    pub scope: Scope,
}

/// The levels at which templates are deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// A resource group.
    #[default]
    Group,
    /// A subscription.
    Subscription,
    /// A management group.
    ManagementGroup,
    /// A tenant.
    Tenant,
}

/// The setting that says what a resource is deployed to, as an id in which `*` stands for names.
const DEPLOYED_TO: &str = "DeployedTo";

/// Under which setting the last part of a name stands that is not known as a whole.
pub const NAME_END: &str = "NameEnd";

impl Deployment {
    /// What is known of a resource beside its declaration: where it is deployed to, and the last part of a name (as it is
    /// shown) that is not known as a whole.
    pub fn settings(&self, name: &str, is_known: bool) -> Arc<Map> {
        let place = match self.scope {
            Scope::Group => "/subscriptions/*/resourceGroups/*",
            Scope::Subscription => "/subscriptions/*",
            Scope::ManagementGroup => "/providers/Microsoft.Management/managementGroups/*",
            Scope::Tenant => "/",
        };
        let mut settings = Map::new();
        settings.insert(DEPLOYED_TO, Value::string(place));
        if let Some((_, last)) = name.rsplit_once('/').filter(|(_, last)| !is_known && !last.contains(['{', '}'])) {
            settings.insert(NAME_END, Value::string(last));
        }
        Arc::new(settings)
    }
}

/// A function that depends on where the template is deployed to.
pub struct ScopeFunction {
    /// Its name; upper and lower case do not matter.
    pub name: &'static str,
    /// How many arguments it needs, and how many it takes; None for any number.
    pub counts: (usize, Option<usize>),
    /// Computes the result.
    pub run: fn(&Deployment, &[Value]) -> Answer,
}

impl Default for Deployment {
    fn default() -> Self {
        let unknown = |what: &str| Value::unknown(eco_format!("{what} is known at deployment"));
        Deployment {
            subscription: unknown("the subscription"),
            tenant: unknown("the tenant"),
            group: unknown("the resource group"),
            location: unknown("the location of the resource group"),
            management_group: unknown("the management group"),
            scope: Scope::Group,
        }
    }
}

impl Deployment {
    /// The deployment that a context of `phiguard eval` describes: `subscription`, `tenant`, `resourceGroup`,
    /// `location`, `managementGroup`, each a text. What it leaves out is not known.
    pub fn of_context(context: &serde_json::Map<String, serde_json::Value>) -> Self {
        let mut deployment = Deployment::default();
        let given = |name: &str| context.get(name).and_then(serde_json::Value::as_str).map(Value::string);
        for (name, place) in [
            ("subscription", &mut deployment.subscription),
            ("tenant", &mut deployment.tenant),
            ("resourceGroup", &mut deployment.group),
            ("location", &mut deployment.location),
            ("managementGroup", &mut deployment.management_group),
        ] {
            if let Some(value) = given(name) {
                *place = value;
            }
        }
        deployment
    }
}

/// The function of that name that depends on the deployment, whatever its upper and lower case.
pub fn find_scope(name: &str) -> Option<&'static ScopeFunction> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

pub(super) static FUNCTIONS: &[ScopeFunction] = &[
    ScopeFunction { name: "environment", counts: (0, Some(0)), run: |_, _| super::object::json(AZURE_CLOUD) },
    ScopeFunction { name: "extensionResourceId", counts: (3, None), run: extension_resource_id },
    ScopeFunction { name: "managementGroup", counts: (0, Some(1)), run: management_group },
    ScopeFunction { name: "managementGroupResourceId", counts: (2, None), run: management_group_resource_id },
    ScopeFunction { name: "resourceGroup", counts: (0, Some(2)), run: resource_group },
    ScopeFunction { name: "resourceId", counts: (2, None), run: resource_id },
    ScopeFunction { name: "subscription", counts: (0, Some(1)), run: subscription },
    ScopeFunction { name: "subscriptionResourceId", counts: (2, None), run: subscription_resource_id },
    ScopeFunction { name: "tenant", counts: (0, Some(0)), run: tenant },
    ScopeFunction { name: "tenantResourceId", counts: (2, None), run: |_, arguments| id(&[], arguments) },
];

/// The endpoints of the public cloud, which templates that name no other are for.
const AZURE_CLOUD: &str = r#"{"name": "AzureCloud", "gallery": "https://gallery.azure.com/",
"graph": "https://graph.windows.net/", "portal": "https://portal.azure.com",
"graphAudience": "https://graph.windows.net/", "activeDirectoryDataLake": "https://datalake.azure.net/",
"batch": "https://batch.core.windows.net/", "media": "https://rest.media.azure.net",
"sqlManagement": "https://management.core.windows.net:8443/",
"resourceManager": "https://management.azure.com/",
"authentication": {"loginEndpoint": "https://login.microsoftonline.com/",
"audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
"tenant": "common", "identityProvider": "AAD"},
"suffixes": {"acrLoginServer": ".azurecr.io",
"azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
"azureDatalakeStoreFileSystem": "azuredatalakestore.net", "azureFrontDoorEndpointSuffix": "azurefd.net",
"keyvaultDns": ".vault.azure.net", "sqlServerHostname": ".database.windows.net",
"storage": "core.windows.net"}}"#;

/// A path of names, each after its word: `/subscriptions/` and the subscription, and so on.
fn path(parts: &[(&str, &Value)]) -> Answer {
    let mut pieces = Pieces::default();
    for (word, value) in parts {
        pieces.text(word);
        add(&mut pieces, value)?;
    }
    pieces.finish()
}

fn add(pieces: &mut Pieces, value: &Value) -> Result<(), EcoString> {
    match value.as_str() {
        Some(text) => pieces.text(text),
        None if value.is_unknown() => pieces.hole(value),
        None => return Err(refusal(value, "strings")),
    }
    Ok(())
}

const SUBSCRIPTIONS: &str = "/subscriptions/";
const GROUPS: &str = "/resourceGroups/";
const MANAGEMENT_GROUPS: &str = "/providers/Microsoft.Management/managementGroups/";

/// A resource's id below a path: its type's first two words, then names and further words in turns.
fn id(parts: &[(&str, &Value)], rest: &[Value]) -> Answer {
    let (type_, names) = rest.split_first().ok_or("needs a type")?;
    let Some(type_) = type_.as_str() else {
        return match type_.is_unknown() {
            true => Ok(super::unknown_like(Some(type_))),
            false => Err(refusal(type_, "the type as a string")),
        };
    };
    // A slash at the end does no harm.
    let mut words = type_.trim_end_matches('/').split('/');
    let provider = words.next().unwrap_or("");
    let words: Vec<&str> = words.collect();
    if words.is_empty() || words.len() != names.len() {
        return Err(eco_format!("the type {type_} needs {} names, not {}", words.len(), names.len()));
    }
    let mut pieces = Pieces::default();
    let base = path(parts)?;
    if !parts.is_empty() {
        add(&mut pieces, &base)?;
    }
    pieces.text("/providers/");
    pieces.text(provider);
    for (word, name) in words.iter().zip(names) {
        pieces.text("/");
        pieces.text(word);
        pieces.text("/");
        add(&mut pieces, name)?;
    }
    pieces.finish()
}

/// How many arguments stand before the type, which alone has a slash.
fn before_type(arguments: &[Value]) -> usize {
    let is_type = |value: &Value| value.as_str().is_some_and(|text| text.contains('/') && !text.starts_with('/'));
    arguments.iter().position(is_type).unwrap_or(0)
}

fn resource_id(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let (before, rest) = arguments.split_at(before_type(arguments));
    match (before, deployment.scope) {
        ([subscription, group], _) => id(&[(SUBSCRIPTIONS, subscription), (GROUPS, group)], rest),
        ([group], Scope::Group) => id(&[(SUBSCRIPTIONS, &deployment.subscription), (GROUPS, group)], rest),
        ([subscription], _) => id(&[(SUBSCRIPTIONS, subscription)], rest),
        ([], Scope::Group) => id(&[(SUBSCRIPTIONS, &deployment.subscription), (GROUPS, &deployment.group)], rest),
        ([], Scope::Subscription) => id(&[(SUBSCRIPTIONS, &deployment.subscription)], rest),
        ([], Scope::ManagementGroup | Scope::Tenant) => id(&[], rest),
        _ => Err("takes at most a subscription and a resource group before the type".into()),
    }
}

fn subscription_resource_id(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let (before, rest) = arguments.split_at(before_type(arguments));
    id(&[(SUBSCRIPTIONS, before.last().unwrap_or(&deployment.subscription))], rest)
}

fn management_group_resource_id(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let (before, rest) = arguments.split_at(before_type(arguments));
    id(&[(MANAGEMENT_GROUPS, before.last().unwrap_or(&deployment.management_group))], rest)
}

fn extension_resource_id(_: &Deployment, arguments: &[Value]) -> Answer {
    let (base, rest) = arguments.split_first().ok_or("needs the id of a resource")?;
    id(&[("", base)], rest)
}

fn resource_group(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let (subscription, group) = match arguments {
        [] => (&deployment.subscription, &deployment.group),
        [group] => (&deployment.subscription, group),
        [subscription, group, ..] => (subscription, group),
    };
    let mut map = Map::new();
    map.insert("id", path(&[(SUBSCRIPTIONS, subscription), (GROUPS, group)])?);
    map.insert("name", group.clone());
    map.insert("type", Value::string("Microsoft.Resources/resourceGroups"));
    let location = match arguments.is_empty() {
        true => deployment.location.clone(),
        false => Value::unknown("the location of another resource group is known at deployment"),
    };
    map.insert("location", location);
    map.insert("tags", Value::unknown("the tags of the resource group are known at deployment"));
    map.insert("managedBy", Value::unknown("what manages the resource group is known at deployment"));
    map.insert("properties", super::object::json(r#"{"provisioningState": "Succeeded"}"#)?);
    Ok(Value::map(map))
}

fn subscription(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let subscription = arguments.first().unwrap_or(&deployment.subscription);
    let mut map = Map::new();
    map.insert("id", path(&[(SUBSCRIPTIONS, subscription)])?);
    map.insert("subscriptionId", subscription.clone());
    map.insert("tenantId", deployment.tenant.clone());
    map.insert("displayName", Value::unknown("the name of the subscription is known at deployment"));
    Ok(Value::map(map))
}

fn tenant(deployment: &Deployment, _: &[Value]) -> Answer {
    let mut map = Map::new();
    map.insert("tenantId", deployment.tenant.clone());
    for name in ["country", "countryCode", "displayName"] {
        map.insert(name, Value::unknown(eco_format!("the {name} of the tenant is known at deployment")));
    }
    Ok(Value::map(map))
}

fn management_group(deployment: &Deployment, arguments: &[Value]) -> Answer {
    let group = arguments.first().unwrap_or(&deployment.management_group);
    let mut map = Map::new();
    map.insert("id", path(&[(MANAGEMENT_GROUPS, group)])?);
    map.insert("name", group.clone());
    map.insert("type", Value::string("Microsoft.Management/managementGroups"));
    map.insert("properties", Value::unknown("the properties of the management group are known at deployment"));
    Ok(Value::map(map))
}

#[cfg(test)]
mod tests {
    use super::super::call_scope;
    use super::{Deployment, Scope, find_scope};
    use crate::source::Span;
    use crate::value::{Value, to_json};

    fn known() -> Deployment {
        Deployment {
            subscription: Value::string("s1"),
            group: Value::string("g1"),
            management_group: Value::string("m1"),
            ..Deployment::default()
        }
    }

    fn id(deployment: &Deployment, name: &str, arguments: &[&str]) -> Result<String, ecow::EcoString> {
        let arguments: Vec<Value> = arguments.iter().map(|text| Value::string(*text)).collect();
        call_scope(find_scope(name).unwrap(), deployment, &arguments, Span::NONE)
            .map(|value| value.as_str().unwrap().to_string())
    }

    #[test]
    fn ids_follow_the_scope_and_the_arguments() {
        let group = "/subscriptions/s1/resourceGroups/g1/providers/A.B";
        let cases: &[(&str, &[&str], &str)] = &[
            ("resourceId", &["A.B/c/d", "x", "y"], "/subscriptions/s1/resourceGroups/g1/providers/A.B/c/x/d/y"),
            ("RESOURCEID", &["g2", "A.B/c", "x"], "/subscriptions/s1/resourceGroups/g2/providers/A.B/c/x"),
            ("resourceId", &["s2", "g2", "A.B/c", "x"], "/subscriptions/s2/resourceGroups/g2/providers/A.B/c/x"),
            ("subscriptionResourceId", &["s2", "A.B/c", "x"], "/subscriptions/s2/providers/A.B/c/x"),
            ("tenantResourceId", &["A.B/c", "x"], "/providers/A.B/c/x"),
            (
                "managementGroupResourceId",
                &["A.B/c", "x"],
                "/providers/Microsoft.Management/managementGroups/m1/providers/A.B/c/x",
            ),
            (
                "extensionResourceId",
                &[&format!("{group}/c/x"), "E.F/g", "y"],
                "/subscriptions/s1/resourceGroups/g1/providers/A.B/c/x/providers/E.F/g/y",
            ),
        ];
        for (name, arguments, expected) in cases {
            assert_eq!(id(&known(), name, arguments).as_deref(), Ok(*expected), "{name} {arguments:?}");
        }
        let subscription = Deployment { scope: Scope::Subscription, ..known() };
        assert_eq!(
            id(&subscription, "resourceId", &["A.B/c", "x"]).as_deref(),
            Ok("/subscriptions/s1/providers/A.B/c/x")
        );
        let error = id(&known(), "resourceId", &["A.B/c/d", "x"]).unwrap_err();
        assert_eq!(error, "resourceId: the type A.B/c/d needs 2 names, not 1");
    }

    #[test]
    fn what_is_not_said_is_a_hole() {
        let deployment = Deployment::default();
        let arguments = [Value::string("A.B/c"), Value::string("x")];
        let value = call_scope(find_scope("resourceId").unwrap(), &deployment, &arguments, Span::NONE).unwrap();
        assert_eq!(value.unknown_reason().as_deref(), Some("the subscription is known at deployment"));
        let crate::value::Data::Unknown(unknown) = &value.data else { panic!("{value:?}") };
        let crate::value::Known::Template(parts) = &unknown.known else { panic!("{value:?}") };
        let crate::value::Part::Text(last) = &parts[4] else { panic!("{parts:?}") };
        assert_eq!(last, "/providers/A.B/c/x");
        let group = call_scope(find_scope("resourceGroup").unwrap(), &known(), &[], Span::NONE).unwrap();
        assert_eq!(to_json(&group)["id"], "/subscriptions/s1/resourceGroups/g1");
        let cloud = call_scope(find_scope("environment").unwrap(), &deployment, &[], Span::NONE).unwrap();
        assert_eq!(to_json(&cloud)["suffixes"]["keyvaultDns"], ".vault.azure.net");
    }
}
