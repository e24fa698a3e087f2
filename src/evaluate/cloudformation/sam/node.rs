//! Reading and writing trees: what the transform writes stands at the place of what it is made from.

use ecow::{EcoString, eco_format};

use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::Span;

/// Writes trees at one place.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) Span);

impl At {
    pub(super) fn node(self, kind: NodeKind) -> Node {
        Node::new(kind, self.0)
    }

    pub(super) fn text(self, text: impl Into<EcoString>) -> Node {
        self.node(NodeKind::String(text.into()))
    }

    pub(super) fn bool(self, value: bool) -> Node {
        self.node(NodeKind::Bool(value))
    }

    pub(super) fn number(self, value: i64) -> Node {
        self.node(NodeKind::Number(value.into()))
    }

    pub(super) fn list(self, items: impl IntoIterator<Item = Node>) -> Node {
        self.node(NodeKind::Sequence(items.into_iter().collect()))
    }

    pub(super) fn texts<'t>(self, items: impl IntoIterator<Item = &'t str>) -> Node {
        self.list(items.into_iter().map(|item| self.text(item)))
    }

    pub(super) fn entry(self, key: impl Into<EcoString>, value: Node) -> Entry {
        Entry { key: key.into(), key_span: self.0, value }
    }

    pub(super) fn map<K: Into<EcoString>>(self, entries: impl IntoIterator<Item = (K, Node)>) -> Node {
        self.node(NodeKind::Mapping(entries.into_iter().map(|(key, value)| self.entry(key, value)).collect()))
    }

    pub(super) fn empty(self) -> Node {
        self.node(NodeKind::Mapping(Vec::new()))
    }

    /// `{Ref: name}`.
    pub(super) fn reference(self, name: impl Into<EcoString>) -> Node {
        self.map([("Ref", self.text(name))])
    }

    /// `{Fn::GetAtt: [id, attribute]}`.
    pub(super) fn attribute(self, id: impl Into<EcoString>, attribute: &str) -> Node {
        self.map([("Fn::GetAtt", self.list([self.text(id), self.text(attribute)]))])
    }

    pub(super) fn sub(self, text: impl Into<EcoString>) -> Node {
        self.map([("Fn::Sub", self.text(text))])
    }

    pub(super) fn sub_with(
        self,
        text: impl Into<EcoString>,
        names: impl IntoIterator<Item = (EcoString, Node)>,
    ) -> Node {
        self.map([("Fn::Sub", self.list([self.text(text), self.map(names)]))])
    }

    /// `{Fn::If: [condition, then, otherwise]}`.
    pub(super) fn choice(self, condition: impl Into<EcoString>, then: Node, otherwise: Node) -> Node {
        self.map([("Fn::If", self.list([self.text(condition), then, otherwise]))])
    }

    /// What is there only under a condition.
    pub(super) fn only_if(self, condition: impl Into<EcoString>, then: Node) -> Node {
        self.choice(condition, then, self.no_value())
    }

    pub(super) fn no_value(self) -> Node {
        self.reference("AWS::NoValue")
    }

    /// An ARN in the account and region of the stack.
    pub(super) fn arn(self, service: &str, resource: &str, names: impl IntoIterator<Item = (EcoString, Node)>) -> Node {
        let text = eco_format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}");
        self.sub_with(text, names)
    }

    /// The tags of a mapping as CloudFormation takes them, after tags of the transform's own.
    pub(super) fn tags(self, own: &[(&str, &str)], tags: Option<&Node>) -> Node {
        let pair = |key: Node, value: Node| self.map([("Key", key), ("Value", value)]);
        let own = own.iter().map(|(key, value)| pair(self.text(*key), self.text(*value)));
        let given = tags.and_then(Node::as_mapping).unwrap_or_default().iter().map(|entry| {
            let at = At(entry.value.span);
            let value = if entry.value.kind == NodeKind::Null { at.text("") } else { entry.value.clone() };
            at.map([("Key", At(entry.key_span).text(entry.key.clone())), ("Value", value)])
        });
        self.list(own.chain(given))
    }
}

/// The value of a key that is given and not null.
pub(super) fn given<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| value.kind != NodeKind::Null)
}

/// A text that is written, not computed.
pub(super) fn literal(node: &Node) -> Option<&str> {
    node.as_str().filter(|_| node.tag.is_none())
}

/// Whether a value is written and says yes.
pub(super) fn is_true(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Bool(value) => *value,
        NodeKind::String(text) => node.tag.is_none() && text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Whether a key is given and says yes.
pub(super) fn is_set(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(is_true)
}

/// Whether a value is given and not empty, false or zero.
pub(super) fn is_something(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null => false,
        NodeKind::Bool(value) => *value,
        NodeKind::Number(number) => number.as_f64() != 0.0,
        NodeKind::String(text) => !text.is_empty(),
        NodeKind::Sequence(items) => !items.is_empty(),
        NodeKind::Mapping(entries) => !entries.is_empty(),
    }
}

/// Whether a value is computed by a function.
pub(super) fn is_function(node: &Node) -> bool {
    if node.tag.is_some() {
        return true;
    }
    match node.as_mapping() {
        Some([Entry { key, value, .. }]) => {
            key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && value.as_str().is_some())
        }
        _ => false,
    }
}

