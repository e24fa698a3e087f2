//! AWS::Serverless::GraphQLApi: the API with its schema, sources, functions and resolvers.

use ecow::{EcoString, eco_format};
use indexmap::IndexMap;

use super::Expansion;
use super::draft::{Draft, Place, Source};
use super::node::{At, given, is_something, literal, remove, set};
use super::role;
use crate::parse::tree::{Entry, Node, NodeKind};

/// What a pipeline resolver without code of its own does: hand on what its last function answers.
const PIPELINE_CODE: &str = "\nexport function request(ctx) {\n    return {};\n}\n\nexport function response(ctx) {\n    return ctx.prev.result;\n}\n";

/// Kinds of authorizers: the type, its section, and what the API calls its settings.
const AUTHORIZERS: &[(&str, &str, &str)] = &[
    ("AWS_LAMBDA", "LambdaAuthorizer", "LambdaAuthorizerConfig"),
    ("OPENID_CONNECT", "OpenIDConnect", "OpenIDConnectConfig"),
    ("AMAZON_COGNITO_USER_POOLS", "UserPool", "UserPoolConfig"),
];

/// What sources and functions are called by resolvers.
#[derive(Default)]
struct Names {
    sources: IndexMap<EcoString, Node>,
    functions: IndexMap<EcoString, Node>,
    has_none: bool,
}

fn entries<'n>(node: Option<&'n Node>, key: &str) -> &'n [Entry] {
    node.and_then(|node| given(node, key)).and_then(Node::as_mapping).unwrap_or_default()
}

