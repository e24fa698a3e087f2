//! Texts and patterns of secrets: names without what parts their words, scripts behind Base64, patterns that are compiled
//! when they are first needed, and where in a longer text another is written.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::source::{SourceMap, Span};

/// What is compiled on first use; None when a pattern is wrong, which a test of the catalogue refuses.
pub(super) type Lazy<T> = OnceLock<Option<T>>;

pub(super) fn set<'l>(lazy: &'l Lazy<RegexSet>, patterns: impl FnOnce() -> Vec<&'l str>) -> Option<&'l RegexSet> {
    lazy.get_or_init(|| RegexSetBuilder::new(patterns()).unicode(false).build().ok()).as_ref()
}

pub(super) fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

pub(super) fn texts(patterns: &[String]) -> Vec<&str> {
    patterns.iter().map(String::as_str).collect()
}

/// A name in lower case without what only parts its words.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | '.' | ' ' | '/'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The text that another encodes as Base64: how providers take the scripts of machines.
pub(super) fn decoded(text: &str) -> Option<String> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n');
    if text.len() < 24 || !text.bytes().all(is_base64) {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(text.replace('\n', "")).ok()?).ok()?;
    decoded.chars().all(|character| !character.is_control() || character.is_ascii_whitespace()).then_some(decoded)
}

/// Where a text is written inside a span that encodes more; None where it is not written so, or more than once.
pub(super) fn inside(sources: &SourceMap, around: Span, text: &str) -> Option<Span> {
    let written = sources.text(around);
    let mut places = written.match_indices(text);
    let (at, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let start = around.start as usize + at;
    Some(Span::new(around.source, start, start + text.len()))
}
