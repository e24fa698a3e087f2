//! Resources of the transform before and after it: what is written, and what is made of it.

use ecow::EcoString;

use super::node::{At, given, literal, set};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::Span;

/// Attributes that go to the resource that takes the place of the source.
const OWN: &[&str] = &["Condition", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "Metadata", "DependsOn"];

/// Attributes that go to all resources that are made.
const PASSED: &[&str] = &["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// Where something is declared.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its name.
    pub(super) key: Span,
    /// All of it.
    pub(super) span: Span,
}

impl Place {
    pub(super) fn of(entry: &Entry) -> Self {
        Place { key: entry.key_span, span: entry.value.span }
    }

    pub(super) fn at(self) -> At {
        At(self.key)
    }
}

/// A resource as it is written, with the global properties laid under its own.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) id: EcoString,
    pub(super) place: Place,
    /// All of its declaration.
    pub(super) body: Node,
    pub(super) properties: Node,
    /// Whether its API definition is made by the transform.
    pub(super) managed: bool,
}

impl Source {
    pub(super) fn of(entry: &Entry) -> Self {
        let properties = given(&entry.value, "Properties").filter(|node| node.as_mapping().is_some());
        let properties = properties.cloned().unwrap_or_else(|| Place::of(entry).at().empty());
        let (id, place) = (entry.key.clone(), Place::of(entry));
        Source { id, place, body: entry.value.clone(), properties, managed: false }
    }

    pub(super) fn at(&self) -> At {
        self.place.at()
    }

    /// A property that is given.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        given(&self.properties, key)
    }

    /// The place of a property, or of the resource where it is not given.
    pub(super) fn at_key(&self, key: &str) -> At {
        self.properties.entry(key).map_or(self.at(), |entry| At(entry.key_span))
    }

    /// The condition that it hangs on.
    pub(super) fn condition(&self) -> Option<EcoString> {
        given(&self.body, "Condition").and_then(literal).map(EcoString::from)
    }

    /// The resource that takes its place.
    pub(super) fn draft(&self, type_: &str) -> Draft {
        self.draft_with(type_, self.id.clone(), OWN)
    }

    /// A resource that is made beside it.
    pub(super) fn beside(&self, type_: &str, id: impl Into<EcoString>) -> Draft {
        self.draft_with(type_, id.into(), PASSED)
    }

    /// A resource that is made beside it and has all of its attributes.
    pub(super) fn alike(&self, type_: &str, id: impl Into<EcoString>) -> Draft {
        self.draft_with(type_, id.into(), OWN)
    }

    fn draft_with(&self, type_: &str, id: EcoString, keys: &[&str]) -> Draft {
        let attributes = keys.iter().filter_map(|key| self.body.entry(key)).cloned().collect();
        let properties = self.at().empty();
        Draft { id, type_: type_.into(), place: self.place, attributes, properties }
    }
}

/// A resource that is made.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) id: EcoString,
    pub(super) type_: EcoString,
    pub(super) place: Place,
    pub(super) attributes: Vec<Entry>,
    pub(super) properties: Node,
}

impl Draft {
    /// The same resource with another place: the event that it is made for.
    pub(super) fn placed(mut self, place: Place) -> Self {
        self.place = place;
        self.properties.span = place.key;
        self
    }

    pub(super) fn set(&mut self, key: &str, value: Node) {
        set(&mut self.properties, key, value);
    }

    /// Sets a property where there is a value for it.
    pub(super) fn set_given(&mut self, key: &str, value: Option<&Node>) {
        if let Some(value) = value {
            self.set(key, value.clone());
        }
    }

    /// Takes properties over that are given, with the names that they have there.
    pub(super) fn copy(&mut self, from: &Node, keys: &[&str]) {
        let NodeKind::Mapping(entries) = &mut self.properties.kind else { return };
        entries.extend(
            keys.iter().filter_map(|key| from.entry(key)).filter(|entry| entry.value.kind != NodeKind::Null).cloned(),
        );
    }

    /// Sets an attribute of the resource itself.
    pub(super) fn attribute(&mut self, key: &str, value: Node) {
        self.attributes.retain(|entry| entry.key != key);
        self.attributes.push(At(value.span).entry(key, value));
    }

    /// Replaces the tags where the type has any.
    pub(super) fn tag(&mut self, tags: &Node) {
        if MAP_TAGGED.contains(&self.type_.as_str()) {
            self.set("Tags", tags.clone());
        } else if TAGGED.contains(&self.type_.as_str()) {
            self.set("Tags", At(tags.span).tags(&[], Some(tags)));
        }
    }

    pub(super) fn entry(self) -> Entry {
        let at = self.place.at();
        let mut entries = vec![at.entry("Type", at.text(self.type_))];
        entries.extend(self.attributes);
        entries.push(at.entry("Properties", self.properties));
        Entry { key: self.id, key_span: self.place.key, value: Node::new(NodeKind::Mapping(entries), self.place.span) }
    }
}

/// Types that the transform makes and tags with a list.
const TAGGED: &[&str] = &[
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::DomainNameAccessAssociation",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::IoT::TopicRule",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
];

/// Types that the transform makes and tags with a mapping.
const MAP_TAGGED: &[&str] = &["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage"];
