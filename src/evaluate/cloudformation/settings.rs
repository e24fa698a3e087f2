//! What a resource declares beside its properties: what becomes of it when it goes, what is made before it, and the
//! construct that it comes from.

use ecow::{EcoString, eco_format};

use super::{Code, Evaluator, Failure, text};
use crate::evaluate::{CHECKOV, CONSTRUCT, METADATA, METADATA_OF_MACHINES, PHIGUARD};
use crate::parse::tree::Node;
use crate::value::{Entry, ListKind, Map, Origin, Reference, Value};

/// The attribute of the permissions that the transform makes for the URL of a function.
pub(super) const OF_URL: &str = "OfFunctionUrl";

/// Attributes whose value is taken as it is.
const PLAIN: &[&str] = &["DeletionPolicy", "UpdateReplacePolicy", OF_URL];

impl Evaluator<'_, '_> {
    /// The settings of a resource.
    pub(super) fn settings(&self, id: &EcoString, declaration: &Node) -> Map {
        let mut settings = Map::new();
        for name in PLAIN {
            if let Some(node) = declaration.get(name)
                && let Some(value) = self.worth(node)
            {
                settings.entries.insert((*name).into(), Entry { value, span: node.span });
            }
        }
        if let Some(node) = declaration.get("Condition")
            && let Some(name) = text::of_node(node)
        {
            let value = Value::string(name).with_origin(Origin::at(node.span));
            settings.entries.insert("Condition".into(), Entry { value, span: node.span });
        }
        if let Some(node) = declaration.get("DependsOn") {
            let value = self.depends_on(node);
            settings.entries.insert("DependsOn".into(), Entry { value, span: node.span });
        }
        let mut metadata = Map::new();
        if let Some(path) = self.construct(id, declaration) {
            metadata.insert(CONSTRUCT, path);
        }
        for name in [PHIGUARD, CHECKOV].iter().chain(METADATA_OF_MACHINES) {
            let own = declaration.get(METADATA).and_then(|metadata| metadata.get(name));
            if let Some(value) = own.and_then(|node| self.worth(node)) {
                metadata.insert(*name, value);
            }
        }
        if !metadata.entries.is_empty() {
            settings.insert(METADATA, Value::map(metadata));
        }
        settings
    }

    /// The resources that are made before, each a reference.
    fn depends_on(&self, node: &Node) -> Value {
        let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
        let mut made = Vec::new();
        for item in items {
            let Some(id) = text::of_node(item) else {
                let message = eco_format!("DependsOn takes the names of resources, not {}", item.shape());
                self.shared.fail(Failure::at(item.span, message));
                continue;
            };
            if !self.sections.resources.contains_key(&id) && !self.is_transformed() {
                let message = eco_format!("there is no resource {id} in this template, so nothing can depend on it");
                self.shared.fail(Failure { span: item.span, message, code: Code::InvalidTemplate });
            }
            let mut value = Value::string(id.clone()).with_origin(Origin::at(item.span));
            value.origin.push_reference(Reference { address: self.address(&id), attribute: EcoString::new() });
            made.push(value);
        }
        Value::list(made, ListKind::List).with_origin(Origin::at(node.span))
    }

    /// Whether a macro may add resources that nobody sees here.
    fn is_transformed(&self) -> bool {
        self.template.root.get("Transform").is_some() || self.sections.resources.contains_key("Fn::Transform")
    }

    /// The path of the construct that the CDK made a resource of: from its metadata, or from the manifest.
    fn construct(&self, id: &EcoString, declaration: &Node) -> Option<Value> {
        if let Some(node) = declaration.get(METADATA).and_then(|metadata| metadata.get(CONSTRUCT)) {
            return Some(Value::string(text::of_node(node)?).with_origin(Origin::at(node.span)));
        }
        self.template.stack.as_ref()?.constructs.get(id).map(|path| Value::string(path.clone()))
    }
}
