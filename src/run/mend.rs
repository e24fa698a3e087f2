//! Mending: the edits of all fixes are tried on the texts of a run, round by round, and those stay after which the file
//! still parses, the finding is gone and no new one is there. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Progress, Request, RequestError, run};
use crate::evaluate::Diagnostic;
use crate::fix::{Edit, Proposal, apply};
use crate::judge::{Finding, Outcome, Selection};
use crate::report::Report;
use crate::source::{Files, SourceId};

/// Rounds in which fixes may build on each other: as many as policies may change one place.
const MAX_ROUNDS: usize = 64;

/// Runs in search of the fix that does harm, before the rest of a round is left alone.
const MAX_TRIALS: usize = 48;

/// Places that may decide one finding together.
const MAX_PLACES: usize = 5;

/// What mending comes to.
#[derive(Debug)]
pub struct Mended {
    /// The report before.
    pub before: Report,
    /// The report after; none where nothing was mended.
    pub after: Option<Report>,
    /// What was mended, in the order in which it was.
    pub mended: Vec<Told>,
    /// What has a fix that was not made, and why not.
    pub left: Vec<Told>,
    /// How many findings have a fix that is not safe, where these were not asked for.
    pub unsafe_fixes: usize,
    /// The files that change: path, name as it is shown, text before and after.
    pub files: Vec<Changed>,
}

/// A finding and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The policy.
    pub policy: String,
    /// The resource.
    pub address: String,
    /// The file, as it is shown.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// What was done, or why nothing was.
    pub words: String,
}

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its path.
    pub path: PathBuf,
    /// The path as it is shown.
    pub name: String,
    /// Its text, without a byte order mark.
    pub before: Arc<str>,
    /// Its text then.
    pub after: Arc<str>,
}

/// What tells a finding: project, address, policy. A resource fails a policy at most once.
type Key = (String, String, String);

/// A fix that may be made.
struct Candidate {
    key: Key,
    told: Told,
    proposal: Proposal,
}

/// Works out what mends the findings of a request; `all` takes in fixes that are not safe.
pub fn mend(request: &Request, progress: &Progress, all: bool) -> Result<Mended, RequestError> {
    // What is mended is what was selected; that no policy finds something new holds for all of them.
    let only = &request.selection.only;
    let whole = Request {
        selection: Selection {
            only: Vec::new(),
            without: request.selection.without.clone(),
            profiles: request.selection.profiles.clone(),
        },
        ..request.clone()
    };
    let first = run(&whole, progress)?;
    let wanted = |finding: &Finding<'_>| {
        only.is_empty() || only.iter().any(|name| *name == finding.policy || *name == finding.family)
    };
    let mut work = Work { request: &whole, progress, texts: Texts::new(), refused: BTreeMap::new(), trials: 0 };
    let mut mended: Vec<Told> = Vec::new();
    let mut latest: Option<Report> = None;
    for _ in 0..MAX_ROUNDS {
        let report = latest.as_ref().unwrap_or(&first);
        let mut batch = candidates(report, all, &wanted, &work.refused);
        batch = apart(batch);
        if batch.is_empty() {
            break;
        }
        work.trials = 0;
        let (made, next) = work.keep(report, batch)?;
        if let Some(next) = next {
            latest = Some(next);
        } else if made.is_empty() && work.trials >= MAX_TRIALS {
            break;
        }
        mended.extend(made);
    }
    let report = latest.as_ref().unwrap_or(&first);
    let (left, unsafe_fixes) = left(report, all, &wanted, &work.refused);
    let files = changed(&first, &work.texts);
    let (mut before, mut after) = (first, latest);
    if !only.is_empty() {
        before = run(request, progress)?;
        after = match after {
            Some(_) => Some(run(&over(request, &work.texts), progress)?),
            None => None,
        };
    }
    Ok(Mended { mended, left, unsafe_fixes, files, after, before })
}

/// The texts that fixes would write, by file.
type Texts = BTreeMap<PathBuf, Arc<str>>;

/// The request with texts laid over the files.
fn over(request: &Request, texts: &Texts) -> Request {
    let mut files: Files = request.files.clone();
    texts.iter().for_each(|(path, text)| files.open(path.clone(), Arc::clone(text)));
    Request { files, ..request.clone() }
}

/// The files that have another text now.
fn changed(first: &Report, texts: &Texts) -> Vec<Changed> {
    let sources = first.sources.iter().filter_map(|(_, source)| {
        let after = texts.get(&source.path)?;
        let (path, name, before) = (source.path.clone(), source.name.clone(), Arc::clone(&source.text));
        Some(Changed { path, name, before, after: Arc::clone(after) })
    });
    let mut files: Vec<Changed> = sources.collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    files
}

