//! The files of a revision, read from the object store of a git repository into a temporary folder. Working tree, index
//! and configuration stay as they are, nothing is fetched, and neither hooks nor filters are run.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use git2::{Commit, ErrorCode, ObjectType, Repository, TreeEntry, TreeWalkMode, TreeWalkResult};
use tempfile::TempDir;

/// Files above this many bytes are not laid out: nothing that reads them takes more.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The kind of a link among the entries of a tree, as git numbers them.
const LINK: i32 = 0o120_000;

/// A git repository with a working tree.
pub struct History {
    repository: Repository,
    root: PathBuf,
}

/// The files of a revision in a folder, which is removed with this.
pub struct Revision {
    /// The first digits of the commit.
    pub id: String,
    folder: TempDir,
}

/// Why a revision cannot be read. The caller's fault, or the system's.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// There is no repository around a path.
    #[error("{0} lies in no git repository with a working tree, so there is nothing to compare with")]
    NoRepository(String),
    /// Somebody else owns the repository, and git would refuse it too.
    #[error("{0} belongs to another user; `git config --global --add safe.directory {0}` lets it be read")]
    Owner(String),
    /// The repository has no such revision.
    #[error(
        "there is no revision \"{0}\" here; where the history is shallow, fetch it first (in GitHub's checkout: fetch-depth: 0)"
    )]
    Unknown(String),
    /// An object cannot be read.
    #[error("the objects of revision \"{revision}\" cannot be read: {why}")]
    Objects {
        /// The revision.
        revision: String,
        /// What git says.
        why: String,
    },
    /// The temporary folder cannot be written.
    #[error("the files of revision \"{revision}\" cannot be laid out: {why}")]
    Written {
        /// The revision.
        revision: String,
        /// What the system says.
        why: std::io::Error,
    },
}

impl History {
    /// The repository around a path.
    pub fn around(path: &Path) -> Result<History, RevisionError> {
        let shown = path.display().to_string();
        let existing = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(path);
        let repository = Repository::discover(existing).map_err(|error| match error.code() {
            ErrorCode::Owner => RevisionError::Owner(shown.clone()),
            _ => RevisionError::NoRepository(shown.clone()),
        })?;
        let Some(root) = repository.workdir().map(Path::to_path_buf) else {
            return Err(RevisionError::NoRepository(shown));
        };
        // A slash at its end is no part of it.
        Ok(History { repository, root: root.components().collect() })
    }

    /// The folder of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path from the root; none where it lies elsewhere.
    pub fn within(&self, path: &Path) -> Option<PathBuf> {
        let inside = |path: &Path| path.strip_prefix(&self.root).ok().map(Path::to_path_buf);
        inside(path).or_else(|| inside(&path.canonicalize().ok()?))
    }

    /// Lays out the files of a revision.
    pub fn lay_out(&self, revision: &str) -> Result<Revision, RevisionError> {
        self.files(revision, &self.commit(revision)?)
    }

    /// Lays out the files of the revision in which this one and the other went apart, or of this one where the history
    /// does not reach back so far.
    pub fn lay_out_fork(&self, revision: &str, other: &str) -> Result<Revision, RevisionError> {
        let commit = self.commit(revision)?;
        let other = self.commit(other)?;
        let base = self.repository.merge_base(commit.id(), other.id());
        let base = base.and_then(|base| self.repository.find_commit(base)).unwrap_or(commit);
        self.files(revision, &base)
    }

    fn commit(&self, revision: &str) -> Result<Commit<'_>, RevisionError> {
        let object = self.repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
        object.map_err(|error| match error.code() {
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel | ErrorCode::Ambiguous => {
                RevisionError::Unknown(revision.to_string())
            }
            _ => RevisionError::Objects { revision: revision.to_string(), why: error.message().to_string() },
        })
    }

    fn files(&self, revision: &str, commit: &Commit<'_>) -> Result<Revision, RevisionError> {
        let written = |why| RevisionError::Written { revision: revision.to_string(), why };
        let objects = |why: git2::Error| RevisionError::Objects {
            revision: revision.to_string(),
            why: why.message().to_string(),
        };
        let folder = tempfile::Builder::new().prefix("phiguard-").tempdir().map_err(written)?;
        let mut laying = Laying { history: self, folder: folder.path(), folders: BTreeSet::new(), links: Vec::new() };
        let mut failed: Option<RevisionError> = None;
        let tree = commit.tree().map_err(objects)?;
        let walked = tree.walk(TreeWalkMode::PreOrder, |parent, entry| {
            let one = match laying.entry(Path::new(parent), entry) {
                Ok(result) => return result,
                Err(Trouble::Object(why)) => objects(why),
                Err(Trouble::Written(why)) => written(why),
            };
            failed = Some(one);
            TreeWalkResult::Abort
        });
        match (failed, walked) {
            (Some(error), _) => return Err(error),
            (None, Err(error)) => return Err(objects(error)),
            (None, Ok(())) => {}
        }
        laying.finish();
        let id = commit.id().to_string().chars().take(7).collect();
        Ok(Revision { id, folder })
    }
}

