//! The language server as editors meet it: the real program, one scripted session for each thing that it does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;
#[path = "common/editor.rs"]
mod editor;

use std::fs;
use std::path::PathBuf;

use common::program::{PROGRAM, checked};
use common::project;
use editor::{Editor, codes, range, uri};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const DATABASE: &str = "resource \"aws_db_instance\" \"claims\" {\n  identifier          = \"claims\"\n  engine              = \
                        \"postgres\"\n  publicly_accessible = var.open\n}\n";
const OPEN: &str = "variable \"open\" {\n  default = true\n}\n";
const CLOSED: &str = "variable \"open\" {\n  default = false\n}\n";
const PUBLIC: &str = "public-database";

/// A module whose database is public by the default of a variable in another file.
fn clinic() -> (TempDir, PathBuf, PathBuf) {
    let folder = project(&[("main.tf", DATABASE), ("variables.tf", OPEN)]);
    let root = folder.path().canonicalize().unwrap();
    (folder, root.join("main.tf"), root.join("variables.tf"))
}

fn root(main: &std::path::Path) -> &std::path::Path {
    main.parent().unwrap()
}

fn has(diagnostics: &[Json], code: &str) -> bool {
    diagnostics.iter().any(|one| one["code"] == code)
}

fn find<'d>(diagnostics: &'d [Json], code: &str) -> &'d Json {
    diagnostics.iter().find(|one| one["code"] == code).unwrap_or_else(|| panic!("{code} in {:?}", codes(diagnostics)))
}

#[test]
fn positions_are_counted_as_the_client_prefers() {
    let (_folder, main, _) = clinic();
    for (offered, expected) in
        [(json!(["utf-8", "utf-16"]), "utf-8"), (json!(["utf-32"]), "utf-32"), (Json::Null, "utf-16")]
    {
        let mut editor = Editor::silent(root(&main));
        let capabilities = json!({"general": {"positionEncodings": offered}});
        let answer =
            editor.initialize(json!({"processId": null, "rootUri": uri(root(&main)), "capabilities": capabilities}));
        assert_eq!(answer["capabilities"]["positionEncoding"], expected);
        assert_eq!(editor.leave(), Some(0));
    }
}

#[test]
fn columns_are_those_of_the_encoding() {
    let text = "resource \"aws_db_instance\" \"claims\" {\n  tags = { owner = \"𝄞è\" }\n  publicly_accessible = /* 𝄞è */ true\n}\n";
    let folder = project(&[("main.tf", text)]);
    let main = folder.path().canonicalize().unwrap().join("main.tf");
    for (encoding, start) in [("utf-8", 37), ("utf-16", 34), ("utf-32", 33)] {
        let capabilities = json!({"general": {"positionEncodings": [encoding]}});
        let mut editor = Editor::new(root(&main), capabilities);
        let diagnostics = editor.diagnostics(&main);
        assert_eq!(find(&diagnostics, PUBLIC)["range"], range(2, start, start + 4), "{encoding}");
        editor.leave();
    }
}

#[test]
fn diagnostics_say_what_check_says() {
    let (_folder, main, variables) = clinic();
    let mut editor =
        Editor::new(root(&main), json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}}));
    let diagnostics = editor.diagnostics(&main);
    let public = find(&diagnostics, PUBLIC);
    assert_eq!(public["range"], range(3, 24, 32));
    assert_eq!((&public["source"], &public["severity"]), (&json!("phiguard"), &json!(1)));
    assert!(public["message"].as_str().unwrap().contains("aws_db_instance.claims"), "{public}");
    let page = public["codeDescription"]["href"].as_str().unwrap();
    let page = fs::read_to_string(page.strip_prefix("file://").unwrap()).unwrap();
    assert!(page.starts_with("# public-database\n") && page.contains("45 CFR 164."), "{page}");
    let related = public["relatedInformation"].as_array().unwrap();
    let of_variable = related.iter().find(|one| one["location"]["uri"] == uri(&variables)).unwrap();
    assert_eq!(of_variable["location"]["range"], range(1, 12, 16), "{related:?}");
    let (report, _) = checked(root(&main), &[".", "--exit-zero"]);
    let mut checked: Vec<String> =
        report["findings"].as_array().unwrap().iter().map(|one| one["policy"].as_str().unwrap().to_string()).collect();
    let mut told = codes(&diagnostics);
    checked.sort();
    told.sort();
    assert_eq!(told, checked);
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn edits_are_judged_before_they_are_saved_and_across_files() {
    let (_folder, main, variables) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    editor.open(&variables, OPEN);
    editor.change(&variables, 2, range(1, 12, 16), "false");
    assert!(!has(&editor.diagnostics(&main), PUBLIC), "the variable is closed in the editor");
    editor.open(&main, DATABASE);
    editor.change(&main, 2, range(3, 24, 32), "true");
    let diagnostics = editor.diagnostics(&main);
    assert_eq!(find(&diagnostics, PUBLIC)["range"], range(3, 24, 28));
    // What is closed without being saved is what the disk says again.
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&main)}}));
    assert!(!has(&editor.diagnostics(&main), PUBLIC));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&variables)}}));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    editor.leave();
}

