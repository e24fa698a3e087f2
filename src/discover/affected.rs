//! The files that changed ones are part of: what calls a module, nests a template or reads a file, as far as its path is
//! written out. For hooks that are given the changed files and check the projects that these belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Role, recognise, walk};
use crate::config;
use crate::source;

/// What a path may lead to: the files of a folder, which Terraform reads as one, or a file of its own.
type Target = PathBuf;

/// The files to check where some changed, which may be gone; all paths are absolute. What ignore files leave out is not
/// among them, and where nothing is left, nothing is.
pub fn affected(changed: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    // What cannot be walked is told by the run itself where it is part of what is checked.
    walk(root, &mut files, &mut Vec::new());
    files.sort();
    let mut members: BTreeMap<Target, Vec<&PathBuf>> = BTreeMap::new();
    for file in &files {
        members.entry(target_of(file)).or_default().push(file);
    }
    let mut wanted: BTreeSet<Target> = BTreeSet::new();
    let mut open: Vec<Target> = changed.iter().map(|path| target_of(path)).collect();
    // What Terraform's files are part of is written in Terraform.
    let terraform_only = changed.iter().all(|path| target_of(path) != *path);
    let texts = files.iter().filter(|file| !terraform_only || recognise(file).is_some_and(is_terraform));
    let users = users(&texts.collect::<Vec<_>>(), &members, &open);
    while let Some(target) = open.pop() {
        if wanted.insert(target.clone()) {
            open.extend(users.get(&target).into_iter().flatten().cloned());
        }
    }
    let found = wanted.iter().filter_map(|target| members.get(target)).flatten();
    let mut found: BTreeSet<PathBuf> = found.map(|file| (*file).clone()).collect();
    // What is asked for in a folder is asked of all below it.
    let asked = changed.iter().filter(|path| path.ends_with(config::NAME)).filter_map(|path| path.parent());
    for folder in asked {
        found.extend(files.iter().filter(|file| file.starts_with(folder)).cloned());
    }
    found.into_iter().collect()
}

fn is_terraform(role: Role) -> bool {
    matches!(role, Role::Configuration | Role::VariableFile)
}

/// What a file is read as part of.
fn target_of(file: &Path) -> Target {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_values = name.ends_with(".tfvars") || name.ends_with(".tfvars.json");
    match (is_values || recognise(file).is_some_and(is_terraform), file.parent()) {
        (true, Some(folder)) => folder.to_path_buf(),
        _ => file.to_path_buf(),
    }
}

/// What names each target. Targets are the files and folders that are there, and those that changed.
fn users(
    files: &[&PathBuf],
    members: &BTreeMap<Target, Vec<&PathBuf>>,
    changed: &[Target],
) -> FxHashMap<Target, Vec<Target>> {
    let known: FxHashSet<&Path> = members.keys().chain(changed).map(PathBuf::as_path).collect();
    let named: Vec<(Target, Target)> = files
        .par_iter()
        .flat_map_iter(|file| {
            let (Ok(text), Some(folder)) = (source::read(file), file.parent()) else { return Vec::new() };
            let user = target_of(file);
            let mut named: Vec<Target> = paths(&text)
                .filter_map(|path| resolve(folder, path))
                .filter(|target| *target != user && known.contains(target.as_path()))
                .collect();
            named.sort();
            named.dedup();
            named.into_iter().map(|target| (target, user.clone())).collect()
        })
        .collect();
    let mut users: FxHashMap<Target, Vec<Target>> = FxHashMap::default();
    for (target, user) in named {
        users.entry(target).or_default().push(user);
    }
    users
}

/// The words of a text that may be paths of the same disk.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let ends = |character: char| character.is_whitespace() || "\"'`(){}[],;=<>|".contains(character);
    text.split(ends).filter(|word| {
        let is_path = word.contains('/') || word.rsplit_once('.').is_some_and(|(_, ending)| is_ending(ending));
        is_path && !word.contains(':') && !word.starts_with("//") && word.len() < 4096
    })
}

/// Whether the name of a file may end so; `aws_s3_bucket.site` is no file.
fn is_ending(ending: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "bicep",
        "bicepparam",
        "cfg",
        "conf",
        "csv",
        "json",
        "ps1",
        "py",
        "sh",
        "template",
        "tf",
        "tfstate",
        "tftpl",
        "toml",
        "tpl",
        "txt",
        "xml",
        "yaml",
        "yml",
    ];
    ENDINGS.contains(&ending)
}

/// The path that a word means in a file of a folder. What follows an expression, as in `${path.module}/records.json`,
/// counts from that folder.
fn resolve(folder: &Path, word: &str) -> Option<PathBuf> {
    let mut path = folder.to_path_buf();
    for part in Path::new(word.trim_start_matches('/')).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => drop(path.pop().then_some(())?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_words() {
        let text = "source = \"../modules/records\" # aws_s3_bucket.site 1.5 https://example.org/a.json\n\
                    policy = file(\"${path.module}/policy.json\")\nTemplateURL: nested.yaml\nmodule m './a.bicep' = {";
        let found: Vec<&str> = paths(text).collect();
        assert_eq!(found, ["../modules/records", "/policy.json", "nested.yaml", "./a.bicep"]);
        assert_eq!(resolve(Path::new("/r/clinic"), "../modules/records"), Some("/r/modules/records".into()));
        assert_eq!(resolve(Path::new("/r"), "/policy.json"), Some("/r/policy.json".into()));
        assert_eq!(resolve(Path::new("/"), "../x"), None);
    }
}
