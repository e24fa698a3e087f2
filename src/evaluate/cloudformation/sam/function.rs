//! AWS::Serverless::Function: the function, its role, and what its events need.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Source};
use super::node::{At, branches, get_mut, given, is_function, is_no_value, is_something, is_true, literal, set};
use super::role;
use crate::parse::tree::{Node, NodeKind};

/// Properties that a function has under the same name before and after.
const SAME: &[&str] = &[
    "FunctionName",
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Role",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
    "DurableConfig",
    "FunctionScalingConfig",
    "PublishToLatestPublished",
];

/// Properties of a capacity provider, and what they are called for a function.
const CAPACITY: &[(&str, &str)] = &[
    ("Arn", "CapacityProviderArn"),
    ("PerExecutionEnvironmentMaxConcurrency", "PerExecutionEnvironmentMaxConcurrency"),
    ("ExecutionEnvironmentMemoryGiBPerVCpu", "ExecutionEnvironmentMemoryGiBPerVCpu"),
];

/// What is invoked by events: a function or its alias.
pub(super) struct Invoked {
    pub(super) id: EcoString,
    pub(super) is_alias: bool,
}

impl Invoked {
    pub(super) fn arn(&self, at: At) -> Node {
        if self.is_alias { at.reference(self.id.clone()) } else { at.attribute(self.id.clone(), "Arn") }
    }

    /// Its name, or its ARN where it has no name.
    pub(super) fn name(&self, at: At) -> Node {
        at.reference(self.id.clone())
    }

    /// How an Fn::Sub names its ARN.
    pub(super) fn shorthand(&self) -> EcoString {
        if self.is_alias { eco_format!("${{{}}}", self.id) } else { eco_format!("${{{}.Arn}}", self.id) }
    }
}

/// A function that is being expanded.
pub(super) struct Work<'f> {
    pub(super) source: &'f Source,
    pub(super) function: Draft,
    pub(super) role: Draft,
    pub(super) invoked: Invoked,
    /// Buckets of the template that events change; what tags the function tags them too.
    pub(super) buckets: Vec<EcoString>,
    /// What is made beside function and role.
    pub(super) made: Vec<Draft>,
}

