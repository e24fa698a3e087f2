//! docs/kinds.md: what each kind is, its attributes, and which provider types have which of them.

use std::collections::BTreeSet;
use std::fmt::Write;

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::{AttributeDoc, Case, KindFile, TypeTable};

use crate::markdown::{cell, codes, escaped, head, notice, row};
use crate::written::{Files, up_to_date};

#[test]
fn the_page_of_kinds_is_up_to_date() {
    let kinds = &embedded::catalogue().unwrap().kinds;
    let mut out = notice("the files under policies/kinds/");
    out.push_str("# Kinds\n\nWhat a resource is, whatever wrote it. Policies read the attributes of kinds; ");
    out.push_str("[kind tables](kind-tables.md) describes the files.\n\n");
    out.push_str(&head(&["kind", "what it is", "attributes", "provider types"]));
    for kind in kinds {
        let counts = [kind.attributes.len(), kind.types.len()].map(|count| count.to_string());
        let link = format!("[{0}](#{0})", kind.kind);
        out.push_str(&row(&[vec![link, cell(&kind.title)], counts.to_vec()].concat()));
    }
    kinds.iter().for_each(|kind| section(kind, &mut out));
    up_to_date(&Files::from([("kinds.md".to_string(), out)]), None);
}

fn section(kind: &KindFile, out: &mut String) {
    let file = format!("policies/kinds/{}.yaml", kind.kind);
    let _ = write!(out, "\n## {}\n\n{} ([source](../{file}))\n", kind.kind, escaped(kind.description.trim()));
    let _ = write!(out, "\n{}", head(&["attribute", "type", "meaning"]));
    for (name, doc) in &kind.attributes {
        out.push_str(&row(&[format!("`{name}`"), type_of(doc), cell(&doc.description)]));
    }
    let _ = write!(out, "\n{}", head(&["provider type", "attributes", "configured by"]));
    for (type_, table) in &kind.types {
        let companions: BTreeSet<&str> = table.companions.iter().map(|companion| companion.type_.as_str()).collect();
        out.push_str(&row(&[format!("`{type_}`"), attributes(kind, table), codes(companions)]));
    }
}

fn type_of(doc: &AttributeDoc) -> String {
    let name = format!("{:?}", doc.type_).to_lowercase();
    let unit = doc.unit.as_ref().map(|unit| format!(", {unit}")).unwrap_or_default();
    let case = if doc.case == Case::Insensitive { ", any case" } else { "" };
    format!("{name}{unit}{case}")
}

/// The attributes of a type, its companions' included; "all" where none of the kind's is missing.
fn attributes(kind: &KindFile, table: &TypeTable) -> String {
    let companions = table.companions.iter().flat_map(|companion| companion.attributes.keys());
    let has: BTreeSet<&str> = table.attributes.keys().chain(companions).map(String::as_str).collect();
    match has.len() == kind.attributes.len() && has.len() > 1 {
        true => "all".to_string(),
        false => codes(has),
    }
}
