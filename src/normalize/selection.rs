//! What a selection of a backup plan takes in: resources by their tags, by patterns over their ARNs, and all.
//! Source: AWS Backup, "Selecting resources": tags of a list are alternatives, beside the resources that are named;
//! conditions must all hold, and what is excluded is out.

use super::paths::{Names, lookup};
use super::rows::Engine;
use super::tags::Tags;
use crate::condition::glob;
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::value::{Data, Truth, Value};

/// Where a type of selection has what.
struct Shape {
    /// The provider type.
    type_: &'static str,
    /// The tags of which one is enough, and their key and value.
    tags: &'static str,
    pair: (&'static str, &'static str),
    /// The ARNs that it takes in, and those that it leaves out.
    resources: &'static str,
    without: &'static str,
    /// The conditions, in the order of `TESTS`, and their key and value.
    conditions: [&'static str; 4],
    condition_pair: (&'static str, &'static str),
}

/// The tests of conditions: whether the value is a pattern, and whether it must not fit.
const TESTS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

const SHAPES: &[Shape] = &[
    Shape {
        type_: "aws_backup_selection",
        tags: "selection_tag",
        pair: ("key", "value"),
        resources: "resources",
        without: "not_resources",
        conditions: [
            "condition.string_equals",
            "condition.string_not_equals",
            "condition.string_like",
            "condition.string_not_like",
        ],
        condition_pair: ("key", "value"),
    },
    Shape {
        type_: "AWS::Backup::BackupSelection",
        tags: "BackupSelection.ListOfTags",
        pair: ("ConditionKey", "ConditionValue"),
        resources: "BackupSelection.Resources",
        without: "BackupSelection.NotResources",
        conditions: [
            "BackupSelection.Conditions.StringEquals",
            "BackupSelection.Conditions.StringNotEquals",
            "BackupSelection.Conditions.StringLike",
            "BackupSelection.Conditions.StringNotLike",
        ],
        condition_pair: ("ConditionKey", "ConditionValue"),
    },
];

/// How the ARNs of what can be backed up start: provider types, service, and the part before the name.
const ARNS: &[(&[&str], &str, &str)] = &[
    (&["aws_instance", "AWS::EC2::Instance"], "ec2", "instance/"),
    (&["aws_ebs_volume", "AWS::EC2::Volume"], "ec2", "volume/"),
    (&["aws_db_instance", "AWS::RDS::DBInstance"], "rds", "db:"),
    (&["aws_rds_cluster", "AWS::RDS::DBCluster"], "rds", "cluster:"),
    (&["aws_docdb_cluster", "AWS::DocDB::DBCluster"], "rds", "cluster:"),
    (&["aws_neptune_cluster", "AWS::Neptune::DBCluster"], "rds", "cluster:"),
    (&["aws_dynamodb_table", "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"], "dynamodb", "table/"),
    (&["aws_efs_file_system", "AWS::EFS::FileSystem"], "elasticfilesystem", "file-system/"),
    (&["aws_redshift_cluster", "AWS::Redshift::Cluster"], "redshift", "cluster:"),
    (&["aws_s3_bucket", "AWS::S3::Bucket"], "s3", ""),
];

/// Whether a selection takes a resource in by tags, conditions or patterns.
pub(super) fn takes(engine: &Engine<'_, '_>, selection: NodeId, owner: NodeId) -> Truth {
    let resources = &engine.graph.resources;
    let (Some(selection), Some(owned)) = (resources.get(selection), resources.get(owner)) else { return Truth::False };
    let Some(shape) = SHAPES.iter().find(|shape| engine.tables.spelled(&selection.type_) == shape.type_) else {
        return Truth::False;
    };
    let seen = Seen { engine, selection, owner, owned, tags: Tags::of(owned) };
    let (named, tagged) = (seen.named(shape.resources), seen.tagged(shape));
    let conditions = seen.conditions(shape);
    // Conditions alone choose among everything.
    let chosen = match (named, tagged) {
        (None, None) if conditions.is_some() => Truth::True,
        (named, tagged) => named.unwrap_or(Truth::False).or(tagged.unwrap_or(Truth::False)),
    };
    let left_out = seen.named(shape.without).unwrap_or(Truth::False);
    chosen.and(conditions.unwrap_or(Truth::True)).and(!left_out)
}

struct Seen<'s, 'g, 'c> {
    engine: &'s Engine<'g, 'c>,
    selection: &'s Resource,
    owner: NodeId,
    owned: &'s Resource,
    tags: Tags,
}