impl Expansion<'_, '_, '_> {
    pub(super) fn function(&mut self, source: &Source) {
        let mut function = source.draft("AWS::Lambda::Function");
        function.copy(&source.properties, SAME);
        function.set("Code", self.code(source));
        function.set("Tags", source.at_key("Tags").tags(&[("lambda:createdBy", "SAM")], source.get("Tags")));
        let at = source.at_key("Tracing");
        let tracing = self.tracing(source);
        if let Some(mode) = &tracing {
            function.set("TracingConfig", at.map([("Mode", mode.clone())]));
        }
        if let Some(target) = source.get("DeadLetterQueue").and_then(|queue| given(queue, "TargetArn")) {
            function.set("DeadLetterConfig", At(target.span).map([("TargetArn", target.clone())]));
        }
        if let Some(provider) = source.get("CapacityProviderConfig") {
            let at = At(provider.span);
            let entries = CAPACITY.iter().filter_map(|(from, to)| Some((*to, given(provider, from)?.clone())));
            let config = at.map(entries);
            function.set("CapacityProviderConfig", at.map([("LambdaManagedInstancesCapacityProviderConfig", config)]));
        }
        let role = self.function_role(source, tracing.is_some());
        let invoked = Invoked { id: source.id.clone(), is_alias: false };
        let mut work = Work { source, function, role, invoked, buckets: Vec::new(), made: Vec::new() };
        self.alias(&mut work);
        self.url(&mut work);
        self.event_invoke(&mut work);
        self.add_policies(&mut work.role, source.get("Policies"));
        let has_role = self.place_role(&mut work);
        self.function_events(&mut work);
        let Work { function, role, made, buckets, .. } = work;
        let mut all = vec![function];
        if has_role {
            all.push(role);
        }
        all.extend(made);
        if let Some(tags) = source.get("Tags").filter(|_| self.is_yes(source.get("PropagateTags"))) {
            all.iter_mut().for_each(|draft| draft.tag(tags));
            for bucket in buckets {
                let properties = self.plain.get_mut(&bucket).and_then(|entry| get_mut(&mut entry.value, "Properties"));
                if let Some(properties) = properties {
                    set(properties, "Tags", At(tags.span).tags(&[], Some(tags)));
                }
            }
        }
        self.finish(&source.id, all);
    }

    /// The tracing mode, where there is one that is not off.
    fn tracing(&self, source: &Source) -> Option<Node> {
        let node = source.get("Tracing")?;
        (self.text(node).as_deref() != Some("Disabled")).then(|| node.clone())
    }

    fn code(&self, source: &Source) -> Node {
        let is_image = source.get("PackageType").and_then(literal) == Some("Image");
        let mut code = if let Some(image) = source.get("ImageUri").filter(|_| is_image) {
            At(image.span).map([("ImageUri", image.clone())])
        } else if let Some(text) = source.get("InlineCode") {
            At(text.span).map([("ZipFile", text.clone())])
        } else if let Some(uri) = source.get("CodeUri") {
            self.location(uri, ["S3Bucket", "S3Key", "S3ObjectVersion"])
        } else {
            source.at().empty()
        };
        if let Some(key) = source.get("SourceKMSKeyArn").filter(|_| !is_image) {
            set(&mut code, "SourceKMSKeyArn", key.clone());
        }
        code
    }

    /// Where something lies in S3, under the names that its place has. What lies on the disk until it is packaged
    /// has no place yet.
    pub(super) fn location(&self, uri: &Node, names: [&'static str; 3]) -> Node {
        let at = At(uri.span);
        let [bucket, key, version] = names;
        if uri.as_mapping().is_some() && !is_function(uri) {
            let pairs =
                [("Bucket", bucket), ("Key", key), ("Version", version), ("StorageMode", "S3ObjectStorageMode")];
            let pairs = pairs.iter().filter(|(from, _)| *from != "StorageMode" || bucket == "S3Bucket");
            return at.map(pairs.filter_map(|(from, to)| Some((*to, given(uri, from)?.clone()))));
        }
        let text = self.text(uri).unwrap_or_default();
        let Some((in_bucket, rest)) = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else {
            return at.empty();
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut entries = vec![(bucket, at.text(in_bucket)), (key, at.text(path))];
        if let Some(id) = query.split('&').find_map(|pair| pair.strip_prefix("versionId=")) {
            entries.push((version, at.text(id)));
        }
        at.map(entries)
    }

    fn function_role(&self, source: &Source, is_traced: bool) -> Draft {
        let mut draft = source.beside("AWS::IAM::Role", eco_format!("{}Role", source.id));
        let at = source.at();
        let assume = source.get("AssumeRolePolicyDocument").cloned();
        draft.set("AssumeRolePolicyDocument", assume.unwrap_or_else(|| role::trust(at, "lambda.amazonaws.com")));
        let basic = match source.get("DurableConfig") {
            Some(_) => "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
            None => "service-role/AWSLambdaBasicExecutionRole",
        };
        role::attach(&mut draft, role::managed(at, basic));
        if is_traced {
            role::attach(&mut draft, role::managed(source.at_key("Tracing"), "AWSXrayWriteOnlyAccess"));
        }
        if source.get("VpcConfig").is_some_and(is_something) {
            let policy = role::managed(source.at_key("VpcConfig"), "service-role/AWSLambdaVPCAccessExecutionRole");
            role::attach(&mut draft, policy);
        }
        draft.set_given("Path", source.get("RolePath"));
        draft.set_given("PermissionsBoundary", source.get("PermissionsBoundary"));
        draft.set("Tags", source.at_key("Tags").tags(&[("lambda:createdBy", "SAM")], source.get("Tags")));
        if let Some(queue) = source.get("DeadLetterQueue")
            && let Some(target) = given(queue, "TargetArn")
        {
            let at = At(queue.span);
            let action =
                if given(queue, "Type").and_then(literal) == Some("SNS") { "sns:Publish" } else { "sqs:SendMessage" };
            let mut policy =
                role::inline(at, "DeadLetterQueuePolicy", [role::allow(at, at.text(action), target.clone())]);
            if let Some(document) = get_mut(&mut policy, "PolicyDocument") {
                set(document, "Version", at.text("2012-10-17"));
            }
            role::embed(&mut draft, policy);
        }
        draft
    }

    /// Gives a function its role; whether the one that is made is it, or one of its alternatives.
    fn place_role(&mut self, work: &mut Work<'_>) -> bool {
        let at = work.source.at();
        let made = at.attribute(work.role.id.clone(), "Arn");
        let Some(own) = work.source.get("Role") else {
            work.function.set("Role", made);
            return true;
        };
        let Some((condition, then, otherwise)) = branches(own) else { return false };
        let at = At(own.span);
        let (value, holds) = match (is_no_value(then), is_no_value(otherwise)) {
            (true, true) => (made, None),
            (true, false) => (at.choice(condition, made, otherwise.clone()), Some(EcoString::from(condition))),
            (false, true) => {
                let name = eco_format!("NOT{condition}");
                let not = at.map([("Fn::Not", at.list([at.map([("Condition", at.text(condition))])]))]);
                self.condition(&name, not);
                (at.choice(condition, then.clone(), made), Some(name))
            }
            (false, false) => return false,
        };
        work.function.set("Role", value);
        if let Some(condition) = holds {
            work.role.attribute("Condition", at.text(condition));
        }
        true
    }

    /// Whether a value is known to say yes.
    pub(super) fn is_yes(&self, node: Option<&Node>) -> bool {
        node.is_some_and(|node| {
            is_true(node) || (is_function(node) && self.text(node).is_some_and(|text| text == "true"))
        })
    }
}

/// Whether something is a mapping that is written out.
pub(super) fn is_plain_mapping(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Mapping(_)) && !is_function(node)
}
