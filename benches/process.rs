//! What the whole process costs, from its start to its end, on generated projects: files and megabytes a second,
//! the share of reading and parsing, start-up on an empty folder, peak memory, one changed file among a thousand as a
//! commit hook has it, and what all policies cost beside the first twenty. Run with `cargo bench --bench process`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and says what went wrong by failing"
)]

mod generate;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of which the fastest counts: the others met noise.
const RUNS: usize = 7;

/// The first twenty policies that there were, in the order of their ids: what the whole catalogue is compared with.
const FIRST: &[&str] = &[
    "admin-privileges",
    "audit-log-validation-disabled",
    "audit-trail-not-multi-region",
    "bucket-plaintext-allowed",
    "bucket-public-access-not-blocked",
    "cmk-missing",
    "encryption-at-rest-disabled",
    "key-deletion-unprotected",
    "key-rotation-disabled",
    "non-baa-service",
    "open-admin-port",
    "open-database-port",
    "open-ingress",
    "plaintext-listener",
    "public-bucket",
    "public-database",
    "resource-logging-disabled",
    "short-log-retention",
    "weak-tls",
    "wildcard-permissions",
];

/// Writes a project of about so many resources, and tells its files and bytes.
type Generator = fn(&Path, usize) -> (usize, usize);

/// The generated projects, by how they are written.
const PROJECTS: [(&str, Generator); 2] = [
    ("stacks with comments, variables and outputs, a finding for each resource", generate::stack::stacks),
    ("little but resources, two findings for each", generate::project),
];

/// What the whole process may take where there is nothing to check.
const START: Duration = Duration::from_millis(10);

/// The whole catalogue may cost this many times what the first policies do.
const MOST: f64 = 2.0;

/// With the first policies the whole run may cost this many times what reading and parsing alone does.
const MOST_OF_PARSING: f64 = 2.0;

/// Resources that make about a thousand files.
const THOUSAND_FILES: usize = 8_400;

/// What the whole process may take for one changed file among these.
const CHANGED: Duration = Duration::from_millis(100);

fn main() {
    // `cargo test` builds benches and runs them once; there is nothing to see in a debug build.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let empty = tempfile::tempdir().unwrap();
    let start = fastest(empty.path(), "check");
    println!("empty folder      {:>8.1} ms  (at most {} ms)", milliseconds(start), START.as_millis());
    assert!(start < START, "an empty folder is to be done within {START:?}");
    for (name, write) in PROJECTS {
        println!("{name}");
        println!(
            "{:>9} {:>7} {:>8} {:>10} {:>10} {:>9} {:>8} {:>9} {:>11} {:>9}",
            "resources",
            "files",
            "KiB",
            "check ms",
            "parse ms",
            "files/s",
            "MB/s",
            "parse %",
            "µs/resource",
            "peak MiB"
        );
        for resources in [100, 1_000, 10_000] {
            let folder = tempfile::tempdir().unwrap();
            let (files, bytes) = write(folder.path(), resources);
            let check = fastest(folder.path(), "check");
            let parse = fastest(folder.path(), "parse");
            println!(
                "{resources:>9} {files:>7} {:>8} {:>10.1} {:>10.1} {:>9.0} {:>8.1} {:>8.0}% {:>11.1} {:>9}",
                bytes / 1024,
                milliseconds(check),
                milliseconds(parse),
                files as f64 / check.as_secs_f64(),
                bytes as f64 / 1e6 / check.as_secs_f64(),
                100.0 * parse.as_secs_f64() / check.as_secs_f64(),
                check.saturating_sub(start).as_secs_f64() * 1e6 / resources as f64,
                peak(folder.path()).map_or_else(|| "-".into(), |peak| format!("{:.0}", peak)),
            );
        }
    }
    changed();
    policies();
    beside_parsing();
}

/// What the whole run costs beside reading and parsing alone, on stacks as they are written.
fn beside_parsing() {
    let folder = tempfile::tempdir().unwrap();
    generate::stack::stacks(folder.path(), 10_000);
    let parse = fastest(folder.path(), "parse");
    let all = fastest(folder.path(), "check");
    let first = fastest_of(|| first_policies(folder.path()));
    let times = |time: Duration| time.as_secs_f64() / parse.as_secs_f64();
    println!(
        "beside read+parse {:.1} ms: {:.2} times with the first {} policies (at most {MOST_OF_PARSING}), {:.2} with all",
        milliseconds(parse),
        times(first),
        FIRST.len(),
        times(all),
    );
    assert!(times(first) < MOST_OF_PARSING, "the run is to cost at most {MOST_OF_PARSING} times reading and parsing");
}

/// What a commit of one file costs in a repository of a thousand.
fn changed() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = generate::project(folder.path(), THOUSAND_FILES);
    let time = fastest_of(|| {
        let mut command = command(folder.path(), "nothing");
        command.args(["check", "--changed", "stack-0007/unit_00070.tf", "--exit-zero"]);
        command
    });
    println!("one changed file of {files}: {:.1} ms (at most {} ms)", milliseconds(time), CHANGED.as_millis());
    assert!(time < CHANGED, "a commit hook is to be done within {CHANGED:?}");
}

/// What the whole catalogue costs beside the first policies, on the same project.
fn policies() {
    let folder = tempfile::tempdir().unwrap();
    generate::project(folder.path(), 10_000);
    let first = fastest_of(|| first_policies(folder.path()));
    let all = fastest(folder.path(), "check");
    println!(
        "all policies {:.1} ms, the first {} {:.1} ms: {:.2} times (at most {MOST})",
        milliseconds(all),
        FIRST.len(),
        milliseconds(first),
        all.as_secs_f64() / first.as_secs_f64(),
    );
    assert!(all.as_secs_f64() < MOST * first.as_secs_f64(), "all policies are to cost at most {MOST} times the first");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn command(folder: &Path, until: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phiguard"));
    match until {
        "nothing" => &mut command,
        "parse" => command.args(["eval", ".", "1"]),
        _ => command.args(["check", ".", "--format", "json", "--exit-zero"]),
    };
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn first_policies(folder: &Path) -> Command {
    let mut command = command(folder, "check");
    command.args(["--select", &FIRST.join(",")]);
    command
}

fn fastest(folder: &Path, until: &str) -> Duration {
    fastest_of(|| command(folder, until))
}

fn fastest_of(command: impl Fn() -> Command) -> Duration {
    let once = || {
        let mut command = command();
        let started = Instant::now();
        assert!(command.status().unwrap().success());
        started.elapsed()
    };
    (0..RUNS).map(|_| once()).min().unwrap()
}

/// The peak of resident memory in MiB, where the system's `time` tells it.
fn peak(folder: &Path) -> Option<f64> {
    let inner = command(folder, "check");
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(folder)
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().last()?.trim().parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}
