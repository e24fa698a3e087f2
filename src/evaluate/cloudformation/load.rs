//! Finds the templates among the files that were read, and follows nested stacks to further files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::include::{self, Includer};
use super::{Template, cdk, inline, is_template, nested};
use crate::discover::Found;
use crate::evaluate::{Code, Diagnostic, tell_unread};
use crate::parse::documents::{self, Claim, Document, File, Trees};
use crate::parse::json;
use crate::parse::tree::Node;
use crate::source::{SourceId, SourceMap, Span, display_path};

/// Rounds in which templates may lead to further templates.
const MAX_ROUNDS: usize = 8;

/// How templates are told before they are parsed.
pub const CLAIM: Claim = Claim { may_be: is_wanted, parse };

/// Everything that was read of CloudFormation.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The templates; those of one file follow each other.
    pub templates: Vec<Template>,
    /// The first template of each file.
    by_path: FxHashMap<PathBuf, usize>,
    /// The templates that no other one nests, in order.
    pub roots: Vec<usize>,
    /// The templates in the bodies of stack sets, by the places of their texts.
    pub(super) inline: FxHashMap<Span, Template>,
    /// How many files were read.
    pub files: usize,
    /// Folders outside the roots that were read because a stack leads there.
    pub outside: BTreeSet<PathBuf>,
}

impl Workspace {
    /// Adds a template.
    pub fn add(&mut self, template: Template) {
        let at = self.templates.len();
        self.by_path.entry(template.path.clone()).or_insert(at);
        self.templates.push(template);
    }

    /// The first template of a file.
    pub fn get(&self, path: &Path) -> Option<&Template> {
        self.by_path.get(path).and_then(|at| self.templates.get(*at))
    }

    /// The templates of a file.
    pub fn of_file<'w>(&'w self, path: &'w Path) -> impl Iterator<Item = &'w Template> {
        self.templates.iter().filter(move |template| template.path == path)
    }

    /// The templates that no other one nests.
    pub fn root_templates(&self) -> impl Iterator<Item = &Template> {
        self.roots.iter().filter_map(|at| self.templates.get(*at))
    }
}

/// The files that a template's stacks name.
pub fn leads_to(template: &Template) -> Vec<PathBuf> {
    let resources = template.root.get("Resources").and_then(Node::as_mapping).unwrap_or_default();
    resources.iter().filter_map(|entry| nested::named_file(&template.path, &entry.value)).collect()
}

