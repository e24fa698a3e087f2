//! Terraform's JSON syntax: which properties are blocks, which are arguments, which texts are templates and which
//! are references, so that the tree is the one that the same configuration in the native syntax has.
//! Source: the page on JSON configuration syntax in Terraform's documentation.

use ecow::{EcoString, eco_format};
use hcl::edit::parser;

use super::ast::{Attribute, Block, Body, Expression, ExpressionKind, Label};
use super::json::{self, Kind, Member, Node, Text};
use super::{Lowering, Parsed, lower, recover};
use crate::parse::SyntaxError;
use crate::source::{SourceId, Span};
use crate::value::Number;

/// Arguments that are maps in the providers' schemas: an object under such a name is no block.
const MAPS: &[&str] = &[
    "annotations",
    "app_settings",
    "body",
    "default_action_parameters",
    "environment_variables",
    "input",
    "json_document",
    "keepers",
    "labels",
    "match_labels",
    "metadata",
    "params",
    "parameters",
    "propagate_tags",
    "query",
    "request_parameters",
    "response_parameters",
    "settings",
    "tags",
    "tags_all",
    "triggers",
    "triggers_replace",
    "triggers_wo",
    "user_metadata",
    "variables",
    "vars",
];

/// What the properties of an object mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The arguments and blocks of a provider's type, and of what Terraform adds to them.
    Resource,
    /// The arguments and blocks of a provider's type.
    Nested,
    /// `locals`: arguments only.
    Arguments,
    /// `variable`
    Variable,
    /// `output`
    Output,
    /// `module`
    Module,
    /// `provider`
    Provider,
    /// `terraform`
    Settings,
    /// `required_providers`
    Requirements,
    /// `lifecycle`
    Lifecycle,
    /// `precondition`, `postcondition`, `validation`, `assert`
    Condition,
    /// `moved`, `removed`, `import`
    Move,
    /// `check`
    Check,
}

/// How the value of a property is read.
enum Meaning {
    /// Texts are templates.
    Templates,
    /// Texts are texts.
    Literals,
    /// Texts are references.
    References,
    /// An object with texts, and with references under `configuration_aliases`.
    Requirement,
    /// Objects are blocks with that many labels.
    Blocks(usize, Sort),
}

/// The blocks of a file: how many labels they have, and what is in them.
const TOP: &[(&str, usize, Sort)] = &[
    ("resource", 2, Sort::Resource),
    ("data", 2, Sort::Resource),
    ("ephemeral", 2, Sort::Resource),
    ("variable", 1, Sort::Variable),
    ("locals", 0, Sort::Arguments),
    ("output", 1, Sort::Output),
    ("module", 1, Sort::Module),
    ("provider", 1, Sort::Provider),
    ("terraform", 0, Sort::Settings),
    ("moved", 0, Sort::Move),
    ("removed", 0, Sort::Move),
    ("import", 0, Sort::Move),
    ("check", 1, Sort::Check),
];

/// Reads a configuration.
pub(super) fn configuration(source: SourceId, text: &str) -> Parsed {
    let mut reading = Reading { source, parsed: Parsed::default() };
    for member in reading.root(text) {
        let name = &member.key.text;
        match TOP.iter().find(|(top, _, _)| top == name) {
            Some((_, labels, sort)) => {
                let mut blocks = Vec::new();
                reading.blocks(&member.key, &member.value, *labels, *sort, &mut blocks);
                reading.parsed.body.blocks.append(&mut blocks);
            }
            None if name == "//" => {}
            None => {
                let key = reading.text_span(&member.key);
                let message = eco_format!("Terraform knows no block \"{name}\"; it is not checked");
                reading.parsed.errors.push(SyntaxError { span: key, message });
            }
        }
    }
    reading.parsed
}

/// Reads a variable file.
pub(super) fn values(source: SourceId, text: &str) -> Parsed {
    let mut reading = Reading { source, parsed: Parsed::default() };
    for member in reading.root(text) {
        if let Some(attribute) = reading.attribute(&member, &Meaning::Literals) {
            reading.parsed.body.attributes.push(attribute);
        }
    }
    reading.parsed
}

struct Reading {
    source: SourceId,
    parsed: Parsed,
}

