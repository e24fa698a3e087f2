//! Reads the files that may be templates, keeps those that are, and follows nested stacks to further files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Template, is_template, local_path};
use crate::discover::{Document, Found};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::tree::Node;
use crate::parse::{SyntaxError, json, yaml};
use crate::source::{self, Decoded, ReadError, ReadErrorKind, SourceId, SourceMap, Span, display_path};

/// Rounds in which templates may lead to further templates.
const MAX_ROUNDS: usize = 8;

/// Everything that was read of CloudFormation.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The templates by file.
    pub templates: FxHashMap<PathBuf, Template>,
    /// The templates that no other one nests, in order.
    pub roots: Vec<PathBuf>,
    /// How many files were read.
    pub files: usize,
    /// Folders outside the roots that were read because a stack leads there.
    pub outside: BTreeSet<PathBuf>,
}

/// Reads the documents that were found and the templates that they nest.
pub fn load(found: &Found, base: &Path, sources: &mut SourceMap, errors: &mut Vec<Diagnostic>) -> Workspace {
    let mut workspace = Workspace::default();
    let mut nested: BTreeSet<PathBuf> = BTreeSet::new();
    let mut pending: Vec<Document> = found.documents.clone();
    let mut seen: BTreeSet<PathBuf> = pending.iter().map(|document| document.path.clone()).collect();
    for _ in 0..MAX_ROUNDS {
        let mut next: BTreeSet<PathBuf> = BTreeSet::new();
        for path in read(&pending, base, sources, errors, &mut workspace) {
            let Some(template) = workspace.templates.get(&path) else { continue };
            for target in nested_paths(template) {
                if target == path || !source::is_file(&target) {
                    continue;
                }
                if seen.insert(target.clone()) {
                    if !found.roots.iter().any(|root| target.starts_with(root))
                        && let Some(folder) = target.parent()
                    {
                        workspace.outside.insert(folder.to_path_buf());
                    }
                    next.insert(target.clone());
                }
                nested.insert(target);
            }
        }
        if next.is_empty() {
            break;
        }
        pending = next.into_iter().map(|path| Document { path, given: true }).collect();
    }
    let is_found = |path: &PathBuf| workspace.templates.contains_key(path);
    let found: Vec<PathBuf> = found.documents.iter().map(|document| document.path.clone()).filter(is_found).collect();
    workspace.roots = found.iter().filter(|path| !nested.contains(*path)).cloned().collect();
    // Templates that only nest each other would be judged by nobody: each of them is its own root.
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open = workspace.roots.clone();
    while let Some(path) = open.pop() {
        if let Some(template) = workspace.templates.get(&path)
            && reached.insert(path)
        {
            open.extend(nested_paths(template));
        }
    }
    workspace.roots.extend(found.into_iter().filter(|path| !reached.contains(path)));
    workspace.roots.sort();
    workspace
}

/// The files that a template's stacks name.
fn nested_paths(template: &Template) -> Vec<PathBuf> {
    let resources = template.root.get("Resources").and_then(Node::as_mapping).unwrap_or_default();
    let stacks = resources
        .iter()
        .filter(|entry| entry.value.get("Type").and_then(Node::as_str) == Some("AWS::CloudFormation::Stack"));
    stacks
        .filter_map(|entry| entry.value.get("Properties")?.get("TemplateURL")?.as_str())
        .filter_map(|named| local_path(&template.path, named))
        .collect()
}

/// A file that may be a template, as a tree.
struct Candidate {
    root: Option<Node>,
    errors: Vec<SyntaxError>,
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
            let is_wanted = |text: &str| may_be(text) || (document.given && is_bare(text));
            source::read_decoded(&document.path).map(|decoded| is_wanted(&decoded.text).then_some(decoded))
        })
        .collect();
    let mut chosen: Vec<(&Document, Decoded)> = Vec::new();
    for (document, text) in documents.iter().zip(texts) {
        match text {
            Ok(Some(decoded)) => chosen.push((document, decoded)),
            Ok(None) => {}
            // Large files that nobody asked for are data; what cannot be opened may be a template.
            Err(error) if error.kind == ReadErrorKind::TooLarge && !document.given => {}
            Err(error) => {
                let code = if error.kind == ReadErrorKind::TooLarge { Code::TooLarge } else { Code::Unreadable };
                let name = display_path(&document.path, base);
                errors.push(Diagnostic::with_path(code, name, eco_format!("this file {error}")));
            }
        }
    }
    let candidates: Vec<Candidate> = chosen
        .par_iter()
        .enumerate()
        .map(|(at, (document, decoded))| {
            let is_json = document.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            let (root, errors) = parse(sources.id_ahead(at), &decoded.text, is_json);
            Candidate { root, errors }
        })
        .collect();
    let mut read = Vec::new();
    for ((document, decoded), candidate) in chosen.into_iter().zip(candidates) {
        let is_sound = candidate.root.as_ref().is_some_and(is_template);
        let is_damaged = !is_sound && !candidate.errors.is_empty() && looks_like_one(&decoded.text);
        let id = sources.next_id();
        if !may_be(&decoded.text) {
            workspace.files += 1;
            let start = decoded.text.len() - decoded.text.trim_start().len();
            let message = "a template is a mapping with Resources, and this file holds a single value";
            errors.push(Diagnostic::at(Code::ParseError, Span::new(id, start, start), message));
        }
        if is_sound || is_damaged {
            workspace.files += 1;
            read.push(document.path.clone());
            if let Some(bad) = decoded.first_bad {
                let span = Span::new(id, bad, bad + '\u{fffd}'.len_utf8());
                errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
            }
            errors.extend(
                candidate.errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)),
            );
            if let Some(root) = candidate.root {
                let path = document.path.clone();
                workspace.templates.insert(path.clone(), Template { path, root });
            }
        }
        sources.add(document.path.clone(), display_path(&document.path, base), Arc::from(decoded.text));
    }
    read
}

/// Reads a text that is JSON if it starts as JSON does, else YAML. Of several documents the first counts. `only_json`
/// says that what starts as JSON may not be YAML, which has a form that looks like it.
pub fn parse(source: SourceId, text: &str, only_json: bool) -> (Option<Node>, Vec<SyntaxError>) {
    let is_json = text.trim_start().starts_with(['{', '[']);
    let read = is_json.then(|| json::parse(source, text, json::Options::STRICT));
    if let Some(parsed) = &read
        && (parsed.errors.is_empty() || only_json)
    {
        return (parsed.root.clone(), parsed.errors.clone());
    }
    let from_yaml = yaml::parse(source, text);
    let mut documents = from_yaml.documents;
    let chosen = documents.iter().position(is_template).unwrap_or(0);
    let root = (chosen < documents.len()).then(|| documents.swap_remove(chosen));
    match read {
        Some(parsed) if !from_yaml.errors.is_empty() => (parsed.root, parsed.errors),
        _ => (root, from_yaml.errors),
    }
}

/// Whether a text has the words that every template has; cheap, for the many files that are something else.
fn may_be(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion") || (text.contains("Resources") && text.contains("::"))
}

/// Whether a text is one value without any structure, which nobody means to be checked.
fn is_bare(text: &str) -> bool {
    text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        && !text.contains([':', '{', '[', '-', '<'])
}

/// Whether a text that cannot be read is most likely a template.
fn looks_like_one(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion") || (text.contains("Resources") && text.contains("AWS::"))
}
