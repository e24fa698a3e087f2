//! The formats of `check`: each is what its reader demands, says the same as the others, and repeats no secret.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::program::{phiguard, stderr, stdout};
use common::project;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const SECRET: &str = "Xq7-vR2mZ9tLw4";
const FORMATS: &[&str] =
    &["terminal", "compact", "json", "sarif", "junit", "gitlab", "github", "markdown", "lsp", "csv"];

/// Two roots with the same address, a module, a secret, something unknown, a file that cannot be read as a whole.
fn sample() -> TempDir {
    let bucket = "resource \"aws_simpledb_domain\" \"charts\" { name = \"charts\" }\n";
    let database = format!(
        "variable \"open\" {{ default = true }}\n\nresource \"aws_db_instance\" \"records\" {{\n  engine = \"postgres\"\n  \
         password = \"{SECRET}\"\n  publicly_accessible = var.open\n}}\n"
    );
    project(&[
        ("one/main.tf", bucket),
        ("two/main.tf", bucket),
        ("a b,c/main.tf", &database),
        ("a b,c/unknown.tf", "resource \"aws_pinpoint_app\" \"reminders\" { name = \"reminders\" }\n"),
        ("a b,c/broken.tf", "resource \"aws_iam_group\" \"broken\" {\n  name = \n}\n"),
    ])
}

fn printed(folder: &Path, format: &str) -> String {
    let output = phiguard(folder, &["check", "--show-unknown", "--format", format]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    stdout(&output)
}

fn parsed(folder: &Path, format: &str) -> Json {
    serde_json::from_str(&printed(folder, format)).unwrap()
}

/// Fails where an object has a field that is not among those that a reader knows.
fn only(object: &Json, fields: &[&str]) {
    for name in object.as_object().unwrap().keys() {
        assert!(fields.contains(&name.as_str()), "{name} is no field here: {object}");
    }
}

/// What the SARIF schema demands of a location.
fn location(location: &Json) {
    only(location, &["id", "physicalLocation", "logicalLocations", "message"]);
    let physical = &location["physicalLocation"];
    only(physical, &["artifactLocation", "region"]);
    let artifact = &physical["artifactLocation"];
    only(artifact, &["uri", "uriBaseId"]);
    let uri = artifact["uri"].as_str().unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)), "{uri}");
    if let Some(region) = physical.get("region") {
        only(region, &["startLine", "startColumn", "endLine", "endColumn"]);
        let number = |name: &str| region[name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{region}");
        let start = (number("startLine"), number("startColumn"));
        assert!(start <= (number("endLine"), number("endColumn")), "{region}");
    }
    for logical in location.get("logicalLocations").and_then(Json::as_array).into_iter().flatten() {
        only(logical, &["fullyQualifiedName", "kind"]);
    }
}

#[test]
fn sarif_is_what_the_schema_demands() {
    let folder = sample();
    let log = parsed(folder.path(), "sarif");
    only(&log, &["$schema", "version", "runs"]);
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"));
    let run = &log["runs"][0];
    only(run, &["tool", "invocations", "columnKind", "results"]);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    only(driver, &["name", "version", "semanticVersion", "rules"]);
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "a rule comes once");
    for rule in rules {
        only(
            rule,
            &["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"],
        );
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("**HIPAA safeguards:** 164."), "{rule}");
        let tags = rule["properties"]["tags"].as_array().unwrap();
        let distinct: BTreeSet<&str> = tags.iter().map(|tag| tag.as_str().unwrap()).collect();
        assert!(distinct.len() == tags.len() && tags.len() <= 20, "{rule}");
        assert!(distinct.contains("security") && distinct.contains("hipaa"), "{rule}");
        let number: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&number), "{rule}");
    }
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        only(
            result,
            &[
                "ruleId",
                "ruleIndex",
                "kind",
                "level",
                "message",
                "locations",
                "relatedLocations",
                "partialFingerprints",
                "fixes",
                "properties",
                "baselineState",
                "suppressions",
            ],
        );
        for fix in result.get("fixes").and_then(Json::as_array).into_iter().flatten() {
            only(fix, &["description", "artifactChanges"]);
            assert!(!fix["description"]["text"].as_str().unwrap().is_empty(), "{fix}");
            for change in fix["artifactChanges"].as_array().unwrap() {
                only(change, &["artifactLocation", "replacements"]);
                for replacement in change["replacements"].as_array().unwrap() {
                    only(replacement, &["deletedRegion", "insertedContent"]);
                    only(&replacement["insertedContent"], &["text"]);
                    let physical =
                        json!({"artifactLocation": change["artifactLocation"], "region": replacement["deletedRegion"]});
                    location(&json!({"physicalLocation": physical}));
                }
            }
        }
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let (kind, level) = (result["kind"].as_str().unwrap(), result["level"].as_str().unwrap());
        // 3.27.10 of the standard: whatever is no failure has the level "none".
        assert!(
            (kind == "fail" && ["error", "warning", "note"].contains(&level)) || (kind, level) == ("review", "none")
        );
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(result["partialFingerprints"]["phiguard/v1"].as_str().unwrap().len(), 16);
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        assert!(result["locations"][0]["physicalLocation"].get("region").is_some(), "{result}");
        location(&result["locations"][0]);
        let related = result.get("relatedLocations").and_then(Json::as_array).cloned().unwrap_or_default();
        let ids: BTreeSet<u64> = related.iter().map(|one| one["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), related.len());
        related.iter().for_each(location);
    }
    let invocation = &run["invocations"][0];
    only(invocation, &["executionSuccessful", "toolExecutionNotifications"]);
    assert_eq!(invocation["executionSuccessful"], false);
    for notification in invocation["toolExecutionNotifications"].as_array().unwrap() {
        only(notification, &["descriptor", "level", "message", "locations"]);
        notification["locations"].as_array().unwrap().iter().for_each(location);
    }
    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "parse-error");
}

