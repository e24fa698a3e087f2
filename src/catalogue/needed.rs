//! What of the catalogue a run needs: the kinds of the types that it meets, and the policies. A scan meets few of
//! the types, and reading the tables of all takes longer than a small run.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::model::{Catalogue, KindFile, PolicyFile};
use super::secrets::Secrets;
use super::services::Lookup;

/// What a run needs.
#[derive(Clone, Debug)]
pub struct Needed<'c> {
    /// The kinds, by name; at least those of the types that the run meets.
    pub kinds: Vec<&'c KindFile>,
    /// The policies, by id.
    pub policies: &'c [PolicyFile],
    /// Which service a provider type belongs to.
    pub services: Lookup<'c>,
    /// How secrets are told from other texts.
    pub secrets: &'c Secrets,
}

impl<'c> Needed<'c> {
    /// The profiles that policies belong to.
    pub fn profiles(&self) -> BTreeSet<&'c str> {
        self.policies.iter().filter_map(|policy| policy.profile.as_deref()).collect()
    }

    /// All of a catalogue.
    pub fn all(catalogue: &'c Catalogue) -> Self {
        Needed {
            kinds: catalogue.kinds.iter().collect(),
            policies: &catalogue.policies,
            services: catalogue.services.lookup(),
            secrets: &catalogue.secrets,
        }
    }
}

/// Which kinds have to do with a type: its own, and those of the types that it configures.
pub fn index<'k>(kinds: impl Iterator<Item = &'k KindFile>) -> BTreeMap<String, BTreeSet<usize>> {
    let mut index: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (at, kind) in kinds.enumerate() {
        for (type_, table) in &kind.types {
            let companions = table.companions.iter().map(|companion| companion.type_.as_str());
            for type_ in companions.chain([type_.as_str()]) {
                index.entry(key(type_).into_owned()).or_default().insert(at);
            }
        }
    }
    index
}

/// Under what the index has a type. All spellings by which the tables may find a type come to one key; that others
/// do so too only means that a kind is read that is not needed.
pub fn key(type_: &str) -> Cow<'_, str> {
    let own = ["awscc_", "AWS::"].iter().find_map(|start| type_.strip_prefix(start)).unwrap_or(type_);
    let is_plain = |byte: u8| !byte.is_ascii_uppercase() && !matches!(byte, b'_' | b':');
    match own.bytes().all(is_plain) {
        true => Cow::Borrowed(own),
        false => {
            Cow::Owned(own.chars().filter(|one| !matches!(one, '_' | ':')).collect::<String>().to_ascii_lowercase())
        }
    }
}

/// Whether the tables find a type only by comparing it with all others: what extends a resource of Azure, written as
/// if it were its child.
pub fn is_extension(type_: &str) -> bool {
    type_.to_ascii_lowercase().contains("/providers/")
}

#[cfg(test)]
mod tests {
    use super::{is_extension, key};

    #[test]
    fn the_spellings_of_a_type_come_to_one_key() {
        for (one, other) in [
            ("AWS::S3::Bucket", "awscc_s3_bucket"),
            ("AWS::EC2::SecurityGroup", "awscc_ec2_security_group"),
            ("Microsoft.Storage/storageAccounts", "microsoft.storage/STORAGEACCOUNTS"),
            ("AWS::RDS::DBInstance", "awscc_rds_db_instance"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("aws_s3_bucket"), key("aws_s3_bucket_policy"));
    }

    #[test]
    fn extensions_are_told_by_their_namespace() {
        assert!(is_extension("Microsoft.Storage/storageAccounts/Providers/diagnosticSettings"));
        assert!(!is_extension("Microsoft.Storage/storageAccounts"));
    }
}