/// The argument of a function in either form.
fn argument<'n>(node: &'n Node, short: &str, long: &str) -> Option<&'n Node> {
    match &node.tag {
        Some(tag) => (tag.trim_start_matches('!') == short).then_some(node),
        None => match node.as_mapping()? {
            [Entry { key, value, .. }] if key == long => Some(value),
            _ => None,
        },
    }
}

/// The name that a Ref names.
pub(super) fn target(node: &Node) -> Option<&str> {
    argument(node, "Ref", "Ref")?.as_str()
}

/// The resource that a Ref or GetAtt names.
pub(super) fn resource_of(node: &Node) -> Option<EcoString> {
    if let Some(name) = target(node) {
        return Some(name.into());
    }
    let argument = argument(node, "GetAtt", "Fn::GetAtt")?;
    let name = match &argument.kind {
        NodeKind::String(text) => text.split('.').next()?,
        NodeKind::Sequence(items) => items.first()?.as_str()?,
        _ => return None,
    };
    Some(name.into())
}

/// Whether a value removes what it stands at.
pub(super) fn is_no_value(node: &Node) -> bool {
    target(node) == Some("AWS::NoValue")
}

/// Condition and alternatives of an Fn::If.
pub(super) fn branches(node: &Node) -> Option<(&str, &Node, &Node)> {
    match argument(node, "If", "Fn::If")?.as_sequence()? {
        [condition, then, otherwise] => Some((condition.as_str()?, then, otherwise)),
        _ => None,
    }
}

/// The text of an Fn::Sub.
pub(super) fn sub_text(node: &Node) -> Option<&str> {
    let argument = argument(node, "Sub", "Fn::Sub")?;
    argument.as_str().or_else(|| argument.as_sequence()?.first()?.as_str())
}

/// Puts a value under a key, in place of the one that is there.
pub(super) fn set(node: &mut Node, key: &str, value: Node) {
    let NodeKind::Mapping(entries) = &mut node.kind else { return };
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.value = value,
        None => entries.push(At(value.span).entry(key, value)),
    }
}

/// Takes a key out.
pub(super) fn remove(node: &mut Node, key: &str) -> Option<Entry> {
    let NodeKind::Mapping(entries) = &mut node.kind else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at))
}

/// The value under a key, to be changed.
pub(super) fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let NodeKind::Mapping(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
}

/// The value under a key, put there first where there is none.
pub(super) fn member<'n>(node: &'n mut Node, key: &str, default: Node) -> Option<&'n mut Node> {
    if given(node, key).is_none() {
        set(node, key, default);
    }
    get_mut(node, key)
}

/// The elements of a sequence, to be changed.
pub(super) fn items_mut(node: &mut Node) -> Option<&mut Vec<Node>> {
    match &mut node.kind {
        NodeKind::Sequence(items) => Some(items),
        _ => None,
    }
}

/// The entries of a mapping, to be changed.
pub(super) fn entries_mut(node: &mut Node) -> Option<&mut Vec<Entry>> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => Some(entries),
        _ => None,
    }
}

/// Visits a value, or the alternatives of one that hangs on a condition.
pub(super) fn each_branch(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    if branches(node).is_none() {
        return visit(node);
    }
    let argument = if node.tag.is_some() { Some(node) } else { get_mut(node, "Fn::If") };
    let Some(items) = argument.and_then(items_mut) else { return };
    for item in items.iter_mut().skip(1).filter(|item| !is_no_value(item)) {
        visit(item);
    }
}

/// Whether two trees say the same, wherever they stand.
pub(super) fn same(one: &Node, other: &Node) -> bool {
    one.tag == other.tag
        && match (&one.kind, &other.kind) {
            (NodeKind::Sequence(one), NodeKind::Sequence(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
            }
            (NodeKind::Mapping(one), NodeKind::Mapping(other)) => {
                one.len() == other.len()
                    && one.iter().all(|entry| {
                        other.iter().any(|there| there.key == entry.key && same(&there.value, &entry.value))
                    })
            }
            (one, other) => one == other,
        }
}

/// A text that is the same for trees that say the same.
pub(super) fn canonical(node: &Node, text: &mut String) {
    if let Some(tag) = &node.tag {
        text.push_str(tag);
    }
    match &node.kind {
        NodeKind::Null => text.push_str("null"),
        NodeKind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        NodeKind::Number(number) => text.push_str(&eco_format!("{number}")),
        NodeKind::String(value) => text.push_str(&eco_format!("{value:?}")),
        NodeKind::Sequence(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        NodeKind::Mapping(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|one, other| one.key.cmp(&other.key));
            text.push('{');
            for entry in sorted {
                text.push_str(&eco_format!("{:?}:", entry.key));
                canonical(&entry.value, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// The first digits of a hash of what trees say.
pub(super) fn hash(nodes: &[&Node], digits: usize) -> EcoString {
    use sha2::Digest;
    let mut text = String::new();
    for node in nodes {
        canonical(node, &mut text);
    }
    let hex: String = sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().take(digits).collect()
}
