//! What an ARM template is and is not, and its parts, whose names compare without case.

use std::path::PathBuf;

use crate::evaluate::azure::functions::Scope;
use crate::parse::tree::{Entry, Node};

/// A template that was read.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its file.
    pub path: PathBuf,
    /// Its text as a tree.
    pub root: Node,
}

/// The files that say what they are in `$schema`: the words of templates, and the level that they deploy to.
const SCHEMAS: &[(&str, Scope)] = &[
    ("/deploymenttemplate.json", Scope::Group),
    ("/subscriptiondeploymenttemplate.json", Scope::Subscription),
    ("/managementgroupdeploymenttemplate.json", Scope::ManagementGroup),
    ("/tenantdeploymenttemplate.json", Scope::Tenant),
];

/// The entry of a name, whatever its upper and lower case.
pub(super) fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entry(name).or_else(|| node.as_mapping()?.iter().find(|entry| entry.key.eq_ignore_ascii_case(name)))
}

/// The value of a name, whatever its upper and lower case.
pub(super) fn get<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    entry(node, name).map(|entry| &entry.value)
}

/// The text under a name.
pub(super) fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    get(node, name).and_then(Node::as_str)
}

/// The level that a template's schema names.
pub(super) fn level(root: &Node) -> Option<Scope> {
    let schema = text(root, "$schema")?.trim_end_matches('#').to_ascii_lowercase();
    SCHEMAS.iter().find(|(ending, _)| schema.ends_with(ending)).map(|(_, scope)| *scope)
}

/// Whether a tree is a template: its schema says so, or it has no schema and resources as Azure writes them.
/// Parameter files, forms of the portal and policies are none.
pub fn is_template(root: &Node) -> bool {
    if root.as_mapping().is_none() {
        return false;
    }
    match text(root, "$schema") {
        Some(_) => level(root).is_some(),
        None => {
            let resources = get(root, "resources");
            let listed = resources.and_then(Node::as_sequence).unwrap_or_default().iter();
            let named = resources.and_then(Node::as_mapping).unwrap_or_default().iter().map(|entry| &entry.value);
            listed.chain(named).any(|resource| {
                let type_ = text(resource, "type").unwrap_or_default();
                type_.contains('.') && type_.contains('/') && text(resource, "apiVersion").is_some()
            })
        }
    }
}

/// Whether the compiler of Bicep wrote a template, by what it says of itself in the metadata.
pub fn is_compiled(template: &Template) -> bool {
    let generator = get(&template.root, "metadata").and_then(|metadata| get(metadata, "_generator"));
    generator.and_then(|generator| text(generator, "name")).is_some_and(|name| name.eq_ignore_ascii_case("bicep"))
}

/// Whether a text has the words that every template has; cheap, for the many files that are something else.
pub(super) fn may_be(text: &str) -> bool {
    looks_like_one(text) || (text.contains("\"resources\"") && text.contains("\"apiVersion\""))
}

/// Whether a text that cannot be read is most likely a template.
pub(super) fn looks_like_one(text: &str) -> bool {
    let head = text.as_bytes().get(..text.len().min(4096)).unwrap_or_default();
    head.windows(SUFFIX.len()).any(|window| window.eq_ignore_ascii_case(SUFFIX))
}

/// What the names of all schemas of templates end with.
const SUFFIX: &[u8] = b"deploymentTemplate.json";