#[test]
fn what_is_saved_or_changes_on_the_disk_is_judged() {
    let (_folder, main, variables) = clinic();
    let watches = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut editor = Editor::new(root(&main), watches);
    let registered = editor.told("client/registerCapability");
    assert_eq!(registered["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    let changed = |kind: u32, path: &PathBuf| json!({"changes": [{"uri": uri(path), "type": kind}]});
    fs::write(&variables, CLOSED).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", changed(2, &variables));
    assert!(!has(&editor.diagnostics(&main), PUBLIC));
    let values = root(&main).join("terraform.tfvars");
    fs::write(&values, "open = true\n").unwrap();
    editor.tell("workspace/didChangeWatchedFiles", changed(1, &values));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    fs::remove_file(&values).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", changed(3, &values));
    assert!(!has(&editor.diagnostics(&main), PUBLIC));
    editor.open(&variables, CLOSED);
    editor.replace(&variables, 2, OPEN);
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    fs::write(&variables, OPEN).unwrap();
    editor.tell("textDocument/didSave", json!({"textDocument": {"uri": uri(&variables)}}));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&variables)}}));
    editor.leave();
}

#[test]
fn a_file_that_was_never_saved_is_judged_with_its_folder() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    editor.diagnostics(&main);
    let new = root(&main).join("imaging.tf");
    editor.open(&new, "resource \"aws_db_instance\" \"imaging\" {\n  publicly_accessible = var.open\n}\n");
    assert_eq!(find(&editor.diagnostics(&new), PUBLIC)["range"], range(1, 24, 32));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&new)}}));
    assert!(editor.diagnostics(&new).is_empty(), "nothing is left of it");
    editor.leave();
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_checked() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    editor.diagnostics(&main);
    editor.open(&main, DATABASE);
    editor.replace(&main, 2, &format!("{DATABASE}\nresource \"aws_iam_group\" \"broken\" {{\n  name = \n}}\n"));
    let diagnostics = editor.diagnostics(&main);
    assert!(has(&diagnostics, PUBLIC));
    assert_eq!(find(&diagnostics, "parse-error")["severity"], 1);
    editor.leave();
}

#[test]
fn suppressions_hold_and_useless_ones_are_tagged() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    editor.diagnostics(&main);
    editor.open(&main, DATABASE);
    let ignored = DATABASE.replace("var.open", "var.open # phiguard: ignore[public-database] reason=\"demo data\"");
    editor.replace(&main, 2, &ignored);
    assert!(!has(&editor.diagnostics(&main), PUBLIC));
    editor.replace(&main, 3, &ignored.replace("var.open", "false"));
    let diagnostics = editor.diagnostics(&main);
    assert_eq!(find(&diagnostics, "unused-suppression")["tags"], json!([1]));
    editor.leave();
}

