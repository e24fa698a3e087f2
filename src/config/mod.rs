//! What a project asks of phiguard, in phiguard.toml: found upwards from what is checked, and refused with the place of
//! every mistake in it.

mod date;
mod declared;
mod environment;
mod keys;
mod pattern;
mod read;
mod schema;

use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use date::Date;
pub use declared::{Agreement, Phi, says_phi};
pub use environment::Environment;
pub use keys::sample;
pub use pattern::Paths;
pub use schema::schema;

use crate::catalogue::model::{PolicyFile, Severity};
use crate::catalogue::needed::Needed;
use crate::condition::glob;
use crate::source::{self, LineIndex};

/// What the file is called.
pub const NAME: &str = "phiguard.toml";

/// What a project asks for.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<str>,
    /// The policies and families that judge; all where it is empty.
    pub select: Vec<String>,
    /// Those that do not.
    pub without: Vec<String>,
    /// The profiles that are asked for: policies that judge only then.
    pub profiles: Vec<String>,
    /// The severity from which findings fail the run.
    pub fail_on: Option<Severity>,
    /// The list of findings that are known; only others count.
    pub baseline: Option<PathBuf>,
    /// Whether suppressions that are written for other tools count too.
    pub foreign_ignores: bool,
    /// Files that are not checked.
    pub exclude: Paths,
    /// Policies that nobody may suppress.
    pub locked: Vec<String>,
    /// Findings that somebody decided to live with.
    pub rules: Vec<Rule>,
    /// Which resources hold PHI; where nothing is said, all may.
    pub phi: Option<Phi>,
    /// The agreements with providers; where nothing is said, they are taken to be signed.
    pub agreements: Option<Vec<Agreement>>,
    /// The policies with other severities or parameters than phiguard's own.
    pub policies: Vec<PolicyFile>,
    /// What the project is deployed with.
    pub environments: Vec<Environment>,
}

/// A suppression by policy, address and path.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The policy or family, and where it is named.
    pub policy: (String, Range<usize>),
    /// The addresses, where it is not for all.
    pub address: Option<String>,
    /// The files, where it is not for all.
    pub path: Option<Paths>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// All of it.
    pub range: Range<usize>,
}

impl Rule {
    /// Whether it is for a resource of that address that stands in one of some files.
    pub fn is_for(&self, address: &str, files: &[&Path]) -> bool {
        self.address.as_ref().is_none_or(|pattern| glob(pattern, address))
            && self.path.as_ref().is_none_or(|paths| files.iter().any(|file| paths.has(file)))
    }
}

impl Config {
    /// The environment of a name, or which there are.
    pub fn environment(&self, name: &str) -> Result<&Environment, String> {
        let found = self.environments.iter().find(|one| one.name == name);
        found.ok_or_else(|| environment::missing(name, &self.environments))
    }

    /// The folder that it is for.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// The file for what is checked at a path: in its folder or in one above, up to the root of the repository.
pub fn find(path: &Path) -> Option<PathBuf> {
    for folder in path.ancestors() {
        let file = folder.join(NAME);
        if source::is_file(&file) {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the file; the answer to mistakes is text that shows each at its place.
pub fn load(path: &Path, shown: &str, catalogue: &Needed<'static>) -> Result<Config, String> {
    let text = source::read(path).map_err(|error| format!("{shown} {error}"))?;
    read::read(path, &text, catalogue).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| problem.told(shown, &text)).collect();
        told.join("\n")
    })
}

/// Reads the text of the file, which may not be saved yet.
pub fn parse(path: &Path, text: &str, catalogue: &Needed<'static>) -> Result<Config, Vec<Problem>> {
    read::read(path, text, catalogue)
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What is wrong, what was expected, and what to do.
    pub message: String,
}

impl Problem {
    /// The mistake with its line, underlined.
    fn told(&self, shown: &str, text: &str) -> String {
        let lines = LineIndex::new(text);
        let start = lines.locate(text, self.range.start as u32);
        let line = text.lines().nth(start.line as usize - 1).unwrap_or_default();
        let rest = line.chars().count().saturating_sub(start.column as usize - 1);
        let length = text.get(self.range.clone()).map_or(1, |text| text.chars().count()).clamp(1, rest.max(1));
        let gutter = start.line.to_string();
        let mut out = format!("{shown}:{}:{}: {}\n", start.line, start.column, self.message);
        let _ = writeln!(out, "  {gutter} | {line}");
        let indent = " ".repeat(start.column as usize - 1);
        let _ = write!(out, "  {} | {indent}{}", " ".repeat(gutter.len()), "^".repeat(length));
        out
    }
}
