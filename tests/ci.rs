//! What runs on build servers: action.yml and its scripts, the workflows, the snippets of docs/ci.md.

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
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

fn read(path: &str) -> String {
    fs::read_to_string(common::root().join(path)).unwrap()
}

fn yaml(path: &str) -> Json {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn workflows() -> Vec<String> {
    let files = common::files_below(&common::root().join(".github/workflows"), &["yml"]);
    files.iter().map(|file| file.strip_prefix(common::root()).unwrap().to_str().unwrap().to_string()).collect()
}

/// The YAML blocks of docs/ci.md.
fn snippets() -> Vec<String> {
    let page = read("docs/ci.md");
    page.split("```yaml\n").skip(1).map(|part| part.split("```").next().unwrap().to_string()).collect()
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_which_version() {
    let mut seen = 0;
    let files: Vec<String> = workflows().into_iter().chain(["action.yml".to_string()]).collect();
    for text in files.iter().map(|file| read(file)).chain(snippets()) {
        for line in text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses: ")) {
            let (_, action) = line.split_once("uses: ").unwrap();
            if action.starts_with("OWNER/phiguard@COMMIT") {
                continue;
            }
            let (action, version) = action.split_once(" # v").unwrap_or_else(|| panic!("{line} names no version"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(version.split('.').count() == 3, "{line}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} actions were seen, so this test no longer reads them");
}

#[test]
fn workflows_ask_for_the_least_permissions() {
    for file in workflows() {
        let workflow = yaml(&file);
        let top = workflow["permissions"].as_object().unwrap_or_else(|| panic!("{file} has no permissions"));
        assert!(top.values().all(|value| value == "read"), "{file}: {top:?}");
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            assert!(job["timeout-minutes"].is_u64(), "{file}: {name} may run for ever");
            for step in job["steps"].as_array().unwrap() {
                if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"], false, "{file}: {name}");
                }
                // What comes from outside reaches a shell through its environment only.
                let script = step["run"].as_str().unwrap_or_default();
                assert!(!script.contains("${{"), "{file}: {name}: {script}");
            }
        }
    }
    let action = yaml("action.yml");
    for step in action["runs"]["steps"].as_array().unwrap() {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
        assert!(step["run"].is_null() || step["shell"] == "bash", "{step}");
    }
    let page = read("docs/ci.md");
    for name in action["inputs"].as_object().unwrap().keys().filter(|name| *name != "token") {
        assert!(page.contains(&format!("`{name}`")), "{name} is not in docs/ci.md");
    }
}

#[test]
fn the_release_has_five_targets_with_checksums_contents_and_provenance() {
    let release = yaml(".github/workflows/release.yml");
    let targets = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
    assert_eq!(targets.len(), 5);
    let text = read(".github/workflows/release.yml");
    for word in ["sha256sum", "cyclonedx", "attest-build-provenance", "maturin"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn the_wheel_and_the_container_hold_the_program_only() {
    let project: toml::Table = toml::from_str(&read("pyproject.toml")).unwrap();
    assert_eq!(project["tool"]["maturin"]["bindings"].as_str(), Some("bin"));
    assert_eq!(project["project"]["name"].as_str(), Some("phiguard"));
    let container = read("Containerfile");
    let last = container.split("FROM ").last().unwrap();
    assert!(last.starts_with("scratch\n") && last.contains("USER 65532:65532"), "{last}");
    for line in container.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.contains("--from"))
    {
        let (sources, _) = line.rsplit_once(' ').unwrap();
        for source in sources.split(' ') {
            assert!(common::root().join(source).exists(), "{source} is not there");
            let listed = read("Containerfile.dockerignore").lines().any(|line| line == format!("!{source}"));
            assert!(listed, "{source} is left out by Containerfile.dockerignore");
        }
    }
}

/// A program on the path or in the folder that PHIGUARD_TOOLS names; without it, a line says that it was not tried.
fn tool(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("PHIGUARD_TOOLS").map(|folder| PathBuf::from(folder).join(name));
    let program = named.filter(|path| path.exists()).unwrap_or_else(|| name.into());
    match Command::new(&program).arg("--version").output() {
        Ok(output) if output.status.success() => Some(program),
        _ => {
            eprintln!("{name} is not here, so it was not asked");
            None
        }
    }
}

#[test]
fn linters_of_workflows_have_nothing_to_say() {
    let files: Vec<String> = workflows().into_iter().chain(["action.yml".to_string()]).collect();
    if let Some(program) = tool("zizmor") {
        let mut command = Command::new(program);
        let output =
            command.args(["--offline", "--no-progress"]).args(&files).current_dir(common::root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    if let Some(program) = tool("actionlint") {
        let output = Command::new(program).args(workflows()).current_dir(common::root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let Some(program) = tool("check-jsonschema") else { return };
    let folder = tempfile::tempdir().unwrap();
    let snippets = snippets();
    let find = |word: &str| snippets.iter().find(|text| text.contains(word)).unwrap();
    for (schema, text) in [
        ("vendor.github-workflows", find("OWNER/phiguard@COMMIT")),
        ("vendor.gitlab-ci", find("codequality")),
        ("vendor.azure-pipelines", find("PublishTestResults")),
        ("vendor.github-actions", &read("action.yml")),
    ] {
        let path = folder.path().join("snippet.yml");
        fs::write(&path, text).unwrap();
        let mut command = Command::new(&program);
        command.args(["--regex-variant", "python", "--builtin-schema", schema]).arg(&path);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{schema}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[cfg(unix)]
mod scripts {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Output;

    use super::*;

    fn run(script: &str, folder: &Path, out: &Path, environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command.arg(common::root().join(".github/action").join(script)).current_dir(folder);
        command.env("PHIGUARD_OUT", out).env("PHIGUARD_BIN", common::program::PROGRAM);
        command.env("GITHUB_STEP_SUMMARY", out.join("summary")).env("GITHUB_OUTPUT", out.join("output"));
        command.envs(environment.iter().copied()).output().unwrap()
    }

    #[test]
    fn the_action_writes_notes_sarif_summary_and_exit_code() {
        let folder = common::project(&[("main.tf", &common::store("charts"))]);
        let repository = common::repository::committed(folder.path());
        let start = repository.head().unwrap().target().unwrap();
        repository.reference("refs/remotes/origin/main", start, false, "").unwrap();
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[], "1"),
            (&[("PHIGUARD_FAIL_ON", "critical")], "0"),
            // A pull request that brings nothing new.
            (&[("PHIGUARD_BASE", "main")], "0"),
            (&[("PHIGUARD_BASE", "main"), ("PHIGUARD_ONLY_NEW", "false")], "1"),
            (&[("PHIGUARD_BASE", "main"), ("PHIGUARD_SINCE", "none")], "1"),
            (&[("PHIGUARD_ARGS", "--exit-zero --strict")], "0"),
            // What is given is no shell's.
            (&[("PHIGUARD_PATHS", "$(touch hacked) ;")], "2"),
        ];
        for (environment, expected) in cases {
            let out = tempfile::tempdir().unwrap();
            let output = run("check.sh", folder.path(), out.path(), environment);
            let answered = fs::read_to_string(out.path().join("output")).unwrap_or_default();
            assert_eq!(answered, format!("exit-code={expected}\n"), "{environment:?}: {output:?}");
            let summary = fs::read_to_string(out.path().join("summary")).unwrap();
            assert!(summary.starts_with("<!-- phiguard -->"), "{summary}");
            let sarif: Json =
                serde_json::from_str(&fs::read_to_string(out.path().join("phiguard.sarif")).unwrap()).unwrap();
            assert_eq!(sarif["version"], "2.1.0");
        }
        assert!(!folder.path().join("hacked").exists());
        let out = tempfile::tempdir().unwrap();
        let output = run("check.sh", folder.path(), out.path(), &[("PHIGUARD_SINCE", "no-such")]);
        assert!(output.status.code() == Some(2) && !out.path().join("output").exists(), "{output:?}");
    }

    #[test]
    fn the_action_keeps_one_comment() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("phiguard.md"), "<!-- phiguard -->\n").unwrap();
        // Stands for GitHub's program: notes what it is asked, and answers with the comments that there are.
        let gh = out.path().join("gh");
        fs::write(&gh, "#!/bin/sh\necho \"$*\" >> \"$PHIGUARD_OUT/asked\"\ncase \"$*\" in *--paginate*) cat \"$PHIGUARD_OUT/ids\";; esac\n").unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", out.path().display(), std::env::var("PATH").unwrap());
        for (ids, expected) in [
            ("", "--method POST repos/clinic/infra/issues/7/comments"),
            ("31\n32\n", "--method PATCH repos/clinic/infra/issues/comments/31"),
        ] {
            fs::write(out.path().join("ids"), ids).unwrap();
            let environment =
                [("PATH", path.as_str()), ("PHIGUARD_REPOSITORY", "clinic/infra"), ("PHIGUARD_PULL", "7")];
            let output = run("comment.sh", out.path(), out.path(), &environment);
            assert!(output.status.success(), "{output:?}");
            let asked = fs::read_to_string(out.path().join("asked")).unwrap();
            let last = asked.lines().last().unwrap();
            assert!(last.contains(expected) && last.contains("body=@"), "{asked}");
        }
    }
}
