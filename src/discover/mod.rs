//! Walks the paths given and finds what can be checked: ignore files honoured, links out of the roots not
//! followed, version control and what was downloaded left out. Only what is affected by a change reads files.

mod affected;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::{WalkBuilder, WalkState};

pub use affected::affected;

/// The files of one folder that belong to Terraform.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Folder {
    /// `*.tf`, `*.tofu` and their JSON forms, sorted.
    pub configurations: Vec<PathBuf>,
    /// `terraform.tfvars`, `*.auto.tfvars` and their JSON forms, sorted.
    pub variable_files: Vec<PathBuf>,
}

/// A file in a format that several dialects share; its content says whether it belongs to one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    /// The file.
    pub path: PathBuf,
    /// Whether it was named itself, not found by the walk.
    pub given: bool,
}

/// What the walk found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The folders to check, by path.
    pub folders: BTreeMap<PathBuf, Folder>,
    /// Files that may be templates, sorted.
    pub documents: Vec<Document>,
    /// Bicep files and their parameter files, sorted.
    pub bicep: Vec<PathBuf>,
    /// Paths that could not be walked, and why.
    pub troubles: Vec<(PathBuf, String)>,
    /// Files that were named, are of no dialect, and lie in a folder without Terraform.
    pub unread: Vec<PathBuf>,
    /// The folders that were given, or that hold a file which was: what may be read.
    pub roots: Vec<PathBuf>,
}

/// Folders that are never walked: version control, and what package managers and `terraform init` download.
const LEFT_OUT: &[&str] = &[".git", ".hg", ".svn", ".terraform", ".terragrunt-cache", "node_modules"];

/// How the names of files end that may be templates, or plans and states of Terraform.
const DOCUMENTS: &[&str] = &["json", "template", "tfstate", "yaml", "yml"];

/// How the names of Bicep's files end.
const BICEP: &[&str] = &["bicep", "bicepparam"];

/// How the names of plans end that only Terraform reads; of use only to say so when one is named.
const PLANS: &[&str] = &["tfplan", "plan"];

/// Walks `paths`, which are absolute. A path to a template stands for itself, one to another file for the folder that
/// it lies in.
pub fn discover(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                found.roots.push(path.clone());
                walk(path, &mut files, &mut found.troubles);
            }
            Ok(_) => {
                let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
                match recognise(path) {
                    Some(Role::Bicep) => found.bicep.push(path.clone()),
                    role if role == Some(Role::Document) || may_be_plan(path) => {
                        found.documents.push(Document { path: path.clone(), given: true });
                    }
                    _ => {
                        let beside = terraform_files(&folder, &mut found.troubles);
                        if beside.is_empty() {
                            found.unread.push(path.clone());
                        }
                        files.extend(beside);
                    }
                }
                found.roots.push(folder);
            }
            Err(error) => found.troubles.push((path.clone(), error.to_string())),
        }
    }
    found.roots.sort();
    found.roots.dedup();
    found.troubles.sort();
    found.add(files);
    found
}

impl Found {
    /// Adds files that are not there yet; those of no dialect are left.
    pub fn add(&mut self, mut files: Vec<PathBuf>) {
        files.sort();
        files.dedup();
        for file in files {
            let Some(role) = recognise(&file) else { continue };
            if role == Role::Document {
                self.documents.push(Document { path: file, given: false });
                continue;
            }
            if role == Role::Bicep {
                self.bicep.push(file);
                continue;
            }
            let Some(parent) = file.parent() else { continue };
            self.folders.entry(parent.to_path_buf()).or_default().add(role, file);
        }
        // A file that was found and named counts as named.
        self.documents.sort_by(|a, b| a.path.cmp(&b.path).then(b.given.cmp(&a.given)));
        self.bicep.sort();
        self.bicep.dedup();
        self.documents.dedup_by(|second, first| second.path == first.path);
        self.folders.retain(|_, folder| !folder.configurations.is_empty());
        for folder in self.folders.values_mut() {
            for files in [&mut folder.configurations, &mut folder.variable_files] {
                files.sort();
                files.dedup();
            }
            prefer_tofu(folder);
        }
    }

    /// Leaves files out.
    pub fn exclude(&mut self, is_excluded: impl Fn(&Path) -> bool) {
        for folder in self.folders.values_mut() {
            folder.configurations.retain(|path| !is_excluded(path));
            folder.variable_files.retain(|path| !is_excluded(path));
        }
        self.folders.retain(|_, folder| !folder.configurations.is_empty());
        self.documents.retain(|document| !is_excluded(&document.path));
        self.bicep.retain(|path| !is_excluded(path));
    }
}

/// The Terraform files that lie directly in a folder.
pub fn folder(path: &Path, troubles: &mut Vec<(PathBuf, String)>) -> Folder {
    let mut folder = Folder::default();
    let mut files = terraform_files(path, troubles);
    files.sort();
    for file in files {
        if let Some(role) = recognise(&file) {
            folder.add(role, file);
        }
    }
    prefer_tofu(&mut folder);
    folder
}

