//! Patterns over files, as .gitignore has them.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Patterns over the files below a folder.
#[derive(Clone, Debug)]
pub struct Paths {
    folder: PathBuf,
    patterns: Gitignore,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { folder: PathBuf::new(), patterns: Gitignore::empty() }
    }
}

impl Paths {
    /// The patterns, or what is wrong with which of them.
    pub(super) fn new(folder: &Path, patterns: &[&str]) -> Result<Paths, (usize, String)> {
        let mut builder = GitignoreBuilder::new(folder);
        for (at, pattern) in patterns.iter().enumerate() {
            builder.add_line(None, pattern).map_err(|error| (at, error.to_string()))?;
        }
        let patterns = builder.build().map_err(|error| (0, error.to_string()))?;
        Ok(Paths { folder: folder.to_path_buf(), patterns })
    }

    /// Whether they have a file.
    pub fn has(&self, file: &Path) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let below = file.strip_prefix(&self.folder).ok();
        below.is_some_and(|below| self.patterns.matched_path_or_any_parents(below, false).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_fit_as_in_gitignore() {
        let paths = Paths::new(Path::new("/p"), &["vendor/", "*.test.tf", "/a/*.yaml"]).unwrap();
        let cases = [
            ("/p/vendor/x.tf", true),
            ("/p/b/vendor/c/x.tf", true),
            ("/p/b/x.test.tf", true),
            ("/p/a/x.yaml", true),
            ("/p/b/a/x.yaml", false),
            ("/q/vendor/x.tf", false),
        ];
        for (file, expected) in cases {
            assert_eq!(paths.has(Path::new(file)), expected, "{file}");
        }
    }
}