#[test]
fn diagnostics_are_answered_to_a_client_that_asks() {
    let (_folder, main, variables) = clinic();
    let mut editor = Editor::new(root(&main), json!({"textDocument": {"diagnostic": {}}}));
    editor.open(&variables, OPEN);
    let asked = json!({"textDocument": {"uri": uri(&main)}});
    let report = editor.ask("textDocument/diagnostic", asked);
    assert_eq!(report["kind"], "full");
    assert!(has(report["items"].as_array().unwrap(), PUBLIC));
    let again = json!({"textDocument": {"uri": uri(&main)}, "previousResultId": report["resultId"]});
    assert_eq!(editor.ask("textDocument/diagnostic", again.clone())["kind"], "unchanged");
    editor.replace(&variables, 2, CLOSED);
    let report = editor.ask("textDocument/diagnostic", again);
    assert!(!has(report["items"].as_array().unwrap(), PUBLIC), "asked after the edit, so told after it");
    let whole = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let items = whole["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["uri"] == uri(&main) && item["kind"] == "full"), "{whole}");
    let known: Vec<Json> = items.iter().map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect();
    let whole = editor.ask("workspace/diagnostic", json!({"previousResultIds": known}));
    assert!(whole["items"].as_array().unwrap().iter().all(|item| item["kind"] == "unchanged"), "{whole}");
    editor.leave();
}

#[test]
fn nonsense_is_answered_with_errors_and_ends_nothing() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::silent(root(&main));
    assert_eq!(editor.refused("textDocument/hover", json!({})), -32002, "before initialize");
    editor.initialize(json!({"processId": null, "rootUri": uri(root(&main)), "capabilities": {}}));
    for (text, code) in [
        ("Content-Length: 5\r\n\r\nhello", -32700),
        ("Content-Length: 2\r\n\r\n[]", -32600),
        ("Content-Length: x\r\n\r\n", -32700),
        ("Content-Length: 11\r\n\r\n{\"id\":null}", -32600),
    ] {
        editor.send_raw(text);
        let answer = editor.wait(|message| message["id"].is_null() && message.get("error").is_some());
        assert_eq!(answer["error"]["code"], code, "{text}");
    }
    assert_eq!(editor.refused("textDocument/magic", json!({})), -32601);
    assert_eq!(editor.refused("textDocument/diagnostic", json!({"textDocument": 7})), -32602);
    assert_eq!(editor.refused("textDocument/diagnostic", json!({"textDocument": {"uri": "untitled:1"}})), -32602);
    assert_eq!(editor.refused("initialize", json!({"capabilities": {}})), -32600);
    editor.tell("textDocument/didOpen", json!({"textDocument": []}));
    assert!(editor.told("window/showMessage")["message"].as_str().unwrap().contains("didOpen"));
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///none", "version": 1}, "contentChanges": []}),
    );
    editor.tell("$/unheard", json!({}));
    let settings = json!({"settings": {"phiguard": {"inlayHint": true}}});
    editor.tell("workspace/didChangeConfiguration", settings);
    assert!(editor.told("window/showMessage")["message"].as_str().unwrap().contains("inlayHints"));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    editor.ask("shutdown", Json::Null);
    assert_eq!(editor.refused("textDocument/diagnostic", json!({})), -32600, "after shutdown");
}

#[test]
fn a_client_that_leaves_without_a_word_ends_the_server() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    editor.diagnostics(&main);
    assert_eq!(editor.vanish(), Some(2));
}

#[test]
fn requests_that_nobody_waits_for_are_not_answered_but_refused() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({"textDocument": {"diagnostic": {}}}));
    // The cancellation is read before the request is come to: both are there when the first answer is made.
    editor.tell("$/cancelRequest", json!({"id": 2}));
    let id = editor.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri(&main)}}));
    assert_eq!((id, editor.response(id)["error"]["code"].as_i64()), (2, Some(-32800)));
    assert_eq!(editor.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri(&main)}}))["kind"], "full");
    editor.leave();
}