impl Reading {
    /// The properties of a document that is an object, or a list of objects.
    fn root(&mut self, text: &str) -> Vec<Member> {
        let (node, faults) = json::read(text);
        for fault in faults {
            let end = text.get(fault.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let span = Span::new(self.source, fault.at, fault.at + end);
            self.parsed.errors.push(SyntaxError { span, message: fault.message.into() });
        }
        let mut members = Vec::new();
        match node {
            Some(Node { kind: Kind::Object(found), .. }) => members = found,
            Some(Node { kind: Kind::Array(items), start, .. }) => {
                for item in items {
                    match item.kind {
                        Kind::Object(found) => members.extend(found),
                        _ => self.expect(start, item.end, "a list at the top holds objects only"),
                    }
                }
            }
            Some(node) => self.expect(node.start, node.end, "the document must be an object"),
            None => {}
        }
        members
    }

    fn expect(&mut self, start: usize, end: usize, message: &str) {
        self.parsed.errors.push(SyntaxError { span: Span::new(self.source, start, end), message: message.into() });
    }

    fn text_span(&self, text: &Text) -> Span {
        Span::new(self.source, text.start, text.end)
    }

    /// The blocks that a property makes: an object a level of labels, and lists of blocks at any level.
    fn blocks(&mut self, key: &Text, node: &Node, labels: usize, sort: Sort, to: &mut Vec<Block>) {
        let mut above = Vec::new();
        self.labelled(key, node, labels, sort, &mut above, to);
    }

    fn labelled<'n>(
        &mut self,
        key: &Text,
        node: &'n Node,
        labels: usize,
        sort: Sort,
        above: &mut Vec<&'n Text>,
        to: &mut Vec<Block>,
    ) {
        match &node.kind {
            Kind::Null => {}
            Kind::Array(items) => items.iter().for_each(|item| self.labelled(key, item, labels, sort, above, to)),
            Kind::Object(members) if labels > 0 => {
                for member in members.iter().filter(|member| member.key.text != "//") {
                    above.push(&member.key);
                    self.labelled(key, &member.value, labels - 1, sort, above, to);
                    above.pop();
                }
            }
            Kind::Object(members) => {
                let header = self.text_span(above.last().copied().unwrap_or(key));
                let found =
                    above.iter().map(|label| Label { text: label.text.clone(), span: self.text_span(label) }).collect();
                let body = self.body(members, sort);
                let span = header.to(Span::new(self.source, node.start, node.end));
                to.push(Block { name: key.text.clone(), labels: found, body, header, span });
            }
            _ => {
                let message = match labels {
                    0 => eco_format!("\"{}\" is a block, so an object is expected here", key.text),
                    _ => eco_format!("\"{}\" needs {labels} more names, as keys of objects", key.text),
                };
                self.expect(node.start, node.end, &message);
            }
        }
    }

    fn body(&mut self, members: &[Member], sort: Sort) -> Body {
        let mut body = Body::default();
        for member in members.iter().filter(|member| member.key.text != "//") {
            match meaning(sort, &member.key.text, &member.value) {
                Meaning::Blocks(labels, inner) => {
                    self.blocks(&member.key, &member.value, labels, inner, &mut body.blocks);
                }
                other => body.attributes.extend(self.attribute(member, &other)),
            }
        }
        body
    }

    fn attribute(&mut self, member: &Member, meaning: &Meaning) -> Option<Attribute> {
        let value = self.expression(&member.value, meaning)?;
        Some(Attribute { name: member.key.text.clone(), name_span: self.text_span(&member.key), value })
    }

    /// The expression of a value; None, and the mistake noted, where a template in it makes no sense.
    fn expression(&mut self, node: &Node, meaning: &Meaning) -> Option<Expression> {
        let span = Span::new(self.source, node.start, node.end);
        let kind = match &node.kind {
            Kind::Null => ExpressionKind::Null,
            Kind::Bool(value) => ExpressionKind::Bool(*value),
            Kind::Number(text) => ExpressionKind::Number(Number::parse(text).unwrap_or(Number::Float(f64::MAX))),
            Kind::String(text) => match meaning {
                Meaning::Literals | Meaning::Requirement => ExpressionKind::String(text.text.clone()),
                Meaning::References => self.reference(text)?,
                Meaning::Templates | Meaning::Blocks(..) => self.template(text)?,
            },
            Kind::Array(items) => {
                let mut read = Vec::with_capacity(items.len());
                for item in items {
                    read.push(self.expression(item, meaning)?);
                }
                ExpressionKind::Tuple(read)
            }
            Kind::Object(members) => {
                let mut fields = Vec::with_capacity(members.len());
                for member in members {
                    let kind = match meaning {
                        Meaning::Templates | Meaning::Blocks(..) => self.template(&member.key)?,
                        _ => ExpressionKind::String(member.key.text.clone()),
                    };
                    let key = Expression { kind, span: self.text_span(&member.key) };
                    let inner = match meaning {
                        Meaning::Requirement if member.key.text == "configuration_aliases" => &Meaning::References,
                        other => other,
                    };
                    fields.push((key, self.expression(&member.value, inner)?));
                }
                ExpressionKind::Object(fields)
            }
        };
        Some(Expression { kind, span })
    }

