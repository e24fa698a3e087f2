//! Findings held against those of before, which a baseline lists or an earlier revision has: each is new or was there
//! already, and what is no more there is mended.

pub mod baseline;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use crate::graph::Graph;
use crate::judge::{Change, Finding, Outcome};

/// A finding of before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Policy, address and attribute, as [`Finding::fingerprint`] has them.
    pub fingerprint: String,
    /// The policy.
    pub policy: String,
    /// The address of the resource.
    pub address: String,
    /// The project: a folder or a template.
    pub project: String,
    /// Whether it failed or was not known.
    pub outcome: Outcome,
}

impl Known {
    /// A finding of a report whose graph and projects these are; nothing for one whose resource is in neither.
    pub fn of(finding: &Finding<'_>, graph: &Graph, projects: &[String]) -> Option<Self> {
        let resource = graph.resources.get(finding.resource)?;
        Some(Known {
            fingerprint: finding.fingerprint.clone(),
            policy: finding.policy.to_string(),
            address: resource.address.to_string(),
            project: projects.get(resource.project)?.clone(),
            outcome: finding.outcome,
        })
    }
}

/// What a report is held against, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What kind of thing that is.
    pub against: Against,
    /// Which one: `phiguard-baseline.json`, `main (1a2b3c4)`.
    pub with: String,
    /// Whether what was there before is left out of what people are shown, and does not fail the run.
    pub only_new: bool,
    /// What is no more found.
    pub mended: Vec<Known>,
    /// How much of it could not be checked: what is found there may look new.
    pub unchecked_before: usize,
}

/// What findings are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Against {
    /// A list of findings.
    #[default]
    Baseline,
    /// What an earlier revision has.
    Revision,
}

/// Marks findings as new or kept, and says which of those of before are no more there, in their order.
///
/// A finding is one of before if fingerprint and project are the same. A project that is gone may have moved: what was
/// found there is looked for in the others. What was not known before and fails now is new.
pub fn hold(
    known: &[Known],
    findings: &mut [Finding<'_>],
    projects: &[String],
    project_of: impl Fn(&Finding<'_>) -> Option<usize>,
    is_gone: impl Fn(&str) -> bool,
) -> Vec<usize> {
    let mut by_fingerprint: BTreeMap<&str, Vec<(usize, &Known)>> = BTreeMap::new();
    for (at, one) in known.iter().enumerate() {
        by_fingerprint.entry(&one.fingerprint).or_default().push((at, one));
    }
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut moved: Vec<(usize, usize)> = Vec::new();
    for (at, finding) in findings.iter_mut().enumerate() {
        finding.change = Some(Change::New);
        let Some(candidates) = by_fingerprint.get(finding.fingerprint.as_str()) else { continue };
        let Some(project) = project_of(finding).filter(|project| *project < projects.len()) else { continue };
        let same = candidates.iter().filter(|(_, one)| projects.get(project) == Some(&one.project));
        match same.clone().find(|(_, one)| covers(one, finding)) {
            Some(_) => finding.change = Some(Change::Kept),
            None => moved.push((at, project)),
        }
        used.extend(same.map(|(at, _)| *at));
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, project) in moved {
        let Some(finding) = findings.get_mut(at) else { continue };
        let candidates = by_fingerprint.get(finding.fingerprint.as_str()).into_iter().flatten();
        let mut candidates = candidates.filter(|(_, one)| covers(one, finding) && is_gone(&one.project));
        // A project moves to one place, not to several.
        let found = candidates.find(|(at, _)| match taken.get(at) {
            Some(place) => *place == project,
            None => !used.contains(at),
        });
        if let Some((entry, _)) = found {
            finding.change = Some(Change::Kept);
            taken.insert(*entry, project);
        }
    }
    (0..known.len()).filter(|at| !used.contains(at) && !taken.contains_key(at)).collect()
}

/// Whether a finding says no more than one of before.
fn covers(known: &Known, finding: &Finding<'_>) -> bool {
    known.outcome == Outcome::Fail || finding.outcome == Outcome::Unknown
}

/// A path from a folder, with `..` where it lies elsewhere and `/` on every system. Both are absolute.
pub fn relative(path: &Path, folder: &Path) -> String {
    let (mut path, mut folder) = (normal(path).into_iter().peekable(), normal(folder).into_iter().peekable());
    while let (Some(a), Some(b)) = (path.peek(), folder.peek()) {
        if a != b {
            break;
        }
        path.next();
        folder.next();
    }
    let up = folder.map(|_| "..".to_string());
    let parts: Vec<String> = up.chain(path).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// The parts of a path without `.` and `..`.
fn normal(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()),
            part => parts.push(part.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_from_the_folder() {
        for (path, folder, expected) in [
            ("/r/site", "/r", "site"),
            ("/r/.", "/r", "."),
            ("/r/site/main.yaml#2", "/r/ci", "../site/main.yaml#2"),
            ("/r/a/../b", "/r/a", "../b"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(folder)), expected);
        }
    }
}
