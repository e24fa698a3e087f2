//! AWS::Serverless::Connector, also where it is embedded in its source: the policy that lets one resource use another.

use std::sync::OnceLock;

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Source};
use super::node::{At, given, literal, resource_of, set};
use super::role::allow;
use crate::parse::tree::Node;

/// A row of the table: what connects two types.
struct Profile {
    source: &'static str,
    destination: &'static str,
    /// What is made: `policy`, `permission`, `queue` or `topic`.
    makes: &'static str,
    /// Whether it is made for the source or the destination.
    side: &'static str,
    /// Categories of access and what they say.
    lines: Vec<(&'static str, &'static str)>,
}

/// Types of the transform, and what they become.
const BECOMES: &[(&str, &str)] = &[
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
];

/// Types whose Ref is their ARN.
const REF_IS_ARN: &[&str] =
    &["AWS::StepFunctions::StateMachine", "AWS::AppSync::GraphQLApi", "AWS::AppSync::DataSource", "AWS::SNS::Topic"];

/// One end of a connector.
#[derive(Clone, Default)]
struct End {
    type_: EcoString,
    arn: Option<Node>,
    role: Option<Node>,
    url: Option<Node>,
    resource_id: Option<Node>,
    name: Option<Node>,
    qualifier: Option<Node>,
}