impl Revision {
    /// The folder that holds the files.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }
}

enum Trouble {
    Object(git2::Error),
    Written(std::io::Error),
}

/// Files on their way into a folder.
struct Laying<'h> {
    history: &'h History,
    folder: &'h Path,
    /// The folders that are there already.
    folders: BTreeSet<PathBuf>,
    /// Links and where they lead: made last, so that nothing is written through one.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Laying<'_> {
    fn entry(&mut self, parent: &Path, entry: &TreeEntry<'_>) -> Result<TreeWalkResult, Trouble> {
        // A name that git itself would not check out, or that is no text, is left out.
        let name = entry.name().ok().filter(|name| is_plain(name));
        let Some(name) = name else { return Ok(TreeWalkResult::Skip) };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(TreeWalkResult::Ok);
        }
        let blob = self.history.repository.find_blob(entry.id()).map_err(Trouble::Object)?;
        if blob.size() > MAX_BYTES {
            return Ok(TreeWalkResult::Ok);
        }
        if entry.filemode() == LINK {
            let target = std::str::from_utf8(blob.content()).map(PathBuf::from);
            self.links.extend(target.ok().map(|target| (parent.join(name), target)));
            return Ok(TreeWalkResult::Ok);
        }
        let folder = self.folder.join(parent);
        if !self.folders.contains(parent) {
            fs::create_dir_all(&folder).map_err(Trouble::Written)?;
            self.folders.insert(parent.to_path_buf());
        }
        // Two names that differ in case only are one on some systems: the first stays.
        match fs::File::create_new(folder.join(name)) {
            Ok(mut file) => file.write_all(blob.content()).map_err(Trouble::Written)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Trouble::Written(error)),
        }
        Ok(TreeWalkResult::Ok)
    }

    /// Makes the links that stay within the folder, and one to what `terraform init` downloaded for each module: that
    /// is in no revision, and without it calls of modules would be unknown in one tree only.
    fn finish(self) {
        for (at, target) in &self.links {
            let lands = at.parent().unwrap_or(at).join(target);
            if target.is_relative() && stays(&lands) {
                link(target, &self.folder.join(at));
            }
        }
        for folder in &self.folders {
            let downloaded = self.history.root.join(folder).join(".terraform");
            if downloaded.is_dir() {
                link(&downloaded, &self.folder.join(folder).join(".terraform"));
            }
        }
    }
}

/// Whether a name is one part of a path, and none of git's own.
fn is_plain(name: &str) -> bool {
    let special = name.is_empty() || matches!(name, "." | "..") || name.eq_ignore_ascii_case(".git");
    !special && !name.contains(['/', '\\', ':', '\0'])
}

/// Whether a relative path never leaves the folder that it starts from.
fn stays(path: &Path) -> bool {
    let mut depth = 0_i32;
    path.components().all(|part| {
        depth += match part {
            std::path::Component::ParentDir => -1,
            std::path::Component::CurDir => 0,
            _ => 1,
        };
        depth >= 0
    })
}

/// Makes a link where the system has them; without it what it leads to is missing, which is told when it is read.
fn link(target: &Path, at: &Path) {
    #[cfg(unix)]
    let _ = std::os::unix::fs::symlink(target, at);
    #[cfg(not(unix))]
    let _ = (target, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_links_that_lead_out_are_refused() {
        for (name, plain) in [("main.tf", true), ("..", false), (".GIT", false), ("a/b", false), ("c:x", false)] {
            assert_eq!(is_plain(name), plain, "{name}");
        }
        for (path, inside) in [("a/../b", true), ("a/../../b", false), ("..", false)] {
            assert_eq!(stays(Path::new(path)), inside, "{path}");
        }
    }
}
