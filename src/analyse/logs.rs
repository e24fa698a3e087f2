//! What kind of logs a store keeps: each has a time of its own for which it must be kept. Told by what writes into the
//! store, and where that is not in the scan, by its name.

use super::own_fact;
use crate::condition::compiled;
use crate::graph::{Graph, NodeId};
use crate::normalize::{Attribute, Node};
use crate::value::Value;

/// The fact.
pub const LOG_CLASS: &str = "log_class";

/// The attribute of whatever keeps logs for a time.
const RETENTION: &str = "retention_days";

/// A class of logs: its name, the kinds that write such logs or are them, and how their stores are called.
struct Class {
    name: &'static str,
    kinds: &'static [&'static str],
    called: &'static str,
}

/// The classes; of several, the first holds.
const CLASSES: &[Class] = &[
    Class {
        name: "audit",
        kinds: &["trail", "database", "warehouse", "config_recorder", "directory", "user_pool"],
        called: "(?i-u)(audit|trail|activity|sign-?in|security|guardduty|/aws/eks/|/cluster$)",
    },
    Class { name: "flow", kinds: &["flow_log", "network", "subnet", "firewall"], called: "(?i-u)(flow|firewall|dns)" },
    Class {
        name: "access",
        kinds: &["load_balancer", "cdn", "api", "waf", "object_store", "gateway"],
        called: "(?i-u)(access|request|waf|api-gateway|apigateway|cloudfront)",
    },
    Class {
        name: "application",
        kinds: &["function", "workload", "instance", "web_app", "workflow", "code_service", "container_group", "ml"],
        called: "(?i-u)(^/aws/(lambda|ecs|codebuild|batch|states|apprunner|sagemaker)|^/ecs/|app)",
    },
];

/// The class of every node that keeps logs for a time; None for all others.
pub(super) fn classes(graph: &Graph, nodes: &[Node<'_>]) -> Vec<Option<&'static str>> {
    nodes.iter().enumerate().map(|(id, node)| class(graph, nodes, id, node)).collect()
}

fn class(graph: &Graph, nodes: &[Node<'_>], id: NodeId, node: &Node<'_>) -> Option<&'static str> {
    if !node.judged || !node.attributes.contains_key(RETENTION) || node.attributes.contains_key(LOG_CLASS) {
        return None;
    }
    let has = |class: &Class, kind: Option<&str>| kind.is_some_and(|kind| class.kinds.contains(&kind));
    let own = CLASSES.iter().find(|class| has(class, node.kind));
    let writes = |class: &&Class| {
        graph.neighbours(id).iter().filter_map(|id| nodes.get(*id)).any(|writer| has(class, writer.kind))
    };
    let name = node.name.as_deref().unwrap_or_default();
    let is_called = |class: &&Class| compiled(class.called).is_some_and(|pattern| pattern.is_match(name));
    let found = own.or_else(|| CLASSES.iter().find(writes)).or_else(|| CLASSES.iter().find(is_called));
    Some(found.map_or("other", |class| class.name))
}

/// Adds the class of a node.
pub(super) fn add(class: Option<&'static str>, header: crate::source::Span, id: NodeId, node: &mut Node<'_>) {
    let Some(class) = class else { return };
    let fact = own_fact(Value::string(class), header, id);
    node.facts.insert(LOG_CLASS, Attribute { written: false, ..fact });
}
