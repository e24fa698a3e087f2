//! The report for people on a terminal: narrow ones, lines without end, characters that a terminal would obey, and what
//! it says at the end of many findings.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use common::project;

fn check(folder: &Path, columns: usize, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phiguard"));
    command.arg("check").args(arguments).current_dir(folder).env_remove("PHIGUARD_THREADS");
    command.env("NO_COLOR", "1").env("COLUMNS", columns.to_string());
    command.output().unwrap()
}

fn printed(files: &[(&str, &str)], columns: usize, arguments: &[&str]) -> String {
    String::from_utf8(check(project(files).path(), columns, arguments).stdout).unwrap()
}

/// A template on one line, with a finding in the middle of it.
fn minified() -> String {
    let bucket = |at: usize| {
        format!("\"Scans{at}\":{{\"Type\":\"AWS::S3::Bucket\",\"Properties\":{{\"AccessControl\":\"PublicRead\"}}}}")
    };
    let buckets: Vec<String> = (0..60).map(bucket).collect();
    format!("{{\"AWSTemplateFormatVersion\":\"2010-09-09\",\"Resources\":{{{}}}}}", buckets.join(","))
}

#[test]
fn long_lines_are_cut_to_the_terminal_around_what_is_meant() {
    let template = minified();
    for columns in [60, 80, 140] {
        let text = printed(&[("scans.json", &template)], columns, &["--select", "public-bucket"]);
        // Lines of the source have a number; what is said of them goes on to the right of what is underlined.
        let sources = text.lines().filter(|line| line.trim_start().starts_with(|one: char| one.is_ascii_digit()));
        for line in sources.filter(|line| line.contains(" │ ")) {
            assert!(line.chars().count() <= columns, "{} columns of {columns}: {line}", line.chars().count());
        }
        assert!(text.contains("…") && text.contains("\"PublicRead\""), "{text}");
        assert!(text.contains("AccessControl:"), "{text}");
    }
    // A line beside the one that is meant is cut as well.
    let tags = format!("  tags = {{ note = \"{}\" }}\n", "x".repeat(5000));
    let text = format!("resource \"aws_s3_bucket\" \"scans\" {{\n{tags}  acl = \"public-read\"\n{tags}}}\n");
    let text = printed(&[("main.tf", &text)], 100, &["--select", "public-bucket"]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn the_place_is_the_one_that_other_formats_name() {
    let bucket = "resource \"aws_s3_bucket\" \"scans\" {\r\n  /* 診療所 */ acl = \"public-read\"\r\n}\r\n";
    let files = [("main.tf", bucket)];
    let compact = printed(&files, 100, &["--select", "public-bucket", "--format", "compact"]);
    assert!(compact.starts_with("main.tf:2:19: critical public-bucket"), "{compact}");
    let text = printed(&files, 100, &["--select", "public-bucket"]);
    assert!(text.contains("[main.tf:2:19]") && !text.contains('\r'), "{text}");
    let (line, underlined) = (text.lines().position(|line| line.contains("診療所")).unwrap(), "──────┬──────");
    let below = text.lines().nth(line + 1).unwrap();
    // Each of the three characters is two columns wide.
    let before = |line: &str, what: &str| line.split(what).next().unwrap().chars().count();
    let marked = before(text.lines().nth(line).unwrap(), "\"public-read\"") + 3;
    assert_eq!(before(below, underlined), marked, "{text}");
}

#[test]
fn a_scanned_file_gives_the_terminal_no_orders() {
    let text = "locals {\n  # \u{1b}[2J\u{1b}]0;gone\u{7} \u{202e}\n  names = [\"\\u001b[31mscans\\nof\\r1\"]\n}\nresource \"aws_s3_bucket\" \"scans\" {\n  # \u{1b}[8m\n  for_each = toset(local.names)\n  acl      = \"public-read\" # \u{9b}1m\n}\nresource \"aws_iam_group\" \"\u{1b}[2J\" {}\n";
    for format in ["terminal", "compact"] {
        let output = check(project(&[("main.tf", text)]).path(), 100, &["--format", format]);
        for stream in [output.stdout, output.stderr] {
            let text = String::from_utf8(stream).unwrap();
            let orders = |one: &char| (one.is_control() && *one != '\n') || *one == '\u{202e}';
            assert_eq!(text.chars().find(orders), None, "{format}: {text:?}");
        }
    }
}

#[test]
fn many_findings_end_with_what_weighs_most_and_what_to_do() {
    let mut text = String::new();
    for at in 0..15 {
        let _ = write!(text, "resource \"aws_s3_bucket\" \"scans{at}\" {{\n  acl = \"public-read\"\n}}\n");
        let _ = write!(text, "resource \"aws_simpledb_domain\" \"charts{at}\" {{\n  name = \"charts\"\n}}\n");
    }
    let only = ["--select", "public-bucket,non-baa-service,bucket-versioning-disabled"];
    let text = printed(&[("main.tf", &text)], 100, &only);
    let (_, end) = text.split_once("\n45 findings (15 critical, 15 high, 15 medium)").unwrap();
    let expected = "
What weighs most:
     15  critical  public-bucket
     15  high      non-baa-service
     15  medium    bucket-versioning-disabled

`phiguard explain public-bucket` says more; `--diff` shows what can be mended for you.
`--write-baseline` lists all of them, so that from then on only new ones count.
";
    assert_eq!(end.split_once(".\n").unwrap().1, expected, "{text}");
    // One is short enough to be read as it is.
    let one = "resource \"aws_simpledb_domain\" \"charts\" { name = \"charts\" }\n";
    let text = printed(&[("main.tf", one)], 100, &["--select", "non-baa-service"]);
    assert!(text.ends_with("1 finding (1 high).\n`phiguard explain non-baa-service` says more.\n"), "{text}");
}

#[test]
fn each_stack_that_calls_a_module_is_shown() {
    let stack = "module \"store\" {\n  source = \"../store\"\n}\n";
    let files = [
        ("claims/main.tf", stack),
        ("imaging/main.tf", stack),
        ("store/main.tf", "resource \"aws_kms_key\" \"this\" {\n  deletion_window_in_days = 7\n}\n"),
    ];
    let shown = printed(&files, 100, &["--select", "key-deletion-unprotected"]);
    for place in ["claims/main.tf:1", "imaging/main.tf:1"] {
        assert!(shown.contains(place), "{place} is not named:\n{shown}");
    }
}