/// Takes the templates out of the documents that were read, and reads the templates that they nest.
pub fn load(
    documents: &mut Vec<Document>,
    found: &Found,
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
) -> Workspace {
    let mut workspace = Workspace::default();
    let mut seen: BTreeSet<PathBuf> = found.documents.iter().map(|document| document.path.clone()).collect();
    let mut nested: BTreeSet<PathBuf> = BTreeSet::new();
    let stacks = assemblies(documents);
    let mut pending = take(documents, sources, errors, &mut workspace);
    let walked = workspace.templates.len();
    for _ in 0..MAX_ROUNDS {
        let new = workspace.templates.get_mut(pending.clone()).unwrap_or_default();
        new.iter_mut().for_each(|template| template.stack = stacks.get(&template.path).cloned());
        include(new, base, sources, errors);
        let inline: Vec<_> = new.iter().flat_map(|template| inline::templates(template, sources, errors)).collect();
        workspace.inline.extend(inline);
        let mut next: BTreeSet<PathBuf> = BTreeSet::new();
        for template in workspace.templates.get(pending.clone()).unwrap_or_default() {
            for target in leads_to(template) {
                if target == template.path || !sources.files().is_file(&target) {
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
        let files = next.into_iter().map(|path| File { path, given: true, text: None }).collect();
        let (mut read, unread) = documents::read(files, &[CLAIM], base, sources);
        tell_unread(unread, base, errors);
        pending = take(&mut read, sources, errors, &mut workspace);
    }
    workspace.roots = roots(&workspace, walked, &nested);
    workspace
}

/// What the manifests among the documents say of templates, by file; they are taken out.
fn assemblies(documents: &mut Vec<Document>) -> FxHashMap<PathBuf, Arc<cdk::Stack>> {
    let mut stacks = FxHashMap::default();
    documents.retain(|document| {
        let manifest = document.trees.first().filter(|root| cdk::is_manifest(&document.path, root));
        let Some(root) = manifest else { return true };
        stacks.extend(cdk::stacks(&document.path, root).into_iter().map(|(path, stack)| (path, Arc::new(stack))));
        false
    });
    stacks
}

/// Puts into templates the files that they include.
fn include(templates: &mut [Template], base: &Path, sources: &mut SourceMap, errors: &mut Vec<Diagnostic>) {
    for template in templates {
        let text = sources.get(template.root.span.source).map(|source| source.text.as_ref()).unwrap_or_default();
        if !text.contains(include::INCLUDE) {
            continue;
        }
        let mut read = |path: &Path| {
            let decoded = sources.files().read_decoded(path).ok()?;
            let trees = documents::parse(sources.next_id(), &decoded.text, false, json::Options::STRICT);
            sources.add(path.to_path_buf(), display_path(path, base), Arc::from(decoded.text));
            Some(trees)
        };
        let mut includer = Includer { template: &template.path, read: &mut read, errors, count: 0 };
        includer.template(&mut template.root);
    }
}

/// The templates that stand for themselves among the first `walked`.
fn roots(workspace: &Workspace, walked: usize, nested: &BTreeSet<PathBuf>) -> Vec<usize> {
    let path = |at: usize| workspace.templates.get(at).map(|template| template.path.as_path());
    let is_first = |at: usize| path(at).and_then(|path| workspace.by_path.get(path)) == Some(&at);
    let is_nested = |at: &usize| is_first(*at) && path(*at).is_some_and(|path| nested.contains(path));
    let mut roots: Vec<usize> = (0..walked).filter(|at| !is_nested(at)).collect();
    // Templates that only nest each other would be judged by nobody: each of them is its own root.
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    let mut open = roots.clone();
    while let Some(at) = open.pop() {
        if let Some(template) = workspace.templates.get(at)
            && reached.insert(at)
        {
            open.extend(leads_to(template).iter().filter_map(|path| workspace.by_path.get(path)));
        }
    }
    roots.extend((0..walked).filter(|at| !reached.contains(at)));
    let key = |at: &usize| workspace.templates.get(*at).map(|template| (template.path.clone(), template.document));
    roots.sort_by_cached_key(key);
    roots
}

/// Takes the templates out of documents; the answer is their places.
fn take(
    documents: &mut Vec<Document>,
    sources: &SourceMap,
    errors: &mut Vec<Diagnostic>,
    workspace: &mut Workspace,
) -> std::ops::Range<usize> {
    let start = workspace.templates.len();
    documents.retain_mut(|document| {
        let text = sources.get(document.source).map(|source| source.text.as_ref()).unwrap_or_default();
        let is_sound = document.trees.iter().any(is_template);
        let is_damaged = !is_sound && !document.errors.is_empty() && looks_like_one(text);
        if document.given && is_bare(text) {
            workspace.files += 1;
            let start = text.len() - text.trim_start().len();
            let message = "a template is a mapping with Resources, and this file holds a single value";
            errors.push(Diagnostic::at(Code::ParseError, Span::new(document.source, start, start), message));
            return false;
        }
        if !is_sound && !is_damaged {
            return true;
        }
        workspace.files += 1;
        if let Some(span) = document.first_bad {
            errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
        }
        let said = std::mem::take(&mut document.errors);
        errors.extend(said.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)));
        // Of a file with one sound template, what else stands in it is something else.
        let trees = std::mem::take(&mut document.trees).into_iter().enumerate();
        for (document_at, root) in trees.filter(|(at, root)| is_template(root) || (is_damaged && *at == 0)) {
            let template = Template::new(document.path.clone(), document_at, root);
            workspace.add(Template { imports: text.contains("ImportValue"), ..template });
        }
        false
    });
    start..workspace.templates.len()
}

/// Reads a text; files that are JSON by their names are no YAML.
fn parse(source: SourceId, path: &Path, text: &str) -> Trees {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    documents::parse(source, text, is_json, json::Options::STRICT)
}

/// Whether a text is worth parsing.
fn is_wanted(_: &Path, text: &str, given: bool) -> bool {
    may_be(text) || cdk::may_be(text) || (given && is_bare(text))
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
