//! Files in the formats that several dialects share: each is read once and parsed once, whoever it belongs to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::tree::Node;
use super::{SyntaxError, json, yaml};
use crate::discover;
use crate::source::{Decoded, ReadError, SourceId, SourceMap, Span, display_path};

/// What one dialect says of its files before they are parsed.
pub struct Claim {
    /// Whether a text may be one of its files. Cheap, for the many that are something else; the last argument
    /// says whether the file was named itself.
    pub may_be: fn(&Path, &str, bool) -> bool,
    /// Reads such a text.
    pub parse: fn(SourceId, &Path, &str) -> Trees,
}

/// A file of which nobody knows yet whose it is.
#[derive(Debug)]
pub struct File {
    /// The file.
    pub path: PathBuf,
    /// Whether it was named itself.
    pub given: bool,
    /// What is in it, once somebody has looked.
    pub text: Option<Decoded>,
}

impl File {
    /// The file as discovery found it.
    pub fn found(&self) -> discover::Document {
        discover::Document { path: self.path.clone(), given: self.given }
    }

    /// Whether a dialect may claim it for its text.
    pub fn is_claimed(&self, claims: &[Claim], text: &str) -> bool {
        claims.iter().any(|claim| (claim.may_be)(&self.path, text, self.given))
    }
}

/// The documents that were found, unread.
pub fn files(found: &[discover::Document]) -> Vec<File> {
    found.iter().map(|file| File { path: file.path.clone(), given: file.given, text: None }).collect()
}

/// A file that a dialect may claim, as trees.
#[derive(Debug)]
pub struct Document {
    /// The file.
    pub path: PathBuf,
    /// Whether it was named itself, not found by the walk.
    pub given: bool,
    /// Its text.
    pub source: SourceId,
    /// Its documents that have a value: one, or several in YAML.
    pub trees: Vec<Node>,
    /// Where it could not be read.
    pub errors: Vec<SyntaxError>,
    /// The first place that is not UTF-8.
    pub first_bad: Option<Span>,
}

/// A file that could not be opened.
#[derive(Debug)]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// Whether it was named itself.
    pub given: bool,
    /// Why.
    pub error: ReadError,
}

/// The text of a file and who reads it; none where nobody claims it.
type Claimed<'c> = Result<Option<(Decoded, &'c Claim)>, ReadError>;

/// Reads files and parses those that a dialect may claim; where several may, the first one reads it.
pub fn read(files: Vec<File>, claims: &[Claim], base: &Path, sources: &mut SourceMap) -> (Vec<Document>, Vec<Unread>) {
    let texts: Vec<(File, Claimed<'_>)> = files
        .into_par_iter()
        .map(|mut file| {
            let decoded = file.text.take().map_or_else(|| sources.files().read_decoded(&file.path), Ok);
            let claimed = decoded.map(|decoded| {
                let claim = claims.iter().find(|claim| (claim.may_be)(&file.path, &decoded.text, file.given))?;
                Some((decoded, claim))
            });
            (file, claimed)
        })
        .collect();
    let mut chosen = Vec::new();
    let mut unread = Vec::new();
    for (file, text) in texts {
        match text {
            Ok(Some((decoded, claim))) => chosen.push((file, decoded, claim)),
            Ok(None) => {}
            Err(error) => unread.push(Unread { path: file.path, given: file.given, error }),
        }
    }
    let first = &*sources;
    let parsed: Vec<Trees> = chosen
        .par_iter()
        .enumerate()
        .map(|(at, (file, decoded, claim))| {
            let id = first.id_ahead(at);
            first.files().make(&file.path, id, &decoded.text, || (claim.parse)(id, &file.path, &decoded.text))
        })
        .collect();
    let documents = chosen
        .into_iter()
        .zip(parsed)
        .map(|((File { path, given, .. }, decoded, _), Trees { trees, errors })| {
            let shown = display_path(&path, base);
            let source = sources.add(path.clone(), shown, Arc::from(decoded.text));
            let bad = |at: usize| Span::new(source, at, at + '\u{fffd}'.len_utf8());
            Document { path, given, source, trees, errors, first_bad: decoded.first_bad.map(bad) }
        })
        .collect();
    (documents, unread)
}

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    /// The documents that have a value, in order.
    pub trees: Vec<Node>,
    /// Where it could not be read, in order.
    pub errors: Vec<SyntaxError>,
}

/// Reads a text that is JSON if it starts as JSON does, else YAML. `only_json` says that what starts as JSON may not
/// be YAML, which has a form that looks like it.
pub fn parse(source: SourceId, text: &str, only_json: bool, options: json::Options) -> Trees {
    let is_json = text.trim_start().starts_with(['{', '[']);
    let read = is_json.then(|| json::parse(source, text, options));
    let as_trees = |parsed: json::Parsed| Trees { trees: parsed.root.into_iter().collect(), errors: parsed.errors };
    match read {
        Some(parsed) if parsed.errors.is_empty() || only_json => as_trees(parsed),
        read => {
            let yaml = yaml::parse(source, text);
            match read {
                Some(parsed) if !yaml.errors.is_empty() => as_trees(parsed),
                _ => Trees { trees: yaml.documents, errors: yaml.errors },
            }
        }
    }
}
