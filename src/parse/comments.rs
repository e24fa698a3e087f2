//! Where the comments of a text stand, in the syntax of its dialect. Quoted texts, heredocs and block scalars hold
//! none, whatever they look like.

use std::ops::Range;
use std::path::Path;

use super::{terraform, yaml};

/// The comments of a file, in order, with what marks them.
pub fn of(path: &Path, text: &str) -> Vec<Range<usize>> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "tf" | "tofu" | "tfvars" => terraform::comments(text),
        "toml" => Vec::new(),
        "bicep" | "bicepparam" => slashed(text, Quotes::Bicep),
        _ if text.trim_start().starts_with(['{', '[', '/']) => slashed(text, Quotes::Json),
        _ => yaml::comments(text),
    }
}

/// How texts are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// `"..."`.
    Json,
    /// `'...'` with `${...}` in it, and `'''...'''`.
    Bicep,
}

/// What surrounds a byte of Bicep.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Quote,
    Interpolation,
    Brace,
}

/// Comments that slashes mark.
fn slashed(text: &str, quotes: Quotes) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    let quote = if quotes == Quotes::Json { "\"" } else { "'" };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = rest.chars().next().map_or(1, char::len_utf8);
        if frames.last() == Some(&Frame::Quote) {
            at += match rest {
                _ if rest.starts_with('\\') => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
                _ if quotes == Quotes::Bicep && rest.starts_with("${") => {
                    frames.push(Frame::Interpolation);
                    2
                }
                // A text never spans lines: it is unfinished.
                _ if rest.starts_with(quote) || rest.starts_with('\n') => {
                    frames.pop();
                    1
                }
                _ => step,
            };
            continue;
        }
        let until = |end: &str| rest.find(end).unwrap_or(rest.len());
        at += match rest {
            _ if rest.starts_with("//") => {
                comments.push(at..at + until("\n"));
                until("\n")
            }
            _ if rest.starts_with("/*") => {
                let length = (until("*/") + 2).min(rest.len());
                comments.push(at..at + length);
                length
            }
            _ if quotes == Quotes::Bicep && rest.starts_with("'''") => {
                let inner = rest.get(3..).unwrap_or_default();
                inner.find("'''").map_or(rest.len(), |end| end + 6)
            }
            _ if rest.starts_with(quote) => {
                frames.push(Frame::Quote);
                1
            }
            _ if quotes == Quotes::Bicep && rest.starts_with('{') => {
                frames.push(Frame::Brace);
                1
            }
            _ if quotes == Quotes::Bicep && rest.starts_with('}') => {
                frames.pop();
                1
            }
            _ => step,
        };
    }
    comments
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a place that does not fit the text fails the test")]
mod tests {
    use super::*;

    #[test]
    fn comments_are_found_in_every_syntax_and_not_in_texts() {
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "a.tf",
                "a = \"# no\" # yes\n// two\n/* three */\nb = <<E\n# no\nE\n",
                &["# yes", "// two", "/* three */"],
            ),
            ("a.yaml", "# one\na: \"# no\" # two\nb: |\n  # no\nc: x#no\n# three\n", &["# one", "# two", "# three"]),
            (
                "a.json",
                "{ // one\n \"a\": \"// no \\\" // no\", /* two\n lines */ \"b\": 1 }",
                &["// one", "/* two\n lines */"],
            ),
            ("a.template", "{\"a\": \"http://x\"}", &[]),
            (
                "a.bicep",
                "var a = '// no ${b ? '// no' : {c: 1}.c} // no' // one\nvar d = '''\n// no\n'''\n/* two */",
                &["// one", "/* two */"],
            ),
            ("a.bicep", "var a = 'it\\'s // no'\n// one", &["// one"]),
        ];
        for (path, text, expected) in cases {
            let found: Vec<&str> = of(Path::new(path), text).into_iter().map(|at| text[at].trim_end()).collect();
            assert_eq!(found, *expected, "{path}: {text}");
        }
    }
}
