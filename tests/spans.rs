//! The text at the span of every node of a Terraform tree is the text that was meant: a finding underlines it, and a
//! fix replaces it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::tree::{self, Noted};
use phiguard::parse::terraform::{parse, parse_expression};
use phiguard::source::SourceMap;

/// Texts, and each of their nodes as `what: text`, with line breaks as `~`.
const CASES: &[(&str, &[&str])] = &[
    // Attributes, blocks, labels.
    ("a = 1\n", &["name: a", "number: 1"]),
    ("  spaced   =   true   # why\n", &["name: spaced", "bool: true"]),
    ("a = null // c\nb=\"x\"\n", &["name: a", "null: null", "name: b", "string: \"x\""]),
    ("a = \"ä\"\nb = \"é\" /* ü */\n", &["name: a", "string: \"ä\"", "name: b", "string: \"é\""]),
    (
        "resource \"aws_s3_bucket\" \"scans\" {\n  bucket = \"scans\"\n}\n",
        &[
            "block: resource \"aws_s3_bucket\" \"scans\" {~  bucket = \"scans\"~}",
            "header: resource \"aws_s3_bucket\" \"scans\"",
            "label: \"aws_s3_bucket\"",
            "label: \"scans\"",
            "name: bucket",
            "string: \"scans\"",
        ],
    ),
    ("# before\nlocals {\n}\n", &["block: locals {~}", "header: locals"]),
    ("a b \"c\"   {   }\n", &["block: a b \"c\"   {   }", "header: a b \"c\"", "label: b", "label: \"c\""]),
    (
        "lifecycle { prevent_destroy = true }\n",
        &["block: lifecycle { prevent_destroy = true }", "header: lifecycle", "name: prevent_destroy", "bool: true"],
    ),
    (
        "outer {\n  inner \"x\" {\n    a = 1\n  }\n  b = 2\n}\n",
        &[
            "block: outer {~  inner \"x\" {~    a = 1~  }~  b = 2~}",
            "header: outer",
            "name: b",
            "number: 2",
            "block: inner \"x\" {~    a = 1~  }",
            "header: inner \"x\"",
            "label: \"x\"",
            "name: a",
            "number: 1",
        ],
    ),
    ("a = 1\r\nb {\r\n}\r\n", &["name: a", "number: 1", "block: b {\r~}", "header: b"]),
    // Numbers and texts.
    ("a = 1.5e3\nb = -2\n", &["name: a", "number: 1.5e3", "name: b", "number: -2"]),
    ("a = \"say \\\"hi\\\" \\u00e4\"\n", &["name: a", "string: \"say \\\"hi\\\" \\u00e4\""]),
    ("a = \"$${kept} %%{kept}\"\n", &["name: a", "string: \"$${kept} %%{kept}\""]),
    // Collections.
    ("a = []\nb = {}\n", &["name: a", "tuple: []", "name: b", "object: {}"]),
    ("a = [ 1 , \"x\", ]\n", &["name: a", "tuple: [ 1 , \"x\", ]", "number: 1", "string: \"x\""]),
    ("a = [\n  1, # one\n  2\n]\n", &["name: a", "tuple: [~  1, # one~  2~]", "number: 1", "number: 2"]),
    (
        "a = { b = 1, \"c\" : 2\n (d) = 3 }\n",
        &[
            "name: a",
            "object: { b = 1, \"c\" : 2~ (d) = 3 }",
            "key: b",
            "number: 1",
            "key: \"c\"",
            "number: 2",
            "variable: (d)",
            "number: 3",
        ],
    ),
    (
        "a = { \"x-${b}\" = [{ c = 1 }] }\n",
        &[
            "name: a",
            "object: { \"x-${b}\" = [{ c = 1 }] }",
            "template: \"x-${b}\"",
            "variable: b",
            "tuple: [{ c = 1 }]",
            "object: { c = 1 }",
            "key: c",
            "number: 1",
        ],
    ),
    // References.
    (
        "a = var.tags[\"env\"].x\n",
        &[
            "name: a",
            "access: var.tags[\"env\"].x",
            "variable: var",
            "attribute: .tags",
            "index: [\"env\"]",
            "string: \"env\"",
            "attribute: .x",
        ],
    ),
    ("a = x.0.y\n", &["name: a", "access: x.0.y", "variable: x", "index: .0", "attribute: .y"]),
    (
        "a = x[*].id\nb = y.*.id\n",
        &[
            "name: a",
            "access: x[*].id",
            "variable: x",
            "splat: [*]",
            "attribute: .id",
            "name: b",
            "access: y.*.id",
            "variable: y",
            "splat: .*",
            "attribute: .id",
        ],
    ),
    (
        "a = x[ count.index + 1 ]\n",
        &[
            "name: a",
            "access: x[ count.index + 1 ]",
            "variable: x",
            "index: [ count.index + 1 ]",
            "binary: count.index + 1",
            "access: count.index",
            "variable: count",
            "attribute: .index",
            "number: 1",
        ],
    ),
    (
        "a = f(x)[0].b\n",
        &["name: a", "access: f(x)[0].b", "call: f(x)", "variable: x", "index: [0]", "number: 0", "attribute: .b"],
    ),
    (
        "a = x[y[0]].z.*.w[1]\n",
        &[
            "name: a",
            "access: x[y[0]].z.*.w[1]",
            "variable: x",
            "index: [y[0]]",
            "access: y[0]",
            "variable: y",
            "index: [0]",
            "number: 0",
            "attribute: .z",
            "splat: .*",
            "attribute: .w",
            "index: [1]",
            "number: 1",
        ],
    ),
    (
        "a = \"${x[\"k\"]}\"\n",
        &["name: a", "template: \"${x[\"k\"]}\"", "access: x[\"k\"]", "variable: x", "index: [\"k\"]", "string: \"k\""],
    ),
    // Operators: each operand, and the whole by precedence.
    ("a = 1 + 2 * 3\n", &["name: a", "binary: 1 + 2 * 3", "number: 1", "binary: 2 * 3", "number: 2", "number: 3"]),
    ("a = 1 * 2 - 3\n", &["name: a", "binary: 1 * 2 - 3", "binary: 1 * 2", "number: 1", "number: 2", "number: 3"]),
    (
        "a = (1 + 2) * 3\n",
        &["name: a", "binary: (1 + 2) * 3", "binary: (1 + 2)", "number: 1", "number: 2", "number: 3"],
    ),
    (
        "a = b == c && !d || e >= 2\n",
        &[
            "name: a",
            "binary: b == c && !d || e >= 2",
            "binary: b == c && !d",
            "binary: b == c",
            "variable: b",
            "variable: c",
            "not: !d",
            "variable: d",
            "binary: e >= 2",
            "variable: e",
            "number: 2",
        ],
    ),
    ("a = 1 - 2 - 3\n", &["name: a", "binary: 1 - 2 - 3", "binary: 1 - 2", "number: 1", "number: 2", "number: 3"]),
    ("a = -b + !c\n", &["name: a", "binary: -b + !c", "negate: -b", "variable: b", "not: !c", "variable: c"]),
    (
        "a = (b).c + ((1))\n",
        &["name: a", "binary: (b).c + ((1))", "access: (b).c", "variable: (b)", "attribute: .c", "number: ((1))"],
    ),
    // Conditionals.
    ("a = b ? c : d\n", &["name: a", "conditional: b ? c : d", "variable: b", "variable: c", "variable: d"]),
    (
        "a = b == 1 ? \"x\" : (c ? 2 : 3)\n",
        &[
            "name: a",
            "conditional: b == 1 ? \"x\" : (c ? 2 : 3)",
            "binary: b == 1",
            "variable: b",
            "number: 1",
            "string: \"x\"",
            "conditional: (c ? 2 : 3)",
            "variable: c",
            "number: 2",
            "number: 3",
        ],
    ),
    (
        "a = b ? c : d ? e : f\n",
        &[
            "name: a",
            "conditional: b ? c : d ? e : f",
            "variable: b",
            "variable: c",
            "conditional: d ? e : f",
            "variable: d",
            "variable: e",
            "variable: f",
        ],
    ),
    // Calls.
    ("a = now()\n", &["name: a", "call: now()"]),
    ("a = max( 1, b... )\n", &["name: a", "call: max( 1, b... )", "number: 1", "variable: b"]),
    ("a = provider::aws::arn_parse(\"x\")\n", &["name: a", "call: provider::aws::arn_parse(\"x\")", "string: \"x\""]),
    (
        "a = merge(\n  { b = 1 },\n  c,\n)\n",
        &["name: a", "call: merge(~  { b = 1 },~  c,~)", "object: { b = 1 }", "key: b", "number: 1", "variable: c"],
    ),
    // For.
    (
        "a = [for x in y : x.id if x != null]\n",
        &[
            "name: a",
            "for: [for x in y : x.id if x != null]",
            "variable: y",
            "access: x.id",
            "variable: x",
            "attribute: .id",
            "binary: x != null",
            "variable: x",
            "null: null",
        ],
    ),
    (
        "a = { for k, v in y : upper(k) => v... }\n",
        &[
            "name: a",
            "for: { for k, v in y : upper(k) => v... }",
            "variable: y",
            "call: upper(k)",
            "variable: k",
            "variable: v",
        ],
    ),
    // Templates.
    (
        "a = \"x-${ b }-${c.d}\"\n",
        &["name: a", "template: \"x-${ b }-${c.d}\"", "variable: b", "access: c.d", "variable: c", "attribute: .d"],
    ),
    ("a = \"${~ b ~}\"\n", &["name: a", "template: \"${~ b ~}\"", "variable: b"]),
    (
        "a = \"ü${\"in ${b}\"}\"\n",
        &["name: a", "template: \"ü${\"in ${b}\"}\"", "template: \"in ${b}\"", "variable: b"],
    ),
    (
        "a = \"%{ if b == 1 }x${c}%{ else }${d}%{ endif }\"\n",
        &[
            "name: a",
            "template: \"%{ if b == 1 }x${c}%{ else }${d}%{ endif }\"",
            "binary: b == 1",
            "variable: b",
            "number: 1",
            "variable: c",
            "variable: d",
        ],
    ),
    (
        "a = \"%{ for k, v in b }${v},%{ endfor }\"\n",
        &["name: a", "template: \"%{ for k, v in b }${v},%{ endfor }\"", "variable: b", "variable: v"],
    ),
    // Heredocs.
    ("a = <<EOT\nplain\nEOT\nb = 1\n", &["name: a", "string: <<EOT~plain~EOT", "name: b", "number: 1"]),
    (
        "a = <<-EOT\n    x ${b.c} y\n    EOT\n",
        &["name: a", "template: <<-EOT~    x ${b.c} y~    EOT", "access: b.c", "variable: b", "attribute: .c"],
    ),
    (
        "a = jsonencode(<<EOT\n${b}\nEOT\n)\nc = 1\n",
        &[
            "name: a",
            "call: jsonencode(<<EOT~${b}~EOT~)",
            "template: <<EOT~${b}~EOT",
            "variable: b",
            "name: c",
            "number: 1",
        ],
    ),
    (
        "a = {\n  b = <<-EOT\n    ä ${c}\n      ${d}\n  EOT\n  e = 1\n}\n",
        &[
            "name: a",
            "object: {~  b = <<-EOT~    ä ${c}~      ${d}~  EOT~  e = 1~}",
            "key: b",
            "template: <<-EOT~    ä ${c}~      ${d}~  EOT",
            "variable: c",
            "variable: d",
            "key: e",
            "number: 1",
        ],
    ),
    (
        "a = <<EOT\r\nx ${b}\r\nEOT\r\nc = 1\r\n",
        &["name: a", "template: <<EOT\r~x ${b}\r~EOT", "variable: b", "name: c", "number: 1"],
    ),
    // Line breaks that mean nothing.
    (
        "a = (\n  b ||\n  c # why\n)\nd = 1\n",
        &["name: a", "binary: (~  b ||~  c # why~)", "variable: b", "variable: c", "name: d", "number: 1"],
    ),
    (
        "a = {\n  for k in b :\n  k => 1\n  if k != 2\n}\nc = 3\n",
        &[
            "name: a",
            "for: {~  for k in b :~  k => 1~  if k != 2~}",
            "variable: b",
            "variable: k",
            "number: 1",
            "binary: k != 2",
            "variable: k",
            "number: 2",
            "name: c",
            "number: 3",
        ],
    ),
    // What lies beside damage, at its own place in the file.
    (
        "variable \"v\" {\n  default = \n}\nresource \"a\" \"b\" {\n  c = var.v\n}\n",
        &[
            "block: resource \"a\" \"b\" {~  c = var.v~}",
            "header: resource \"a\" \"b\"",
            "label: \"a\"",
            "label: \"b\"",
            "name: c",
            "access: var.v",
            "variable: var",
            "attribute: .v",
        ],
    ),
];