impl Seen<'_, '_, '_> {
    /// What is written at a path of the selection.
    fn written(&self, path: &str) -> Option<Value> {
        let whole = Value::new(Data::Map(std::sync::Arc::clone(&self.selection.body)));
        let (value, _) = lookup(&whole, path, Names::of(&self.selection.type_))?;
        let is_empty = value.is_null() || value.as_list().is_some_and(<[Value]>::is_empty);
        (!is_empty).then_some(value)
    }

    /// The elements at a path; what is no list is its only one.
    fn values(&self, path: &str) -> Option<Vec<Value>> {
        let value = self.written(path)?;
        Some(value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec))
    }

    /// Whether the resource is among some ARNs.
    fn named(&self, path: &str) -> Option<Truth> {
        let value = self.written(path)?;
        Some(match value.as_list() {
            Some(arns) => arns.iter().map(|arn| self.is_named(arn)).fold(Truth::False, Truth::or),
            None if value.is_unknown() => Truth::Unknown,
            None => self.is_named(&value),
        })
    }

    fn is_named(&self, arn: &Value) -> Truth {
        let targets = self.engine.graph.targets(self.selection.project, arn);
        if !targets.is_empty() {
            return targets.contains(&self.owner).into();
        }
        match arn.as_str() {
            Some("*") => Truth::True,
            Some(pattern) if pattern.contains('*') => fits(pattern, self.engine.tables.spelled(&self.owned.type_)),
            // As with every companion: one ARN that cannot be told takes nothing in.
            Some(_) | None => Truth::False,
        }
    }

    /// Whether the resource has one of the tags.
    fn tagged(&self, shape: &Shape) -> Option<Truth> {
        let pairs = self.values(shape.tags)?;
        let one = |pair: &Value| self.holds(pair, shape.pair, "", (false, false));
        Some(pairs.iter().map(one).fold(Truth::False, Truth::or))
    }

    /// Whether all conditions hold.
    fn conditions(&self, shape: &Shape) -> Option<Truth> {
        let mut truth = None;
        for (path, test) in shape.conditions.iter().zip(TESTS) {
            for pair in self.values(path).into_iter().flatten() {
                let here = self.holds(&pair, shape.condition_pair, "aws:ResourceTag/", test);
                truth = Some(truth.unwrap_or(Truth::True).and(here));
            }
        }
        truth
    }

    /// Whether a tag of the resource meets a pair of key and value.
    fn holds(&self, pair: &Value, (key, value): (&str, &str), before: &str, (pattern, not): (bool, bool)) -> Truth {
        let names = Names::of(&self.selection.type_);
        let part = |name: &str| lookup(pair, name, names).map(|(value, _)| value);
        let (Some(key), Some(value)) = (part(key), part(value)) else { return Truth::Unknown };
        let Some(key) = key.as_str() else { return Truth::Unknown };
        let Some(key) = key.strip_prefix(before) else { return Truth::Unknown };
        let equal = match self.tags.get(key, false) {
            None => match self.tags.may_have_more {
                true => Truth::Unknown,
                false => Truth::False,
            },
            Some(tag) => match (tag.value.as_str(), value.as_str()) {
                (Some(own), Some(wanted)) if pattern => glob(wanted, own).into(),
                (Some(own), Some(wanted)) => (own == wanted).into(),
                _ => Truth::Unknown,
            },
        };
        if not { !equal } else { equal }
    }
}

/// Whether the ARNs of a type fit a pattern, whatever the resource is called.
fn fits(pattern: &str, type_: &str) -> Truth {
    let Some((_, service, before)) = ARNS.iter().find(|(types, ..)| types.contains(&type_)) else {
        return Truth::Unknown;
    };
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let &[_, _, named, region, account, rest] = parts.as_slice() else { return Truth::Unknown };
    if !glob(named, service) {
        return Truth::False;
    }
    let is_all = ["", "*"].contains(&region) && ["", "*"].contains(&account);
    match rest.strip_suffix('*') {
        Some(start) if before.starts_with(start) => {
            if is_all {
                Truth::True
            } else {
                Truth::Unknown
            }
        }
        _ if rest.starts_with(before) || rest.starts_with('*') => Truth::Unknown,
        _ => Truth::False,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_types_in() {
        for (pattern, type_, expected) in [
            ("arn:aws:rds:*:*:db:*", "aws_db_instance", Truth::True),
            ("arn:aws:rds:*:*:cluster:*", "aws_db_instance", Truth::False),
            ("arn:aws:ec2:*:*:*", "aws_ebs_volume", Truth::True),
            ("arn:aws:ec2:*:*:instance/*", "aws_ebs_volume", Truth::False),
            ("arn:aws:ec2:us-east-1:*:volume/*", "aws_ebs_volume", Truth::Unknown),
            ("arn:aws:dynamodb:*:*:table/claims-*", "AWS::DynamoDB::Table", Truth::Unknown),
            ("arn:aws:s3:::*", "aws_s3_bucket", Truth::True),
            ("arn:aws:s3:::*", "aws_fsx_lustre_file_system", Truth::Unknown),
        ] {
            assert_eq!(fits(pattern, type_), expected, "{pattern} {type_}");
        }
    }
}