impl Expansion<'_, '_, '_> {
    /// Makes what a connector needs.
    pub(super) fn connector(&mut self, source: &Source) {
        let made = self.connections(source);
        self.finish(&source.id, made);
    }

    /// The resources of a connector.
    pub(super) fn connections(&self, source: &Source) -> Vec<Draft> {
        let (Some(from), Some(to)) = (source.get("Source"), source.get("Destination")) else {
            self.fail(source.place.key, "a connector needs a Source and a Destination; it is not checked");
            return Vec::new();
        };
        let categories: Vec<&str> = source
            .get("Permissions")
            .and_then(Node::as_sequence)
            .unwrap_or_default()
            .iter()
            .filter_map(literal)
            .collect();
        let several = to.as_sequence();
        let ends = several.unwrap_or(std::slice::from_ref(to));
        let mut made = Vec::new();
        for (index, to) in ends.iter().enumerate() {
            let suffix = if several.is_some() { eco_format!("Destination{index}") } else { EcoString::new() };
            let (Some(one), Some(other)) = (self.end(from, to), self.end(to, from)) else { continue };
            let Some(profile) = table().iter().find(|row| row.source == one.type_ && row.destination == other.type_)
            else {
                let message =
                    eco_format!("no connector leads from {} to {}; it is not checked", one.type_, other.type_);
                self.fail(source.place.key, message);
                continue;
            };
            made.extend(self.connect(source, profile, &one, &other, &categories, &suffix));
        }
        made
    }

    fn connect(
        &self,
        source: &Source,
        profile: &Profile,
        from: &End,
        to: &End,
        categories: &[&str],
        suffix: &str,
    ) -> Vec<Draft> {
        let at = source.at();
        let side = if profile.side == "source" { from } else { to };
        let lines = || profile.lines.iter().filter(|(category, _)| categories.contains(category));
        let parts = |line: &'static str| line.split('|').map(str::trim).collect::<Vec<&str>>();
        let missing = |what: &str| {
            self.fail(
                source.place.key,
                eco_format!("the {} of this connector has no {what}; it is not checked", profile.side),
            );
            Vec::new()
        };
        let fill = |text: &str| filled(text, from, to, at);
        let mut statements = Vec::new();
        match profile.makes {
            "permission" => {
                let Some(arn) = &side.arn else { return missing("ARN") };
                let mut made = Vec::new();
                for (category, line) in lines() {
                    let parts = parts(line);
                    let id = eco_format!("{}{category}LambdaPermission{suffix}", source.id);
                    let mut draft = source.alike("AWS::Lambda::Permission", id);
                    draft.set("Action", at.text("lambda:InvokeFunction"));
                    draft.set("FunctionName", arn.clone());
                    draft.set("Principal", at.text(parts.first().copied().unwrap_or_default()));
                    for (key, text) in ["SourceArn", "SourceAccount"].iter().zip(parts.iter().skip(1)) {
                        draft.set(key, fill(text));
                    }
                    made.push(draft);
                }
                made
            }
            "policy" => {
                let Some(role) = &side.role else { return missing("role") };
                for (_, line) in lines() {
                    let parts = parts(line);
                    let actions = at.texts(parts.first().copied().unwrap_or_default().split(' '));
                    let resources = parts.get(1).copied().unwrap_or_default().split(' ').map(fill);
                    statements.push(allow(at, actions, at.list(resources.collect::<Vec<Node>>())));
                }
                let mut draft = source.alike("AWS::IAM::ManagedPolicy", eco_format!("{}Policy{suffix}", source.id));
                draft.set("PolicyDocument", document(at, statements));
                draft.set("Roles", at.list([role.clone()]));
                vec![draft]
            }
            _ => {
                for (_, line) in lines() {
                    let parts = parts(line);
                    let action = at.text(parts.first().copied().unwrap_or_default());
                    let mut statement = allow(at, action, fill("%{Destination.Arn}"));
                    let service = at.map([("Service", at.text(parts.get(1).copied().unwrap_or_default()))]);
                    set(&mut statement, "Principal", service);
                    let condition = at.map([("aws:SourceArn", fill("%{Source.Arn}"))]);
                    set(&mut statement, "Condition", at.map([("ArnEquals", condition)]));
                    statements.push(statement);
                }
                let is_queue = profile.makes == "queue";
                let (type_, name, key) = match is_queue {
                    true => ("AWS::SQS::QueuePolicy", "QueuePolicy", "Queues"),
                    false => ("AWS::SNS::TopicPolicy", "TopicPolicy", "Topics"),
                };
                let Some(target) = (if is_queue { &side.url } else { &side.arn }) else { return missing("URL or ARN") };
                let mut draft = source.alike(type_, eco_format!("{}{name}{suffix}", source.id));
                draft.set("PolicyDocument", document(at, statements));
                draft.set(key, at.list([target.clone()]));
                vec![draft]
            }
        }
    }

    /// What is known of one end of a connector: by the resource that it names, or by what is given.
    fn end(&self, node: &Node, other: &Node) -> Option<End> {
        let at = At(node.span);
        let get = |key: &str| given(node, key).cloned();
        let Some(id) = given(node, "Id").and_then(|id| self.text(id)) else {
            let type_ = given(node, "Type").and_then(literal)?;
            let type_ = BECOMES.iter().find(|(from, _)| *from == type_).map_or(type_, |(_, to)| to);
            return Some(End {
                type_: type_.into(),
                arn: get("Arn"),
                role: get("RoleName"),
                url: get("QueueUrl"),
                resource_id: get("ResourceId"),
                name: get("Name"),
                qualifier: get("Qualifier"),
            });
        };
        let Some((type_, properties)) = self.expanded(&id) else {
            self.fail(node.span, eco_format!("there is no resource {id} in this template"));
            return None;
        };
        let mut end = End { qualifier: get("Qualifier"), ..End::default() };
        end.arn = Some(if REF_IS_ARN.contains(&type_.as_str()) {
            at.reference(id.clone())
        } else {
            at.attribute(id.clone(), "Arn")
        });
        let role_key = match type_.as_str() {
            "AWS::Lambda::Function" => "Role",
            "AWS::StepFunctions::StateMachine" => "RoleArn",
            "AWS::AppSync::DataSource" => "ServiceRoleArn",
            _ => "",
        };
        let mut role = properties.get(role_key).and_then(resource_of);
        match type_.as_str() {
            "AWS::StepFunctions::StateMachine" => end.name = Some(at.attribute(id.clone(), "Name")),
            "AWS::SQS::Queue" => end.url = Some(at.reference(id.clone())),
            "AWS::AppSync::GraphQLApi" => end.resource_id = Some(at.attribute(id.clone(), "ApiId")),
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => {
                end.resource_id = Some(at.reference(id.clone()));
                end.qualifier = end.qualifier.or_else(|| Some(at.text("*")));
            }
            "AWS::Events::Rule" => {
                let wanted = given(other, "Id").and_then(|id| self.text(id));
                let targets = properties.get("Targets").and_then(Node::as_sequence).unwrap_or_default();
                let fits = |target: &&Node| target.get("Arn").and_then(resource_of) == wanted && wanted.is_some();
                role = targets.iter().find(fits).and_then(|target| target.get("RoleArn")).and_then(resource_of);
            }
            _ => {}
        }
        end.role = role.map(|role| at.reference(role));
        end.type_ = type_;
        Some(end)
    }

    /// The connectors that are embedded in resources, as if they stood alone.
    pub(super) fn embedded_connectors(&mut self) {
        let bodies: Vec<(EcoString, Node)> = self
            .sources
            .values()
            .map(|source| (source.id.clone(), source.body.clone()))
            .chain(self.plain.values().map(|entry| (entry.key.clone(), entry.value.clone())))
            .filter(|(_, body)| body.get("Connectors").is_some())
            .collect();
        for (owner, body) in bodies {
            for entry in body.get("Connectors").and_then(Node::as_mapping).unwrap_or_default() {
                let at = At(entry.key_span);
                let mut one = entry.clone();
                one.key = eco_format!("{owner}{}", entry.key);
                let Some(properties) = super::node::get_mut(&mut one.value, "Properties") else { continue };
                let mut from = at.map([("Id", at.text(owner.clone()))]);
                if let Some(reference) = super::node::remove(properties, "SourceReference") {
                    for part in reference.value.as_mapping().unwrap_or_default() {
                        set(&mut from, &part.key, part.value.clone());
                    }
                }
                set(properties, "Source", from);
                set(&mut one.value, "Type", at.text("AWS::Serverless::Connector"));
                let source = Source::of(&one);
                self.order.push(source.id.clone());
                self.sources.insert(source.id.clone(), source);
            }
        }
        for entry in self.plain.values_mut() {
            super::node::remove(&mut entry.value, "Connectors");
        }
    }
}

