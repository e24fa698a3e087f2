//! Baselines: files that list what is found today, so that it does not block. One line a finding, by fingerprint and
//! project and never by line; paths count from the baseline's folder.

use std::path::{Path, PathBuf};

use ecow::{EcoString, eco_format};
use serde_json::json;

use super::{Against, Comparison, Known, hold, relative};
use crate::evaluate::{Code, Diagnostic};
use crate::graph::Graph;
use crate::judge::{Finding, Outcome};
use crate::parse::json::{self, Options};
use crate::parse::tree::Node;
use crate::source::{self, SourceMap, Span};

/// What a baseline is called where nobody says otherwise.
pub const NAME: &str = "phiguard-baseline.json";

/// The version of the format that this program writes and reads.
const VERSION: i64 = 1;
/// Baselines above this many bytes are refused: a line has about 200.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How many entries of no use are told one by one.
const STALE_SHOWN: usize = 10;

/// A baseline.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// The file as it is shown.
    pub name: String,
    /// The folder from which its paths count.
    folder: PathBuf,
    /// What it lists, each with its place.
    entries: Vec<Known>,
    spans: Vec<Span>,
}

/// What a baseline is held against, or made of.
pub struct Present<'r> {
    /// The folder from which the paths of projects count.
    pub base: &'r Path,
    /// The projects that were checked, as they are shown.
    pub projects: Vec<&'r str>,
    /// The resources.
    pub graph: &'r Graph,
    /// Whether everything could be read: what could not may have had findings.
    pub is_sound: bool,
}

impl Present<'_> {
    /// The projects as a baseline in that folder names them.
    fn projects_from(&self, folder: &Path) -> Vec<String> {
        self.projects.iter().map(|project| relative(&self.base.join(project), folder)).collect()
    }

    fn project_of(&self, finding: &Finding<'_>) -> Option<usize> {
        self.graph.resources.get(finding.resource).map(|resource| resource.project)
    }
}

/// Reads a baseline, and adds its text to the sources. The answer to one that cannot be used says why, and where.
pub fn read(path: &Path, name: &str, sources: &mut SourceMap) -> Result<Baseline, String> {
    let decoded = source::read_decoded_within(path, MAX_BYTES)
        .map_err(|error| format!("{name} {error}; --write-baseline={name} writes a new one"))?;
    let parsed = json::parse(sources.next_id(), &decoded.text, Options::STRICT);
    sources.add(path.to_path_buf(), name.to_string(), decoded.text.into());
    let misread = |(span, why): (Span, EcoString)| {
        let (start, _) = sources.range(span);
        format!("{name}:{}:{}: {why}; --write-baseline={name} writes a new one", start.line, start.column)
    };
    if let Some(error) = parsed.errors.into_iter().next() {
        return Err(misread((error.span, error.message)));
    }
    let Some(root) = parsed.root else {
        return Err(format!("{name} is empty; --write-baseline={name} writes a new one"));
    };
    let folder = path.parent().unwrap_or(path).to_path_buf();
    let mut baseline = Baseline { name: name.to_string(), folder, ..Baseline::default() };
    for entry in listed(&root).map_err(misread)? {
        baseline.entries.push(known(entry).map_err(misread)?);
        baseline.spans.push(entry.span);
    }
    Ok(baseline)
}

type Misread = (Span, EcoString);

fn listed(root: &Node) -> Result<&[Node], Misread> {
    let Some(version) = root.get("version") else {
        return Err((root.span, "this is no baseline: \"version\" is missing".into()));
    };
    match &version.kind {
        crate::parse::tree::NodeKind::Number(number) if number.as_i64() == Some(VERSION) => {}
        _ => return Err((version.span, eco_format!("this phiguard reads baselines of version {VERSION}"))),
    }
    let Some(findings) = root.get("findings") else {
        return Err((root.span, "this is no baseline: \"findings\" is missing".into()));
    };
    findings.as_sequence().ok_or_else(|| (findings.span, "a list of findings is expected here".into()))
}

fn known(entry: &Node) -> Result<Known, Misread> {
    let text = |name: &str| match entry.get(name) {
        Some(value) => match value.as_str() {
            Some(text) => Ok(text.to_string()),
            None => Err((value.span, eco_format!("{name} takes a text, and this is {}", value.shape()))),
        },
        None => Err((entry.span, eco_format!("this finding has no \"{name}\""))),
    };
    let outcome = match entry.get("outcome") {
        None => Outcome::Fail,
        Some(value) => match value.as_str() {
            Some("fail") => Outcome::Fail,
            Some("unknown") => Outcome::Unknown,
            _ => return Err((value.span, "outcome is \"fail\" or \"unknown\"".into())),
        },
    };
    Ok(Known {
        fingerprint: text("fingerprint")?,
        policy: text("policy")?,
        address: text("address")?,
        project: text("project")?,
        outcome,
    })
}