impl Expansion<'_, '_, '_> {
    pub(super) fn graphql(&mut self, source: &Source) {
        let at = source.at();
        let id = at.attribute(source.id.clone(), "ApiId");
        let mut api = source.draft("AWS::AppSync::GraphQLApi");
        api.set("Name", source.get("Name").cloned().unwrap_or_else(|| at.text(source.id.clone())));
        api.copy(
            &source.properties,
            &[
                "Visibility",
                "OwnerContact",
                "XrayEnabled",
                "IntrospectionConfig",
                "QueryDepthLimit",
                "ResolverCountLimit",
            ],
        );
        let functions = set_auth(&mut api, source);
        let mut tags = source.get("Tags").cloned().unwrap_or_else(|| at.empty());
        set(&mut tags, "graphqlapi:createdBy", at.text("SAM"));
        api.set("Tags", at.tags(&[], Some(&tags)));
        let log_role = set_logging(&mut api, source);
        let alike = |type_: &str, id: EcoString| source.alike(&eco_format!("AWS::AppSync::{type_}"), id);
        let part = |type_: &str, id: EcoString, entry: &Entry| alike(type_, id).placed(Place::of(entry));
        let mut schema = alike("GraphQLSchema", eco_format!("{}Schema", source.id));
        schema.set("ApiId", id.clone());
        schema.set_given("Definition", source.get("SchemaInline"));
        schema.set_given("DefinitionS3Location", source.get("SchemaUri"));
        let schema_id = schema.id.clone();
        let mut made = vec![api, schema];
        for (number, arn) in (1..).zip(functions) {
            let from = at.map([
                ("Type", at.text("AWS::AppSync::GraphQLApi")),
                ("Arn", at.reference(source.id.clone())),
                ("ResourceId", id.clone()),
            ]);
            let name = eco_format!("{}ToLambdaAuthConnector{number}", source.id);
            made.extend(self.connect_parts(
                &at.entry(name, at.empty()),
                from,
                ("AWS::Lambda::Function", arn),
                &["Write"],
            ));
        }
        made.extend(log_role);
        for entry in entries(Some(&source.properties), "ApiKeys") {
            let mut key = part("ApiKey", eco_format!("{}{}", source.id, entry.key), entry);
            key.set("ApiId", id.clone());
            key.copy(&entry.value, &["ApiKeyId", "Description"]);
            key.set_given("Expires", given(&entry.value, "ExpiresOn"));
            made.push(key);
        }
        if let Some(entry) = source.properties.entry("Cache").filter(|entry| is_something(&entry.value)) {
            let mut cache = part("ApiCache", eco_format!("{}ApiCache", source.id), entry);
            cache.set("ApiId", id.clone());
            let keys = ["ApiCachingBehavior", "Type", "Ttl", "AtRestEncryptionEnabled", "TransitEncryptionEnabled"];
            cache.copy(&entry.value, &keys);
            made.push(cache);
        }
        let mut names = Names::default();
        for entry in entries(source.get("DataSources"), "DynamoDb") {
            made.extend(self.table_source(source, entry, &id, &mut names));
        }
        for entry in entries(source.get("DataSources"), "Lambda") {
            made.extend(self.function_source(source, entry, &id, &mut names));
        }
        if let Some(entry) = source.properties.entry("DomainName").filter(|entry| is_something(&entry.value)) {
            let mut domain = part("DomainName", eco_format!("{}DomainName", source.id), entry);
            domain.copy(&entry.value, &["CertificateArn", "DomainName", "Description"]);
            let mut link =
                part("DomainNameApiAssociation", eco_format!("{}DomainNameApiAssociation", source.id), entry);
            link.set("ApiId", id.clone());
            link.set("DomainName", at.reference(domain.id.clone()));
            made.extend([domain, link]);
        }
        for entry in entries(Some(&source.properties), "Functions") {
            made.extend(self.pipeline_function(source, entry, &id, &mut names));
        }
        for types in entries(Some(&source.properties), "Resolvers") {
            for entry in types.value.as_mapping().unwrap_or_default() {
                let name = eco_format!("{}{}{}", source.id, types.key, entry.key);
                let mut resolver = part("Resolver", name, entry);
                resolver.attribute("DependsOn", at.texts([schema_id.as_str()]));
                fill_resolver(&mut resolver, &types.key, entry, &id, &names);
                made.push(resolver);
            }
        }
        if names.has_none {
            let name = eco_format!("{}NoneDataSource", source.id);
            let mut none = alike("DataSource", name.clone());
            none.set("ApiId", id);
            none.set("Name", at.text(name));
            none.set("Type", at.text("NONE"));
            made.push(none);
        }
        self.finish(&source.id, made);
    }

    /// What connects two resources that are known by their ARNs.
    fn connect_parts(&self, entry: &Entry, from: Node, to: (&str, Node), categories: &[&str]) -> Vec<Draft> {
        let at = At(entry.key_span);
        let to = at.map([("Type", at.text(to.0)), ("Arn", to.1)]);
        let properties =
            at.map([("Source", from), ("Destination", to), ("Permissions", at.texts(categories.iter().copied()))]);
        let body = Node::new(at.map([("Properties", properties)]).kind, entry.value.span);
        let source = Source::of(&Entry { key: entry.key.clone(), key_span: entry.key_span, value: body });
        self.connections(&source)
    }

    fn table_source(&self, source: &Source, entry: &Entry, id: &Node, names: &mut Names) -> Vec<Draft> {
        let at = At(entry.key_span);
        let config = &entry.value;
        let name = eco_format!("{}{}DynamoDBDataSource", source.id, entry.key);
        let mut draft = data_source(source, entry, &name, "AMAZON_DYNAMODB", id, names);
        let region = given(config, "Region").cloned().unwrap_or_else(|| at.reference("AWS::Region"));
        let mut table = at.map([("AwsRegion", region.clone())]);
        for (from, to) in [
            ("TableName", "TableName"),
            ("UseCallerCredentials", "UseCallerCredentials"),
            ("Versioned", "Versioned"),
            ("DeltaSync", "DeltaSyncConfig"),
        ] {
            if let Some(value) = given(config, from).filter(|value| is_something(value)) {
                set(&mut table, to, value.clone());
            }
        }
        draft.set("DynamoDBConfig", table);
        let arn = given(config, "TableArn").cloned().unwrap_or_else(|| {
            let table = given(config, "TableName").cloned().unwrap_or_else(|| at.text("*"));
            at.sub_with(
                "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}",
                [("__TableName__".into(), table), ("__Region__".into(), region)],
            )
        });
        let listed: Vec<&str> = given(config, "Permissions")
            .and_then(Node::as_sequence)
            .map(|items| items.iter().filter_map(literal).collect())
            .unwrap_or_else(|| vec!["Read", "Write"]);
        self.with_role(source, draft, entry, ("AWS::DynamoDB::Table", arn), ("ToTableConnector", &listed))
    }

    fn function_source(&self, source: &Source, entry: &Entry, id: &Node, names: &mut Names) -> Vec<Draft> {
        let at = At(entry.key_span);
        let name = eco_format!("{}{}LambdaDataSource", source.id, entry.key);
        let mut draft = data_source(source, entry, &name, "AWS_LAMBDA", id, names);
        let arn = given(&entry.value, "FunctionArn").cloned().unwrap_or_else(|| at.text("*"));
        draft.set("LambdaConfig", at.map([("LambdaFunctionArn", arn.clone())]));
        self.with_role(source, draft, entry, ("AWS::Lambda::Function", arn), ("ToLambdaConnector", &["Write"]))
    }

    /// Gives a source its role, and the role what it may do.
    fn with_role(
        &self,
        source: &Source,
        mut draft: Draft,
        entry: &Entry,
        to: (&str, Node),
        (suffix, categories): (&str, &[&str]),
    ) -> Vec<Draft> {
        let at = At(entry.key_span);
        if let Some(role) = given(&entry.value, "ServiceRoleArn") {
            draft.set("ServiceRoleArn", role.clone());
            return vec![draft];
        }
        let mut role = source.alike("AWS::IAM::Role", eco_format!("{}Role", draft.id)).placed(Place::of(entry));
        role.set("AssumeRolePolicyDocument", role::trust(at, "appsync.amazonaws.com"));
        draft.set("ServiceRoleArn", at.attribute(role.id.clone(), "Arn"));
        let from = at.map([
            ("Type", at.text("AWS::AppSync::DataSource")),
            ("Arn", at.attribute(draft.id.clone(), "DataSourceArn")),
            ("RoleName", at.reference(role.id.clone())),
        ]);
        let connector = Entry { key: eco_format!("{}{suffix}", draft.id), ..entry.clone() };
        let policies = self.connect_parts(&connector, from, to, categories);
        let mut made = vec![draft, role];
        made.extend(policies);
        made
    }

    fn pipeline_function(&self, source: &Source, entry: &Entry, id: &Node, names: &mut Names) -> Option<Draft> {
        let config = &entry.value;
        if let Some(own) = given(config, "Id") {
            names.functions.insert(entry.key.clone(), own.clone());
            return None;
        }
        let at = At(entry.key_span);
        let name = eco_format!("{}{}", source.id, entry.key);
        let mut draft = source.alike("AWS::AppSync::FunctionConfiguration", name).placed(Place::of(entry));
        draft.set("ApiId", id.clone());
        draft.set("Name", given(config, "Name").cloned().unwrap_or_else(|| at.text(entry.key.clone())));
        draft.set_given("Code", given(config, "InlineCode"));
        draft.set_given("CodeS3Location", given(config, "CodeUri"));
        let from = given(config, "DataSource");
        let from = match from.and_then(literal) {
            Some(text) if text.eq_ignore_ascii_case("none") => {
                names.has_none = true;
                Some(at.attribute(eco_format!("{}NoneDataSource", source.id), "Name"))
            }
            Some(text) => names.sources.get(text).cloned().or_else(|| from.cloned()),
            None => from.cloned(),
        };
        draft.set_given("DataSourceName", from.as_ref());
        draft.copy(config, &["MaxBatchSize", "Description"]);
        draft.set_given("Runtime", runtime(config).as_ref());
        draft.set_given("SyncConfig", given(config, "Sync"));
        names.functions.insert(entry.key.clone(), at.attribute(draft.id.clone(), "FunctionId"));
        Some(draft)
    }
}

