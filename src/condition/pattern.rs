//! Patterns over texts: regular expressions of the catalogue, each compiled once, and those in which only `*` and `?` mean more
//! than themselves.

use std::sync::{Arc, LazyLock, RwLock};

use regex::Regex;
use regex_syntax::hir::{Look, LookSet};
use rustc_hash::FxHashMap;

/// The regular expression for a pattern of a policy or kind table; None where it is not one. There are only as
/// many patterns as the catalogue has.
pub fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    // Shared and not cloned: a clone has a cache of its own, which takes longer to make than most texts to match.
    static COMPILED: LazyLock<RwLock<FxHashMap<String, Option<Arc<Regex>>>>> = LazyLock::new(RwLock::default);
    if let Ok(compiled) = COMPILED.read()
        && let Some(regex) = compiled.get(pattern)
    {
        return regex.clone();
    }
    let regex = Regex::new(pattern).ok().map(Arc::new);
    if let Ok(mut compiled) = COMPILED.write() {
        compiled.insert(pattern.to_string(), regex.clone());
    }
    regex
}

/// What a pattern asks of what stands around what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Nothing.
    None,
    /// That it starts the text.
    Start,
    /// That it ends the text.
    End,
    /// Something else.
    Other,
}

/// Which part of a text a pattern looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Where that part must stand.
    pub(super) bound: Bound,
    /// How many bytes it has at most; None where it may be of any length.
    pub(super) longest: Option<usize>,
}

/// The reach of a pattern; None for one that is not a regular expression.
pub(super) fn reach(pattern: &str) -> Option<Reach> {
    static KNOWN: LazyLock<RwLock<FxHashMap<String, Option<Reach>>>> = LazyLock::new(RwLock::default);
    if let Ok(known) = KNOWN.read()
        && let Some(reach) = known.get(pattern)
    {
        return *reach;
    }
    let reach = regex_syntax::parse(pattern).ok().map(|parsed| {
        let properties = parsed.properties();
        let ends = LookSet::singleton(Look::Start).insert(Look::End);
        let bound = match properties.look_set() {
            looks if looks.is_empty() => Bound::None,
            looks if !looks.subtract(ends).is_empty() => Bound::Other,
            _ if properties.look_set_prefix().contains(Look::Start) => Bound::Start,
            _ if properties.look_set_suffix().contains(Look::End) => Bound::End,
            _ => Bound::Other,
        };
        Reach { bound, longest: properties.maximum_len() }
    });
    if let Ok(mut known) = KNOWN.write() {
        known.insert(pattern.to_string(), reach);
    }
    reach
}

/// Whether a text fits a pattern in which `*` stands for any characters and `?` for one.
pub fn glob(pattern: &str, text: &str) -> bool {
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
    use super::glob;

    #[test]
    fn texts_fit_with_stars() {
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
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
