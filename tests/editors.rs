//! The set-ups of docs/editors.md: those of Emacs in Emacs itself where it is installed, the others as far as they can be
//! read without their editor. Neovim's is in tests/lsp.rs.

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
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

/// The blocks of a language below a heading of the page.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let page = fs::read_to_string(common::root().join("docs/editors.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_string()).collect()
}

/// Whether a program runs; without it, a line says that it was not asked.
fn runs(program: &str, arguments: &[&str]) -> bool {
    let runs = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("skipped: {program} {} does not run here", arguments.join(" "));
    }
    runs
}

/// Opens a file in Emacs as the page sets it up, and says which policies it shows.
fn emacs(package: &str, set_up: &str, open: &str) {
    let require = format!("(progn (require 'package) (package-initialize) (require '{package}))");
    if !runs("emacs", &["--batch", "--eval", &require]) {
        return;
    }
    let folder = common::project(&[
        ("clinic/main.tf", "resource \"aws_s3_bucket\" \"scans\" {\n  acl = \"public-read\"\n}\n"),
        ("set-up.el", set_up),
        ("session.el", &format!("{START}{open}")),
    ]);
    git2::Repository::init(folder.path().join("clinic")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_phiguard")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("emacs");
    command.args(["--batch", "--load", "session.el"]).current_dir(folder.path()).env("PATH", path);
    let output = command.env("HOME", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("shown: ") && said.contains("anyone on the internet"), "{said}");
}

/// Emacs has no mode for Terraform of its own; the page expects the one that people install.
const START: &str = r#"
(require 'package)
(package-initialize)
(define-derived-mode terraform-mode prog-mode "Terraform")
(add-to-list 'auto-mode-alist '("\\.tf\\'" . terraform-mode))
(load (expand-file-name "set-up.el"))
(defun wait-for (ready)
  (let ((rounds 0))
    (while (and (< rounds 300) (not (funcall ready)))
      (accept-process-output nil 0.1)
      (setq rounds (1+ rounds)))))
"#;

#[test]
fn emacs_shows_findings_with_eglot() {
    let open = r#"
(require 'eglot)
(setq eglot-sync-connect t)
(find-file "clinic/main.tf")
(unless (eglot-current-server) (call-interactively #'eglot))
(flymake-mode 1)
(wait-for #'flymake-diagnostics)
(dolist (one (flymake-diagnostics)) (message "shown: %s" (flymake-diagnostic-text one)))
"#;
    emacs("eglot", &blocks("Emacs", "elisp")[0], open);
}

#[test]
fn emacs_shows_findings_with_lsp_mode() {
    let open = r#"
(require 'lsp-mode)
(setq lsp-auto-guess-root t lsp-enable-file-watchers nil lsp-enable-snippet nil lsp-diagnostics-provider :none)
(lsp-workspace-folders-add (expand-file-name "clinic"))
(find-file "clinic/main.tf")
(lsp)
(wait-for (lambda () (< 0 (hash-table-count (lsp-diagnostics)))))
(maphash (lambda (_ found) (dolist (one found) (message "shown: %s" (lsp:diagnostic-message one)))) (lsp-diagnostics))
"#;
    emacs("lsp-mode", &blocks("Emacs", "elisp")[1], open);
}

#[test]
fn the_set_ups_of_other_editors_can_be_read() {
    let helix: toml::Table = toml::from_str(&blocks("Helix", "toml")[0]).unwrap();
    assert_eq!(helix["language-server"]["phiguard"]["args"][0].as_str(), Some("lsp"));
    for language in helix["language"].as_array().unwrap() {
        let servers = language["language-servers"].as_array().unwrap();
        assert!(servers.iter().any(|server| server.as_str() == Some("phiguard")), "{language:?}");
    }
    let package: Json = serde_json::from_str(&blocks("VS Code", "json")[0]).unwrap();
    assert_eq!(package["main"], "./extension.js");
    let zed = blocks("Zed", "toml");
    let extension: toml::Table = toml::from_str(&zed[0]).unwrap();
    assert!(extension["language_servers"]["phiguard"]["languages"].as_array().unwrap().len() > 3, "{extension:?}");
    let crate_: toml::Table = toml::from_str(&zed[1]).unwrap();
    assert_eq!(crate_["lib"]["crate-type"][0].as_str(), Some("cdylib"));
    if runs("node", &["--version"]) {
        let folder = common::project(&[("extension.js", &blocks("VS Code", "js")[0])]);
        let output =
            Command::new("node").args(["--check", "extension.js"]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
