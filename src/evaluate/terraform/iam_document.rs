//! `data "aws_iam_policy_document"`: the policy document that it would produce, from its blocks alone.
//! Source: the page of that data source in the AWS provider's documentation.

use ecow::EcoString;

use super::{HOLE, known_text};
use crate::value::{Data, Entry, Known, ListKind, Map, Value};

/// The document of a data source's body.
pub(super) fn render(body: &Map) -> Value {
    let mut statements: Vec<Value> = Vec::new();
    let mut unknown: Option<Value> = None;
    for source in texts(body, "source_policy_documents", "source_json") {
        merge(&mut statements, document_statements(&source, &mut unknown));
    }
    let own = body.entries.get("statement").map(|entry| &entry.value);
    match own.map(|value| &value.data) {
        Some(Data::List(list)) => {
            let written = list.items.iter().filter_map(Value::as_map).map(statement).collect();
            merge(&mut statements, written);
        }
        Some(_) => unknown = own.cloned(),
        None => {}
    }
    for source in texts(body, "override_policy_documents", "override_json") {
        merge(&mut statements, document_statements(&source, &mut unknown));
    }
    if let Some(part) = unknown {
        // A statement that cannot be seen may say anything.
        statements.push(part);
    }
    let mut document = Map::new();
    let version = body.entries.get("version").map(|entry| entry.value.clone()).filter(|value| !value.is_null());
    document.insert("Version", version.unwrap_or_else(|| Value::string("2012-10-17")));
    if let Some(id) = body.entries.get("policy_id").filter(|entry| !entry.value.is_null()) {
        document.insert("Id", id.value.clone());
    }
    document.insert("Statement", Value::list(statements, ListKind::Tuple));
    document.sort();
    Value::map(document)
}

/// The documents that an argument lists; old releases have one of another name.
fn texts(body: &Map, list: &str, single: &str) -> Vec<Value> {
    let mut found = Vec::new();
    if let Some(entry) = body.entries.get(single)
        && !entry.value.is_null()
    {
        found.push(entry.value.clone());
    }
    match body.entries.get(list).map(|entry| &entry.value) {
        Some(Value { data: Data::List(list), .. }) => found.extend(list.items.iter().cloned()),
        Some(value) if !value.is_null() => found.push(value.clone()),
        _ => {}
    }
    found
}

/// The statements of a document that is given as JSON text.
fn document_statements(text: &Value, unknown: &mut Option<Value>) -> Vec<Value> {
    let document = match &text.data {
        Data::String(json) if json.is_empty() => return Vec::new(),
        Data::String(json) => match serde_json::from_str::<serde_json::Value>(json) {
            Ok(document) => crate::value::from_json(&document, text.origin.clone()),
            Err(_) => {
                *unknown = Some(Value::unknown("a source document is not JSON").with_origin(text.origin.clone()));
                return Vec::new();
            }
        },
        Data::Unknown(inner) => match &inner.known {
            Known::Json(document) => (**document).clone(),
            _ => {
                *unknown = Some(text.clone());
                return Vec::new();
            }
        },
        _ => {
            *unknown = Some(text.clone());
            return Vec::new();
        }
    };
    match document.get("Statement").map(|entry| &entry.value) {
        Some(Value { data: Data::List(list), .. }) => list.items.to_vec(),
        Some(one @ Value { data: Data::Map(_), .. }) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Adds statements; one with the sid of an earlier one takes its place.
fn merge(statements: &mut Vec<Value>, added: Vec<Value>) {
    for statement in added {
        let sid = statement.get("Sid").and_then(|entry| entry.value.as_str()).filter(|sid| !sid.is_empty());
        let earlier = sid.and_then(|sid| {
            statements.iter().position(|there| {
                there.get("Sid").and_then(|entry| entry.value.as_str()).is_some_and(|there| there == sid)
            })
        });
        match earlier.and_then(|at| statements.get_mut(at)) {
            Some(place) => *place = statement,
            None => statements.push(statement),
        }
    }
}

fn statement(block: &Map) -> Value {
    let mut out = Map::new();
    let mut copy = |to: &str, from: &str| {
        if let Some(entry) = block.entries.get(from).filter(|entry| !entry.value.is_null()) {
            let value = single(&in_order(&entry.value, from.ends_with("resources")));
            if !is_empty(&value) {
                out.entries.insert(to.into(), Entry { value, span: entry.span });
            }
        }
    };
    copy("Sid", "sid");
    copy("Action", "actions");
    copy("NotAction", "not_actions");
    copy("Resource", "resources");
    copy("NotResource", "not_resources");
    let effect = block.entries.get("effect").filter(|entry| !entry.value.is_null());
    match effect {
        Some(effect) => out.entries.insert("Effect".into(), effect.clone()),
        None => out
            .entries
            .insert("Effect".into(), Entry { value: Value::string("Allow"), span: crate::source::Span::NONE }),
    };
    for (to, from) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        if let Some(value) = block.entries.get(from).and_then(|entry| principals(&entry.value)) {
            out.insert(to, value);
        }
    }
    if let Some(value) = block.entries.get("condition").and_then(|entry| conditions(&entry.value)) {
        out.insert("Condition", value);
    }
    out.sort();
    Value::map(out)
}

/// The texts of a set as the provider writes them: each once, in descending order, `&{...}` as `${...}` where
/// policies have variables. What holds something unknown stays as it is.
fn in_order(value: &Value, has_variables: bool) -> Value {
    let Some(items) = value.as_list() else { return value.clone() };
    let mut items: Vec<Value> = match has_variables {
        true => items.iter().map(with_variables).collect(),
        false => items.to_vec(),
    };
    if items.iter().all(|item| item.as_str().is_some()) {
        items.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
        items.dedup();
    }
    Value::list(items, ListKind::Tuple).with_origin(value.origin.clone())
}

/// A text in which `&{` stands for the `${` of a policy variable.
fn with_variables(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.contains("&{") => {
            Value { data: Data::String(text.replace("&{", "${").into()), ..value.clone() }
        }
        _ => value.clone(),
    }
}

