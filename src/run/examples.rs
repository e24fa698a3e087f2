//! The examples of policies, judged: what must fail fails at the marked lines, what must pass was judged and
//! passes, what cannot be told is unknown.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Progress, Request, Until, run};
use crate::catalogue::model::{Example, Expect, PolicyFile};
use crate::catalogue::{Catalogue, embedded};
use crate::config::{self, Config};
use crate::judge::{Judged, Outcome, verdict};
use crate::report::Report;
use crate::value::Truth;

/// Judges an example of a policy by a catalogue, or by that of the program, and says what differs from what the
/// example expects.
pub fn judge(policy: &PolicyFile, example: &Example, catalogue: Option<&'static Catalogue>) -> Result<(), String> {
    let (report, config) = checked(example, catalogue)?;
    // What the project sets for the policy holds here too.
    let adjusted = config.and_then(|config| config.policies.iter().find(|one| one.id == policy.id));
    let policy = adjusted.unwrap_or(policy);
    if let Some(error) = report.errors.first() {
        return Err(format!("it does not evaluate: {} {}", report.sources.text(error.span), error.message));
    }
    let marker = format!("expect: {}", policy.id);
    let marked: BTreeSet<u32> = (1..)
        .zip(example.code.lines())
        .filter(|(_, line)| line.trim_end().ends_with(&marker))
        .map(|(at, _)| at)
        .collect();
    let lines = |outcome: Outcome| -> BTreeSet<u32> {
        let of_policy = report.findings.iter().filter(|one| one.policy == policy.id && one.outcome == outcome);
        of_policy.map(|finding| report.sources.range(finding.span).0.line).collect()
    };
    let (fails, unknown) = (lines(Outcome::Fail), lines(Outcome::Unknown));
    if fails != marked {
        return Err(format!("it fails at lines {fails:?}, marked are {marked:?}; unknown at {unknown:?}"));
    }
    let outside = BTreeSet::new();
    let (graph, nodes, sources) = (&report.graph, &report.nodes, &report.sources);
    let judged =
        Judged { graph, nodes, sources, outside: &outside, has_gaps: false, environments: &[], has_one_account: true };
    let verdicts: Vec<Truth> = (0..report.nodes.len()).filter_map(|id| verdict(&judged, policy, id)).collect();
    match example.expect {
        Expect::Fail if marked.is_empty() => Err("no line is marked".into()),
        Expect::Pass if !unknown.is_empty() => Err(format!("it is unknown at lines {unknown:?}")),
        Expect::Pass if !verdicts.contains(&Truth::False) => Err("the policy judges nothing in it".into()),
        Expect::Unknown if unknown.is_empty() => Err(format!("nothing is unknown; verdicts are {verdicts:?}")),
        _ => Ok(()),
    }
}

/// Checks an example as the one file of a project.
pub fn check(example: &Example, catalogue: Option<&'static Catalogue>) -> Result<Report, String> {
    checked(example, catalogue).map(|(report, _)| report)
}

#[allow(clippy::disallowed_methods, reason = "a temporary folder of one's own")]
fn checked(
    example: &Example,
    catalogue: Option<&'static Catalogue>,
) -> Result<(Report, Option<&'static Config>), String> {
    let written = |error: std::io::Error| format!("it cannot be written to a temporary folder: {error}");
    let folder = tempfile::tempdir().map_err(written)?;
    std::fs::write(folder.path().join(file_name(example)), &example.code).map_err(written)?;
    let base = folder.path().canonicalize().map_err(written)?;
    let config = configuration(example, &base, catalogue)?;
    let paths = vec![PathBuf::from(".")];
    let request = Request { paths, base, until: Until::Judge, catalogue, config, ..Request::default() };
    let report = run(&request, &Progress::default()).map_err(|error| error.to_string())?;
    Ok((report, config))
}

/// What the phiguard.toml of an example asks for. A run needs it until the process ends, so it is never freed.
#[allow(clippy::disallowed_methods, reason = "a temporary folder of one's own")]
fn configuration(
    example: &Example,
    base: &Path,
    catalogue: Option<&'static Catalogue>,
) -> Result<Option<&'static Config>, String> {
    let Some(text) = &example.config else { return Ok(None) };
    let path = base.join(config::NAME);
    std::fs::write(&path, text).map_err(|error| format!("its configuration cannot be written: {error}"))?;
    Ok(Some(Box::leak(Box::new(config::load(&path, config::NAME, &embedded::listed(catalogue)?)?))))
}

/// The name under which an example's dialect is found.
pub fn file_name(example: &Example) -> &'static str {
    let is_json = example.code.trim_start().starts_with('{');
    match example.dialect.as_str() {
        "cloudformation" if is_json => "template.json",
        "cloudformation" => "template.yaml",
        "arm" => "azuredeploy.json",
        "bicep" => "main.bicep",
        _ if is_json => "main.tf.json",
        _ => "main.tf",
    }
}
