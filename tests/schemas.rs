//! Formats against the schemas of those who read them, which lie in tests/schemas.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::program::{code, phiguard, stdout};
use common::{project, store};
use serde_json::Value as Json;
use tempfile::TempDir;

/// Findings of every kind: new and kept, suppressed in the source and in phiguard.toml, unknown; and errors.
fn sample() -> TempDir {
    let ignored =
        format!("# phiguard: ignore[non-baa-service] reason=\"moves in May\" until=2999-01-01\n{}", store("claims"));
    let rule = "[[ignore]]\npolicy = \"non-baa-service\"\naddress = \"*.visits\"\nreason = \"no PHI\"\n";
    let folder = project(&[
        ("a b,c/main.tf", &format!("# \u{1f3e5}\n{}{ignored}{}", store("charts"), store("visits"))),
        ("a b,c/unknown.tf", "resource \"aws_pinpoint_app\" \"reminders\" { name = \"reminders\" }\n"),
        ("phiguard.toml", rule),
    ]);
    printed(folder.path(), &["--write-baseline"]);
    fs::write(folder.path().join("a b,c/more.tf"), store("scans")).unwrap();
    fs::write(folder.path().join("a b,c/broken.tf"), "resource \"a\" \"b\" {\n  name = \n}\n").unwrap();
    folder
}

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = phiguard(folder, &[&["check", "--exit-zero", "--allow-errors"], arguments].concat());
    assert_eq!(code(&output), 0, "{output:?}");
    stdout(&output)
}

fn schema(name: &str) -> String {
    fs::read_to_string(common::root().join("tests/schemas").join(name)).unwrap()
}

#[test]
fn sarif_is_valid() {
    // One pattern of the schema has a bracket too many, which not every reader of patterns takes.
    let text = schema("sarif-schema-2.1.0.json");
    let mended = text.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    assert_ne!(text, mended, "the schema no longer needs this");
    let schema: Json = serde_json::from_str(&mended).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let folder = sample();
    let baseline = ["--baseline", "phiguard-baseline.json", "--show-unknown"];
    for arguments in [&[][..], &["--show-unknown"], &baseline] {
        let text = printed(folder.path(), &[&["--format", "sarif"], arguments].concat());
        let log: Json = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{arguments:?}: {wrong:#?}");
        let results = log["runs"][0]["results"].as_array().unwrap();
        let suppressions: BTreeSet<&str> =
            results.iter().filter_map(|result| result["suppressions"][0]["kind"].as_str()).collect();
        assert_eq!(suppressions, BTreeSet::from(["external", "inSource"]), "{arguments:?}");
        let justified = results.iter().filter_map(|result| result["suppressions"][0]["justification"].as_str());
        assert!(
            justified.clone().any(|why| why == "moves in May (until 2999-01-01)"),
            "{:?}",
            justified.collect::<Vec<_>>()
        );
    }
    // The schema is not so wide that everything fits.
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{"tool": {}}]})));
}

/// What a schema says of an element: the attributes that it may have and those that it must, and what may stand in it.
#[derive(Default)]
struct Element {
    attributes: BTreeSet<String>,
    required: BTreeSet<String>,
    children: BTreeSet<String>,
}

/// The elements that a schema for XML declares at its top. It is read as far as this one goes: one tag a line.
fn declared(schema: &str) -> BTreeMap<String, Element> {
    let value = |line: &str, name: &str| -> Option<String> {
        let rest = line.split_once(&format!(" {name}=\""))?.1;
        Some(rest.split_once('"')?.0.to_string())
    };
    let mut elements: BTreeMap<String, Element> = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in schema.lines().map(str::trim_end) {
        let depth = line.len() - line.trim_start().len();
        let tag = line.trim_start();
        if depth == 4 {
            open = tag.starts_with("<xs:element ").then(|| value(tag, "name")).flatten();
            if let Some(name) = &open {
                elements.insert(name.clone(), Element::default());
            }
            continue;
        }
        let Some(element) = open.as_ref().and_then(|name| elements.get_mut(name)) else { continue };
        if tag.starts_with("<xs:attribute ") {
            let name = value(tag, "name").unwrap();
            if value(tag, "use").as_deref() == Some("required") {
                element.required.insert(name.clone());
            }
            element.attributes.insert(name);
        } else if tag.starts_with("<xs:element ref") {
            element.children.insert(value(tag, "ref").unwrap());
        }
    }
    elements
}

