//! `phiguard policies --coverage` and `--services`: what the tables say of provider types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::policies::Format;
use crate::catalogue::Catalogue;
use crate::catalogue::coverage;
use crate::catalogue::services::Lookup;
use crate::source;

/// A policy and a provider type that it judges.
#[derive(Serialize)]
struct Row<'c> {
    policy: &'c str,
    dialects: &'static [&'static str],
    #[serde(rename = "type")]
    type_: &'c str,
    kind: Option<&'c str>,
    /// Whether the type configures another and is judged where that one is not in the scan.
    alone: bool,
}

/// Which policies judge which types, in the order of policies, dialects and types.
pub(super) fn matrix(catalogue: &Catalogue, format: Format) -> String {
    let types = coverage::types(catalogue);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for policy in &catalogue.policies {
        if coverage::judges_any_type(policy) {
            let every = |dialects| Row { policy: &policy.id, dialects, type_: "*", kind: None, alone: false };
            rows.extend(coverage::DIALECTS.iter().copied().map(every));
            continue;
        }
        let judged = types.iter().filter(|type_| coverage::judges(policy, type_));
        rows.extend(judged.map(|one| Row {
            policy: &policy.id,
            dialects: coverage::dialects(one.type_),
            type_: one.type_,
            kind: Some(one.kind),
            alone: one.alone,
        }));
    }
    rows.sort_by_key(|row| (row.policy, row.dialects, row.type_));
    match format {
        Format::Json => json(&rows),
        Format::Text => {
            let mut out = String::new();
            let widest = rows.iter().map(|row| row.policy.len()).max().unwrap_or(0);
            for row in &rows {
                let star = if row.alone { " *" } else { "" };
                let _ = writeln!(out, "{:widest$}  {:14}  {}{star}", row.policy, row.dialects.join(","), row.type_);
            }
            let named: BTreeSet<&str> = types.iter().map(|one| one.type_).collect();
            let count = rows.len();
            let _ = writeln!(
                out,
                "{} policies, {} types, {count} rows; * configures another and is judged where that one is not in the scan",
                catalogue.policies.len(),
                named.len()
            );
            out
        }
    }
}

/// A type, or the start of one, and its service.
#[derive(Serialize)]
struct ServiceRow {
    #[serde(rename = "type")]
    type_: String,
    service: Option<String>,
    covered: String,
}

/// What is printed of services.
#[derive(Serialize)]
struct Services {
    types: Vec<ServiceRow>,
    /// How many types have which coverage.
    counts: BTreeMap<String, usize>,
    unknown_percent: f64,
}

/// Which service each type belongs to and whether agreements cover it: of the types in some files, one a line, or of those that
/// tables name. Fails with the words for a file that cannot be read.
pub(super) fn services(catalogue: &Catalogue, files: &[PathBuf], format: Format) -> Result<String, String> {
    let mut types: BTreeSet<String> = BTreeSet::new();
    for file in files {
        let text = source::read(file).map_err(|error| format!("{} {error}", file.display()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        types.extend(lines.map(str::to_string));
    }
    if files.is_empty() {
        types.extend(coverage::types(catalogue).iter().map(|one| one.type_.to_string()));
    }
    let lookup = catalogue.services.lookup();
    let rows: Vec<ServiceRow> = types.into_iter().map(|type_| row(&lookup, type_)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.covered.clone()).or_default() += 1;
    }
    let unknown = counts.get(UNKNOWN).copied().unwrap_or(0);
    let unknown_percent = if rows.is_empty() { 0.0 } else { 1000.0 * unknown as f64 / rows.len() as f64 };
    let unknown_percent = unknown_percent.round() / 10.0;
    let all = Services { types: rows, counts, unknown_percent };
    Ok(match format {
        Format::Json => json(&all),
        Format::Text => table(&all),
    })
}

/// The word for what no table knows.
const UNKNOWN: &str = "unknown";

fn row(lookup: &Lookup<'_>, type_: String) -> ServiceRow {
    match lookup.find(&type_).map(|(_, service, covered)| (service.to_string(), covered.to_string())) {
        Some((service, covered)) => ServiceRow { type_, service: Some(service), covered },
        None => ServiceRow { type_, service: None, covered: UNKNOWN.to_string() },
    }
}

fn table(all: &Services) -> String {
    let mut out = String::new();
    let widest = all.types.iter().map(|row| row.type_.len()).max().unwrap_or(0);
    for row in &all.types {
        let service = row.service.as_deref().unwrap_or("-");
        let _ = writeln!(out, "{:widest$}  {:18}  {service}", row.type_, row.covered);
    }
    let counts: Vec<String> = all.counts.iter().map(|(covered, count)| format!("{covered} {count}")).collect();
    let _ = writeln!(out, "{} types: {}; {} % unknown", all.types.len(), counts.join(", "), all.unknown_percent);
    out
}

fn json(value: &impl Serialize) -> String {
    // Texts, numbers and bools only, so that writing cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
