//! From a keystroke to its diagnostics, through the language server as an editor talks to it, in a workspace of a
//! thousand files: what half, ninety-nine in a hundred and all of the keystrokes take. Run with
//! `cargo bench --bench keystroke`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench prints, and says what went wrong by failing"
)]

#[path = "../tests/common/editor.rs"]
mod editor;
mod generate;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use editor::{Editor, range, uri};
use serde_json::{Value as Json, json};

/// Resources that make about a thousand files.
const RESOURCES: usize = 8_400;
/// Keystrokes that are measured.
const KEYSTROKES: usize = 1_000;
/// What ninety-nine in a hundred of them may take.
const AIM: Duration = Duration::from_millis(50);

fn main() {
    // `cargo test` builds benches and runs them once; there is nothing to see in a debug build.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (files, bytes) = generate::project(&root, RESOURCES);
    let started = Instant::now();
    let mut editor = Editor::new(&root, json!({"textDocument": {"diagnostic": {}}}));
    let path = root.join("stack-0007/unit_00070.tf");
    let text = fs::read_to_string(&path).unwrap();
    let asked = json!({"textDocument": {"uri": uri(&path)}});
    editor.open(&path, &text);
    let first = editor.ask("textDocument/diagnostic", asked.clone());
    assert!(first["items"].as_array().is_some_and(|items| !items.is_empty()), "{first}");
    println!("{files} files, {} KiB, {RESOURCES} resources", bytes / 1024);
    println!("opened and judged whole after {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    let mut times: Vec<Duration> = (0..KEYSTROKES).map(|at| keystroke(&mut editor, &path, &asked, at)).collect();
    times.sort();
    let share = |part: usize| times[(times.len() * part / 1000).min(times.len() - 1)];
    for (name, time) in [("half", share(500)), ("99 %", share(990)), ("all", share(1000))] {
        println!("{name:>5} within {:>6.1} ms", time.as_secs_f64() * 1e3);
    }
    assert!(share(990) < AIM, "99 % of keystrokes are to be answered within {AIM:?}");
    editor.leave();
}

/// Types or deletes a character in a name, every tenth time one that breaks the file, and waits for the diagnostics.
fn keystroke(editor: &mut Editor, path: &Path, asked: &Json, at: usize) -> Duration {
    let typed = if at.is_multiple_of(20) { "{" } else { "x" };
    let (line, text) = (1, if at.is_multiple_of(2) { typed } else { "" });
    let end = if text.is_empty() { 27 } else { 26 };
    let started = Instant::now();
    editor.change(path, at as i64 + 2, range(line, 26, end), text);
    let report = editor.ask("textDocument/diagnostic", asked.clone());
    assert!(report.get("kind").is_some(), "{report}");
    started.elapsed()
}