fn key(report: &Report, finding: &Finding<'_>) -> Option<Key> {
    let resource = report.graph.resources.get(finding.resource)?;
    let project = report.projects.get(resource.project).map(|project| project.root.clone()).unwrap_or_default();
    Some((project, resource.address.to_string(), finding.policy.to_string()))
}

fn told(report: &Report, finding: &Finding<'_>, address: String, words: String) -> Told {
    let (start, _) = report.sources.range(finding.span);
    let file = report.sources.name(finding.span).to_string();
    Told { policy: finding.policy.to_string(), address, file, line: start.line, words }
}

/// The fixes that may be made, in the order of their findings.
fn candidates(
    report: &Report,
    all: bool,
    wanted: &dyn Fn(&Finding<'_>) -> bool,
    refused: &BTreeMap<Key, String>,
) -> Vec<Candidate> {
    let fixer = report.fixer();
    let one = |finding: &Finding<'_>| {
        let key = key(report, finding).filter(|key| !refused.contains_key(key))?;
        let proposal = fixer.propose(finding)?.ok().filter(|proposal| all || proposal.safe)?;
        let told = told(report, finding, key.1.clone(), proposal.title.clone());
        Some(Candidate { key, told, proposal })
    };
    report.findings.iter().filter(|finding| wanted(finding)).filter_map(one).collect()
}

/// Of fixes that meet at one place, the first: the others come in a later round. Fixes that say the same are one.
fn apart(batch: Vec<Candidate>) -> Vec<Candidate> {
    let mut taken: BTreeMap<SourceId, Vec<Edit>> = BTreeMap::new();
    let meets = |one: &Edit, other: &Edit| one.span.start <= other.span.end && other.span.start <= one.span.end;
    batch
        .into_iter()
        .filter(|candidate| {
            let there = |edit: &Edit| taken.get(&edit.span.source).map(Vec::as_slice).unwrap_or_default();
            let edits = &candidate.proposal.edits;
            let is_same = edits.iter().all(|edit| there(edit).contains(edit));
            let is_free = !edits.iter().any(|edit| there(edit).iter().any(|other| meets(edit, other)));
            if is_free {
                edits.iter().for_each(|edit| taken.entry(edit.span.source).or_default().push(edit.clone()));
            }
            is_same || is_free
        })
        .collect()
}

/// What has a fix that was not made, and how many fixes were not asked for.
fn left(
    report: &Report,
    all: bool,
    wanted: &dyn Fn(&Finding<'_>) -> bool,
    refused: &BTreeMap<Key, String>,
) -> (Vec<Told>, usize) {
    let fixer = report.fixer();
    let mut unsafe_fixes = 0;
    let mut left = Vec::new();
    for finding in report.findings.iter().filter(|finding| wanted(finding)) {
        let Some(key) = key(report, finding) else { continue };
        let words = match (fixer.propose(finding), refused.get(&key)) {
            (None, _) => continue,
            (Some(_), Some(why)) => why.clone(),
            (Some(Err(refusal)), None) => refusal.reason,
            (Some(Ok(proposal)), None) => {
                unsafe_fixes += usize::from(!proposal.safe && !all);
                continue;
            }
        };
        let is_taken_back = refused.contains_key(&key);
        left.push((is_taken_back, told(report, finding, key.1, words)));
    }
    // What was tried and taken back is told first.
    left.sort_by_key(|(is_taken_back, _)| !is_taken_back);
    (left.into_iter().map(|(_, told)| told).collect(), unsafe_fixes)
}

/// The texts so far, and what was tried.
struct Work<'a> {
    request: &'a Request,
    progress: &'a Progress,
    texts: Texts,
    /// Fixes that are not to be tried again, and why.
    refused: BTreeMap<Key, String>,
    trials: usize,
}