    /// Where the text between the quotes lies.
    fn lowering<'t>(&self, text: &'t Text) -> Lowering<'t> {
        Lowering { shifts: text.shifts.clone(), ..Lowering::new(self.source, text.start + 1, &text.text) }
    }

    fn template(&mut self, text: &Text) -> Option<ExpressionKind> {
        if !text.text.contains("${") && !text.text.contains("%{") {
            return Some(ExpressionKind::String(text.text.clone()));
        }
        let mut lowering = self.lowering(text);
        match parser::parse_template(&text.text) {
            Ok(template) => Some(lower::template_kind(lower::template(&mut lowering, &template))),
            Err(error) => {
                self.refuse(&lowering, &error);
                None
            }
        }
    }

    fn reference(&mut self, text: &Text) -> Option<ExpressionKind> {
        // Old configurations write references as templates.
        let inner = text.text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let ahead = if inner.is_some() { 2 } else { 0 };
        let mut lowering = self.lowering(text);
        lowering.base += ahead;
        match parser::parse_expr(inner.unwrap_or(&text.text).trim()) {
            Ok(expression) => Some(lower::expression(&mut lowering, &expression).kind),
            Err(error) => {
                self.refuse(&lowering, &error);
                None
            }
        }
    }

    fn refuse(&mut self, lowering: &Lowering<'_>, error: &parser::Error) {
        let at = lowering.place(error.location().offset());
        let message = eco_format!("{}; this argument is not checked", recover::describe(error));
        self.parsed.errors.push(SyntaxError { span: Span::new(self.source, at, at), message });
    }
}

/// How a property of an object of that sort is read.
fn meaning(sort: Sort, name: &EcoString, value: &Node) -> Meaning {
    use Meaning::{Blocks, Literals, References, Requirement, Templates};
    match (sort, name.as_str()) {
        (Sort::Arguments, _) => Templates,
        (Sort::Requirements, _) => Requirement,
        (_, "depends_on") => References,
        (Sort::Resource, "provider") => References,
        (Sort::Resource, "lifecycle") => Blocks(0, Sort::Lifecycle),
        (Sort::Resource, "connection") => Blocks(0, Sort::Nested),
        (Sort::Resource, "provisioner") => Blocks(1, Sort::Nested),
        (Sort::Resource | Sort::Nested | Sort::Provider, "dynamic") => Blocks(1, Sort::Nested),
        (Sort::Nested, "content") => Blocks(0, Sort::Nested),
        (Sort::Nested, "iterator") => References,
        (Sort::Variable, "type") => References,
        (Sort::Variable, "validation") => Blocks(0, Sort::Condition),
        (Sort::Variable, _) => Literals,
        (Sort::Output | Sort::Lifecycle, "precondition" | "postcondition") => Blocks(0, Sort::Condition),
        (Sort::Check, "assert") => Blocks(0, Sort::Condition),
        (Sort::Output, "description") => Literals,
        (Sort::Lifecycle, "ignore_changes" | "replace_triggered_by") => References,
        (Sort::Module, "source" | "version") => Literals,
        (Sort::Module, "providers") => References,
        (Sort::Provider, "alias" | "version") => Literals,
        (Sort::Settings, "required_providers") => Blocks(0, Sort::Requirements),
        (Sort::Settings, "backend" | "provider_meta") => Blocks(1, Sort::Nested),
        (Sort::Settings, "cloud" | "encryption") => Blocks(0, Sort::Nested),
        (Sort::Settings, _) => Literals,
        (Sort::Move, "from" | "to" | "provider") => References,
        (Sort::Move, "lifecycle") => Blocks(0, Sort::Lifecycle),
        (Sort::Check, "data") => Blocks(2, Sort::Resource),
        (Sort::Resource | Sort::Nested | Sort::Provider, _) if is_block(name, value) => Blocks(0, Sort::Nested),
        _ => Templates,
    }
}

/// Whether a property of a provider's type is a block. Only the provider's schema could tell for sure: an object is
/// one unless its name is that of a map, or its keys are no names of arguments; so is a list of objects.
fn is_block(name: &str, value: &Node) -> bool {
    let named = |members: &[Member]| {
        members.iter().all(|member| {
            let key = member.key.text.as_str();
            key == "//"
                || key.starts_with(|first: char| first.is_ascii_lowercase())
                    && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
    };
    if MAPS.contains(&name) {
        return false;
    }
    match &value.kind {
        Kind::Object(members) => named(members),
        Kind::Array(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(&item.kind, Kind::Object(members) if named(members)))
        }
        _ => false,
    }
}
