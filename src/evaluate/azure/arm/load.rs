//! Reads the files that may be templates, keeps those that are, and tells which ones others link to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::nested::{linked_paths, links};
use super::template::{self, Template, is_template};
use crate::discover::{Document, Found};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::json::{self, Options, Parsed};
use crate::source::{self, Decoded, ReadError, ReadErrorKind, SourceId, SourceMap, Span, display_path};

/// Rounds in which templates may lead to further templates.
const MAX_ROUNDS: usize = 8;

/// Everything that was read of ARM.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The templates by file.
    pub templates: FxHashMap<PathBuf, Template>,
    /// The templates that no other one links to, in order.
    pub roots: Vec<PathBuf>,
    /// How many files were read.
    pub files: usize,
    /// Folders outside the roots that were read because a link leads there.
    pub outside: BTreeSet<PathBuf>,
}

/// Reads the documents that were found and the templates that they link to.
pub fn load(found: &Found, base: &Path, sources: &mut SourceMap, errors: &mut Vec<Diagnostic>) -> Workspace {
    let mut workspace = Workspace::default();
    let is_json = |document: &&Document| {
        document.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json") || ending == "template")
    };
    let mut pending: Vec<Document> = found.documents.iter().filter(is_json).cloned().collect();
    let mut seen: BTreeSet<PathBuf> = pending.iter().map(|document| document.path.clone()).collect();
    let mut linked: FxHashMap<PathBuf, Vec<PathBuf>> = FxHashMap::default();
    for _ in 0..MAX_ROUNDS {
        let mut next: BTreeSet<PathBuf> = BTreeSet::new();
        for path in read(&pending, base, sources, errors, &mut workspace) {
            let Some(template) = workspace.templates.get(&path) else { continue };
            let mut targets = Vec::new();
            for link in links(&template.root) {
                let candidates = linked_paths(&template.root, link, &path);
                let target = candidates.into_iter().find(|target| seen.contains(target) || source::is_file(target));
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
            linked.insert(path, targets);
        }
        if next.is_empty() {
            break;
        }
        pending = next.into_iter().map(|path| Document { path, given: true }).collect();
    }
    workspace.roots = roots(found, &workspace.templates, &linked);
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

/// Reads some files, and tells which of them are templates.
fn read(
    documents: &[Document],
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
    workspace: &mut Workspace,
) -> Vec<PathBuf> {
    let texts: Vec<Result<Option<Decoded>, ReadError>> = documents
        .par_iter()
        .map(|document| {
            source::read_decoded(&document.path).map(|decoded| template::may_be(&decoded.text).then_some(decoded))
        })
        .collect();
    let mut chosen: Vec<(&Document, Decoded)> = Vec::new();
    for (document, text) in documents.iter().zip(texts) {
        match text {
            Ok(Some(decoded)) => chosen.push((document, decoded)),
            Ok(None) => {}
            Err(error) if error.kind == ReadErrorKind::TooLarge && !document.given => {}
            Err(error) => {
                let code = if error.kind == ReadErrorKind::TooLarge { Code::TooLarge } else { Code::Unreadable };
                let name = display_path(&document.path, base);
                errors.push(Diagnostic::with_path(code, name, eco_format!("this file {error}")));
            }
        }
    }
    let parsed: Vec<Parsed> =
        chosen.par_iter().enumerate().map(|(at, (_, decoded))| parse(sources.id_ahead(at), &decoded.text)).collect();
    let mut read = Vec::new();
    for ((document, decoded), parsed) in chosen.into_iter().zip(parsed) {
        let is_sound = parsed.root.as_ref().is_some_and(is_template);
        let is_damaged = !is_sound && !parsed.errors.is_empty() && template::looks_like_one(&decoded.text);
        let id = sources.next_id();
        if is_sound || is_damaged {
            workspace.files += 1;
            read.push(document.path.clone());
            if let Some(bad) = decoded.first_bad {
                let span = Span::new(id, bad, bad + '\u{fffd}'.len_utf8());
                errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
            }
            errors.extend(
                parsed.errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)),
            );
            if let Some(root) = parsed.root {
                let path = document.path.clone();
                workspace.templates.insert(path.clone(), Template { path, root });
            }
        }
        sources.add(document.path.clone(), display_path(&document.path, base), Arc::from(decoded.text));
    }
    read
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
