//! The lowest TLS version that a version string or a named security policy of a provider allows.
//! Sources: the security-policy tables of Elastic Load Balancing, CloudFront, API Gateway and OpenSearch.

use crate::value::Number;

/// The lowest version, or None for a name that nobody knows.
pub(super) fn lowest(text: &str) -> Option<Number> {
    let tenth = policy(text).or_else(|| version(text))?;
    Number::from_f64(f64::from(tenth) / 10.0)
}

/// Named policies, in tenths of a version.
fn policy(text: &str) -> Option<u8> {
    let lower = text.to_ascii_lowercase();
    if let Some(name) = lower.strip_prefix("elbsecuritypolicy-") {
        return Some(match name {
            "2011-08" | "2014-01" | "2014-10" | "2015-02" | "2015-03" | "2015-05" => 0,
            _ if name.contains("tls13-1-3") => 13,
            _ if name.contains("tls13-1-2") || name.contains("tls-1-2") || name.contains("fs-1-2") => 12,
            _ if name.contains("tls13-1-1") || name.contains("tls-1-1") || name.contains("fs-1-1") => 11,
            _ => 10,
        });
    }
    if lower.starts_with("policy-min-tls-") {
        return version(&lower);
    }
    if lower.starts_with("securitypolicy_tls13_1_3") {
        return Some(13);
    }
    if lower.starts_with("securitypolicy_tls13_") || lower.starts_with("securitypolicy_tls12_") {
        return Some(12);
    }
    if let Some(year) = lower.strip_prefix("transfersecuritypolicy-") {
        // Every policy from 2020 on refuses TLS 1.0 and 1.1.
        return Some(if year.starts_with("2018") { 10 } else { 12 });
    }
    if let Some(policy) = lower.strip_prefix("appgwsslpolicy").or(Some(lower.as_str()).filter(|text| is_date(text))) {
        return Some(match policy {
            "20150501" => 10,
            "20170401" => 11,
            _ => 12,
        });
    }
    None
}

/// Whether a text is a date without separators, as Application Gateway's policies end.
fn is_date(text: &str) -> bool {
    text.len() == 8 && text.starts_with("20") && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A version as products spell it: "1.2", "TLS1_2", "TLSv1.2_2021", "TLS_1_2", "Tls12", "SSLv3".
fn version(text: &str) -> Option<u8> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("ssl") || lower == "tlsenforcementdisabled" || lower == "disabled" {
        return Some(0);
    }
    let from = lower.find("tls").map_or(0, |at| at + 3);
    let version = lower.get(from..)?.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut groups = version.split(|c: char| !c.is_ascii_digit());
    match (groups.next()?, groups.next()) {
        ("10", _) => Some(10),
        ("11", _) => Some(11),
        ("12", _) => Some(12),
        ("13", _) => Some(13),
        ("1", Some(minor @ ("0" | "1" | "2" | "3"))) => minor.parse::<u8>().ok().map(|minor| 10 + minor),
        // "TLSv1" and CloudFront's "TLSv1_2016": a bare 1, with or without a year.
        ("1", _) => Some(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::lowest;

    #[test]
    fn spellings_and_policies() {
        for (text, expected) in [
            ("1.2", Some("1.2")),
            ("TLS1_2", Some("1.2")),
            ("TLSv1.2_2021", Some("1.2")),
            ("TLSv1", Some("1")),
            ("TLSv1_2016", Some("1")),
            ("TLSv1.1_2016", Some("1.1")),
            ("SSLv3", Some("0")),
            ("TLS_1_0", Some("1")),
            ("Tls12", Some("1.2")),
            ("1.0", Some("1")),
            ("ELBSecurityPolicy-2016-08", Some("1")),
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", Some("1.2")),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", Some("1.2")),
            ("ELBSecurityPolicy-TLS-1-1-2017-01", Some("1.1")),
            ("Policy-Min-TLS-1-0-2019-07", Some("1")),
            ("Policy-Min-TLS-1-2-PFS-2023-10", Some("1.2")),
            ("TransferSecurityPolicy-2018-11", Some("1")),
            ("AppGwSslPolicy20170401S", Some("1.2")),
            ("custom", None),
        ] {
            assert_eq!(lowest(text).map(|number| number.to_string()).as_deref(), expected, "{text}");
        }
    }
}
