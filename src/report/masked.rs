//! What no format shows: secrets that are written out.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json};

use super::Report;
use crate::source::{SourceId, Span};
use crate::value::{Data, Value, to_json};

/// The texts of the sources that hold secrets, with every character of these but quotes and line ends replaced by stars.
pub(super) fn texts(report: &Report) -> BTreeMap<SourceId, String> {
    let mut texts: BTreeMap<SourceId, String> = BTreeMap::new();
    for span in &report.secrets {
        let Some(source) = report.sources.get(span.source) else { continue };
        let text = texts.entry(span.source).or_insert_with(|| source.text.to_string());
        let (start, end) = (span.start as usize, span.end as usize);
        let Some(secret) = text.get(start..end) else { continue };
        let stars: String = secret
            .chars()
            .flat_map(|character| match character {
                '"' | '\'' | '\n' | '\r' => std::iter::repeat_n(character, 1),
                _ => std::iter::repeat_n('*', character.len_utf8()),
            })
            .collect();
        text.replace_range(start..end, &stars);
    }
    texts
}

/// A value as other tools read it, with secrets as sensitive ones.
pub(super) fn json(report: &Report, value: &Value) -> Json {
    if report.secrets.is_empty() {
        return to_json(value);
    }
    match &value.data {
        _ if value.sensitive => to_json(value),
        Data::String(_) | Data::Unknown(_) if report.secrets.contains(&value.origin.span) => {
            serde_json::json!({"$sensitive": true})
        }
        Data::List(list) => Json::Array(list.items.iter().map(|item| json(report, item)).collect()),
        Data::Map(map) => {
            let fields: JsonMap<String, Json> =
                map.entries.iter().map(|(key, entry)| (key.to_string(), json(report, &entry.value))).collect();
            Json::Object(fields)
        }
        Data::Choice(arms) => {
            let arms = arms
                .iter()
                .map(|arm| serde_json::json!({"when": arm.when.as_str(), "value": json(report, &arm.value)}));
            serde_json::json!({"$choice": arms.collect::<Vec<_>>()})
        }
        _ => to_json(value),
    }
}

/// Texts shorter than this are no secrets that could be told from other words.
const SHORTEST: usize = 4;
/// What stands for a secret in a sentence; it does not tell how long the secret is.
const STARS: &str = "****";

/// The secrets of a report as they could come up in a sentence.
pub struct Words<'r>(Vec<&'r str>);

impl<'r> Words<'r> {
    /// The texts that stand where secrets are, the longest first.
    pub fn of(report: &'r Report) -> Self {
        let text = |span: &Span| report.sources.text(*span).trim().trim_matches(['"', '\'']);
        let mut words: Vec<&str> = report.secrets.iter().map(text).filter(|text| text.len() >= SHORTEST).collect();
        words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        words.dedup();
        Words(words)
    }

    /// A sentence with stars where it repeats a secret.
    pub fn masked(&self, text: &str) -> String {
        let mut masked = text.to_string();
        for secret in &self.0 {
            let mut from = 0;
            while let Some(at) = masked.get(from..).and_then(|rest| rest.find(secret)).map(|at| from + at) {
                let end = at + secret.len();
                // A secret that is a common word must not blot out longer words that contain it.
                let joined = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
                let before = masked.get(..at).and_then(|text| text.chars().next_back());
                let after = masked.get(end..).and_then(|text| text.chars().next());
                from = match joined(before) || joined(after) {
                    true => end,
                    false => {
                        masked.replace_range(at..end, STARS);
                        at + STARS.len()
                    }
                };
            }
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_do_not_repeat_secrets() {
        let words = Words(vec!["hunter2-hunter2", "hunter2"]);
        for (text, expected) in [
            ("nothing here", "nothing here"),
            ("it is hunter2", "it is ****"),
            ("hunter2, hunter2-hunter2", "****, ****"),
            ("hunter2hunter2 is another", "hunter2hunter2 is another"),
        ] {
            assert_eq!(words.masked(text), expected);
        }
    }
}
