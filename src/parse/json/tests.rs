//! Values, spans, what is tolerated, and what is saved of damaged files.

use super::*;
use crate::parse::tree::NodeKind;
use crate::source::SourceMap;

fn read(text: &str, options: Options) -> Parsed {
    parse(SourceMap::new().next_id(), text, options)
}

/// The tree as text, without places.
fn shown(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(value) => value.to_string(),
        NodeKind::String(value) => format!("{value:?}"),
        NodeKind::Sequence(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        NodeKind::Mapping(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}:{}", e.key, shown(&e.value))).collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

#[test]
fn values_are_read_as_json_has_them() {
    for (text, expected) in [
        ("{}", "{}"),
        (" [1, -2.5, 1e3, true, false, null] ", "[1,-2.5,1000,true,false,null]"),
        (r#"{"a": {"b": ["x"]}}"#, r#"{a:{b:["x"]}}"#),
        (r#""\u00e9\ud83d\ude00\n\/""#, "\"é😀\\n/\""),
        (r#""\ud800x""#, "\"\u{fffd}x\""),
    ] {
        let parsed = read(text, Options::STRICT);
        assert_eq!(parsed.errors, [], "{text}");
        assert_eq!(shown(&parsed.root.unwrap()), expected, "{text}");
    }
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "{ \"é\": [ \"x\\n\", {\"k\" : 12 } ] }";
    let root = read(text, Options::STRICT).root.unwrap();
    let cut = |span: crate::source::Span| &text[span.start as usize..span.end as usize];
    let entry = &root.as_mapping().unwrap()[0];
    assert_eq!(cut(root.span), text);
    assert_eq!(cut(entry.key_span), "\"é\"");
    assert_eq!(cut(entry.value.span), "[ \"x\\n\", {\"k\" : 12 } ]");
    let items = entry.value.as_sequence().unwrap();
    assert_eq!(cut(items[0].span), "\"x\\n\"");
    assert_eq!(cut(items[1].span), "{\"k\" : 12 }");
    assert_eq!(cut(items[1].get("k").unwrap().span), "12");
}

#[test]
fn comments_and_trailing_commas_are_taken_where_wanted() {
    let text = "// head\n{\"a\": [1, /* two */ 2,],}\n";
    assert_eq!(read(text, Options::TOLERANT).errors, []);
    let strict = read(text, Options::STRICT);
    assert_eq!(strict.errors.len(), 4);
    assert_eq!(shown(&strict.root.unwrap()), "{a:[1,2]}");
    let lines = read("{\"a\": \"x\ny\"}", Options { line_breaks: true, ..Options::STRICT });
    assert_eq!((lines.errors.len(), shown(&lines.root.unwrap())), (0, "{a:\"x\\ny\"}".to_string()));
}

#[test]
fn duplicate_keys_name_both_lines_and_the_last_counts() {
    let parsed = read("{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3\n}", Options::STRICT);
    assert_eq!(shown(&parsed.root.unwrap()), "{a:3,b:2}");
    assert_eq!(parsed.errors[0].message, "the key \"a\" is also in line 4, and this one does not count");
    assert_eq!(parsed.errors[1].message, "the key \"a\" is also in line 2; this one counts, so remove one of them");
    assert_eq!((parsed.errors[1].span.start, parsed.errors[1].span.end), (18, 21));
    let many: Vec<String> = (0..40).map(|n| format!("\"k{}\":{n}", n % 20)).collect();
    let parsed = read(&format!("{{{}}}", many.join(",")), Options::STRICT);
    assert_eq!((parsed.errors.len(), parsed.root.unwrap().as_mapping().unwrap().len()), (20, 20));
}

#[test]
fn damage_costs_little() {
    for (text, expected) in [
        // a comma, a colon, a value
        ("{\"a\": 1 \"b\": 2}", "{a:1,b:2}"),
        ("{\"a\" 1, \"b\" \"x\"}", "{b:\"x\"}"),
        ("{\"a\": , \"b\": 2}", "{b:2}"),
        ("{\"a\": nope, \"b\": 2}", "{b:2}"),
        // quotes
        ("{a\": 1, \"b\": 2}", "{a:1,b:2}"),
        ("{\"a\": \"x,\n\"b\": 2}", "{a:\"x,\",b:2}"),
        ("{\"a: \"x::y\",\n\"b\": 2}", "{b:2}"),
        // brackets
        ("{\n  \"a\": [\n    1\n  ,\n  \"b\": 2\n}", "{a:[1,\"b\"]}"),
        ("{\n  \"a\": {\n    \"x\": 1\n  ,\n  \"b\": 2\n}", "{a:{x:1,b:2}}"),
        ("{\n  \"a\": {\n    \"x\": {\n      \"y\": 1\n  },\n  \"b\": 2\n}", "{a:{x:{y:1}},b:2}"),
        ("{\n  \"a\": \n    \"x\": 1,\n    \"y\": 2\n    },\n  \"b\": 2\n}", "{a:\"x\",y:2,b:2}"),
        ("{\"a\": [1, 2}", "{a:[1,2]}"),
        ("{\"a\": {\"b\": [1", "{a:{b:[1]}}"),
        ("[1, 2]]", "[1,2]"),
    ] {
        let parsed = read(text, Options::STRICT);
        assert!(!parsed.errors.is_empty(), "{text}");
        assert_eq!(shown(&parsed.root.unwrap()), expected, "{text}");
    }
}

#[test]
fn depth_is_limited() {
    let deep = format!("{{\"a\": {}1{}, \"b\": 2}}", "[".repeat(9_000), "]".repeat(9_000));
    let parsed = read(&deep, Options::STRICT);
    assert_eq!(parsed.errors.len(), 1);
    assert!(parsed.root.unwrap().get("b").is_some());
}

#[test]
fn no_text_is_too_broken() {
    for text in [
        "", " ", "{", "[", "\"", "{\"", "{\"a", "{\"a\":", "}", ",", ":", "\\", "{]", "[}", "{,}", "[,]", "\0", "/*",
        "1 2",
    ] {
        assert!(!read(text, Options::TOLERANT).errors.is_empty(), "{text:?}");
    }
    let strays = "]".repeat(200_000);
    assert!(!read(&format!("{{{strays}}}"), Options::STRICT).errors.is_empty());
}
