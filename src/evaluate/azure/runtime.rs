//! Functions that only a deployment can answer: what they say is unknown, and refers to what they ask about.

use ecow::{EcoString, eco_format};

use super::Invocation;
use crate::value::{Origin, Value};

/// A function that only a deployment can answer.
struct Runtime {
    name: &'static str,
    /// What it tells, to be read before "is known only at deployment".
    what: &'static str,
}

static FUNCTIONS: &[Runtime] = &[
    Runtime { name: "deployer", what: "who deploys" },
    Runtime { name: "deployment", what: "what deployment() says" },
    Runtime { name: "externalInput", what: "an external input" },
    Runtime { name: "getSecret", what: "a secret of a key vault" },
    Runtime { name: "pickZones", what: "which zones a region has" },
    Runtime { name: "providers", what: "which versions a provider has" },
    Runtime { name: "readCliArg", what: "an argument of the command line" },
    Runtime { name: "readEnvVar", what: "a variable of the environment" },
    Runtime { name: "readEnvironmentVariable", what: "a variable of the environment" },
    Runtime { name: "reference", what: "the state of a resource" },
    Runtime { name: "references", what: "the state of a resource" },
    Runtime { name: "resourceInfo", what: "the state of a resource" },
    Runtime { name: "toLogicalZone", what: "the zone of a subscription" },
    Runtime { name: "toLogicalZones", what: "the zones of a subscription" },
    Runtime { name: "toPhysicalZone", what: "the zone of a subscription" },
    Runtime { name: "toPhysicalZones", what: "the zones of a subscription" },
];

/// What a call says before the deployment; none where there is no such function.
pub(super) fn answer(call: &Invocation<'_>) -> Option<Value> {
    if let Some(function) = FUNCTIONS.iter().find(|function| call.is(function.name)) {
        let value = Value::unknown(eco_format!("{} is known only at deployment", function.what));
        return Some(from(value, call.arguments, call).with_sensitive(call.is("getSecret")));
    }
    is_list(call.name).then(|| from(secret(call.name), call.arguments, call).with_sensitive(true))
}

/// What a function of a resource says before the deployment.
pub(super) fn of_resource(resource: &Value, call: &Invocation<'_>) -> Value {
    let all: Vec<Value> = std::iter::once(resource).chain(call.arguments).cloned().collect();
    if is_list(call.name) || call.is("getSecret") {
        return from(secret(call.name), &all, call).with_sensitive(true);
    }
    from(Value::unknown(eco_format!("what {} says is known only at deployment", call.name)), &all, call)
}

/// `listKeys` and its like: what they answer with is made of secrets.
fn is_list(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

fn secret(name: &str) -> Value {
    Value::unknown(eco_format!("what {name} lists is known only at deployment"))
}

/// An unknown with the history of what it is asked with.
fn from(value: Value, arguments: &[Value], call: &Invocation<'_>) -> Value {
    let mut origin = Origin::at(call.span);
    for argument in arguments {
        origin.absorb(&argument.origin);
        argument.each_reference(&mut |reference| origin.push_reference(reference.clone()));
        if let Some(map) = argument.as_map()
            && let Some(address) = &map.resource
        {
            origin.push_reference(crate::value::Reference { address: address.clone(), attribute: EcoString::new() });
        }
    }
    value.with_origin(origin)
}
