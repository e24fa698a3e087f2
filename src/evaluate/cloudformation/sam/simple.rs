//! Tables, layers and nested applications: one resource each.

use super::Expansion;
use super::draft::Source;
use super::node::{At, given, is_something, literal};

/// What SimpleTable calls the types of keys, and what DynamoDB does.
const KEY_TYPES: &[(&str, &str)] = &[("String", "S"), ("Number", "N"), ("Binary", "B")];

impl Expansion<'_, '_, '_> {
    pub(super) fn table(&mut self, source: &Source) {
        let mut table = source.draft("AWS::DynamoDB::Table");
        let at = source.at_key("PrimaryKey");
        let key = source.get("PrimaryKey").filter(|key| is_something(key));
        let name = key.and_then(|key| given(key, "Name")).cloned().unwrap_or_else(|| at.text("id"));
        let type_ = match key.and_then(|key| given(key, "Type")) {
            None => at.text("S"),
            Some(written) => {
                let text = self.text(written).unwrap_or_default();
                let short = KEY_TYPES.iter().find(|(long, _)| *long == text).map(|(_, short)| *short);
                short.map_or_else(|| written.clone(), |short| At(written.span).text(short))
            }
        };
        table.set(
            "AttributeDefinitions",
            at.list([at.map([("AttributeName", name.clone()), ("AttributeType", type_)])]),
        );
        table.set("KeySchema", at.list([at.map([("AttributeName", name), ("KeyType", at.text("HASH"))])]));
        for key in ["PointInTimeRecoverySpecification", "SSESpecification", "TableName"] {
            table.set_given(key, source.get(key).filter(|value| is_something(value)));
        }
        match source.get("ProvisionedThroughput").filter(|value| is_something(value)) {
            Some(throughput) => table.set("ProvisionedThroughput", throughput.clone()),
            None => table.set("BillingMode", source.at().text("PAY_PER_REQUEST")),
        }
        if let Some(tags) = source.get("Tags").filter(|tags| is_something(tags)) {
            table.set("Tags", At(tags.span).tags(&[], Some(tags)));
        }
        self.finish(&source.id, vec![table]);
    }

    pub(super) fn layer(&mut self, source: &Source) {
        let mut layer = source.draft("AWS::Lambda::LayerVersion");
        let at = source.at();
        layer.set("LayerName", source.get("LayerName").cloned().unwrap_or_else(|| at.text(source.id.clone())));
        layer
            .copy(&source.properties, &["Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"]);
        if let Some(uri) = source.get("ContentUri") {
            layer.set("Content", self.location(uri, ["S3Bucket", "S3Key", "S3ObjectVersion"]));
        }
        let retention = source.get("RetentionPolicy").and_then(|node| self.text(node));
        let policy = match retention.as_deref().map(str::to_lowercase).as_deref() {
            Some("delete") => Some("Delete"),
            Some("retain") => Some("Retain"),
            _ if given(&source.body, "DeletionPolicy").is_none() => Some("Retain"),
            _ => None,
        };
        if let Some(policy) = policy {
            layer.attribute("DeletionPolicy", source.at_key("RetentionPolicy").text(policy));
        }
        self.finish(&source.id, vec![layer]);
    }

    pub(super) fn application(&mut self, source: &Source) {
        let mut stack = source.draft("AWS::CloudFormation::Stack");
        stack.copy(&source.properties, &["Parameters", "NotificationARNs", "TimeoutInMinutes"]);
        let at = source.at_key("Location");
        let location = source.get("Location");
        let mut own = vec![("lambda:createdBy", at.text("SAM"))];
        let keys =
            [("ApplicationId", "serverlessrepo:applicationId"), ("SemanticVersion", "serverlessrepo:semanticVersion")];
        for (key, tag) in keys {
            if let Some(value) = location.and_then(|location| given(location, key)) {
                own.push((tag, value.clone()));
            }
        }
        let own = own.into_iter().map(|(key, value)| at.map([("Key", at.text(key)), ("Value", value)]));
        let given_tags = at.tags(&[], source.get("Tags"));
        let given_tags = given_tags.as_sequence().unwrap_or_default().to_vec();
        stack.set("Tags", at.list(own.chain(given_tags)));
        // A location on the disk is what a nested stack calls its template.
        if let Some(url) = location.filter(|location| location.as_str().is_some()) {
            stack.set("TemplateURL", url.clone());
        } else if let Some(id) = location.and_then(|location| given(location, "ApplicationId")) {
            // The repository gives the template an address of its own in each region.
            let shown = literal(id).unwrap_or("application");
            stack.set("TemplateURL", At(id.span).sub(ecow::eco_format!("serverlessrepo://${{AWS::Region}}/{shown}")));
        }
        self.finish(&source.id, vec![stack]);
    }
}
