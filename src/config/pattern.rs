//! Patterns over files, as .gitignore has them, and over addresses, where only `*` and `?` mean more than themselves.

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

/// Whether a text fits a pattern in which `*` stands for any characters and `?` for one.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star stands, and how far it reaches.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(letter) if *letter == '?' || text.get(from) == Some(letter) => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, reach)) => {
                    star = Some((place, reach + 1));
                    (at, from) = (place + 1, reach + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_fit_with_stars() {
        let cases = [
            ("aws_s3_bucket.site", "aws_s3_bucket.site", true),
            ("module.*.aws_s3_bucket.*", "module.a[\"x\"].aws_s3_bucket.b[0]", true),
            ("*[\"x\"]*", "module.a[\"x\"].aws_s3_bucket.b", true),
            ("aws_s3_bucket.?", "aws_s3_bucket.ab", false),
            ("*.b", "a.b.c.b", true),
            ("*.b", "a.b.c", false),
            ("", "a", false),
            ("*", "", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

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
