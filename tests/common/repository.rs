//! Git repositories of the tests.

use std::path::Path;

use git2::{IndexAddOption, Oid, Repository, Signature};

/// Makes a folder a repository, and commits all that is in it.
pub fn committed(folder: &Path) -> Repository {
    let repository = Repository::init(folder).unwrap();
    commit(&repository, "Start");
    repository
}

/// Commits all there is, on what is checked out.
pub fn commit(repository: &Repository, message: &str) -> Oid {
    let mut index = repository.index().unwrap();
    index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
    index.update_all(["*"], None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::now("Nurse", "nurse@example.org").unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    repository.commit(Some("HEAD"), &who, &who, message, &tree, &parent.iter().collect::<Vec<_>>()).unwrap()
}