#[test]
fn the_first_run_is_shown_and_so_is_its_end() {
    let files: Vec<(String, String)> = (0..400)
        .map(|at| {
            (
                format!("stack{at}/main.tf"),
                DATABASE.replace("var.open", "true").replace("claims", &format!("claims{at}")),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = project(&files);
    let root = folder.path().canonicalize().unwrap();
    let mut editor = Editor::new(&root, json!({"window": {"workDoneProgress": true}}));
    let created = editor.told("window/workDoneProgress/create");
    let begun = editor.told("$/progress");
    assert_eq!((&begun["token"], &begun["value"]["kind"]), (&created["token"], &json!("begin")));
    editor.tell("window/workDoneProgress/cancel", json!({"token": created["token"]}));
    let ended = editor.wait(|message| message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end");
    assert_eq!(ended["params"]["token"], created["token"]);
    editor.leave();
}

#[test]
fn folders_come_and_go() {
    let (_one, main, _) = clinic();
    let other = project(&[("main.tf", &DATABASE.replace("var.open", "true"))]);
    let other_root = other.path().canonicalize().unwrap();
    let other_main = other_root.join("main.tf");
    let mut editor = Editor::new(root(&main), json!({}));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    let folder = json!({"uri": uri(&other_root), "name": "other"});
    editor.tell("workspace/didChangeWorkspaceFolders", json!({"event": {"added": [folder], "removed": []}}));
    assert!(has(&editor.diagnostics(&other_main), PUBLIC));
    editor.tell("workspace/didChangeWorkspaceFolders", json!({"event": {"added": [], "removed": [folder]}}));
    assert!(editor.diagnostics(&other_main).is_empty());
    // A file outside of all folders is judged with those beside it.
    editor.open(&other_main, &DATABASE.replace("var.open", "true"));
    assert!(has(&editor.diagnostics(&other_main), PUBLIC));
    editor.leave();
}

#[test]
fn phiguard_toml_is_gone_by_when_it_is_saved_and_its_mistakes_are_shown_at_once() {
    let (_folder, main, _) = clinic();
    let config = root(&main).join("phiguard.toml");
    fs::write(&config, "").unwrap();
    let mut editor = Editor::new(root(&main), json!({}));
    assert!(has(&editor.diagnostics(&main), PUBLIC));
    editor.open(&config, "");
    editor.replace(&config, 2, "[severity]\n\"publc-database\" = \"low\"\n");
    let mistakes = editor.diagnostics(&config);
    assert_eq!(codes(&mistakes), ["invalid-configuration"]);
    assert_eq!(mistakes[0]["range"]["start"]["line"], 1);
    let sound = "[severity]\n\"public-database\" = \"low\"\n";
    editor.replace(&config, 3, sound);
    assert!(editor.diagnostics(&config).is_empty());
    fs::write(&config, sound).unwrap();
    editor.tell("textDocument/didSave", json!({"textDocument": {"uri": uri(&config)}}));
    assert_eq!(find(&editor.diagnostics(&main), PUBLIC)["severity"], 3);
    editor.leave();
}

/// The Markdown that is shown at a place.
fn hovered(editor: &mut Editor, path: &std::path::Path, line: u32, character: u32) -> String {
    let place = json!({"textDocument": {"uri": uri(path)}, "position": {"line": line, "character": character}});
    editor.ask("textDocument/hover", place)["contents"]["value"].as_str().unwrap_or_default().to_string()
}

/// The place of the first character of a text in another one.
fn place(text: &str, of: &str) -> (u32, u32) {
    let at = text.find(of).unwrap_or_else(|| panic!("{of} in {text}"));
    let line = text[..at].matches('\n').count();
    (line as u32, (at - text[..at].rfind('\n').map_or(0, |start| start + 1)) as u32)
}

#[test]
fn hovers_show_the_policy_and_what_expressions_are_worth() {
    let main = "locals {\n  prefix = \"clinic\"\n  open   = var.open || false\n}\n\nresource \"aws_db_instance\" \"claims\" {\n  \
                identifier          = \"${local.prefix}-claims\" # phiguard: ignore[short-backup-retention] reason=\"demo\"\n  \
                publicly_accessible = local.open\n  engine = \"postgres\"\n}\n\nmodule \"a\" {\n  source = \"./store\"\n  name   = \
                \"a\"\n}\n\nmodule \"b\" {\n  source = \"./store\"\n  name   = \"b\"\n}\n";
    let store =
        "variable \"name\" {}\n\nresource \"aws_s3_bucket\" \"this\" {\n  bucket = \"imaging-${var.name}\"\n}\n";
    let folder = project(&[("main.tf", main), ("variables.tf", OPEN), ("store/main.tf", store)]);
    let root = folder.path().canonicalize().unwrap();
    let mut editor = Editor::new(&root, json!({}));
    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            "main.tf",
            main,
            "ocal.open\n",
            &["```json\ntrue\n```", "from local.open at [main.tf:3]", "variables.tf:2", "public-database"],
        ),
        ("main.tf", main, "ocal.prefix}-claims", &["```json\n\"clinic\"\n```", "main.tf:2"]),
        ("main.tf", main, "-claims\"", &["\"clinic-claims\""]),
        ("main.tf", main, "ar.open ||", &["```json\ntrue\n```", "default of variable \"open\""]),
        ("main.tf", main, "hort-backup-retention]", &["**short-backup-retention**"]),
        ("store/main.tf", store, "maging-", &["In module.a.aws_s3_bucket.this", "\"imaging-a\"", "\"imaging-b\""]),
    ];
    for (name, text, of, expected) in cases {
        let (line, character) = place(text, of);
        let told = hovered(&mut editor, &root.join(name), line, character);
        for words in *expected {
            assert!(told.contains(words), "{of}: {words} in\n{told}");
        }
    }
    assert_eq!(hovered(&mut editor, &root.join("main.tf"), 4, 0), "", "an empty line is worth nothing");
    editor.leave();
}

const BICEP: &str = "param open bool = true\nvar access = open ? 'Enabled' : 'Disabled'\n\nresource claims \
                     'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'clinicclaims'\n  location: 'westeurope'\n  kind: \
                     'StorageV2'\n  sku: { name: 'Standard_GRS' }\n  properties: {\n    publicNetworkAccess: access\n    \
                     supportsHttpsTrafficOnly: false\n  }\n}\n";
const YAML: &str = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Open:\n    Type: String\n    Default: 'true'\nResources:\n  \
                    Claims:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      Engine: postgres\n      PubliclyAccessible: !Ref Open\n";
const ARM: &str = "{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n  \
                   \"contentVersion\": \"1.0.0.0\",\n  \"parameters\": { \"https\": { \"type\": \"bool\", \"defaultValue\": false } },\n  \
                   \"resources\": [\n    {\n      \"type\": \"Microsoft.Storage/storageAccounts\",\n      \"apiVersion\": \"2023-01-01\",\n      \
                   \"name\": \"clinicclaims\",\n      \"location\": \"westeurope\",\n      \"kind\": \"StorageV2\",\n      \"sku\": { \"name\": \
                   \"Standard_GRS\" },\n      \"properties\": { \"supportsHttpsTrafficOnly\": \"[parameters('https')]\" }\n    }\n  ]\n}\n";

#[test]
fn hovers_know_every_dialect() {
    let folder = project(&[("main.bicep", BICEP), ("stack.yaml", YAML), ("azuredeploy.json", ARM)]);
    let root = folder.path().canonicalize().unwrap();
    let mut editor = Editor::new(&root, json!({}));
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("main.bicep", BICEP, "ccess\n    supports", &["\"Enabled\""]),
        ("main.bicep", BICEP, "pen ?", &["true"]),
        ("stack.yaml", YAML, "Open:\n", &["\"true\""]),
        ("stack.yaml", YAML, "pen\n", &["true", "default of parameter Open at [stack.yaml:"]),
        ("azuredeploy.json", ARM, "arameters('https')", &["false", "https"]),
    ];
    for (name, text, of, expected) in cases {
        let (line, character) = place(text, of);
        let told = hovered(&mut editor, &root.join(name), line, character);
        for words in *expected {
            assert!(told.contains(words), "{name} {of}: {words} in\n{told}");
        }
    }
    editor.leave();
}

#[test]
fn secrets_are_in_no_message() {
    let text =
        "resource \"aws_db_instance\" \"claims\" {\n  password = \"Xq7-vR2mZ9tLw4\"\n  engine = \"postgres\"\n}\n";
    let folder = project(&[("main.tf", text)]);
    let main = folder.path().canonicalize().unwrap().join("main.tf");
    let mut editor = Editor::with(root(&main), json!({}), json!({"inlayHints": true}));
    let told = format!("{:?}", editor.diagnostics(&main));
    let hover = hovered(&mut editor, &main, 1, 16);
    let hints =
        editor.ask("textDocument/inlayHint", json!({"textDocument": {"uri": uri(&main)}, "range": range(1, 0, 99)}));
    for said in [told, hover, hints.to_string()] {
        assert!(!said.contains("Xq7-vR2mZ9tLw4"), "{said}");
    }
    editor.leave();
}

/// A client that takes every kind of edit.
fn editing() -> Json {
    json!({
        "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        "window": {"showDocument": {"support": true}},
    })
}

/// The actions that are offered for a range.
fn actions(editor: &mut Editor, path: &std::path::Path, range: Json) -> Vec<Json> {
    let asked = json!({"textDocument": {"uri": uri(path)}, "range": range, "context": {"diagnostics": []}});
    editor.ask("textDocument/codeAction", asked).as_array().unwrap().clone()
}

/// A text after the edits of an action to it.
fn applied(text: &str, action: &Json) -> String {
    let changes = action["edit"]["documentChanges"].as_array().unwrap();
    let edits = changes.iter().find_map(|change| change.get("edits")).unwrap().as_array().unwrap();
    let mut text = text.to_string();
    for edit in edits.iter().rev() {
        let offset = |at: &Json| -> usize {
            let (line, column) = (at["line"].as_u64().unwrap() as usize, at["character"].as_u64().unwrap() as usize);
            text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column
        };
        let (start, end) = (offset(&edit["range"]["start"]), offset(&edit["range"]["end"]));
        text.replace_range(start..end, edit["newText"].as_str().unwrap());
    }
    text
}

#[test]
fn a_finding_is_mended_by_the_edits_of_check_fix() {
    let text = DATABASE.replace("var.open", "true");
    let folder = project(&[("main.tf", &text)]);
    let main = folder.path().canonicalize().unwrap().join("main.tf");
    let mut editor = Editor::new(root(&main), editing());
    let diagnostics = editor.diagnostics(&main);
    let offered = actions(&mut editor, &main, find(&diagnostics, PUBLIC)["range"].clone());
    let is_mending = |one: &&Json| one["title"].as_str().unwrap().starts_with("Mend public-database");
    let action = offered.iter().find(is_mending).unwrap_or_else(|| panic!("{offered:#?}"));
    let edited = applied(&text, action);
    assert_eq!(edited, DATABASE.replace("var.open", "false"));
    editor.open(&main, &text);
    editor.replace(&main, 2, &edited);
    assert!(!has(&editor.diagnostics(&main), PUBLIC));
    editor.leave();
}

#[test]
fn a_finding_can_be_suppressed_where_it_is_once_a_reason_is_written() {
    let tf = DATABASE.replace("var.open", "true");
    let cases: &[(&str, &str, &str, &str)] = &[
        ("main.tf", &tf, PUBLIC, "# phiguard: ignore[public-database] reason=\"\"\nresource"),
        ("stack.yaml", YAML, PUBLIC, "  # phiguard: ignore[public-database] reason=\"\"\n  Claims:"),
        (
            "main.bicep",
            BICEP,
            "bucket-plaintext-allowed",
            "// phiguard: ignore[bucket-plaintext-allowed] reason=\"\"\nresource",
        ),
        (
            "azuredeploy.json",
            ARM,
            "bucket-plaintext-allowed",
            "{\n      // phiguard: ignore[bucket-plaintext-allowed] reason=\"\"\n",
        ),
    ];
    for (name, text, policy, expected) in cases {
        let folder = project(&[(name, text)]);
        let path = folder.path().canonicalize().unwrap().join(name);
        let mut editor = Editor::new(root(&path), editing());
        let diagnostics = editor.diagnostics(&path);
        let range = find(&diagnostics, policy)["range"].clone();
        let offered = actions(&mut editor, &path, range);
        let wanted = format!("Suppress {policy} here; a reason is to be written");
        let action = offered.iter().find(|one| one["title"] == wanted).unwrap_or_else(|| panic!("{offered:#?}"));
        assert_eq!((&action["kind"], &action["diagnostics"][0]["code"]), (&json!("quickfix"), &json!(policy)));
        let edited = applied(text, action);
        assert!(edited.contains(expected), "{edited}");
        editor.open(&path, text);
        editor.replace(&path, 2, &edited);
        let diagnostics = editor.diagnostics(&path);
        assert!(
            has(&diagnostics, policy) && has(&diagnostics, "invalid-suppression"),
            "without a reason it does nothing"
        );
        editor.replace(&path, 3, &edited.replace("reason=\"\"", "reason=\"demo data\""));
        assert!(!has(&editor.diagnostics(&path), policy), "{name}");
        editor.leave();
    }
}

#[test]
fn a_finding_can_be_suppressed_in_phiguard_toml_which_is_made_where_there_is_none() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), editing());
    let diagnostics = editor.diagnostics(&main);
    let offered = actions(&mut editor, &main, find(&diagnostics, PUBLIC)["range"].clone());
    let title = "Suppress public-database for aws_db_instance.claims in phiguard.toml; a reason is to be written";
    let action = offered.iter().find(|one| one["title"] == title).unwrap_or_else(|| panic!("{offered:#?}"));
    let config = root(&main).join("phiguard.toml");
    let changes = action["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!((&changes[0]["kind"], &changes[0]["uri"]), (&json!("create"), &json!(uri(&config))));
    let text = applied("", action).replace("reason = \"\"", "reason = \"demo data\"");
    fs::write(&config, &text).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(&config), "type": 1}]}));
    assert!(!has(&editor.diagnostics(&main), PUBLIC), "{text}");
    editor.leave();
}

