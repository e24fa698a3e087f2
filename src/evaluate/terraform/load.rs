//! Reads and parses module folders, follows their calls to further folders, and tells root modules from called ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::declarations;
use super::inputs;
use super::module::{self, Module};
use super::providers::{self, Majors};
use super::{Link, normalize};
use crate::discover::{self, Folder, Found};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::terraform::{self as parser, Parsed};
use crate::source::{self, Decoded, Files, ReadErrorKind, SourceMap, Span, display_path};
use crate::value::Value;

/// Rounds in which folders may call further folders.
const MAX_ROUNDS: usize = 32;

/// Everything that was read of Terraform.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The modules by folder.
    pub modules: FxHashMap<PathBuf, Module>,
    /// Where their calls lead.
    pub links: FxHashMap<(PathBuf, EcoString), Link>,
    /// The root modules, in order, with the values that their variable files give.
    pub roots: Vec<(PathBuf, FxHashMap<EcoString, Value>)>,
    /// The major versions of providers that `terraform init` chose, by root folder.
    pub locked: FxHashMap<PathBuf, Majors>,
    /// How many files were read.
    pub files: usize,
    /// Folders that lie outside the roots and were read because a module call leads there.
    pub outside: BTreeSet<PathBuf>,
    /// Folders with files that could not be read whole: what seems to be missing there may be what was lost.
    pub damaged: BTreeSet<PathBuf>,
}

/// Reads the folders that were found and those that they call.
pub fn load(found: &Found, base: &Path, sources: &mut SourceMap, errors: &mut Vec<Diagnostic>) -> Workspace {
    let mut calls = Calls::default();
    let mut workspace = Workspace::default();
    let mut variables: BTreeMap<PathBuf, FxHashMap<EcoString, Value>> = BTreeMap::new();
    let mut pending: BTreeMap<PathBuf, Folder> = found.folders.clone();
    for _ in 0..MAX_ROUNDS {
        if pending.is_empty() {
            break;
        }
        read(&pending, base, sources, errors, &mut workspace, &mut variables);
        let mut next: BTreeMap<PathBuf, Folder> = BTreeMap::new();
        for path in pending.keys() {
            calls.follow(path, &mut workspace, (base, sources.files()), &mut next, errors);
        }
        let is_outside = |target: &&PathBuf| !found.roots.iter().any(|root| target.starts_with(root));
        workspace.outside.extend(next.keys().filter(is_outside).cloned());
        pending = next;
    }
    for path in found.folders.keys() {
        if !calls.called.contains(path) {
            workspace.roots.push((path.clone(), variables.remove(path).unwrap_or_default()));
        }
    }
    // Folders that only call each other would be judged by nobody: each of them is its own root.
    let reached = reachable(&workspace);
    for path in found.folders.keys() {
        if !reached.contains(path) {
            workspace.roots.push((path.clone(), variables.remove(path).unwrap_or_default()));
        }
    }
    workspace.roots.sort_by(|a, b| a.0.cmp(&b.0));
    declarations::check_all(&workspace, errors);
    for (root, _) in &workspace.roots {
        if let Some(majors) = read_lock(root, sources.files()) {
            workspace.locked.insert(root.clone(), majors);
        }
    }
    workspace
}

/// What is known of module calls while they are followed.
#[derive(Default)]
struct Calls {
    /// Folders that others call.
    called: BTreeSet<PathBuf>,
    /// For a folder, the root whose manifest has it, and its key there.
    keys: BTreeMap<PathBuf, (PathBuf, String)>,
    /// What `terraform init` downloaded, by folder.
    manifests: FxHashMap<PathBuf, Option<Manifest>>,
}

