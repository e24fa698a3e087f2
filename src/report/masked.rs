//! What no format shows: secrets that are written out.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json};

use super::Report;
use crate::source::SourceId;
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
