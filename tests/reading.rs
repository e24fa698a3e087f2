//! Files that are not as they should be, and folders that must not be walked: reported, and never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::fs;

use common::program::checked;
use common::{addresses, check, errors, project};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n";

#[test]
fn byte_order_marks_and_both_line_ends_are_read() {
    let folder = project(&[
        ("a.tf", &format!("\u{feff}{BUCKET}")),
        ("b.tf", &BUCKET.replace("\"b\" {", "\"c\" {").replace('\n', "\r\n")),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(addresses(&report), ["aws_s3_bucket.b", "aws_s3_bucket.c"]);
}

#[test]
fn an_empty_file_is_no_trouble() {
    let report = check(project(&[("a.tf", ""), ("b.tf", "\n\n"), ("c.tf", "# nothing\n")]).path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(report.files, 3);
}

#[test]
fn what_is_not_utf8_is_located_and_the_rest_is_checked() {
    let folder = project(&[]);
    let mut bytes = BUCKET.as_bytes().to_vec();
    bytes.extend(b"variable \"x\" {\n  default = \"\xff\xfe\"\n}\n");
    fs::write(folder.path().join("a.tf"), bytes).unwrap();
    let report = check(folder.path());
    assert_eq!(errors(&report), ["a.tf:5 not-utf8 this is not UTF-8; save the file as UTF-8"]);
    assert_eq!(addresses(&report), ["aws_s3_bucket.b"]);
}

#[test]
fn a_file_above_the_limit_is_named_and_the_others_are_checked() {
    let folder = project(&[("b.tf", BUCKET)]);
    fs::write(folder.path().join("a.tf"), "# filler\n".repeat(10 * 1024 * 1024 / 9)).unwrap();
    let report = check(folder.path());
    assert!(errors(&report)[0].starts_with("a.tf:1 too-large"), "{:?}", errors(&report));
    assert_eq!(addresses(&report), ["aws_s3_bucket.b"]);
    assert!(report.has_unchecked());
}

#[cfg(unix)]
#[test]
fn unreadable_files_and_folders_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = project(&[("a.tf", BUCKET), ("closed/b.tf", BUCKET), ("c/c.tf", BUCKET)]);
    let closed = |path: &str| fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(0o000)).unwrap();
    closed("a.tf");
    closed("closed");
    let may_read_anything = fs::read(folder.path().join("a.tf")).is_ok();
    let report = check(folder.path());
    fs::set_permissions(folder.path().join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    if may_read_anything {
        // The superuser is refused nothing, so that there is nothing to report.
        return;
    }
    let errors = errors(&report);
    assert!(errors.iter().any(|error| error.starts_with("a.tf:1 unreadable")), "{errors:?}");
    assert!(errors.iter().any(|error| error.starts_with("closed:1 unreadable")), "{errors:?}");
    assert_eq!(addresses(&report), ["aws_s3_bucket.b"]);
}

#[test]
fn a_link_to_nothing_is_reported_and_a_link_out_is_not_followed() {
    let outside = project(&[("secret.tf", BUCKET)]);
    let folder = project(&[("a.tf", BUCKET)]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path().join("secret.tf"), folder.path().join("link.tf")).unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("linked")).unwrap();
    }
    let report = check(folder.path());
    assert_eq!(addresses(&report), ["aws_s3_bucket.b"]);
}

#[test]
fn ignore_files_and_downloaded_modules_are_left_out() {
    let folder = project(&[
        ("a.tf", BUCKET),
        (".gitignore", "generated/\n"),
        (".phiguardignore", "drafts/\n"),
        ("generated/a.tf", BUCKET),
        ("drafts/a.tf", BUCKET),
        (".terraform/modules/x/a.tf", BUCKET),
        ("kept/a.tf", BUCKET),
    ]);
    let report = check(folder.path());
    let roots: Vec<&str> = report.projects.iter().map(|project| project.root.as_str()).collect();
    assert_eq!(roots, [".", "kept"]);
}

#[test]
fn deep_nesting_ends_in_an_error_or_a_value_but_never_in_a_crash() {
    for text in [
        format!(
            "locals {{\n  a = {}1{}\n}}\noutput \"a\" {{ value = local.a }}\n",
            "(".repeat(20_000),
            ")".repeat(20_000)
        ),
        format!(
            "locals {{\n  a = {}1{}\n}}\noutput \"a\" {{ value = local.a }}\n",
            "[".repeat(5_000),
            "]".repeat(5_000)
        ),
        format!("locals {{\n  a = {}true\n}}\noutput \"a\" {{ value = local.a }}\n", "!".repeat(20_000)),
        format!("{}\n{}\n", "b {\n".repeat(3_000), "}\n".repeat(3_000)),
    ] {
        let folder = project(&[("deep.tf", &text), ("sound.tf", BUCKET)]);
        // The stack of a test thread is small, so that the program itself is asked.
        let (report, _) = checked(folder.path(), &[]);
        assert_eq!(report["summary"]["resources"], 1, "{}", &text[..30]);
        let internal = report["errors"].as_array().unwrap().iter().any(|error| error["code"] == "internal");
        assert!(!internal, "{}", report["errors"]);
    }
}
