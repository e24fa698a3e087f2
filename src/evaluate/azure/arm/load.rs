//! Reads the files that may be templates, keeps those that are, and tells which ones others link to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::nested::{linked_paths, links};
use super::template::{self, Template, is_template};
use crate::discover::Found;
use crate::evaluate::{Code, Diagnostic, tell_unread};
use crate::parse::documents::{self, Claim, Document, File, Trees};
use crate::parse::json::{self, Options, Parsed};
use crate::source::{SourceId, SourceMap};

/// Rounds in which templates may lead to further templates.
const MAX_ROUNDS: usize = 8;

/// Everything that was read of ARM.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The templates by file.
    pub templates: FxHashMap<PathBuf, Template>,
    /// The templates that no other one links to, in order.
    pub roots: Vec<PathBuf>,
    /// The files that templates link to, by the file that does.
    pub linked: FxHashMap<PathBuf, Vec<PathBuf>>,
    /// How many files were read.
    pub files: usize,
    /// Folders outside the roots that were read because a link leads there.
    pub outside: BTreeSet<PathBuf>,
}

/// How templates are told before they are parsed.
pub const CLAIM: Claim = Claim {
    may_be: |path, text, _| is_named_so(path) && template::may_be(text),
    parse: |source, _, text| {
        let Parsed { root, errors } = parse(source, text);
        Trees { trees: root.into_iter().collect(), errors }
    },
};

/// Takes the templates out of the documents that were read, and reads the templates that they link to.
pub fn load(
    documents: &mut Vec<Document>,
    found: &Found,
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
) -> Workspace {
    let mut workspace = Workspace::default();
    let named = found.documents.iter().map(|document| &document.path).filter(|path| is_named_so(path));
    let mut seen: BTreeSet<PathBuf> = named.cloned().collect();
    let mut taken = take(documents, sources, errors, &mut workspace);
    for _ in 0..MAX_ROUNDS {
        let mut next: BTreeSet<PathBuf> = BTreeSet::new();
        for path in taken {
            let Some(template) = workspace.templates.get(&path) else { continue };
            let mut targets = Vec::new();
            for link in links(&template.root) {
                let candidates = linked_paths(&template.root, link, &path);
                let target =
                    candidates.into_iter().find(|target| seen.contains(target) || sources.files().is_file(target));
                let Some(target) = target else { continue };
                if seen.insert(target.clone()) {
                    if !found.roots.iter().any(|root| target.starts_with(root))
                        && let Some(folder) = target.parent()
                    {
                        workspace.outside.insert(folder.to_path_buf());
                    }
                    next.insert(target.clone());
                }
                targets.push(target);
            }
            workspace.linked.insert(path, targets);
        }
        if next.is_empty() {
            break;
        }
        let files = next.into_iter().map(|path| File { path, given: true, text: None }).collect();
        let (mut read, unread) = documents::read(files, &[CLAIM], base, sources);
        tell_unread(unread, base, errors);
        taken = take(&mut read, sources, errors, &mut workspace);
    }
    workspace.roots = roots(found, &workspace.templates, &workspace.linked);
    workspace
}

/// The templates to evaluate on their own: those that no other one links to, and one of each ring of links.
fn roots(
    found: &Found,
    templates: &FxHashMap<PathBuf, Template>,
    linked: &FxHashMap<PathBuf, Vec<PathBuf>>,
) -> Vec<PathBuf> {
    let all: Vec<&PathBuf> =
        found.documents.iter().map(|document| &document.path).filter(|path| templates.contains_key(*path)).collect();
    let targets: BTreeSet<&PathBuf> = all
        .iter()
        .filter_map(|path| linked.get(*path))
        .flatten()
        .filter(|path| templates.contains_key(*path))
        .collect();
    let mut roots: Vec<PathBuf> =
        all.iter().filter(|path| !targets.contains(**path)).map(|path| (*path).clone()).collect();
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut reach = |from: Vec<PathBuf>| {
        let mut open = from;
        while let Some(path) = open.pop() {
            if reached.insert(path.clone()) {
                open.extend(linked.get(&path).into_iter().flatten().cloned());
            }
        }
        reached.clone()
    };
    let mut done = reach(roots.clone());
    for path in all {
        if !done.contains(path) {
            roots.push(path.clone());
            done = reach(vec![path.clone()]);
        }
    }
    roots.sort();
    roots
}

/// Takes the templates out of documents.
fn take(
    documents: &mut Vec<Document>,
    sources: &SourceMap,
    errors: &mut Vec<Diagnostic>,
    workspace: &mut Workspace,
) -> Vec<PathBuf> {
    let mut taken = Vec::new();
    documents.retain_mut(|document| {
        let text = || sources.get(document.source).map(|source| source.text.as_ref()).unwrap_or_default();
        let is_sound = document.trees.first().is_some_and(is_template);
        let is_damaged = !is_sound && !document.errors.is_empty() && template::looks_like_one(text());
        if !(is_sound || is_damaged) || !is_named_so(&document.path) {
            return true;
        }
        workspace.files += 1;
        taken.push(document.path.clone());
        if let Some(span) = document.first_bad {
            errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
        }
        let said = std::mem::take(&mut document.errors);
        errors.extend(said.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)));
        if let Some(root) = std::mem::take(&mut document.trees).into_iter().next() {
            let path = document.path.clone();
            workspace.templates.insert(path.clone(), Template { path, root });
        }
        false
    });
    taken
}

/// Whether the name of a file is one that templates have.
fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json") || ending == "template")
}

/// Reads a text as Azure does: with comments, commas after the last element, and strings over several lines. The
/// last only where nothing else is wrong: a quote that is missing would swallow the lines after it.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    let parsed = json::parse(source, text, Options::TOLERANT);
    if parsed.errors.is_empty() {
        return parsed;
    }
    let over_lines = json::parse(source, text, Options { line_breaks: true, ..Options::TOLERANT });
    if over_lines.errors.is_empty() { over_lines } else { parsed }
}
