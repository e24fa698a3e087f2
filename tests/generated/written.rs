//! Generated files: compared with what lies in docs/, or written there when UPDATE_DOCS asks for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The generated files of a part of docs/, by their path below it.
pub type Files = BTreeMap<String, String>;

/// Fails unless docs/ holds just these files; with UPDATE_DOCS=1 makes it so. `folder` is generated as a whole:
/// what else lies there is out of date.
pub fn up_to_date(files: &Files, folder: Option<&str>) {
    let docs = crate::common::root().join("docs");
    let update = std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1");
    let mut stale = Vec::new();
    for (name, text) in files {
        let path = docs.join(name);
        // A checkout may have turned the ends of lines.
        let present = fs::read_to_string(&path).map(|text| text.replace("\r\n", "\n")).ok();
        if present.as_ref() != Some(text) {
            stale.push(format!("docs/{name}: {}", difference(present.as_deref(), text)));
            if update {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
        }
    }
    for path in folder.map(|folder| present(&docs, folder)).unwrap_or_default() {
        if !files.contains_key(&path) {
            stale.push(format!("docs/{path}: nothing generates it"));
            if update {
                fs::remove_file(docs.join(&path)).unwrap();
            }
        }
    }
    let hint = "run `UPDATE_DOCS=1 cargo test --test generated` and commit what it writes";
    assert!(update || stale.is_empty(), "{} files are out of date; {hint}:\n{}", stale.len(), stale.join("\n"));
}

/// The files that lie directly in a folder of docs/.
fn present(docs: &Path, folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(docs.join(folder)) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| format!("{folder}/{name}")).collect()
}

/// The first line that differs.
fn difference(present: Option<&str>, wanted: &str) -> String {
    let Some(present) = present else { return "it does not exist".to_string() };
    let mut lines = (1..).zip(present.lines().zip(wanted.lines()));
    match lines.find(|(_, (present, wanted))| present != wanted) {
        Some((line, (present, wanted))) => format!("line {line} is {present:?}, and would be {wanted:?}"),
        None => format!("it has {} lines, and would have {}", present.lines().count(), wanted.lines().count()),
    }
}