impl Calls {
    /// Finds out where the calls of a folder lead, and which folders are to be read next.
    fn follow(
        &mut self,
        path: &PathBuf,
        workspace: &mut Workspace,
        (base, files): (&Path, &Files),
        next: &mut BTreeMap<PathBuf, Folder>,
        errors: &mut Vec<Diagnostic>,
    ) {
        let Some(module) = workspace.modules.get(path) else { return };
        let manifest = self.manifests.entry(path.clone()).or_insert_with(|| Manifest::read(path, files));
        if manifest.is_some() {
            self.keys.insert(path.clone(), (path.clone(), String::new()));
        }
        for call in &module.calls {
            let name = call.label(0);
            let at = self.keys.get(path).cloned();
            let manifest = at.as_ref().and_then(|(root, _)| self.manifests.get(root)).and_then(Option::as_ref);
            let key = at.as_ref().map(|(_, key)| join_key(key, name));
            let mut link = resolve(path, call, manifest, key.as_deref(), base);
            if let Link::Folder(target) = &link {
                if target != path {
                    self.called.insert(target.clone());
                }
                if let (Some((root, _)), Some(key)) = (&at, key) {
                    self.keys.entry(target.clone()).or_insert((root.clone(), key));
                }
                if !workspace.modules.contains_key(target) && !next.contains_key(target) {
                    match configuration(target) {
                        Some(folder) => drop(next.insert(target.clone(), folder)),
                        None => {
                            let shown = display_path(target, base);
                            let message =
                                eco_format!("module \"{name}\" leads to {shown}, where there is no configuration");
                            link = Link::Missing(message);
                        }
                    }
                }
            }
            if let Link::Missing(reason) = &link {
                errors.push(Diagnostic::at(Code::MissingModule, call.header, reason.clone()));
            }
            workspace.links.insert((path.clone(), name.into()), link);
        }
    }
}

/// The files of a folder that has a configuration.
fn configuration(folder: &Path) -> Option<Folder> {
    let mut troubles = Vec::new();
    let found = discover::folder(folder, &mut troubles);
    (troubles.is_empty() && !found.configurations.is_empty()).then_some(found)
}

/// What `.terraform.lock.hcl` says of the providers; a lock file that cannot be read says nothing.
fn read_lock(root: &Path, files: &Files) -> Option<Majors> {
    let path = root.join(".terraform.lock.hcl");
    let text = if files.is_file(&path) { files.read(&path).ok()? } else { return None };
    Some(providers::locked(&parser::parse(SourceMap::new().next_id(), &text).body))
}

fn reachable(workspace: &Workspace) -> BTreeSet<PathBuf> {
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open: Vec<PathBuf> = workspace.roots.iter().map(|(path, _)| path.clone()).collect();
    while let Some(path) = open.pop() {
        if let Some(module) = workspace.modules.get(&path) {
            for call in &module.calls {
                if let Some(Link::Folder(target)) = workspace.links.get(&(path.clone(), call.label(0).into()))
                    && !reached.contains(target)
                {
                    open.push(target.clone());
                }
            }
        }
        reached.insert(path);
    }
    reached
}

/// What a file of a folder is for.
#[derive(Clone, Copy)]
enum Role {
    Configuration,
    Override,
    Variables,
}

/// A file to read: its folder, the file, and what it is for.
type File<'f> = (&'f PathBuf, &'f PathBuf, Role);

/// The files of some folders in the order in which they count.
fn in_order(folders: &BTreeMap<PathBuf, Folder>) -> Vec<File<'_>> {
    let mut files: Vec<File<'_>> = Vec::new();
    for (path, folder) in folders {
        let (over, plain): (Vec<_>, Vec<_>) =
            folder.configurations.iter().partition(|file| discover::is_override(file));
        files.extend(plain.into_iter().map(|file| (path, file, Role::Configuration)));
        files.extend(over.into_iter().map(|file| (path, file, Role::Override)));
        let mut ordered: Vec<&PathBuf> = folder.variable_files.iter().collect();
        ordered.sort_by_key(|file| inputs::automatic_order(file));
        files.extend(ordered.into_iter().map(|file| (path, file, Role::Variables)));
    }
    files
}