impl Work<'_> {
    /// Makes the fixes of a batch that do what they should, and answers with them and with the report after. Where some
    /// do not, the halves are tried one after the other.
    fn keep(&mut self, report: &Report, batch: Vec<Candidate>) -> Result<(Vec<Told>, Option<Report>), RequestError> {
        if self.trials >= MAX_TRIALS {
            return Ok((Vec::new(), None));
        }
        self.trials += 1;
        let harm = match Self::with(&self.texts, report, &batch) {
            None => Harm { words: "its edits do not fit together".to_string(), blamed: BTreeSet::new() },
            Some(texts) => {
                let after = run(&over(self.request, &texts), self.progress)?;
                match harm(report, &after, &batch) {
                    None => {
                        self.texts = texts;
                        return Ok((batch.into_iter().map(|candidate| candidate.told).collect(), Some(after)));
                    }
                    Some(harm) => harm,
                }
            }
        };
        if batch.len() <= 1 {
            let Some(candidate) = batch.into_iter().next() else { return Ok((Vec::new(), None)) };
            return self.alone(report, candidate, harm.words);
        }
        let (mut batch, mut second): (Vec<Candidate>, Vec<Candidate>) =
            batch.into_iter().partition(|candidate| !harm.blamed.contains(&candidate.key));
        if batch.is_empty() || second.is_empty() {
            batch.append(&mut second);
            second = batch.split_off(batch.len() / 2);
        }
        // Places hold for the report that they were worked out from: the second part waits for the next round.
        let (made, after) = self.keep(report, batch)?;
        if after.is_some() {
            return Ok((made, after));
        }
        self.keep(report, second)
    }

    /// Makes one fix that did not do what it should with others. Where several places decide, each is mended in turn.
    fn alone(
        &mut self,
        report: &Report,
        mut candidate: Candidate,
        mut trouble: String,
    ) -> Result<(Vec<Told>, Option<Report>), RequestError> {
        let mut done: Vec<String> = vec![candidate.told.words.clone()];
        let mut texts = Self::with(&self.texts, report, std::slice::from_ref(&candidate));
        for _ in 0..MAX_PLACES {
            let Some(now) = texts else { break };
            let after = run(&over(self.request, &now), self.progress)?;
            match harm(report, &after, std::slice::from_ref(&candidate)) {
                None => {
                    self.texts = now;
                    candidate.told.words = done.join(", ");
                    return Ok((vec![candidate.told], Some(after)));
                }
                Some(harm) => trouble = harm.words,
            }
            let still = after.findings.iter().find(|finding| key(&after, finding).as_ref() == Some(&candidate.key));
            let next = still.and_then(|finding| after.fixer().propose(finding)?.ok());
            let Some(next) = next.filter(|next| !done.contains(&next.title)) else { break };
            done.push(next.title.clone());
            candidate.proposal = next;
            texts = Self::with(&now, &after, std::slice::from_ref(&candidate));
        }
        self.refused.insert(candidate.key, format!("{} was taken back: {trouble}", done.join(", ")));
        Ok((Vec::new(), None))
    }

    /// Texts with the edits of a batch.
    fn with(texts: &Texts, report: &Report, batch: &[Candidate]) -> Option<Texts> {
        let mut edits: BTreeMap<_, Vec<&Edit>> = BTreeMap::new();
        for edit in batch.iter().flat_map(|candidate| &candidate.proposal.edits) {
            edits.entry(edit.span.source).or_default().push(edit);
        }
        let mut texts = texts.clone();
        for (source, edits) in edits {
            let source = report.sources.get(source)?;
            let applied = apply(&source.text, &edits)?;
            texts.insert(source.path.clone(), Arc::from(applied.text));
        }
        Some(texts)
    }
}

/// What a batch does beside what it should.
struct Harm {
    words: String,
    /// The fixes that most likely do it.
    blamed: BTreeSet<Key>,
}

fn harm(before: &Report, after: &Report, batch: &[Candidate]) -> Option<Harm> {
    let errors = |report: &Report| -> BTreeSet<(String, String)> {
        let file =
            |error: &Diagnostic| error.path.clone().unwrap_or_else(|| report.sources.name(error.span).to_string());
        report.errors.iter().map(|error| (file(error), error.message.to_string())).collect()
    };
    let blame = |is_blamed: &dyn Fn(&Candidate) -> bool| -> BTreeSet<Key> {
        batch.iter().filter(|candidate| is_blamed(candidate)).map(|candidate| candidate.key.clone()).collect()
    };
    let known = errors(before);
    if let Some((file, message)) = errors(after).into_iter().find(|error| !known.contains(error)) {
        let blamed = blame(&|candidate| candidate.told.file == file);
        return Some(Harm { words: format!("{file} would no longer be read as it is ({message})"), blamed });
    }
    let outcomes = |report: &Report| -> BTreeMap<Key, (Outcome, String)> {
        let one = |finding: &Finding<'_>| {
            Some((key(report, finding)?, (finding.outcome, report.sources.name(finding.span).to_string())))
        };
        report.findings.iter().filter_map(one).collect()
    };
    let (known, now) = (outcomes(before), outcomes(after));
    let blamed = blame(&|candidate| now.contains_key(&candidate.key));
    if !blamed.is_empty() {
        return Some(Harm { words: "the finding would still be there".to_string(), blamed });
    }
    let is_new = |key: &Key, outcome: Outcome| match known.get(key) {
        None => true,
        Some((there, _)) => *there == Outcome::Unknown && outcome == Outcome::Fail,
    };
    let new: Vec<(&Key, &String)> =
        now.iter().filter(|(key, (outcome, _))| is_new(key, *outcome)).map(|(key, (_, file))| (key, file)).collect();
    let ((_, address, policy), _) = new.first()?;
    let blamed = blame(&|candidate| new.iter().any(|(_, file)| **file == candidate.told.file));
    Some(Harm { words: format!("{address} would then be found by {policy}"), blamed })
}
