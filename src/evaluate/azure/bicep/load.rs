//! Reads Bicep files and those that they lead to: modules, imports, and the templates of parameter files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::discover::Found;
use crate::evaluate::{Code, Diagnostic};
use crate::parse::bicep::ast::{DeclarationKind, Expression, ExpressionKind, Program};
use crate::parse::bicep::{FileKind, parse};
use crate::source::{Decoded, ReadError, ReadErrorKind, SourceMap, Span, display_path};

/// Rounds in which files may lead to further files.
const MAX_ROUNDS: usize = 32;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Where it lies.
    pub path: PathBuf,
    /// What it declares.
    pub program: Program,
}

/// Everything that was read of Bicep.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The files by path.
    pub files: FxHashMap<PathBuf, File>,
    /// The files to evaluate on their own: parameter files, and templates that nothing else leads to.
    pub roots: Vec<PathBuf>,
    /// How many files were read.
    pub count: usize,
    /// Folders outside the roots that were read because a file leads there.
    pub outside: BTreeSet<PathBuf>,
    /// The folders below which files may be read.
    pub bounds: Vec<PathBuf>,
}

/// Reads the files that were found and those that they lead to.
pub fn load(found: &Found, base: &Path, sources: &mut SourceMap, errors: &mut Vec<Diagnostic>) -> Workspace {
    let mut workspace = Workspace { bounds: found.roots.clone(), ..Workspace::default() };
    let mut pending: Vec<PathBuf> = found.bicep.clone();
    let mut seen: BTreeSet<PathBuf> = pending.iter().cloned().collect();
    for _ in 0..MAX_ROUNDS {
        let mut next: BTreeSet<PathBuf> = BTreeSet::new();
        for path in read(&pending, base, sources, errors, &mut workspace) {
            let Some(file) = workspace.files.get(&path) else { continue };
            for target in targets(&file.program).filter_map(|target| local(&path, target)) {
                if is_bicep(&target) && sources.files().is_file(&target) && seen.insert(target.clone()) {
                    next.insert(target);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        for path in &next {
            let is_inside = found.roots.iter().any(|root| path.starts_with(root));
            if let (false, Some(folder)) = (is_inside, path.parent()) {
                workspace.outside.insert(folder.to_path_buf());
            }
        }
        pending = next.into_iter().collect();
    }
    workspace.roots = roots(found, &workspace.files);
    workspace
}

impl Workspace {
    /// The files of this disk that a file names.
    pub fn leads_to(&self, path: &Path) -> Vec<PathBuf> {
        let program = self.files.get(path).map(|file| &file.program);
        program.into_iter().flat_map(targets).filter_map(|target| local(path, target)).collect()
    }
}

/// The files to evaluate on their own, and one of each ring of modules.
fn roots(found: &Found, files: &FxHashMap<PathBuf, File>) -> Vec<PathBuf> {
    let leads_to = |path: &PathBuf| -> Vec<PathBuf> {
        let program = files.get(path).map(|file| &file.program);
        let targets = program.into_iter().flat_map(targets);
        targets.filter_map(|target| local(path, target)).filter(|target| target != path).collect()
    };
    let all: Vec<&PathBuf> = found.bicep.iter().filter(|path| files.contains_key(*path)).collect();
    let led_to: BTreeSet<PathBuf> = all.iter().flat_map(|path| leads_to(path)).collect();
    let mut roots: Vec<PathBuf> =
        all.iter().filter(|path| !led_to.contains(**path)).map(|path| (*path).clone()).collect();
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let reach = |from: Vec<PathBuf>, reached: &mut BTreeSet<PathBuf>| {
        let mut open = from;
        while let Some(path) = open.pop() {
            if reached.insert(path.clone()) {
                open.extend(leads_to(&path));
            }
        }
    };
    reach(roots.clone(), &mut reached);
    for path in all {
        if !reached.contains(path) {
            roots.push(path.clone());
            reach(vec![path.clone()], &mut reached);
        }
    }
    roots.sort();
    roots
}

/// The paths that a file names: of modules, imports, and of the template of its parameters.
fn targets(program: &Program) -> impl Iterator<Item = &Expression> {
    program.declarations.iter().filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Module(module) => Some(&module.path),
        DeclarationKind::Import(import) => Some(&import.path),
        DeclarationKind::Using(using) => using.path.as_ref(),
        DeclarationKind::Extends(path) => Some(path),
        _ => None,
    })
}

/// The file that a path in another file means; none for a registry and for what is not written out.
pub(super) fn local(from: &Path, path: &Expression) -> Option<PathBuf> {
    let ExpressionKind::String(text) = &path.kind else { return None };
    let is_registry = ["br:", "br/", "ts:", "ts/"].iter().any(|start| text.starts_with(start));
    match is_registry || text.is_empty() {
        true => None,
        false => Some(crate::evaluate::terraform::normalize(&from.parent()?.join(text.as_str()))),
    }
}

/// Whether a path is one of a Bicep file.
pub(super) fn is_bicep(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("bicep") || ending.eq_ignore_ascii_case("bicepparam"))
}

fn kind_of(path: &Path) -> FileKind {
    match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("bicepparam")) {
        true => FileKind::Parameters,
        false => FileKind::Template,
    }
}

/// Reads some files, and tells which of them could be read.
fn read(
    paths: &[PathBuf],
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
    workspace: &mut Workspace,
) -> Vec<PathBuf> {
    let texts: Vec<Result<Decoded, ReadError>> =
        paths.par_iter().map(|path| sources.files().read_decoded(path)).collect();
    let mut chosen: Vec<(&PathBuf, Decoded)> = Vec::new();
    for (path, text) in paths.iter().zip(texts) {
        match text {
            Ok(decoded) => chosen.push((path, decoded)),
            Err(error) => {
                let code = if error.kind == ReadErrorKind::TooLarge { Code::TooLarge } else { Code::Unreadable };
                errors.push(Diagnostic::with_path(code, display_path(path, base), eco_format!("this file {error}")));
            }
        }
    }
    let parsed: Vec<_> = chosen
        .par_iter()
        .enumerate()
        .map(|(at, (path, decoded))| {
            let id = sources.id_ahead(at);
            sources.files().make(path, id, &decoded.text, || parse(id, &decoded.text, kind_of(path)))
        })
        .collect();
    let mut read = Vec::new();
    for ((path, decoded), parsed) in chosen.into_iter().zip(parsed) {
        let id = sources.next_id();
        if let Some(bad) = decoded.first_bad {
            let span = Span::new(id, bad, bad + '\u{fffd}'.len_utf8());
            errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
        }
        errors
            .extend(parsed.errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)));
        workspace.count += 1;
        workspace.files.insert(path.clone(), File { path: path.clone(), program: parsed.program });
        read.push(path.clone());
        sources.add(path.clone(), display_path(path, base), Arc::from(decoded.text));
    }
    read
}