#[test]
fn the_page_of_a_policy_can_be_opened() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::with(root(&main), editing(), json!({"documentation": "https://clinic.example/policies/"}));
    let diagnostics = editor.diagnostics(&main);
    let public = find(&diagnostics, PUBLIC);
    assert_eq!(public["codeDescription"]["href"], "https://clinic.example/policies/public-database.md");
    let offered = actions(&mut editor, &main, public["range"].clone());
    let action = offered.iter().find(|one| one["title"] == "Open the page of public-database").unwrap();
    let command = &action["command"];
    let asked = json!({"command": command["command"], "arguments": command["arguments"]});
    assert!(editor.ask("workspace/executeCommand", asked).is_null());
    assert_eq!(editor.told("window/showDocument")["uri"], "https://clinic.example/policies/public-database.md");
    assert_eq!(editor.refused("workspace/executeCommand", json!({"command": "rm"})), -32602);
    editor.leave();
}

#[test]
fn policies_are_completed_and_linked_where_they_are_named() {
    let (_folder, main, _) = clinic();
    let mut editor = Editor::new(root(&main), json!({}));
    let text = format!("{DATABASE}# phiguard: ignore[public-database, pub] reason=\"\"\n");
    editor.open(&main, &text);
    let place = |line: u32, character: u32| json!({"textDocument": {"uri": uri(&main)}, "position": {"line": line, "character": character}});
    let offered = editor.ask("textDocument/completion", place(5, 38));
    let items = offered["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["label"] == "public-bucket").unwrap();
    assert_eq!(item["textEdit"], json!({"range": range(5, 36, 38), "newText": "public-bucket"}));
    assert!(editor.ask("textDocument/completion", place(0, 5)).is_null());
    let config = root(&main).join("phiguard.toml");
    editor.open(&config, "select = [\"public-bucket\", \"\"]\n");
    let asked = json!({"textDocument": {"uri": uri(&config)}, "position": {"line": 0, "character": 28}});
    assert!(editor.ask("textDocument/completion", asked)["items"].as_array().unwrap().len() > 100);
    for (path, at) in [(&main, range(5, 19, 34)), (&config, range(0, 11, 24))] {
        let links = editor.ask("textDocument/documentLink", json!({"textDocument": {"uri": uri(path)}}));
        assert_eq!(links[0]["range"], at, "{links}");
        let page = links[0]["target"].as_str().unwrap().strip_prefix("file://").unwrap();
        assert!(fs::read_to_string(page).unwrap().starts_with("# public-"));
    }
    editor.leave();
}

#[test]
fn hints_are_shown_to_those_who_ask_for_them() {
    let (_folder, main, _) = clinic();
    let asked = json!({"textDocument": {"uri": uri(&main)}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}});
    let mut editor = Editor::new(root(&main), json!({}));
    assert!(editor.ask("textDocument/inlayHint", asked.clone()).is_null());
    editor.tell("workspace/didChangeConfiguration", json!({"settings": {"phiguard": {"inlayHints": true}}}));
    let hints = editor.ask("textDocument/inlayHint", asked);
    let hints: Vec<(&Json, &Json)> =
        hints.as_array().unwrap().iter().map(|hint| (&hint["label"], &hint["position"])).collect();
    assert_eq!(hints, [(&json!("= true"), &json!({"line": 3, "character": 32}))]);
    editor.leave();
}