fn data_source(source: &Source, entry: &Entry, id: &EcoString, type_: &str, api: &Node, names: &mut Names) -> Draft {
    let at = At(entry.key_span);
    let mut draft = source.alike("AWS::AppSync::DataSource", id.clone()).placed(Place::of(entry));
    draft.set("Name", given(&entry.value, "Name").cloned().unwrap_or_else(|| at.text(entry.key.clone())));
    draft.set("Type", at.text(type_));
    draft.set("ApiId", api.clone());
    draft.set_given("Description", given(&entry.value, "Description"));
    names.sources.insert(entry.key.clone(), at.attribute(id.clone(), "Name"));
    draft
}

fn runtime(config: &Node) -> Option<Node> {
    let runtime = given(config, "Runtime")?;
    let at = At(runtime.span);
    let pairs = [("Name", "Name"), ("Version", "RuntimeVersion")];
    Some(at.map(pairs.iter().filter_map(|(from, to)| Some((*to, given(runtime, from)?.clone())))))
}

fn fill_resolver(resolver: &mut Draft, type_: &EcoString, entry: &Entry, id: &Node, names: &Names) {
    let at = At(entry.key_span);
    let config = &entry.value;
    resolver.set_given("Code", given(config, "InlineCode"));
    resolver.set_given("CodeS3Location", given(config, "CodeUri"));
    if given(config, "InlineCode").or_else(|| given(config, "CodeUri")).is_none() {
        resolver.set("Code", at.text(PIPELINE_CODE));
        let runtime = [("Name", at.text("APPSYNC_JS")), ("RuntimeVersion", at.text("1.0.0"))];
        resolver.set("Runtime", at.map(runtime));
    } else {
        resolver.set_given("Runtime", runtime(config).as_ref());
    }
    resolver.set("ApiId", id.clone());
    resolver.set("FieldName", given(config, "FieldName").cloned().unwrap_or_else(|| at.text(entry.key.clone())));
    resolver.set("TypeName", at.text(type_.clone()));
    resolver.set("Kind", at.text("PIPELINE"));
    let steps = given(config, "Pipeline").and_then(Node::as_sequence).unwrap_or_default();
    let ids = steps.iter().filter_map(|step| names.functions.get(literal(step)?).cloned());
    resolver.set("PipelineConfig", at.map([("Functions", at.list(ids.collect::<Vec<Node>>()))]));
    resolver.set_given("CachingConfig", given(config, "Caching"));
    resolver.set_given("MaxBatchSize", given(config, "MaxBatchSize"));
}