#[test]
fn junit_is_valid() {
    let declared = declared(&schema("junit-10.xsd"));
    assert!(declared["testsuite"].required.contains("tests") && declared["testcase"].children.contains("failure"));
    let folder = sample();
    let text = printed(folder.path(), &["--format", "junit", "--show-unknown"]);
    let mut open: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for tag in text.split('<').skip(2).map(|tag| tag.split_once('>').unwrap().0) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let element = declared.get(name).unwrap_or_else(|| panic!("the schema knows no {name}"));
        let names: BTreeSet<String> =
            attributes.split("=\"").filter_map(|part| part.rsplit(['"', ' ']).next()).map(str::to_string).collect();
        let names: BTreeSet<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let names: BTreeSet<String> =
            names.into_iter().filter(|name| attributes.contains(&format!("{name}=\""))).collect();
        assert!(
            names.is_subset(&element.attributes),
            "{name} may not have {:?}",
            names.difference(&element.attributes)
        );
        assert!(element.required.is_subset(&names), "{name} needs {:?}", element.required.difference(&names));
        if let Some(parent) = open.last() {
            assert!(declared[parent].children.contains(name), "{name} may not stand in {parent}");
        }
        seen.insert(name.to_string());
        if !is_empty {
            open.push(name.to_string());
        }
    }
    for name in ["testsuites", "testsuite", "testcase", "failure", "error", "skipped"] {
        assert!(seen.contains(name), "{name} is not in the sample");
    }
}

#[test]
fn lsp_has_one_object_a_file_with_the_fields_of_the_protocol() {
    let folder = sample();
    let text = printed(folder.path(), &["--format", "lsp", "--show-unknown"]);
    let files: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let uris: Vec<&str> = files.iter().map(|file| file["uri"].as_str().unwrap()).collect();
    let root = folder.path().canonicalize().unwrap();
    let distinct: BTreeSet<&str> = uris.iter().copied().collect();
    assert_eq!(distinct.len(), uris.len(), "{uris:?}");
    let expected = "a%20b%2Cc/main.tf";
    assert!(uris.iter().any(|uri| uri.starts_with("file:///") && uri.ends_with(expected)), "{uris:?} {root:?}");
    for file in &files {
        let keys: Vec<&String> = file.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["uri", "diagnostics"]);
        for diagnostic in file["diagnostics"].as_array().unwrap() {
            for name in diagnostic.as_object().unwrap().keys() {
                let known = ["range", "severity", "code", "source", "message", "relatedInformation", "data"];
                assert!(known.contains(&name.as_str()), "{name}");
            }
            assert!((1..=4).contains(&diagnostic["severity"].as_u64().unwrap()));
            let place = |end: &str| {
                let position = &diagnostic["range"][end];
                (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap())
            };
            assert!(place("start") <= place("end"), "{diagnostic}");
            for related in diagnostic.get("relatedInformation").and_then(Json::as_array).into_iter().flatten() {
                assert!(related["location"]["uri"].as_str().unwrap().starts_with("file:///"), "{related}");
                assert!(related["location"]["range"]["start"]["line"].is_u64() && related["message"].is_string());
            }
        }
    }
    let main = files.iter().find(|file| file["uri"].as_str().unwrap().ends_with(expected)).unwrap();
    // The second line, counted from 0: above it stands a character of two UTF-16 units.
    assert_eq!(main["diagnostics"][0]["range"]["start"], serde_json::json!({"line": 1, "character": 0}));
}
