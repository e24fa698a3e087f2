//! Where texts name policies: in suppressions, and in phiguard.toml.

use std::ops::Range;
use std::path::Path;

use crate::catalogue::model::PolicyFile;
use crate::config;
use crate::parse::comments;

/// What a comment has that is for phiguard.
const MARK: &str = "phiguard:";

/// The policies that a text names, each with its place.
pub(super) fn policies(
    path: &Path,
    text: &str,
    known: &dyn Fn(&str) -> Option<&'static PolicyFile>,
) -> Vec<(Range<usize>, &'static PolicyFile)> {
    let mut found = Vec::new();
    for part in parts(path, text) {
        let Some(within) = text.get(part.clone()) else { continue };
        let mut at = part.start;
        for word in within.split_inclusive(|character: char| !is_of_name(character)) {
            let name = word.trim_end_matches(|character: char| !is_of_name(character));
            if let Some(policy) = known(name) {
                found.push((at..at + name.len(), policy));
            }
            at += word.len();
        }
    }
    found
}

/// The part of a policy's name that stands before an offset, where one is expected there.
pub(super) fn expected(path: &Path, text: &str, offset: usize) -> Option<Range<usize>> {
    let before = text.get(..offset)?;
    let start = before
        .rfind(|character: char| !is_of_name(character))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..start)?;
    let is_expected = match is_config(path) {
        // Names stand in quotes, in lists and as keys, and never behind the mark of a comment.
        true => {
            let quotes = line.matches('"').count();
            let is_comment = line.split('"').step_by(2).any(|outside| outside.contains('#'));
            !is_comment && (quotes % 2 == 1 || line.trim().is_empty())
        }
        false => {
            let in_brackets = line.rsplit_once("ignore[").is_some_and(|(_, rest)| !rest.contains(']'));
            let is_marked = |part: &Range<usize>| part.start <= start && offset <= part.end;
            in_brackets && line.contains(MARK) && parts(path, text).iter().any(is_marked)
        }
    };
    is_expected.then_some(start..offset)
}

/// Where policies are named: all of a phiguard.toml, and the comments of other files that are for phiguard.
fn parts(path: &Path, text: &str) -> Vec<Range<usize>> {
    if is_config(path) {
        return std::iter::once(0..text.len()).collect();
    }
    if !text.contains(MARK) {
        return Vec::new();
    }
    let mut all = comments::of(path, text);
    all.retain(|comment| text.get(comment.clone()).is_some_and(|comment| comment.contains(MARK)));
    all
}

fn is_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == config::NAME)
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    #[test]
    fn policies_are_named_in_suppressions_and_in_the_configuration() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("a.tf", "a = \"public-bucket\" # phiguard: ignore[public-bucket, nothing]", &["public-bucket"]),
            ("a.tf", "# public-bucket", &[]),
            (
                "phiguard.toml",
                "select = [\"public-bucket\"]\n[severity]\npublic-database = \"low\"",
                &["public-bucket", "public-database"],
            ),
        ];
        for (path, text, expected) in cases {
            let known = |name: &str| embedded::policies().unwrap().get(name);
            let found: Vec<&str> =
                policies(Path::new(path), text, &known).iter().map(|(_, policy)| policy.id.as_str()).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn names_are_expected_where_a_policy_may_stand() {
        for (path, marked, expected) in [
            ("a.tf", "a = 1 # phiguard: ignore[pub|", Some("pub")),
            ("a.tf", "a = 1 # phiguard: ignore[public-bucket, |]", Some("")),
            ("a.tf", "a = 1 # phiguard: ignore[public-bucket] rea|", None),
            ("a.tf", "a = \"phiguard: ignore[pub|\"", None),
            ("phiguard.toml", "select = [\"pub|\"]", Some("pub")),
            ("phiguard.toml", "[severity]\npub|", Some("pub")),
            ("phiguard.toml", "# \"pub|", None),
            ("phiguard.toml", "select = |", None),
        ] {
            let offset = marked.find('|').unwrap();
            let text = marked.replace('|', "");
            let found = expected_text(Path::new(path), &text, offset);
            assert_eq!(found.as_deref(), expected, "{marked}");
        }
    }

    fn expected_text(path: &Path, text: &str, offset: usize) -> Option<String> {
        expected(path, text, offset).map(|range| text.get(range).unwrap_or_default().to_string())
    }
}
