//! CloudFormation from files to the graph: which files are templates, nested stacks, references, parameters, exports,
//! what the CDK writes, damage.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "cloudformation/cdk.rs"]
mod cdk;
#[path = "cloudformation/files.rs"]
mod files;
#[path = "cloudformation/parameters.rs"]
mod parameters;
#[path = "cloudformation/stacks.rs"]
mod stacks;
#[path = "cloudformation/wrong.rs"]
mod wrong;

use common::program::{self, stderr, stdout};
use serde_json::Value as Json;

/// A folder with files that phiguard runs in.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        Folder(common::project(files))
    }

    /// What phiguard says, and its exit code.
    fn run(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        let output = program::phiguard(self.0.path(), arguments);
        (stdout(&output), stderr(&output), output.status.code())
    }

    fn json(&self, command: &str, arguments: &[&str]) -> (Json, Option<i32>) {
        let (out, error, code) = self.run(&[&[command, "--format", "json"], arguments].concat());
        (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}")), code)
    }

    fn graph(&self, arguments: &[&str]) -> Json {
        self.json("graph", arguments).0
    }
}

fn texts<'j>(list: &'j Json, field: &str) -> Vec<&'j str> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()).collect()
}

/// `address body` of every resource.
fn bodies(report: &Json) -> Vec<String> {
    let resources = report["resources"].as_array().unwrap().iter();
    resources.map(|one| format!("{} {}", one["address"].as_str().unwrap(), one["body"])).collect()
}

/// `from -via-> to` of every edge, or another arrow for one that is no reference.
fn edges(report: &Json) -> Vec<String> {
    let name = |edge: &Json, end: &str| edge[end].as_str().unwrap().to_string();
    report["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let arrow = if edge["relation"] == "follows" { "=>" } else { "->" };
            format!("{} {} {arrow} {}", name(edge, "from"), name(edge, "via"), name(edge, "to"))
        })
        .collect()
}

/// `line code message` of every error.
fn errors(report: &Json) -> Vec<String> {
    let text = |error: &Json, field: &str| error[field].as_str().unwrap().to_string();
    report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let line = &error["range"]["start"]["line"];
            format!("{}:{line} {} {}", text(error, "file"), text(error, "code"), text(error, "message"))
        })
        .collect()
}
