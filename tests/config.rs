//! phiguard.toml: where it is found, what it changes, and what is told of mistakes in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "config/environments.rs"]
mod environments;

use common::program::{self, code, graph, phiguard, stderr, stdout};
use common::{project, repository, store, write};
use serde_json::Value as Json;

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {}\n";
const POLICY: &str = "bucket-public-access-not-blocked";
const IGNORED: &str = "[[ignore]]\npolicy = \"bucket-public-access-not-blocked\"\nreason = \"a site\"\n";

/// Checks a folder with a configuration and prints JSON.
fn checked(config: &str, files: &[(&str, &str)], arguments: &[&str]) -> (i32, Json) {
    let folder = project(&[files, &[("phiguard.toml", config)]].concat());
    let (json, code) = program::checked(folder.path(), arguments);
    (code, json)
}

/// The findings that nobody suppressed, as `file policy severity`, sorted.
fn shown(json: &Json) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap().to_string();
    let all = json["findings"].as_array().unwrap().iter().filter(|finding| finding["suppressed"].is_null());
    let mut all: Vec<String> = all
        .map(|finding| {
            format!("{} {} {}", text(&finding["file"]), text(&finding["policy"]), text(&finding["severity"]))
        })
        .collect();
    all.sort();
    all
}

fn codes(json: &Json) -> Vec<&str> {
    json["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

#[test]
fn policies_are_selected_and_left_out() {
    let files = [("main.tf", BUCKET)];
    let select = format!("select = [\"{POLICY}\"]\n");
    let found = format!("main.tf {POLICY} high");
    let (code, json) = checked(&select, &files, &[]);
    let high = shown(&json);
    assert_eq!((code, high.len()), (1, 1), "{json}");
    assert!(high[0].starts_with(found.trim_end_matches(" high")));
    let (code, json) = checked(&format!("{select}ignore = [\"{POLICY}\"]\n"), &files, &[]);
    assert_eq!((code, shown(&json).len(), &json["summary"]["policies"]), (0, 0, &Json::from(0)));
    // The command line takes the place of `select`, adds to `ignore`, and leaves the file aside where it is told to.
    let (_, json) = checked(&select, &files, &["--select", "bucket-plaintext-allowed"]);
    assert!(
        shown(&json).iter().all(|finding| finding.contains("bucket-plaintext-allowed")) && !shown(&json).is_empty()
    );
    let (_, json) = checked(&select, &files, &["--ignore", POLICY]);
    assert_eq!(shown(&json), [""; 0]);
    let (_, json) = checked(&select, &files, &["--no-config"]);
    assert!(shown(&json).len() > 1);
}

#[test]
fn severities_thresholds_and_parameters_are_those_of_the_file() {
    let files = [("main.tf", BUCKET)];
    let low = format!("select = [\"{POLICY}\"]\nfail_on = \"medium\"\n[severity]\n{POLICY} = \"low\"\n");
    let (code, json) = checked(&low, &files, &[]);
    assert_eq!((code, shown(&json)), (0, vec![format!("main.tf {POLICY} low")]));
    assert_eq!(json["summary"]["by_severity"]["low"], 1);
    assert_eq!(checked(&low, &files, &["--fail-on", "low"]).0, 1);

    let port = "resource \"aws_security_group\" \"s\" {\n  ingress {\n    from_port = 8022\n    to_port = 8022\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n";
    let select = "select = [\"open-admin-port\"]\n";
    assert_eq!(checked(select, &[("main.tf", port)], &[]).0, 0);
    let (code, _) =
        checked(&format!("{select}[parameters.open-admin-port]\nadmin_ports = [8022]\n"), &[("main.tf", port)], &[]);
    assert_eq!(code, 1);
}

#[test]
fn files_are_excluded_as_gitignore_has_it() {
    let files = [("main.tf", BUCKET), ("vendor/a/main.tf", BUCKET), ("b/skip.tf", BUCKET)];
    let config = format!("select = [\"{POLICY}\"]\nexclude = [\"vendor/\", \"skip.tf\"]\n");
    let (_, json) = checked(&config, &files, &[]);
    assert_eq!(json["summary"]["files"], 1);
    assert_eq!(shown(&json).len(), 1);
}

#[test]
fn a_baseline_of_the_file_holds_unless_the_call_names_another() {
    let config = "baseline = \"ci/known.json\"\n";
    let folder = project(&[("clinic/main.tf", &store("charts")), ("ci/readme", ""), ("phiguard.toml", config)]);
    let without = phiguard(folder.path(), &["check"]);
    assert!(code(&without) == 2 && stderr(&without).contains("ci/known.json"), "{without:?}");
    let written = phiguard(folder.path(), &["check", "--write-baseline"]);
    assert!(code(&written) == 0 && stdout(&written).starts_with("ci/known.json lists"), "{written:?}");
    assert!(folder.path().join("ci/known.json").is_file());
    // From wherever it is called.
    for place in ["", "clinic"] {
        let (report, code) = program::checked(&folder.path().join(place), &["."]);
        assert_eq!((code, &report["summary"]["failed"]), (0, &Json::from(0)), "{report}");
    }
    write(folder.path(), "empty.json", "{\"version\": 1, \"findings\": []}\n");
    for arguments in [&["--baseline", "empty.json"][..], &["--no-config"]] {
        let (report, code) = program::checked(folder.path(), arguments);
        assert!(code == 1 && report["summary"]["failed"] != 0, "{arguments:?}: {report}");
    }
    repository::committed(folder.path());
    let (report, code) = program::checked(folder.path(), &["--since", "HEAD"]);
    assert_eq!((code, &report["findings"][0]["change"]), (1, &Json::from("kept")), "{report}");
}

#[test]
fn comments_for_other_tools_count_where_the_file_says_so() {
    let database = "resource \"aws_db_instance\" \"records\" {\n  # checkov:skip=CKV_AWS_17:reached by the partner only\n  publicly_accessible = true\n}\n";
    for (config, expected) in [("foreign_ignores = true\n", 0), ("foreign_ignores = false\n", 1), ("", 1)] {
        let (code, json) = checked(config, &[("main.tf", database)], &["--select", "public-database"]);
        assert_eq!((code, json["findings"].as_array().unwrap().len()), (expected, 1), "{config}: {json}");
    }
}

#[test]
fn findings_are_suppressed_by_policy_address_and_path() {
    let two = "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket\" \"c\" {}\n";
    let files = [("main.tf", two), ("site/main.tf", two)];
    let cases: &[(&str, usize, &[&str])] = &[
        ("", 0, &[]),
        ("address = \"aws_s3_bucket.b\"\n", 2, &[]),
        ("address = \"*.c\"\npath = \"site/\"\n", 3, &[]),
        ("path = \"/main.tf\"\n", 2, &[]),
        ("until = 9999-12-31\n", 0, &[]),
        ("until = 2020-01-01\n", 4, &["expired-suppression"]),
        ("address = \"nobody\"\n", 4, &["unused-suppression"]),
    ];
    for (more, left, told) in cases {
        let config = format!("select = [\"{POLICY}\"]\n{IGNORED}{more}");
        let (code, json) = checked(&config, &files, &[]);
        assert_eq!((shown(&json).len(), codes(&json)), (*left, told.to_vec()), "{more}{json}");
        assert_eq!(code, i32::from(*left > 0), "{more}");
        assert_eq!(json["summary"]["suppressed"], 4 - left);
    }
    let (_, json) = checked(&format!("select = [\"{POLICY}\"]\n{IGNORED}"), &files, &[]);
    let suppressed = serde_json::json!({"reason": "a site", "until": null, "file": "phiguard.toml", "line": 3});
    assert_eq!(json["findings"][0]["suppressed"], suppressed);
    // A part of the project says nothing of suppressions for the rest.
    let (_, json) = checked(&format!("{IGNORED}path = \"/main.tf\"\n"), &files, &["site"]);
    assert_eq!(codes(&json), [""; 0]);
}

#[test]
fn locked_policies_cannot_be_suppressed() {
    let commented = format!("# phiguard: ignore[{POLICY}] reason=\"a site\"\n{BUCKET}");
    let locked = format!("select = [\"{POLICY}\"]\nlocked = [\"{POLICY}\"]\n");
    let (code, json) = checked(&locked, &[("main.tf", &commented)], &[]);
    assert_eq!((code, codes(&json)), (1, vec!["invalid-suppression"]));
    let folder = project(&[("main.tf", BUCKET), ("phiguard.toml", &format!("{locked}{IGNORED}"))]);
    let output = phiguard(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is locked"), "{output:?}");
}

#[test]
fn the_file_is_found_above_and_not_beyond_the_repository() {
    let folder = project(&[
        ("phiguard.toml", "select = [\"weak-tls\"]\n"),
        ("a/b/main.tf", BUCKET),
        ("c/.git/HEAD", ""),
        ("c/main.tf", BUCKET),
    ]);
    for (path, code) in [("a/b", 0), ("a/b/main.tf", 0), ("c", 1)] {
        let output = phiguard(folder.path(), &["check", path]);
        assert_eq!(output.status.code(), Some(code), "{path}: {output:?}");
    }
}

#[test]
fn every_mistake_is_shown_at_its_place() {
    let cases: &[(&str, &[&str])] = &[
        (
            "slect = []\n",
            &["phiguard.toml:1:1: there is no key \"slect\"; is it select?", "  1 | slect = []\n    | ^^^^^"],
        ),
        ("select = \"x\"\n", &["1:10: a list of policies is expected here"]),
        (
            "ignore = [\"public-buckets\"]\n",
            &["1:11: there is no policy and no family \"public-buckets\"; is it public-bucket?", "^^^^^^^^^^^^^^^^"],
        ),
        ("fail_on = \"hihg\"\n", &["1:11: there is no severity \"hihg\"; is it high?"]),
        ("fail_on = 1\nexclude = 2\n", &["1:11: a severity is expected here", "2:11: a list of patterns"]),
        ("[severity]\nweak-tsl = \"low\"\n", &["2:1: there is no policy \"weak-tsl\"; is it weak-tls?"]),
        (
            "[parameters.open-admin-port]\nadmin_port = []\n",
            &["2:1: there is no parameter of open-admin-port \"admin_port\"; is it admin_ports?"],
        ),
        ("[parameters.open-admin-port]\nadmin_ports = [\"22\"]\n", &["2:15: a value like [22,"]),
        ("[parameters.public-subnet]\nversion = 1\n", &["2:1: public-subnet has no parameters"]),
        ("[[ignore]]\npolicy = \"weak-tls\"\n", &["1:1: this suppression gives no reason"]),
        ("[[ignore]]\nreason = \"x\"\n", &["1:1: this suppression names no policy"]),
        ("[[ignore]]\npolicy = \"weak-tls\"\nreason = \"x\"\nuntil = 2030-02-30T00:00:00Z\n", &["4:"]),
        (
            "[[ignore]]\npolicy = \"weak-tls\"\nreasn = \"x\"\n",
            &["3:1: there is no key of a suppression \"reasn\"; is it reason?"],
        ),
        ("profiles = [\"acount\"]\n", &["1:13: there is no profile \"acount\"; is it account?"]),
        (
            "[parameters.account-baseline-missing]\npieces = [\"trial\"]\n",
            &["2:10: there is no piece of account-baseline-missing \"trial\"; is it trail?"],
        ),
        ("[phi]\nname = []\n", &["2:1: there is no key of [phi] \"name\"; is it names?"]),
        ("[phi]\nrequire_tags = true\n", &["require_tags asks for tags, but none is named"]),
        ("[agreements.asw]\n", &["1:13: there is no provider \"asw\"; is it aws?"]),
        ("[agreements.aws]\nsigned = true\n", &["2:10: the day of the signature is expected here"]),
        (
            "[agreements.aws]\nextra = [\"AWS App Runer\"]\n",
            &["2:10: there is no service \"AWS App Runer\"; is it AWS App Runner?"],
        ),
        ("baseline = true\nforeign_ignores = \"yes\"\n", &["1:12: a file is expected", "2:19: true or false"]),
        ("select = [\n", &["this is not TOML"]),
    ];
    for (config, expected) in cases {
        let folder = project(&[("main.tf", BUCKET), ("phiguard.toml", config)]);
        let output = phiguard(folder.path(), &["check"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{config}: {said}");
        for words in *expected {
            assert!(said.contains(words), "{config}: {said}");
        }
        assert_eq!(phiguard(folder.path(), &["check", "--no-config", "--exit-zero"]).status.code(), Some(0));
    }
}

#[test]
fn a_new_file_changes_nothing_and_is_right_when_all_of_it_counts() {
    let folder = project(&[("main.tf", BUCKET)]);
    let before = phiguard(folder.path(), &["check", "--format", "json"]);
    assert_eq!(phiguard(folder.path(), &["init"]).status.code(), Some(0));
    let after = phiguard(folder.path(), &["check", "--format", "json"]);
    assert_eq!(before.stdout, after.stdout);
    assert_eq!(phiguard(folder.path(), &["init"]).status.code(), Some(2));
    let file = folder.path().join("phiguard.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let set = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    std::fs::write(&file, text.lines().map(set).collect::<String>()).unwrap();
    write(folder.path(), "production.tfvars", "");
    write(folder.path(), "production.json", "{\"Parameters\": {}}");
    assert_eq!(code(&phiguard(folder.path(), &["check", "--write-baseline"])), 0);
    let output = phiguard(folder.path(), &["check"]);
    assert_ne!(output.status.code(), Some(2), "{output:?}");
}

const TABLE: &str = "resource \"aws_efs_file_system\" \"imaging\" {\n  tags = { class = \"phi\" }\n}\n\
                     resource \"aws_efs_file_system\" \"menus\" {\n  creation_token = \"menus\"\n}\n";

/// The findings of a policy, as address, severity, class and note.
fn of_policy(json: &Json, policy: &str) -> Vec<(String, String, Json, Json)> {
    let all = json["findings"].as_array().unwrap().iter().filter(|finding| finding["policy"] == policy);
    all.map(|finding| {
        let text = |value: &Json| value.as_str().unwrap().to_string();
        let resource = &finding["resource"];
        let (class, note) = (resource["classification"].clone(), finding["severity_note"].clone());
        (text(&resource["address"]), text(&finding["severity"]), class, note)
    })
    .collect()
}

#[test]
fn severities_follow_what_holds_phi() {
    let files = [("main.tf", TABLE)];
    /// Name, severity, class and note of each of the two.
    type Two = [(&'static str, &'static str, Json, Json); 2];
    let cases: &[(&str, Two)] = &[
        ("", [("imaging", "medium", Json::Null, Json::Null), ("menus", "medium", Json::Null, Json::Null)]),
        (
            "[phi.tags]\nClass = [\"PHI\"]\n",
            [
                ("imaging", "high", "phi".into(), "raised from medium: it holds PHI, its tag Class says so".into()),
                (
                    "menus",
                    "low",
                    "unclassified".into(),
                    "lowered from medium: nothing declares that it holds PHI".into(),
                ),
            ],
        ),
        (
            "[phi]\nnames = [\"menu*\"]\n[phi.tags]\nclass = [\"secret\"]\n",
            [
                ("imaging", "low", "other".into(), "lowered from medium: its tag class says otherwise".into()),
                ("menus", "high", "phi".into(), "raised from medium: it holds PHI, its name is among menu*".into()),
            ],
        ),
        (
            "[phi]\naddresses = [\"*.imaging\"]\n[severity]\nno-backup-plan = \"critical\"\n",
            [
                ("imaging", "critical", "phi".into(), Json::Null),
                ("menus", "critical", "unclassified".into(), Json::Null),
            ],
        ),
    ];
    for (config, expected) in cases {
        let (_, json) = checked(config, &files, &[]);
        let found = of_policy(&json, "no-backup-plan");
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, severity, class, note)| {
                (format!("aws_efs_file_system.{name}"), severity.to_string(), class.clone(), note.clone())
            })
            .collect();
        assert_eq!(found, expected, "{config}");
    }
}

#[test]
fn an_account_is_judged_once_and_only_where_its_profile_is_asked_for() {
    let files = [("a/main.tf", BUCKET), ("b/main.tf", BUCKET)];
    let accounts = |config: &str, arguments: &[&str]| {
        let (_, json) = checked(config, &files, arguments);
        of_policy(&json, "account-baseline-missing").into_iter().map(|found| found.0).collect::<Vec<_>>()
    };
    assert!(accounts("", &[]).is_empty());
    assert_eq!(accounts("profiles = [\"account\"]\n", &[]), ["account.aws"]);
    assert_eq!(accounts("", &["--profile", "account"]), ["account.aws"]);
    let none = "profiles = [\"account\"]\n[parameters.account-baseline-missing]\npieces = []\n";
    assert!(accounts(none, &[]).is_empty());
    // What could not be read may declare it.
    let missing =
        [("main.tf", "module \"base\" {\n  source = \"./nowhere\"\n}\nresource \"aws_s3_bucket\" \"b\" {}\n")];
    let (_, json) = checked("profiles = [\"account\"]\n", &missing, &["--show-unknown"]);
    let found = json["findings"].as_array().unwrap().iter().find(|one| one["policy"] == "account-baseline-missing");
    assert_eq!(found.unwrap()["outcome"], "unknown", "{json}");
}