#[test]
fn sarif_points_at_the_value_and_at_where_it_comes_from() {
    let folder = sample();
    let log = parsed(folder.path(), "sarif");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "public-database").unwrap();
    let region = |line: u32, from: u32, to: u32| json!({"startLine": line, "startColumn": from, "endLine": line, "endColumn": to});
    let place = &result["locations"][0];
    assert_eq!(
        place["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "a%20b%2Cc/main.tf", "uriBaseId": "%SRCROOT%"},
            "region": region(6, 25, 33),
        })
    );
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "aws_db_instance.records");
    let related = result["relatedLocations"].as_array().unwrap();
    let default = related.iter().find(|one| one["message"]["text"] == "default of variable \"open\"").unwrap();
    assert_eq!(default["physicalLocation"]["region"], region(1, 29, 33));
    assert_eq!(result["level"], "error");
}

#[test]
fn gitlab_gets_its_fields_and_distinct_fingerprints() {
    let folder = sample();
    let report = parsed(folder.path(), "gitlab");
    let violations = report.as_array().unwrap();
    let mut fingerprints = BTreeSet::new();
    for violation in violations {
        only(violation, &["description", "check_name", "fingerprint", "severity", "location"]);
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&violation["severity"].as_str().unwrap()));
        let path = violation["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
        only(&violation["location"]["lines"], &["begin", "end"]);
        let line = |name: &str| violation["location"]["lines"][name].as_u64().unwrap();
        assert!(1 <= line("begin") && line("begin") <= line("end"));
        assert!(fingerprints.insert(violation["fingerprint"].as_str().unwrap()), "{violation} comes again");
    }
    let of = |name: &str| violations.iter().filter(|one| one["check_name"] == name).collect::<Vec<_>>();
    assert_eq!(of("public-database")[0]["severity"], "blocker");
    assert_eq!(of("public-database")[0]["location"], json!({"path": "a b,c/main.tf", "lines": {"begin": 6, "end": 6}}));
    assert_eq!(of("parse-error")[0]["severity"], "critical");
    let charts = violations.iter().filter(|one| one["description"].as_str().unwrap().contains("domain.charts"));
    assert!(charts.count() >= 2, "both roots are there");
}

/// An element of XML: its name, its attributes, and how deep it stands.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    depth: usize,
}