/// A list of one is written as its element, as the provider does.
fn single(value: &Value) -> Value {
    match value.as_list() {
        Some([only]) => only.clone(),
        _ => value.clone(),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_list().is_some_and(<[Value]>::is_empty) || value.as_str() == Some("")
}

fn principals(blocks: &Value) -> Option<Value> {
    let Some(blocks) = blocks.as_list() else { return Some(blocks.clone()) };
    let mut by_type = Map::new();
    for block in blocks {
        let kind = block.get("type").map(|entry| &entry.value);
        let identifiers = block.get("identifiers").map(|entry| in_order(&entry.value, true))?;
        let name = match kind.and_then(Value::as_str) {
            Some("*") => return Some(Value::string("*").with_origin(block.origin.clone())),
            Some(name) => EcoString::from(name),
            None => return Some(Value::unknown("the type of a principal is not known")),
        };
        add_values(&mut by_type, name, identifiers);
    }
    (!by_type.entries.is_empty()).then(|| {
        shorten(&mut by_type);
        Value::map(by_type)
    })
}

fn conditions(blocks: &Value) -> Option<Value> {
    let Some(blocks) = blocks.as_list() else { return Some(blocks.clone()) };
    let mut by_test: indexmap::IndexMap<EcoString, Map> = indexmap::IndexMap::new();
    for block in blocks {
        let text = |name: &str| block.get(name).and_then(|entry| entry.value.as_str()).map(EcoString::from);
        // The end of a key says what it asks for: what stands before names the provider of an identity.
        let variable = block.get("variable").and_then(|entry| known_text(&entry.value));
        let (Some(test), Some(variable)) = (text("test"), variable) else {
            return Some(Value::unknown("the test of a condition is not known"));
        };
        let values = match block.get("values").map(|entry| &entry.value) {
            Some(values) => match values.as_list() {
                Some(items) => {
                    let items = items.iter().map(with_variables).collect();
                    Value::list(items, ListKind::Tuple).with_origin(values.origin.clone())
                }
                None => values.clone(),
            },
            None => Value::null(),
        };
        add_values(by_test.entry(test).or_default(), variable, values);
    }
    let mut out = Map::new();
    for (test, mut variables) in by_test {
        shorten(&mut variables);
        out.insert(test, Value::map(variables));
    }
    out.sort();
    (!out.entries.is_empty()).then(|| Value::map(out))
}

/// Whether a document has a key that is only partly known.
pub(super) fn has_open_key(document: &Value) -> bool {
    match &document.data {
        Data::Map(map) => map.entries.iter().any(|(key, entry)| key.contains(HOLE) || has_open_key(&entry.value)),
        Data::List(list) => list.items.iter().any(has_open_key),
        _ => false,
    }
}

/// Appends values under a key that may already have some.
fn add_values(map: &mut Map, key: EcoString, values: Value) {
    let merged = match (map.entries.get(&key).and_then(|entry| entry.value.as_list()), values.as_list()) {
        (Some(there), Some(added)) => Value::list(there.iter().chain(added).cloned().collect(), ListKind::Tuple),
        _ => values,
    };
    map.insert(key, merged);
}

fn shorten(map: &mut Map) {
    for entry in map.entries.values_mut() {
        entry.value = single(&entry.value);
    }
    map.sort();
}
