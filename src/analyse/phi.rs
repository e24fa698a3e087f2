//! Which resources hold PHI, as the project declares it: by tags, names, addresses and files.

use ecow::{EcoString, eco_format};

use super::own_fact;
use crate::catalogue::classified::{OTHER, PHI, UNCLASSIFIED};
use crate::catalogue::untagged::UNTAGGED;
use crate::config::{Phi, says_phi};
use crate::evaluate::Resource;
use crate::graph::is_account;
use crate::normalize::Node;
use crate::normalize::tags::Tags;
use crate::source::{SourceMap, Span};
use crate::value::{Truth, Value};

/// The class of a resource: `phi`, `other`, `unclassified`, or unknown.
pub const CLASSIFICATION: &str = "classification";
/// Why, in words.
pub const BASIS: &str = "classification_basis";
/// Whether it carries a tag that classifies it; a fact only where the project requires one.
const TAG: &str = "classification_tag";

/// What is known of a resource's class, why, and where that is written.
struct Class {
    value: Value,
    basis: EcoString,
    span: Span,
}

/// Adds the class of a resource.
pub(super) fn add(phi: &Phi, sources: &SourceMap, resource: &Resource, id: usize, node: &mut Node<'_>) {
    if is_account(&resource.type_) {
        return;
    }
    let at = |value: Value, span: Span| {
        let span = if span.is_none() { resource.header } else { span };
        own_fact(value, span, id)
    };
    let tags = Tags::of(resource);
    let Class { value, basis, span } = class(phi, sources, resource, node, &tags);
    node.facts.insert(CLASSIFICATION, at(value, span));
    node.facts.insert(BASIS, at(Value::string(basis), span));
    if phi.require_tags && !UNTAGGED.contains(&resource.type_.as_str()) {
        let has = match (phi.tags.iter().any(|(key, _)| tags.get(key, true).is_some()), tags.may_have_more) {
            (true, _) => Value::bool(true),
            (false, true) => Value::unknown("its tags are not known"),
            (false, false) => Value::bool(false),
        };
        node.facts.insert(TAG, at(has, Span::NONE));
    }
}

fn class(phi: &Phi, sources: &SourceMap, resource: &Resource, node: &Node<'_>, tags: &Tags) -> Class {
    let known = |class: &str, basis: EcoString, span: Span| Class { value: Value::string(class), basis, span };
    let mut tagged: Option<Class> = None;
    for (key, values) in &phi.tags {
        let Some(tag) = tags.get(key, true) else { continue };
        match says(values, &tag.value) {
            Truth::True => return known(PHI, eco_format!("its tag {key} says so"), tag.span),
            Truth::False => {
                tagged.get_or_insert_with(|| known(OTHER, eco_format!("its tag {key} says otherwise"), tag.span));
            }
            Truth::Unknown => {
                let basis = eco_format!("its tag {key} is not known");
                tagged = Some(Class { value: Value::unknown(basis.clone()), basis, span: tag.span });
            }
        }
    }
    if let Some(pattern) = phi.address(&resource.address) {
        return known(PHI, eco_format!("its address is among {pattern}"), Span::NONE);
    }
    if let Some(pattern) = node.name.as_ref().and_then(|name| phi.name(name)) {
        return known(PHI, eco_format!("its name is among {pattern}"), Span::NONE);
    }
    let file = sources.get(resource.header.source);
    if file.is_some_and(|file| phi.has_file(&file.path)) {
        return known(PHI, "it stands in a file of resources with PHI".into(), Span::NONE);
    }
    if let Some(tagged) = tagged {
        return tagged;
    }
    if tags.may_have_more && !phi.tags.is_empty() {
        let basis: EcoString = "its tags are not known".into();
        return Class { value: Value::unknown(basis.clone()), basis, span: Span::NONE };
    }
    known(UNCLASSIFIED, "nothing declares that it holds PHI".into(), Span::NONE)
}

/// Whether the value of a tag says that PHI is held.
fn says(values: &[String], value: &Value) -> Truth {
    value.as_str().map_or(Truth::Unknown, |text| says_phi(values, text).into())
}
