//! Custom domains of APIs: the domain, what leads from it to the API, and the records of its zone.

use ecow::{EcoString, eco_format};

use super::Expansion;
use super::draft::{Draft, Place, Source};
use super::node::{At, given, hash, is_something, is_true, items_mut, literal, member, set};
use crate::parse::tree::Node;

/// The settings of a domain.
struct Domain<'d> {
    config: &'d Node,
    name: &'d Node,
    certificate: &'d Node,
    /// The id of the domain's resource.
    id: EcoString,
    place: Place,
    endpoint: EcoString,
}

impl Domain<'_> {
    fn at(&self) -> At {
        self.place.at()
    }

    fn get(&self, key: &str) -> Option<&Node> {
        given(self.config, key).filter(|node| is_something(node))
    }

    /// The base paths, where there are any.
    fn base_paths(&self) -> Option<Vec<Node>> {
        let paths = self.get("BasePath")?;
        match paths.as_sequence() {
            Some(items) => Some(items.to_vec()),
            None => literal(paths).map(|_| vec![paths.clone()]),
        }
    }
}

impl Expansion<'_, '_, '_> {
    fn domain<'d>(&self, source: &'d Source) -> Option<Domain<'d>> {
        let entry = source.properties.entry("Domain").filter(|entry| is_something(&entry.value))?;
        let config = &entry.value;
        let (Some(name), Some(certificate)) = (given(config, "DomainName"), given(config, "CertificateArn")) else {
            self.fail(config.span, "a Domain needs a DomainName and a CertificateArn; it is not checked");
            return None;
        };
        let endpoint = given(config, "EndpointConfiguration").and_then(|node| self.text(node));
        let endpoint = endpoint.unwrap_or_else(|| "REGIONAL".into());
        Some(Domain { config, name, certificate, id: EcoString::new(), place: Place::of(entry), endpoint })
    }

    /// What the domain of a REST API needs.
    pub(super) fn rest_domain(&mut self, source: &Source) -> Vec<Draft> {
        let Some(mut domain) = self.domain(source) else { return Vec::new() };
        let is_private = domain.endpoint == "PRIVATE";
        let version = if is_private { "V2" } else { "" };
        domain.id = eco_format!("ApiGatewayDomainName{version}{}", hash(&[domain.name], 10));
        let at = domain.at();
        let type_ = eco_format!("AWS::ApiGateway::DomainName{version}");
        let mut draft = source.beside(&type_, domain.id.clone()).placed(domain.place);
        draft.set("DomainName", domain.name.clone());
        let certificate = if domain.endpoint == "REGIONAL" { "RegionalCertificateArn" } else { "CertificateArn" };
        draft.set(certificate, domain.certificate.clone());
        let mut configuration = at.map([("Types", at.texts([domain.endpoint.as_str()]))]);
        if let Some(type_) = domain.get("IpAddressType") {
            set(&mut configuration, "IpAddressType", type_.clone());
        }
        draft.set("EndpointConfiguration", configuration);
        if let Some(tls) = domain.get("MutualTlsAuthentication").filter(|_| !is_private) {
            draft.set("MutualTlsAuthentication", trust_store(tls));
        }
        for key in ["SecurityPolicy", "EndpointAccessMode", "Policy", "OwnershipVerificationCertificateArn"] {
            if let Some(value) = domain.get(key).filter(|_| is_private || key != "Policy") {
                draft.set(key, value.clone());
            }
        }
        self.names(&source.id, &eco_format!("DomainName{version}"), &domain.id);
        let mut made = vec![draft];
        made.extend(base_path_mappings(source, &domain, version));
        if is_private && let Some(association) = domain.get("AccessAssociation") {
            let endpoint = given(association, "VpcEndpointId");
            let suffix = hash(&[endpoint.unwrap_or(association), &at.text(domain.id.clone())], 10);
            let id = eco_format!("DomainNameAccessAssociation{suffix}");
            let mut one = source.beside("AWS::ApiGateway::DomainNameAccessAssociation", id).placed(domain.place);
            one.set("DomainNameArn", at.reference(domain.id.clone()));
            one.set("AccessAssociationSourceType", at.text("VPCE"));
            one.set_given("AccessAssociationSource", endpoint);
            made.push(one);
        }
        made.extend(self.records(source, &domain));
        made
    }

    /// What the domain of an HTTP API needs.
    pub(super) fn http_domain(&mut self, source: &Source) -> Vec<Draft> {
        let Some(mut domain) = self.domain(source) else { return Vec::new() };
        domain.id = eco_format!("ApiGatewayDomainNameV2{}", hash(&[domain.name], 10));
        let at = domain.at();
        let mut draft = source.beside("AWS::ApiGatewayV2::DomainName", domain.id.clone()).placed(domain.place);
        draft.set("DomainName", domain.name.clone());
        draft.set("Tags", at.map([("httpapi:createdBy", at.text("SAM"))]));
        let mut configuration = at
            .map([("CertificateArn", domain.certificate.clone()), ("EndpointType", at.text(domain.endpoint.clone()))]);
        for key in ["OwnershipVerificationCertificateArn", "SecurityPolicy"] {
            if let Some(value) = domain.get(key) {
                set(&mut configuration, key, value.clone());
            }
        }
        draft.set("DomainNameConfigurations", at.list([configuration]));
        if let Some(tls) = domain.get("MutualTlsAuthentication") {
            draft.set("MutualTlsAuthentication", trust_store(tls));
        }
        self.names(&source.id, "DomainName", &domain.id);
        let mut made = vec![draft];
        let mapping = |id: EcoString| {
            let mut one = source.beside("AWS::ApiGatewayV2::ApiMapping", id).placed(domain.place);
            one.set("DomainName", at.reference(domain.id.clone()));
            one.set("ApiId", at.reference(source.id.clone()));
            one.set("Stage", at.reference(eco_format!("{}.Stage", source.id)));
            one
        };
        match domain.base_paths() {
            None => made.push(mapping(eco_format!("{}ApiMapping", source.id))),
            Some(paths) => made.extend(paths.iter().filter_map(literal).map(|path| {
                let plain: EcoString = path.chars().filter(|c| !matches!(c, '-' | '_' | '/')).collect();
                let mut one = mapping(eco_format!("{}{plain}ApiMapping", source.id));
                one.set("ApiMappingKey", at.text(path.trim_matches('/')));
                one
            })),
        }
        made.extend(self.records(source, &domain));
        made
    }

    /// The records that lead to a domain: beside it, or with those of other domains in one zone.
    fn records(&mut self, source: &Source, domain: &Domain<'_>) -> Option<Draft> {
        let route = domain.get("Route53")?;
        let at = At(route.span);
        let (id, name) = (given(route, "HostedZoneId"), given(route, "HostedZoneName"));
        let Some(zone) = id.or(name) else {
            self.fail(route.span, "Route53 needs a HostedZoneId or a HostedZoneName; it is not checked");
            return None;
        };
        let records = record_sets(domain, route);
        let is_separate = given(route, "SeparateRecordSetGroup").is_some_and(is_true);
        let suffix = if is_separate { hash(&[zone, domain.name], 10) } else { hash(&[zone], 10) };
        let group_id = eco_format!("RecordSetGroup{suffix}");
        if !is_separate
            && let Some(group) = self.shared.get_mut(&group_id)
            && let Some(items) = member(&mut group.properties, "RecordSets", at.list([])).and_then(items_mut)
        {
            items.extend(records);
            return None;
        }
        let place = Place { key: route.span, span: route.span };
        let mut group = source.beside("AWS::Route53::RecordSetGroup", group_id.clone()).placed(place);
        group.set_given("HostedZoneId", id);
        group.set_given("HostedZoneName", name);
        group.set("RecordSets", at.list(records));
        if is_separate {
            return Some(group);
        }
        self.shared.insert(group_id, group);
        None
    }
}