/// Reads and parses files, in parallel.
fn parse(files: &[File<'_>], sources: &SourceMap) -> Vec<(Result<Decoded, source::ReadError>, Parsed)> {
    files
        .par_iter()
        .enumerate()
        .map(|(at, (_, file, role))| match sources.files().read_decoded(file) {
            Ok(decoded) => {
                let id = sources.id_ahead(at);
                let is_json = file.extension().is_some_and(|ending| ending == "json");
                let parsed = sources.files().make(file, id, &decoded.text, || match (is_json, role) {
                    (false, _) => parser::parse(id, &decoded.text),
                    (true, Role::Variables) => parser::parse_json_values(id, &decoded.text),
                    (true, _) => parser::parse_json(id, &decoded.text),
                });
                (Ok(decoded), parsed)
            }
            Err(error) => (Err(error), Parsed::default()),
        })
        .collect()
}

/// Takes in the files of some folders.
fn read(
    folders: &BTreeMap<PathBuf, Folder>,
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
    workspace: &mut Workspace,
    variables: &mut BTreeMap<PathBuf, FxHashMap<EcoString, Value>>,
) {
    let files = in_order(folders);
    let parsed = parse(&files, sources);
    for ((folder, file, role), (text, parsed)) in files.into_iter().zip(parsed) {
        let name = display_path(file, base);
        workspace.files += 1;
        let text = match text {
            Ok(decoded) => {
                // Terraform takes anything in a comment.
                if let Some(bad) = decoded.first_bad.and_then(|bad| parser::outside_comments(&decoded.text, bad)) {
                    let span = Span::new(sources.next_id(), bad, bad + '\u{fffd}'.len_utf8());
                    let message = "this is not UTF-8; save the file as UTF-8";
                    errors.push(Diagnostic::at(Code::NotUtf8, span, message));
                }
                decoded.text
            }
            Err(error) => {
                let code = match error.kind {
                    ReadErrorKind::Unreadable => Code::Unreadable,
                    ReadErrorKind::TooLarge => Code::TooLarge,
                    ReadErrorKind::NotUtf8 => Code::NotUtf8,
                };
                errors.push(Diagnostic::with_path(code, name.clone(), eco_format!("this file {error}")));
                workspace.damaged.insert(folder.clone());
                String::new()
            }
        };
        sources.add(file.clone(), name, Arc::from(text));
        if !parsed.errors.is_empty() {
            workspace.damaged.insert(folder.clone());
        }
        for error in parsed.errors {
            errors.push(Diagnostic::at(Code::ParseError, error.span, error.message));
        }
        if let Role::Variables = role {
            inputs::add_file(variables.entry(folder.clone()).or_default(), &parsed.body);
            continue;
        }
        let module = workspace.modules.entry(folder.clone()).or_insert_with(|| Module::new(folder.clone()));
        match role {
            Role::Override => module.lay_over(parsed.body),
            _ => module.add(parsed.body),
        }
    }
}

/// Where a module call leads.
fn resolve(
    folder: &Path,
    call: &crate::parse::terraform::ast::Block,
    manifest: Option<&Manifest>,
    key: Option<&str>,
    base: &Path,
) -> Link {
    let name = call.label(0);
    let Some(source) = module::source(call) else {
        return Link::Missing(eco_format!(
            "module \"{name}\" has no source that is a plain string, so it is not followed"
        ));
    };
    if source.starts_with("./") || source.starts_with("../") || source == "." || source == ".." {
        return Link::Folder(normalize(&folder.join(source)));
    }
    if Path::new(source).is_absolute() {
        return Link::Missing(eco_format!("module \"{name}\" is at {source}, outside what is checked"));
    }
    if let (Some(manifest), Some(key)) = (manifest, key)
        && let Some(target) = manifest.folders.get(key)
    {
        return Link::Folder(normalize(&manifest.root.join(target)));
    }
    Link::Missing(eco_format!(
        "module \"{name}\" ({source}) is not on this disk, so what it deploys is not checked; `terraform -chdir={} init` brings it",
        display_path(folder, base)
    ))
}

fn join_key(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_string() } else { format!("{outer}.{name}") }
}

/// What `terraform init` wrote of the modules that it brought: `.terraform/modules/modules.json`.
struct Manifest {
    root: PathBuf,
    folders: BTreeMap<String, String>,
}

#[derive(serde::Deserialize)]
struct ManifestFile {
    #[serde(rename = "Modules")]
    modules: Vec<ManifestEntry>,
}

#[derive(serde::Deserialize)]
struct ManifestEntry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    folder: String,
}

impl Manifest {
    fn read(root: &Path, files: &Files) -> Option<Manifest> {
        let path = root.join(".terraform").join("modules").join("modules.json");
        if !files.is_file(&path) {
            return None;
        }
        let file: ManifestFile = serde_json::from_str(&files.read_text(&path).ok()?).ok()?;
        let folders = file.modules.into_iter().map(|entry| (entry.key, entry.folder)).collect();
        Some(Manifest { root: root.to_path_buf(), folders })
    }
}