/// Sets who may call an API; the functions that decide about it.
fn set_auth(api: &mut Draft, source: &Source) -> Vec<Node> {
    let Some(auth) = source.get("Auth") else { return Vec::new() };
    let mut functions = Vec::new();
    let mut settings = |one: &Node| {
        let type_ = given(one, "Type").and_then(literal);
        let (_, section, key) = AUTHORIZERS.iter().find(|(name, ..)| Some(*name) == type_)?;
        let settings = given(one, section)?.clone();
        functions.extend(given(&settings, "AuthorizerUri").cloned());
        Some((*key, settings))
    };
    api.set_given("AuthenticationType", given(auth, "Type"));
    if let Some((key, value)) = settings(auth) {
        api.set(key, value);
    }
    let additional = given(auth, "Additional").and_then(Node::as_sequence).unwrap_or_default();
    let providers: Vec<Node> = additional
        .iter()
        .map(|one| {
            let at = At(one.span);
            let type_ = given(one, "Type").cloned();
            let mut provider = at.map(type_.map(|type_| ("AuthenticationType", type_)));
            if let Some((key, mut value)) = settings(one) {
                if key == "UserPoolConfig" {
                    remove(&mut value, "DefaultAction");
                }
                set(&mut provider, key, value);
            }
            provider
        })
        .collect();
    if !providers.is_empty() {
        api.set("AdditionalAuthenticationProviders", At(auth.span).list(providers));
    }
    functions
}

/// Sets what an API logs; the role that writes the log, where none is given.
fn set_logging(api: &mut Draft, source: &Source) -> Option<Draft> {
    let logging = source.get("Logging");
    if logging.is_some_and(|logging| logging.kind == NodeKind::Bool(false)) {
        return None;
    }
    let at = source.at_key("Logging");
    let from = |key: &str| logging.and_then(|logging| given(logging, key)).filter(|value| is_something(value));
    let level = from("FieldLogLevel").cloned().unwrap_or_else(|| at.text("ALL"));
    let mut config = at.map([("FieldLogLevel", level)]);
    if let Some(value) = from("ExcludeVerboseContent") {
        set(&mut config, "ExcludeVerboseContent", value.clone());
    }
    let mut made = None;
    let role = from("CloudWatchLogsRoleArn").cloned().unwrap_or_else(|| {
        let mut role = source.alike("AWS::IAM::Role", eco_format!("{}CloudWatchRole", source.id));
        role.set("AssumeRolePolicyDocument", role::trust(at, "appsync.amazonaws.com"));
        let policy = role::managed(at, "service-role/AWSAppSyncPushToCloudWatchLogs");
        role.set("ManagedPolicyArns", at.list([policy]));
        let arn = at.attribute(role.id.clone(), "Arn");
        made = Some(role);
        arn
    });
    set(&mut config, "CloudWatchLogsRoleArn", role);
    api.set("LogConfig", config);
    made
}