/// Whom a domain trusts; an empty version is none.
fn trust_store(tls: &Node) -> Node {
    let keys = ["TruststoreUri", "TruststoreVersion"];
    let entries = keys.iter().filter_map(|key| Some((*key, given(tls, key).filter(|value| is_something(value))?)));
    At(tls.span).map(entries.map(|(key, value)| (key, value.clone())))
}

fn base_path_mappings(source: &Source, domain: &Domain<'_>, version: &str) -> Vec<Draft> {
    let at = domain.at();
    let type_ = eco_format!("AWS::ApiGateway::BasePathMapping{version}");
    let mapping = |id: EcoString| {
        let mut one = source.beside(&type_, id).placed(domain.place);
        let key = if version.is_empty() { "DomainName" } else { "DomainNameArn" };
        one.set(key, at.reference(domain.id.clone()));
        one.set("RestApiId", at.reference(source.id.clone()));
        one.set("Stage", at.reference(eco_format!("{}.Stage", source.id)));
        one
    };
    let Some(paths) = domain.base_paths() else { return vec![mapping(eco_format!("{}BasePathMapping", source.id))] };
    let is_normal = given(domain.config, "NormalizeBasePath").is_none_or(is_true);
    let one = |path: &str| {
        let plain: EcoString = path.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut one = mapping(eco_format!("{}{plain}BasePathMapping", source.id));
        one.set("BasePath", at.text(if is_normal { plain } else { path.into() }));
        one
    };
    paths.iter().filter_map(literal).map(one).collect()
}

fn record_sets(domain: &Domain<'_>, route: &Node) -> Vec<Node> {
    let at = At(route.span);
    let mut alias = at.empty();
    if let Some(health) = given(route, "EvaluateTargetHealth") {
        set(&mut alias, "EvaluateTargetHealth", health.clone());
    }
    let (zone, name) = match domain.endpoint.as_str() {
        "REGIONAL" => (
            Some(at.attribute(domain.id.clone(), "RegionalHostedZoneId")),
            Some(at.attribute(domain.id.clone(), "RegionalDomainName")),
        ),
        "EDGE" => {
            let name = given(route, "DistributionDomainName").cloned();
            (
                Some(at.text("Z2FDTNDATAQYW2")),
                name.or_else(|| Some(at.attribute(domain.id.clone(), "DistributionDomainName"))),
            )
        }
        _ => (given(route, "VpcEndpointHostedZoneId").cloned(), given(route, "VpcEndpointDomainName").cloned()),
    };
    for (key, value) in [("HostedZoneId", zone), ("DNSName", name)] {
        if let Some(value) = value {
            set(&mut alias, key, value);
        }
    }
    let record = |type_: &str| {
        let entries = [("Name", domain.name.clone()), ("Type", at.text(type_)), ("AliasTarget", alias.clone())];
        let mut record = at.map(entries);
        for key in ["Region", "SetIdentifier"] {
            if let Some(value) = given(route, key) {
                set(&mut record, key, value.clone());
            }
        }
        record
    };
    let mut records = vec![record("A")];
    if given(route, "IpV6").is_some_and(is_true) {
        records.push(record("AAAA"));
    }
    records
}