const INTAKE: &str = "kind: intake\ntitle: Intake\nattributes:\n  sealed: {type: bool, description: Nobody reads it.}\ntypes:\n  clinic_intake:\n    attributes:\n      sealed: {from: sealed, absent: false, source: \"clinic_intake: open\"}\n";
const INTAKE_OPEN: &str = "id: intake-open\ntitle: An intake is open\nseverity: high\nsafeguards: [164.312(e)(1)]\nremediate_within_days: 7\nkinds: [intake]\nfails: {attribute: sealed, equals: false}\nmessage: \"sealed is {sealed}\"\nwhy: Whoever carries it reads it.\nremedy: {summary: Seal it.}\nexamples:\n  - {dialect: terraform, expect: fail, title: Open, code: 'resource \"clinic_intake\" \"a\" { # expect: intake-open\n\n      }'}\n  - {dialect: terraform, expect: pass, title: Sealed, code: 'resource \"clinic_intake\" \"a\" { sealed = true }'}\n";

#[test]
fn policies_of_the_user_judge_and_are_shown() {
    let main = "resource \"clinic_intake\" \"forms\" {}\n";
    let folder =
        project(&[("main.tf", main), ("own/kinds/intake.yaml", INTAKE), ("own/clinic/intake-open.yaml", INTAKE_OPEN)]);
    let root = folder.path().canonicalize().unwrap();
    let mut editor = Editor::with(&root, json!({}), json!({"policies": "own"}));
    editor.open(&root.join("main.tf"), main);
    let diagnostics = editor.diagnostics(&root.join("main.tf"));
    assert!(has(&diagnostics, "intake-open"), "{diagnostics:?}");
    let told = hovered(&mut editor, &root.join("main.tf"), 0, 2);
    assert!(told.contains("**intake-open**") && told.contains("Whoever carries it reads it."), "{told}");
    editor.leave();
}

