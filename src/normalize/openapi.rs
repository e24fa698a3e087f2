//! What the OpenAPI document of an interface says of its callers: whether an operation asks them for nothing, and
//! whether scripts of any site may read its answers.

use crate::value::{Data, Known, Map, Value, from_json};

/// Documents nested deeper than this are not searched further.
const MAX_DEPTH: usize = 32;

/// The members of a path that are operations. A preflight carries no credentials.
const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "trace", "x-amazon-apigateway-any-method"];

/// Whether an operation asks for neither credentials nor a key: true at the first one that does not.
pub(super) fn anonymous(value: Value) -> Value {
    let document = match document(value) {
        Ok(document) => document,
        Err(value) => return value,
    };
    let Some(paths) = document.get("paths") else { return Value::null().with_origin(document.origin) };
    let all = document.get("security").map(|entry| &entry.value);
    let mut unsure = None;
    let mut visit = |operation: &Value| match is_open(operation, all) {
        Some(true) => Some(Value::bool(true).with_origin(operation.origin.clone())),
        Some(false) => None,
        None => {
            unsure.get_or_insert_with(|| operation.origin.clone());
            None
        }
    };
    let found = match paths.value.as_map() {
        Some(paths) => paths.entries.iter().find_map(|(_, path)| match path.value.as_map() {
            Some(path) => operations(path).find_map(&mut visit),
            None => visit(&path.value),
        }),
        None => visit(&paths.value),
    };
    match (found, unsure) {
        (Some(open), _) => open,
        (None, Some(origin)) => {
            Value::unknown("whether an operation asks for credentials is not known").with_origin(origin)
        }
        (None, None) => Value::bool(false).with_origin(document.origin),
    }
}

/// Whether its answers allow every origin.
pub(super) fn any_origin(value: Value) -> Value {
    let document = match document(value) {
        Ok(document) => document,
        Err(value) => return value,
    };
    let is_all = |origin: &Value| matches!(origin.as_str(), Some("*" | "'*'"));
    if let Some(found) = origin_that(&document, 0, &is_all) {
        return Value::bool(true).with_origin(found.origin.clone());
    }
    match origin_that(&document, 0, &Value::is_unknown) {
        Some(unknown) => unknown.clone(),
        None => Value::bool(false).with_origin(document.origin),
    }
}

/// The document itself; what cannot be read as one comes back as the answer.
fn document(value: Value) -> Result<Value, Value> {
    match &value.data {
        Data::Map(_) => Ok(value),
        Data::String(text) => match serde_json::from_str(text) {
            Ok(json) => Ok(from_json(&json, value.origin)),
            Err(_) => Err(Value::unknown("the definition of the interface is not JSON").with_origin(value.origin)),
        },
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => Ok((**inner).clone()),
            _ => Err(value),
        },
        _ => Err(value),
    }
}

fn operations(path: &Map) -> impl Iterator<Item = &Value> {
    let is_operation = |name: &str| METHODS.iter().any(|method| method.eq_ignore_ascii_case(name));
    path.entries.iter().filter(move |(name, _)| is_operation(name)).map(|(_, entry)| &entry.value)
}

/// Whether an operation asks for nothing; None where that cannot be known.
fn is_open(operation: &Value, all: Option<&Value>) -> Option<bool> {
    operation.as_map()?;
    if let Some(signed) = operation.get("x-amazon-apigateway-auth") {
        let type_ = signed.value.get("type")?.value.as_str()?;
        return Some(type_.eq_ignore_ascii_case("NONE"));
    }
    let Some(asked) = operation.get("security").map(|entry| &entry.value).or(all) else { return Some(true) };
    for requirement in asked.as_list()? {
        // The serverless transform writes NONE for an event that goes past the default authoriser.
        if requirement.as_map()?.entries.iter().any(|(name, _)| name != "NONE") {
            return Some(false);
        }
    }
    Some(true)
}

/// The first origin that a document allows and that passes a test.
fn origin_that<'v>(value: &'v Value, depth: usize, test: &dyn Fn(&Value) -> bool) -> Option<&'v Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &value.data {
        Data::Map(map) => map.entries.iter().find_map(|(name, entry)| match name.as_str() {
            "allowOrigins" => match entry.value.as_list() {
                Some(origins) => origins.iter().find(|origin| test(origin)),
                None => Some(&entry.value).filter(|origin| test(origin)),
            },
            name if name.ends_with("header.Access-Control-Allow-Origin") => {
                Some(&entry.value).filter(|origin| test(origin))
            }
            _ => origin_that(&entry.value, depth + 1, test),
        }),
        Data::List(list) => list.items.iter().find_map(|item| origin_that(item, depth + 1, test)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{anonymous, any_origin};
    use crate::value::{Map, Origin, Value, from_json};

    fn value(json: serde_json::Value) -> Value {
        from_json(&json, Origin::none())
    }

    #[test]
    fn an_operation_without_security_is_open() {
        let token = json!([{"Staff": []}]);
        let cases = [
            (json!({"paths": {"/claims": {"get": {}}}}), Some(true)),
            (json!({"paths": {"/claims": {"get": {"security": token}}}}), Some(false)),
            (json!({"security": token, "paths": {"/claims": {"get": {}}}}), Some(false)),
            (json!({"security": token, "paths": {"/claims": {"get": {"security": []}}}}), Some(true)),
            (json!({"paths": {"/claims": {"get": {"security": [{"NONE": []}]}}}}), Some(true)),
            (json!({"paths": {"/claims": {"get": {"security": [{"NONE": []}, {"api_key": []}]}}}}), Some(false)),
            (json!({"paths": {"/claims": {"options": {}, "parameters": []}}}), Some(false)),
            (json!({"paths": {"/claims": {"post": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}}}), Some(false)),
            (json!({"paths": {"/claims": {"x-amazon-apigateway-any-method": {}}}}), Some(true)),
            (json!({"info": {}}), None),
        ];
        for (document, expected) in cases {
            assert_eq!(anonymous(value(document.clone())).as_bool(), expected, "{document}");
            let text = Value::string(document.to_string());
            assert_eq!(anonymous(text).as_bool(), expected, "{document}");
        }
        assert!(anonymous(Value::string("openapi: 3.0.1")).is_unknown());
        assert!(anonymous(Value::unknown("a variable")).is_unknown());
    }

    #[test]
    fn every_origin_is_found_in_headers_and_in_the_extension() {
        let header = json!({"responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}});
        let cases = [
            (json!({"paths": {"/claims": {"options": {"responses": [header]}}}}), true),
            (json!({"x-amazon-apigateway-cors": {"allowOrigins": ["*"]}}), true),
            (json!({"x-amazon-apigateway-cors": {"allowOrigins": ["https://clinic.example"]}}), false),
            (json!({"paths": {}}), false),
        ];
        for (document, expected) in cases {
            assert_eq!(any_origin(value(document.clone())).as_bool(), Some(expected), "{document}");
        }
        let mut extension = Map::new();
        extension.insert("allowOrigins", Value::unknown("a parameter"));
        let mut document = Map::new();
        document.insert("x-amazon-apigateway-cors", Value::map(extension));
        assert!(any_origin(Value::map(document)).is_unknown());
    }
}