/// Expressions as `phiguard eval` reads them, where spaces, line breaks and comments may stand around them.
const EXPRESSIONS: &[(&str, &[&str])] = &[
    ("  1 + x  ", &["binary: 1 + x", "number: 1", "variable: x"]),
    ("\n# ä\n\"${b}\"\n", &["template: \"${b}\"", "variable: b"]),
    ("1 +\n 2", &["binary: 1 +~ 2", "number: 1", "number: 2"]),
    ("/* c */ f(x) // d", &["call: f(x)", "variable: x"]),
];

/// Damaged texts, and what is marked: one whole character, or the place before one.
const DAMAGED: &[(&str, &str)] = &[
    ("𝄞\n", "𝄞"),
    ("a = 1\nlocals {\n  b = ü §\n}\n", "§"),
    ("a = \"x${\u{feff}b}\"\n", "\u{feff}"),
    ("a = \"ü", "\""),
    ("b {\n  a = [1\n}\n", "}"),
];

fn shown(sources: &SourceMap, nodes: &[Noted<'_>]) -> Vec<String> {
    nodes.iter().map(|node| format!("{}: {}", node.what, sources.text(node.span).replace('\n', "~"))).collect()
}

#[test]
fn the_text_at_every_span_is_the_text_meant() {
    let mut wrong = Vec::new();
    for (text, expected) in CASES {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf".into(), "main.tf".into(), (*text).into());
        let parsed = parse(id, text);
        let found = shown(&sources, &tree::nodes(&parsed.body));
        if found != *expected {
            wrong.push(format!("{text}\n  is read as {found:#?}\n  and not as {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn expressions_alone_have_the_spans_of_their_text() {
    for (text, expected) in EXPRESSIONS {
        let mut sources = SourceMap::new();
        let id = sources.add("expression".into(), "expression".into(), (*text).into());
        let expression = parse_expression(id, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(shown(&sources, &tree::nodes_of(&expression)), *expected, "{text}");
    }
}

/// What is cut out at a span is the whole of the expression and nothing else: read alone, it is the same.
#[test]
fn the_text_of_an_expression_alone_reads_as_the_same_expression() {
    let mut read = 0;
    for (text, _) in CASES {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf".into(), "main.tf".into(), (*text).into());
        let parsed = parse(id, text);
        for node in tree::nodes(&parsed.body) {
            let Some(expression) = node.expression else { continue };
            let own = sources.text(node.span);
            assert_eq!(own, own.trim(), "{text}: space around {}", node.what);
            // A heredoc ends with the line of its tag.
            let own = if own.contains("<<") { format!("{own}\n") } else { own.to_string() };
            let alone = parse_expression(id, &own).unwrap_or_else(|error| panic!("{own} of {text}: {error:?}"));
            assert_eq!(tree::shape(&alone), tree::shape(expression), "{own} of {text}");
            read += 1;
        }
    }
    assert!(read > CASES.len(), "only {read} expressions were read");
}

#[test]
fn errors_mark_whole_characters() {
    for (text, expected) in DAMAGED {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf".into(), "main.tf".into(), (*text).into());
        let errors = parse(id, text).errors;
        assert_eq!(errors.iter().map(|error| sources.text(error.span)).collect::<Vec<_>>(), [*expected], "{text}");
    }
    for text in ["\"ü", "f(é", "𝄞"] {
        let span = parse_expression(SourceMap::new().next_id(), text).unwrap_err().span;
        assert!(text.is_char_boundary(span.start as usize), "{text}: {span:?}");
    }
}