/// Reads XML as far as JUnit goes, and fails where it is not well-formed.
fn elements(text: &str) -> Vec<Element> {
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let (mut open, mut found): (Vec<String>, Vec<Element>) = (Vec::new(), Vec::new());
    let sound = |text: &str| {
        assert!(!text.contains('<'), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        for reference in text.split('&').skip(1) {
            let name = reference.split_once(';').unwrap_or_else(|| panic!("a bare & in {text}")).0;
            assert!(["amp", "lt", "gt", "quot", "#10", "#9"].contains(&name), "&{name};");
        }
    };
    while let Some((before, tag)) = rest.split_once('<') {
        sound(before);
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut written) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes: Vec<(String, String)> = Vec::new();
        while let Some((key, value)) = written.trim_start().split_once("=\"") {
            let (value, after) = value.split_once('"').unwrap();
            sound(value);
            assert!(attributes.iter().all(|(other, _)| other != key), "{key} comes again in {tag}");
            attributes.push((key.to_string(), value.to_string()));
            written = after;
        }
        assert!(written.trim().is_empty(), "{tag}");
        found.push(Element { name: name.to_string(), attributes, depth: open.len() });
        if !empty {
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    found
}

#[test]
fn junit_is_well_formed_and_its_counts_are_right() {
    let folder = sample();
    let xml = elements(&printed(folder.path(), "junit"));
    let allowed = [
        ("testsuites", 0, &["name", "tests", "failures", "errors"][..]),
        ("testsuite", 1, &["name", "tests", "failures", "errors", "skipped"]),
        ("testcase", 2, &["name", "classname"]),
        ("failure", 3, &["type", "message"]),
        ("error", 3, &["type", "message"]),
        ("skipped", 3, &["message"]),
    ];
    let count = |name: &str| xml.iter().filter(|element| element.name == name).count();
    for element in &xml {
        let (_, depth, names) = allowed.iter().find(|(name, ..)| *name == element.name).unwrap();
        assert_eq!(*depth, element.depth, "{element:?}");
        assert!(element.attributes.iter().all(|(name, _)| names.contains(&name.as_str())), "{element:?}");
    }
    let told =
        |name: &str| -> usize { xml[0].attributes.iter().find(|(key, _)| key == name).unwrap().1.parse().unwrap() };
    assert_eq!(
        (told("tests"), told("failures"), told("errors")),
        (count("testcase"), count("failure"), count("error"))
    );
    assert!(count("failure") > 0 && count("error") > 0 && count("skipped") > 0);
    assert_eq!(count("testcase"), count("failure") + count("error") + count("skipped"));
}

#[test]
fn junit_has_a_case_that_passes_where_nothing_is_wrong() {
    let folder = project(&[("main.tf", "resource \"aws_iam_group\" \"nurses\" { name = \"nurses\" }\n")]);
    let output = phiguard(folder.path(), &["check", "--format", "junit", "--exit-zero"]);
    let xml = elements(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(
        xml.iter().map(|element| element.name.as_str()).collect::<Vec<_>>(),
        ["testsuites", "testsuite", "testcase"]
    );
}

#[test]
fn github_gets_one_command_a_line_with_the_worst_first() {
    let folder = sample();
    let text = printed(folder.path(), "github");
    let mut levels = Vec::new();
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        let properties: Vec<(&str, &str)> =
            properties.split(',').map(|property| property.split_once('=').unwrap()).collect();
        let known = ["file", "line", "endLine", "col", "endColumn", "title"];
        assert!(properties.iter().all(|(name, value)| known.contains(name) && !value.contains(':')), "{line}");
        assert!(!message.is_empty());
        if !message.starts_with("error") && !line.contains("title=error ") {
            levels.push(["error", "warning", "notice"].iter().position(|one| *one == level).unwrap());
        }
    }
    assert!(levels.is_sorted(), "{levels:?}");
    let expected = "::error file=a b%2Cc/main.tf,line=6,endLine=6,col=25,endColumn=33,title=critical \
                    public-database::aws_db_instance.records: it takes connections from public networks%0A";
    assert!(text.lines().any(|line| line.starts_with(expected)), "{text}");
}

#[test]
fn markdown_has_figures_a_table_and_remedies() {
    let folder = sample();
    let text = printed(folder.path(), "markdown");
    assert!(text.starts_with("<!-- phiguard -->\n## phiguard\n\n**"), "{text}");
    let row = "| critical | `public-database` | `aws_db_instance.records` | it takes connections from public networks | \
               `a b,c/main.tf:6` |";
    assert!(text.lines().any(|line| line == row), "{text}");
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{line}");
    }
    assert!(text.contains("### Not checked, or not all of it\n\n- `a b,c/broken.tf:"), "{text}");
    assert!(text.contains("<details><summary>How to mend them</summary>\n\n- `") && text.ends_with("</details>\n"));
}

#[test]
fn markdown_fits_into_a_comment() {
    let mut text = String::new();
    for at in 0..600 {
        text.push_str(&format!(
            "resource \"aws_simpledb_domain\" \"a_long_name_for_charts_{at}\" {{ name = \"c{at}\" }}\n"
        ));
    }
    let folder = project(&[("main.tf", &text)]);
    let output = phiguard(folder.path(), &["check", "--format", "markdown"]);
    let text = stdout(&output);
    assert!(text.chars().count() < 65_536, "{}", text.len());
    assert!(text.contains(" more, which do not fit here."));
}

/// The rows of a CSV text.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let (mut inside, mut characters) = (false, text.chars().peekable());
    while let Some(character) = characters.next() {
        let row = rows.last_mut().unwrap();
        match character {
            '"' if inside && characters.peek() == Some(&'"') => {
                characters.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => row.push(String::new()),
            '\r' if !inside => {
                assert_eq!(characters.next(), Some('\n'));
                rows.push(vec![String::new()]);
            }
            other => row.last_mut().unwrap().push(other),
        }
    }
    assert!(!inside);
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends");
    rows
}

#[test]
fn csv_has_a_row_for_each_finding_and_error() {
    let folder = sample();
    let (rows, json) = (rows(&printed(folder.path(), "csv")), parsed(folder.path(), "json"));
    let count = |name: &str| json[name].as_array().unwrap().len();
    assert_eq!(rows.len(), 1 + count("findings") + count("errors"));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let at = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let database = rows.iter().find(|row| row[at("policy")] == "public-database").unwrap();
    for (column, value) in [
        ("outcome", "fail"),
        ("severity", "critical"),
        ("address", "aws_db_instance.records"),
        ("project", "a b,c"),
        ("file", "a b,c/main.tf"),
        ("line", "6"),
        ("column", "25"),
    ] {
        assert_eq!(database[at(column)], value, "{column}");
    }
}

#[test]
fn no_format_repeats_a_secret() {
    let folder = sample();
    for format in FORMATS {
        let text = printed(folder.path(), format);
        assert!(text.contains("hardcoded-secret"), "{format} does not tell of the secret");
        assert!(!text.contains(SECRET), "{format} repeats the secret");
    }
}

#[test]
fn every_format_is_listed_in_the_help_and_the_page() {
    let help = phiguard(common::root(), &["check", "--help"]);
    let help = stdout(&help);
    let page = fs::read_to_string(common::root().join("docs/output.md")).unwrap();
    for format in phiguard::report::FORMATS {
        assert!(FORMATS.contains(&format.name), "{} is not tested here", format.name);
        assert!(help.contains(&format!("- {}:", format.name)), "{help}");
        assert!(page.contains(&format!("`{}`", format.name)), "{}", format.name);
    }
}

#[test]
fn several_formats_go_to_several_places() {
    let folder = sample();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let both = ["check", "--allow-errors", "--format", "compact", "--format", "sarif=out.sarif", "--format=csv=o.csv"];
    let output = phiguard(folder.path(), &both);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("a b,c/"), "{output:?}");
    assert!(read("out.sarif").starts_with("{\n") && read("o.csv").starts_with("outcome,"));

    let output = phiguard(folder.path(), &["check", "--format", "json", "-o", "out.json", "--exit-zero"]);
    assert!(output.stdout.is_empty());
    assert_eq!(serde_json::from_str::<Json>(&read("out.json")).unwrap()["version"], 1);

    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".phiguard")), "{left:?}");
}