/// A real editor: it opens a file, gets diagnostics, applies an action, and its text is the right one.
#[test]
fn neovim_opens_a_file_gets_diagnostics_and_applies_an_action() {
    if std::process::Command::new("nvim").arg("--version").output().is_err() {
        eprintln!("skipped: there is no nvim on this machine (Debian has it: apt-get install neovim)");
        return;
    }
    let (_folder, main, _) = clinic();
    let script = root(&main).join("session.lua");
    let page = fs::read_to_string(common::root().join("docs/editors.md")).unwrap();
    let snippet = page.split("```lua\n").find(|part| part.starts_with("local client")).unwrap();
    let snippet = snippet.split("```").next().unwrap().replace("'phiguard', 'lsp'", &format!("'{PROGRAM}', 'lsp'"));
    fs::write(root(&main).join("init.lua"), snippet).unwrap();
    fs::write(&script, NEOVIM).unwrap();
    let output = std::process::Command::new("nvim")
        .args(["--headless", "-i", "NONE", "-n", "-u", "init.lua", "-c", "luafile session.lua", "main.tf"])
        .current_dir(root(&main))
        .env("XDG_STATE_HOME", root(&main))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let text = fs::read_to_string(root(&main).join("result.txt")).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(text, format!("public-database\n# phiguard: ignore[public-database] reason=\"\"\n{DATABASE}"), "{said}");
}

const NEOVIM: &str = r#"
local function fail(why)
  vim.api.nvim_err_writeln(why)
  vim.cmd('cquit')
end
local function public()
  for _, one in ipairs(vim.diagnostic.get(0)) do
    if one.code == 'public-database' then return one end
  end
end
if not vim.wait(30000, function() return public() ~= nil end, 50) then fail('no diagnostics') end
local at = public()
vim.api.nvim_win_set_cursor(0, { at.lnum + 1, at.col })
local params = vim.lsp.util.make_range_params()
params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics() }
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 30000) or {}
local done = false
for _, answer in pairs(answers) do
  for _, action in ipairs(answer.result or {}) do
    if action.title:match('^Suppress public%-database here') then
      vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
      done = true
    end
  end
end
if not done then fail('no action: ' .. vim.inspect(answers)) end
local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
table.insert(lines, 1, at.code)
vim.fn.writefile(lines, 'result.txt')
vim.cmd('qall!')
"#;
