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
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_phiguard"))
        .args(["check", ".", "--format", "json", "--exit-zero"])
        .current_dir(root(&main))
        .output()
        .unwrap();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
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
