//! Whose cloud a resource is deployed to, by its type.

/// The clouds that agreements and accounts are told apart by.
pub const PROVIDERS: &[&str] = &["aws", "azure"];

/// The cloud of a provider type; None for what belongs to none of them.
pub fn provider(type_: &str) -> Option<&'static str> {
    let starts = |starts: &[&str]| starts.iter().any(|start| type_.starts_with(start));
    if starts(&["aws_", "awscc_", "AWS::"]) {
        return Some("aws");
    }
    (type_.contains('/') || starts(&["azurerm_", "azuread_", "azapi_", "azure_"])).then_some("azure")
}

#[cfg(test)]
mod tests {
    use super::provider;

    #[test]
    fn types_belong_to_clouds() {
        for (type_, expected) in [
            ("aws_s3_bucket", Some("aws")),
            ("awscc_s3_bucket", Some("aws")),
            ("AWS::S3::Bucket", Some("aws")),
            ("azurerm_subnet", Some("azure")),
            ("Microsoft.Storage/storageAccounts", Some("azure")),
            ("random_id", None),
            ("Custom::Thing", None),
        ] {
            assert_eq!(provider(type_), expected, "{type_}");
        }
    }
}
