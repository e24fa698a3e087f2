//! The manifest of a CDK's output folder: which templates it made, for which account and region, with which
//! parameters, and which construct each resource comes from.

use std::path::{Path, PathBuf};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::text;
use crate::parse::tree::Node;
use crate::value::{Origin, Value};

/// What the manifest says of one template.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// Values of its parameters.
    pub parameters: FxHashMap<EcoString, Value>,
    /// The pseudo parameters that its environment tells.
    pub pseudo: FxHashMap<EcoString, Value>,
    /// The path of the construct of each resource, by logical id.
    pub constructs: FxHashMap<EcoString, EcoString>,
}

/// The name of the manifest.
const MANIFEST: &str = "manifest.json";

/// What the manifest calls a stack.
const STACK: &str = "aws:cloudformation:stack";

/// The entry that names the resource a construct became.
const LOGICAL_ID: &str = "aws:cdk:logicalId";

/// Whether a text has the words of a manifest with stacks.
pub(super) fn may_be(text: &str) -> bool {
    text.contains(STACK) && text.contains("\"artifacts\"")
}

/// Whether a file is a manifest.
pub(super) fn is_manifest(path: &Path, root: &Node) -> bool {
    path.file_name().is_some_and(|name| name == MANIFEST) && root.get("artifacts").is_some()
}

/// The stacks of a manifest, by the files of their templates.
pub(super) fn stacks(path: &Path, root: &Node) -> Vec<(PathBuf, Stack)> {
    let artifacts = root.get("artifacts").and_then(Node::as_mapping).unwrap_or_default();
    let is_stack = |node: &Node| node.get("type").and_then(Node::as_str) == Some(STACK);
    artifacts
        .iter()
        .filter(|entry| is_stack(&entry.value))
        .filter_map(|entry| {
            let file = entry.value.get("properties")?.get("templateFile")?.as_str()?;
            Some((super::local_path(path, file)?, stack(&entry.key, &entry.value)))
        })
        .collect()
}

fn stack(id: &EcoString, artifact: &Node) -> Stack {
    let mut stack = Stack::default();
    let properties = artifact.get("properties");
    let parameters = properties.and_then(|properties| properties.get("parameters"));
    for entry in parameters.and_then(Node::as_mapping).unwrap_or_default() {
        if let Some(text) = text::of_node(&entry.value) {
            let value = Value::string(text).with_origin(Origin::at(entry.value.span));
            stack.parameters.insert(entry.key.clone(), value);
        }
    }
    let mut tell = |name: &str, node: Option<&Node>, text: EcoString| {
        let origin = node.map_or_else(Origin::none, |node| Origin::at(node.span));
        stack.pseudo.insert(name.into(), Value::string(text).with_origin(origin));
    };
    let named = properties.and_then(|properties| properties.get("stackName"));
    tell("AWS::StackName", named, named.and_then(text::of_node).unwrap_or_else(|| id.clone()));
    let environment = artifact.get("environment");
    if let Some((account, region)) =
        environment.and_then(Node::as_str).and_then(|text| text.strip_prefix("aws://")?.split_once('/'))
    {
        for (name, known) in [("AWS::AccountId", account), ("AWS::Region", region)] {
            if !known.starts_with("unknown-") {
                tell(name, environment, known.into());
            }
        }
    }
    let metadata = artifact.get("metadata").and_then(Node::as_mapping).unwrap_or_default();
    for construct in metadata {
        for entry in construct.value.as_sequence().unwrap_or_default() {
            if entry.get("type").and_then(Node::as_str) == Some(LOGICAL_ID)
                && let Some(id) = entry.get("data").and_then(Node::as_str)
            {
                stack.constructs.insert(id.into(), construct.key.trim_start_matches('/').into());
            }
        }
    }
    stack
}