#[test]
fn formats_and_files_that_do_not_fit_together_are_refused() {
    let folder = sample();
    for (arguments, said) in [
        (&["--format", "json", "--format", "csv"][..], "stdout takes one format, and there are json and csv"),
        (&["--format", "json", "--format", "csv", "-o", "x"], "the file of --output takes one format"),
        (&["--format", "json=a", "--output", "b"], "no format is left for --output b"),
        (&["--format", "json=a", "--format", "csv=a"], "two formats go into a"),
        (&["--format", "json="], "write json=FILE"),
        (&["--format", "xml=a"], "there is no format \"xml\"; there are terminal, compact"),
        (&["--format", "json=missing/a"], "missing/a cannot be written"),
    ] {
        let arguments: Vec<&str> = ["check"].iter().chain(arguments).copied().collect();
        let output = phiguard(folder.path(), &arguments);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    assert!(!folder.path().join("a").exists(), "a refused run writes nothing");
}

#[test]
fn commands_that_write_files_run_as_the_page_has_them() {
    let page = fs::read_to_string(common::root().join("docs/output.md")).unwrap();
    let mut ran = 0;
    for block in page.split("```shell\n").skip(1).filter_map(|part| part.split("```").next()) {
        for line in block.lines() {
            let folder = sample();
            let words: Vec<&str> = line.strip_prefix("phiguard ").unwrap().split(' ').collect();
            let output = phiguard(folder.path(), &words);
            assert!(matches!(output.status.code(), Some(0..=2)), "{line}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("Usage:"), "{line}: {output:?}");
            let name = |word: &&str| word.split_once('=').map(|(_, file)| file.to_string());
            let files: Vec<String> = words.iter().filter_map(name).collect();
            let output = words.iter().skip_while(|word| **word != "--output").nth(1).map(|file| (*file).to_string());
            for file in files.iter().chain(&output) {
                assert!(folder.path().join(file).is_file(), "{line} does not write {file}");
            }
            ran += 1;
        }
    }
    assert!(ran > 1, "the page has no such command");
}

#[test]
fn compact_lines_of_stacks_that_call_one_module_name_the_calls() {
    let call = "module \"store\" {\n  source = \"../m\"\n}\n";
    let folder =
        project(&[("a/main.tf", call), ("b/main.tf", call), ("m/main.tf", "resource \"aws_kms_key\" \"this\" {}\n")]);
    let select = ["check", "--select", "key-rotation-disabled", "--format", "compact"];
    let found = stdout(&phiguard(folder.path(), &select));
    let lines: Vec<&str> = found.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with(" (called from a/main.tf:1)"), "{found}");
    assert!(lines[1].ends_with(" (called from b/main.tf:1)"), "{found}");
}