impl Folder {
    fn add(&mut self, role: Role, file: PathBuf) {
        match role {
            Role::Configuration => self.configurations.push(file),
            Role::VariableFile => self.variable_files.push(file),
            Role::Document | Role::Bicep => {}
        }
    }
}

/// Where `a.tofu` lies beside `a.tf`, it takes its place.
fn prefer_tofu(folder: &mut Folder) {
    let files = &mut folder.configurations;
    let tofu: Vec<PathBuf> = files.iter().filter(|path| path.to_string_lossy().contains(".tofu")).cloned().collect();
    if tofu.is_empty() {
        return;
    }
    files.retain(|path| {
        let name = path.to_string_lossy();
        let twin = match name.strip_suffix(".tf") {
            Some(stem) => format!("{stem}.tofu"),
            None => match name.strip_suffix(".tf.json") {
                Some(stem) => format!("{stem}.tofu.json"),
                None => return true,
            },
        };
        !tofu.iter().any(|there| there.as_os_str() == twin.as_str())
    });
}

/// Whether a configuration is an override file: what it declares is laid over what the others declare.
pub fn is_override(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = CONFIGURATION.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or_default();
    stem == "override" || stem.ends_with("_override")
}

/// The endings of configurations.
const CONFIGURATION: &[&str] = &[".tf", ".tf.json", ".tofu", ".tofu.json"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Configuration,
    VariableFile,
    Document,
    Bicep,
}

fn recognise(path: &Path) -> Option<Role> {
    let name = path.file_name()?.to_str()?;
    // Terraform takes files that start with a dot for something else: locks, caches of editors.
    if name.starts_with('.') {
        return None;
    }
    if CONFIGURATION.iter().any(|ending| name.ends_with(ending)) {
        return Some(Role::Configuration);
    }
    let plain = name.strip_suffix(".json").unwrap_or(name);
    if plain == "terraform.tfvars" || plain.ends_with(".auto.tfvars") {
        return Some(Role::VariableFile);
    }
    let (_, extension) = name.rsplit_once('.')?;
    if BICEP.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return Some(Role::Bicep);
    }
    DOCUMENTS.iter().any(|known| extension.eq_ignore_ascii_case(known)).then_some(Role::Document)
}

/// Whether a file that was named is most likely a plan or a state: `tfplan`, `prod.tfplan`, `terraform.tfstate.backup`.
fn may_be_plan(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending);
    PLANS.contains(&ending) || name.ends_with(".tfstate.backup")
}

fn terraform_files(folder: &Path, troubles: &mut Vec<(PathBuf, String)>) -> Vec<PathBuf> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                let of_terraform = |role| matches!(role, Role::Configuration | Role::VariableFile);
                recognise(path).is_some_and(of_terraform) && !path.is_dir()
            })
            .collect(),
        Err(error) => {
            troubles.push((folder.to_path_buf(), error.to_string()));
            Vec::new()
        }
    }
}

fn walk(root: &Path, files: &mut Vec<PathBuf>, troubles: &mut Vec<(PathBuf, String)>) {
    let (sender, receiver) = std::sync::mpsc::channel::<Result<PathBuf, (PathBuf, String)>>();
    let threads = if is_small(root) { 1 } else { rayon::current_num_threads().min(8) };
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .add_custom_ignore_filename(".phiguardignore")
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder && entry.depth() > 0 && LEFT_OUT.iter().any(|name| entry.file_name() == *name))
        })
        .threads(threads)
        .build_parallel();
    walker.run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let told = match entry {
                Ok(entry) => {
                    let wanted = recognise(entry.path()).is_some()
                        && entry.file_type().is_some_and(|kind| {
                            kind.is_file() || (kind.is_symlink() && stays_within(entry.path(), root))
                        });
                    if wanted { sender.send(Ok(entry.into_path())) } else { Ok(()) }
                }
                Err(error) => {
                    let path = trouble_path(&error).unwrap_or_else(|| root.to_path_buf());
                    sender.send(Err((path, plain(&error))))
                }
            };
            match told {
                Ok(()) => WalkState::Continue,
                Err(_) => WalkState::Quit,
            }
        })
    });
    drop(sender);
    for message in receiver {
        match message {
            Ok(path) => files.push(path),
            Err(trouble) => troubles.push(trouble),
        }
    }
}

/// Whether a folder has so little in it that starting threads would cost more than the walk.
fn is_small(root: &Path) -> bool {
    std::fs::read_dir(root).map(|entries| entries.take(16).count() < 16).unwrap_or(true)
}

/// Whether a link leads to a file below the root.
fn stays_within(path: &Path, root: &Path) -> bool {
    match (path.canonicalize(), root.canonicalize()) {
        (Ok(target), Ok(root)) => target.starts_with(root) && target.is_file(),
        _ => false,
    }
}

fn trouble_path(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => trouble_path(err),
        ignore::Error::Loop { child, .. } => Some(child.clone()),
        ignore::Error::Partial(errors) => errors.iter().find_map(trouble_path),
        _ => None,
    }
}

/// The reason without the path, which is shown beside it.
fn plain(error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => plain(err),
        other => other.to_string(),
    }
}
