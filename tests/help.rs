//! What the program says of itself: examples that run, completions that shells can read, pages of the manual; and
//! `--watch`, which checks again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::program::{command, phiguard, stdout, words};
use common::repository::committed;
use common::{project, store};

fn printed(arguments: &[&str]) -> String {
    let output = phiguard(common::root(), arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    stdout(&output)
}

/// The commands that the help lists.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // A line of its own starts a command; what is indented further goes on.
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_string()).collect()
}

/// What an editor says that only opens a language server and closes it.
fn session() -> String {
    let messages = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#,
        r#"{"jsonrpc":"2.0","method":"exit"}"#,
    ];
    messages.iter().map(|message| format!("Content-Length: {}\r\n\r\n{message}", message.len())).collect()
}

#[test]
fn every_command_has_examples_that_run() {
    let folder = project(&[
        ("clinic/main.tf", "locals {\n  name = \"clinic\"\n}\nvariable \"x\" { default = 1 }\n"),
        ("clinic/prod.tfvars", "x = 2\n"),
        ("imaging/template.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"),
    ]);
    committed(folder.path());
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    for name in &commands {
        let help = printed(&[name, "--help"]);
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{name} has no examples: {help}"));
        let mut ran = 0;
        for line in examples.lines().filter_map(|line| line.trim().strip_prefix("phiguard ")) {
            let mut command = command(folder.path(), &words(line));
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            if name == "lsp" {
                stdin.write_all(session().as_bytes()).unwrap();
            }
            drop(stdin);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
            ran += 1;
        }
        assert!(ran > 0, "{name}: {help}");
    }
}

/// What a program says of a text on its stdin; none where it is not on this machine.
fn fed(program: &str, arguments: &[&str], text: &str) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap())
}

#[test]
fn shells_read_the_completions() {
    for (shell, check) in [
        ("bash", Some(("bash", vec!["-n"]))),
        ("zsh", Some(("zsh", vec!["-n"]))),
        ("fish", Some(("fish", vec!["--no-execute"]))),
        ("powershell", None),
        ("elvish", None),
    ] {
        let text = printed(&["completions", shell]);
        // What an option takes is offered by the first three only.
        let values = ["bash", "zsh", "fish"].contains(&shell).then_some("sarif");
        for word in ["check", "baseline", "only-new"].into_iter().chain(values) {
            assert!(text.contains(word), "{shell} does not complete {word}");
        }
        let Some((program, arguments)) = check else { continue };
        match fed(program, &arguments, &text) {
            Some(output) => assert!(output.status.success(), "{shell}: {output:?}"),
            None => eprintln!("{program} is not here, so its completions were not read by it"),
        }
    }
    // Bash completes as people type.
    let script = format!(
        "{}\nCOMP_WORDS=(phiguard check --only); COMP_CWORD=2; _phiguard phiguard --only check; echo \"${{COMPREPLY[@]}}\"",
        printed(&["completions", "bash"])
    );
    if let Some(output) = fed("bash", &["--norc", "-s"], &script) {
        assert_eq!(stdout(&output).trim(), "--only-new");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let whole = printed(&["man"]);
    assert!(whole.starts_with(".ie") && whole.contains(".TH phiguard 1"), "{whole}");
    for name in commands() {
        let page = printed(&["man", &name]);
        assert!(page.contains(&format!(".TH phiguard-{name} 1")), "{page}");
        assert!(whole.contains(&format!("phiguard\\-{name}(1)")), "{name} is not in {whole}");
    }
    let check = printed(&["man", "check"]);
    assert!(check.contains("\\-\\-baseline") && check.contains("phiguard check \\-\\-since"), "{check}");
    if let Some(output) = fed("groff", &["-man", "-Tutf8", "-ww"], &check) {
        assert!(output.stderr.is_empty(), "{output:?}");
    }
    let output = phiguard(common::root(), &["man", "no-such"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn watching_checks_again_when_a_file_changes() {
    let folder = project(&[("main.tf", &store("charts"))]);
    let arguments = ["check", "--watch", "--format", "compact", "--format", "json=report.json"];
    let mut child = command(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, lines) = mpsc::channel();
    let (out, said) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let ready = sender.clone();
    std::thread::spawn(move || BufReader::new(out).lines().for_each(|line| drop(sender.send(line.unwrap()))));
    std::thread::spawn(move || BufReader::new(said).lines().for_each(|line| drop(ready.send(line.unwrap()))));
    let until = |wanted: &str| {
        let mut seen = Vec::new();
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(20)) {
            seen.push(line);
            if seen.last().unwrap().contains(wanted) {
                return seen;
            }
        }
        panic!("{wanted} never came: {seen:?}");
    };
    until("watching");
    fs::write(folder.path().join("claims.tf"), store("claims")).unwrap();
    until("aws_simpledb_domain.claims");
    // What it writes itself is no change: after the rest of this check, in either order, nothing comes.
    let rest = std::iter::from_fn(|| lines.recv_timeout(Duration::from_millis(1500)).ok()).take(5).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(rest < 5, "it checks again and again");
}