fn document(at: At, statements: Vec<Node>) -> Node {
    at.map([("Version", at.text("2012-10-17")), ("Statement", at.list(statements))])
}

/// A text of the table with what it names of the two ends.
fn filled(text: &str, from: &End, to: &End, at: At) -> Node {
    let ends = [("Source", from), ("Destination", to)];
    let mut names: Vec<(EcoString, Node)> = Vec::new();
    let mut written = EcoString::from(text);
    for (side, end) in ends {
        let parts =
            [("Arn", &end.arn), ("ResourceId", &end.resource_id), ("Name", &end.name), ("Qualifier", &end.qualifier)];
        for (part, value) in parts {
            let pattern = format!("%{{{side}.{part}}}");
            if !written.contains(&pattern) {
                continue;
            }
            let value = value.clone().unwrap_or_else(|| at.text("*"));
            if written == pattern.as_str() {
                return value;
            }
            written = written.replace(&pattern, &format!("${{{side}{part}}}"));
            names.push((eco_format!("{side}{part}"), value));
        }
    }
    match (names.is_empty(), written.contains("${")) {
        (false, _) => at.sub_with(written, names),
        (true, true) => at.sub(written),
        (true, false) => at.text(written),
    }
}

fn table() -> &'static [Profile] {
    static TABLE: OnceLock<Vec<Profile>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Vec<Profile> = Vec::new();
        for line in include_str!("connectors.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                Some(line) => {
                    if let (Some(profile), Some(pair)) = (table.last_mut(), line.split_once(' ')) {
                        profile.lines.push(pair);
                    }
                }
                None => {
                    let mut words = line.split(' ');
                    let mut word = || words.next().unwrap_or_default();
                    table.push(Profile {
                        source: word(),
                        destination: word(),
                        makes: word(),
                        side: word(),
                        lines: Vec::new(),
                    });
                }
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_complete() {
        assert!(table().len() > 30);
        for row in table() {
            assert!(["policy", "permission", "queue", "topic"].contains(&row.makes), "{}", row.source);
            assert!(["source", "destination"].contains(&row.side), "{}", row.source);
            assert!(!row.lines.is_empty() && row.lines.iter().all(|(_, line)| line.contains(" | ")), "{}", row.source);
        }
    }
}
