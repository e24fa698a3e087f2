//! Values, exact spans, tags, aliases, merge keys, and what is saved of damaged files.

use super::*;
use crate::parse::tree::{MAX_DEPTH, NodeKind};
use crate::source::SourceMap;

fn read(text: &str) -> Parsed {
    parse(SourceMap::new().next_id(), text)
}

/// The tree as text, without places.
fn shown(node: &Node) -> String {
    let tag = node.tag.as_ref().map(|tag| format!("{tag} ")).unwrap_or_default();
    let value = match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(value) => value.to_string(),
        NodeKind::String(value) => format!("{value:?}"),
        NodeKind::Sequence(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        NodeKind::Mapping(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}:{}", e.key, shown(&e.value))).collect();
            format!("{{{}}}", entries.join(","))
        }
    };
    format!("{tag}{value}")
}

#[test]
fn values_and_tags() {
    for (text, expected) in [
        ("a: 1\nb: [x, 'y', \"z\\n\"]\n", "{a:1,b:[\"x\",\"y\",\"z\\n\"]}"),
        ("a: yes\nb: ~\nc:\nd: 2012-10-17\n", "{a:true,b:null,c:null,d:\"2012-10-17\"}"),
        ("a: !Sub '${X}'\nb: !Join\n  - ','\n  - [1, 2]\n", "{a:!Sub \"${X}\",b:!Join [\",\",[1,2]]}"),
        ("!GetAZs", "!GetAZs null"),
        ("a: !Ref 12", "{a:!Ref \"12\"}"),
        ("a: !!str 12\nb: !!int '12'", "{a:\"12\",b:12}"),
        ("a: |\n  x\n  y\n\nb: >-\n  x\n  y\n", "{a:\"x\\ny\\n\",b:\"x y\"}"),
        ("80: x\n'80:80': y\n", "{80:\"x\",80:80:\"y\"}"),
        ("? a\n: b\n", "{a:\"b\"}"),
        ("a:\n  b: 'x\n  y\nz'\n  c: 1\n", "{a:{b:\"x   y z\",c:1}}"),
        ("{\"a\": [1,\n2]}", "{a:[1,2]}"),
    ] {
        let parsed = read(text);
        assert_eq!(parsed.errors, [], "{text}");
        assert_eq!(parsed.documents.iter().map(shown).collect::<Vec<_>>(), [expected], "{text}");
    }
}

#[test]
fn spans_end_where_the_text_ends() {
    let text = "a:\n  é: x y  # note\n  l:\n    - !Sub ${é}\n    - k: |\n        t\n        u\n\n  e:\n\nz: {p: [1], q: 'x'}\n";
    let parsed = read(text);
    let root = &parsed.documents[0];
    let cut = |node: &Node| &text[node.span.start as usize..node.span.end as usize];
    let a = root.get("a").unwrap();
    assert_eq!(cut(a.get("é").unwrap()), "x y");
    assert_eq!(&text[a.as_mapping().unwrap()[0].key_span.start as usize..][..2], "é");
    let items = a.get("l").unwrap();
    assert_eq!(cut(items), "- !Sub ${é}\n    - k: |\n        t\n        u");
    assert_eq!(cut(&items.as_sequence().unwrap()[0]), "${é}");
    assert_eq!(cut(items.as_sequence().unwrap()[1].get("k").unwrap()), "t\n        u");
    assert!(cut(a).starts_with("é: x y") && cut(a).ends_with("e"), "{:?}", cut(a));
    assert_eq!(cut(root.get("z").unwrap()), "{p: [1], q: 'x'}");
    assert_eq!(cut(root.get("z").unwrap().get("p").unwrap()), "[1]");
    assert_eq!(cut(root.get("z").unwrap().get("q").unwrap()), "'x'");
    assert!(cut(root).ends_with("'x'}"));
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    let text = "a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  q: 3\nd:\n  <<: [{r: 1}, {r: 2, s: 3}]\n";
    let parsed = read(text);
    assert_eq!(parsed.errors, []);
    assert_eq!(shown(&parsed.documents[0]), "{a:{p:1,q:2},b:{p:1,q:2},c:{q:3,p:1},d:{r:1,s:3}}");
}

#[test]
fn aliases_have_a_budget() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let parsed = read(&text);
    assert!(parsed.errors[0].message.contains("100000"), "{:?}", parsed.errors);
    let missing = read("a: *nope\nb: &b [*b]\n");
    assert_eq!(missing.errors.len(), 2);
}

#[test]
fn duplicate_keys_name_both_places() {
    let parsed = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(shown(&parsed.documents[0]), "{a:3,b:2}");
    assert_eq!(parsed.errors.len(), 2);
    assert_eq!(parsed.errors[0].message, "the key \"a\" is also in line 3, and this one does not count");
    assert_eq!(parsed.errors[1].message, "the key \"a\" is also in line 1; this one counts, so remove one of them");
    assert_eq!((parsed.errors[1].span.start, parsed.errors[1].span.end), (10, 11));
}

#[test]
fn documents_are_told_apart() {
    let parsed = read("--- 1\n---\na: &x 1\n...\n---\n# nothing\n");
    assert_eq!(parsed.documents.iter().map(shown).collect::<Vec<_>>(), ["1", "{a:1}"]);
    assert_eq!(read("# only\n").documents.len(), 0);
}

#[test]
fn depth_is_limited() {
    let deep = format!("a: {}{}\nb: 1\n", "[".repeat(9_000), "]".repeat(9_000));
    let parsed = read(&deep);
    assert!(parsed.errors[0].message.contains(&MAX_DEPTH.to_string()));
    assert_eq!(shown(&parsed.documents[0]), "{b:1}");
}

#[test]
fn damage_costs_one_entry() {
    for (text, expected, line) in [
        ("R:\n  A:\n    T: x\n  B:\n    T: [x\n  C:\n    T: z\n", "{R:{A:{T:\"x\"},C:{T:\"z\"}}}", 5),
        ("R:\n  A:\n    T: \"x\n  B:\n    T: y\nO:\n  X: 1\n", "{R:{B:{T:\"y\"}},O:{X:1}}", 3),
        ("R:\n  A:\n    T: x\n     U: y\n  B: 1\n", "{R:{B:1}}", 4),
        ("R:\n  A:\n    T: a: b\n  B: 1\n", "{R:{B:1}}", 3),
        ("R:\n  A: 1\nO: [\n", "{R:{A:1}}", 3),
    ] {
        let parsed = read(text);
        assert_eq!(parsed.documents.iter().map(shown).collect::<Vec<_>>(), [expected], "{text}");
        let lines: Vec<_> =
            parsed.errors.iter().map(|error| crate::parse::tree::line_of(text, error.span.start)).collect();
        assert!(lines.iter().any(|found| found.abs_diff(line) <= 1), "{text} {lines:?}");
    }
}

#[test]
fn no_text_is_too_broken() {
    for text in
        ["[", "{", "a: [", "\"", "'", "&", "*", "!", "%", "- - - [", "?", ": :", "\t", "a:\n\t- b", "<<: 1", "{? : }"]
    {
        let _ = read(text);
    }
}