/// Marks findings by a baseline. What it lists and nobody finds is told, unless it may be where nobody looked or a
/// policy may have found it that did not judge.
pub fn apply(
    baseline: &Baseline,
    present: &Present<'_>,
    judged: impl Fn(&str) -> bool,
    findings: &mut [Finding<'_>],
) -> (Comparison, Vec<Diagnostic>) {
    let projects = present.projects_from(&baseline.folder);
    let is_gone = |project: &str| {
        let file = project.rsplit_once('#').map_or(project, |(file, _)| file);
        !projects.iter().any(|one| one == project) && !source::exists(&baseline.folder.join(file))
    };
    let left = hold(&baseline.entries, findings, &projects, |finding| present.project_of(finding), is_gone);
    let mut comparison =
        Comparison { against: Against::Baseline, with: baseline.name.clone(), only_new: true, ..Comparison::default() };
    let mut stale = Vec::new();
    for at in left {
        let (Some(entry), Some(span)) = (baseline.entries.get(at), baseline.spans.get(at)) else { continue };
        let was_seen = projects.contains(&entry.project) || is_gone(&entry.project);
        if was_seen && present.is_sound && judged(&entry.policy) {
            stale.push((entry, *span));
            comparison.mended.push(entry.clone());
        }
    }
    let told = stale.iter().take(STALE_SHOWN).map(|(entry, span)| {
        let message = eco_format!(
            "{} is no more found at {}; remove this line, or write the baseline anew with --write-baseline",
            entry.policy,
            entry.address
        );
        Diagnostic::at(Code::StaleBaseline, *span, message)
    });
    let mut told: Vec<Diagnostic> = told.collect();
    if let Some((_, span)) = stale.get(STALE_SHOWN) {
        let message = eco_format!(
            "this and {} more are no more found either; write the baseline anew with --write-baseline",
            stale.len() - STALE_SHOWN - 1
        );
        told.push(Diagnostic::at(Code::StaleBaseline, *span, message));
    }
    (comparison, told)
}

/// The text of a new baseline in a folder: what is found and not suppressed; what is not known only where that counts.
/// Of an earlier one, what it says of projects stays that were not checked and are still there.
pub fn text(
    present: &Present<'_>,
    findings: &[Finding<'_>],
    with_unknown: bool,
    folder: &Path,
    earlier: Option<&Baseline>,
) -> (String, usize) {
    let projects = present.projects_from(folder);
    let counts =
        |finding: &&Finding<'_>| finding.suppressed.is_none() && (with_unknown || finding.outcome == Outcome::Fail);
    let of_finding = |finding: &Finding<'_>| Known::of(finding, present.graph, &projects);
    let mut all: Vec<Known> = findings.iter().filter(counts).filter_map(of_finding).collect();
    let elsewhere = |known: &&Known| {
        let file = known.project.rsplit_once('#').map_or(known.project.as_str(), |(file, _)| file);
        !projects.contains(&known.project) && source::exists(&folder.join(file))
    };
    all.extend(earlier.into_iter().flat_map(|earlier| &earlier.entries).filter(elsewhere).cloned());
    let key = |known: &Known| {
        let Known { project, address, policy, fingerprint, outcome } = known.clone();
        (project, address, policy, fingerprint, outcome)
    };
    all.sort_by_cached_key(key);
    // Several environments of a project say the same.
    all.dedup_by(|second, first| second.fingerprint == first.fingerprint && second.project == first.project);
    let mut out = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
    for (at, known) in all.iter().enumerate() {
        let mut line = json!({
            "project": known.project,
            "address": known.address,
            "policy": known.policy,
            "fingerprint": known.fingerprint,
        });
        if let (Outcome::Unknown, Some(fields)) = (known.outcome, line.as_object_mut()) {
            fields.insert("outcome".into(), "unknown".into());
        }
        out.push_str(if at == 0 { "\n    " } else { ",\n    " });
        out.push_str(&line.to_string());
    }
    out.push_str(if all.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    (out, all.len())
}
