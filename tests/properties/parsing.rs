//! Terraform's text, sound or not: reading it never panics, and every span lies inside it.

use phiguard::parse::SyntaxError;
use phiguard::parse::terraform::ast::Body;
use phiguard::parse::terraform::{parse, parse_expression, parse_template};
use phiguard::source::{SourceId, SourceMap, Span};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases;
use crate::common::tree::{self, Noted};

/// Sound texts that the mutations start from; together they have every form of the grammar.
const SEEDS: &[&str] = &[
    "resource \"aws_s3_bucket\" \"scans\" {\n  bucket = \"scans-${var.env}\"\n  tags = { a = 1, \"b\" = [1, 2] }\n}\n",
    "locals {\n  a = [for k, v in var.m : upper(k) if v != null]\n  b = { for x in y : x.id => x... }\n}\n",
    "output \"o\" {\n  value = <<-EOT\n    %{ if a ~}\n    x ${b[0].c.*.d}\n    %{ else }\n    y\n    %{ endif }\n  EOT\n}\n",
    "variable \"v\" {\n  type = object({ a = optional(string, \"x\") }) # c\n  /* long\n  comment */\n  default = null\n}\n",
    "module \"m\" {\n  source = \"./m\"\n  n = (a && !b || c >= 1 ? -1 : 2 * (3 + 4) % 5)\n  s = aws_x.y[*].id[count.index]\n}\n",
    "a = merge(\n  { ä = \"ü\" }, # é\n  b,\n)\r\nc = provider::x::f(\"\\\"\\u00e4 $${no}\", d...)\r\n",
    "x = \"%{ for k, v in m }${k}=${v}%{ endfor }\"\ny = jsonencode({ z = <<EOT\nt\nEOT\n})\nb \"l\" { c = 1 }\n",
];

/// Pieces that open, close or break something.
const PIECES: &[&str] = &[
    "\"",
    "${",
    "%{",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "<<EOT\n",
    "EOT\n",
    "<<-",
    "/*",
    "*/",
    "#",
    "//",
    "\r",
    "\n",
    "\r\n",
    "\\",
    "\u{feff}",
    "\0",
    "é",
    "𝄞",
    "=",
    "=>",
    "...",
    "::",
    "? a :",
    "{ for x in y :",
    "%{ if x }",
    "%{ endif }",
    "~}",
    "${~",
    "resource \"a\" \"b\" {\n",
    "\nlocals {",
    "}\n",
    ".*",
    "[*]",
    ".0",
    "!",
    "-",
    "1e999",
    "99999999999999999999999999999999",
    "null",
    " ",
    "$${",
    "\"a\" = ",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, &'static str),
    Remove(Index, usize),
    Double(Index, usize),
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        3 => (any::<Index>(), 1usize..12).prop_map(|(at, length)| Edit::Remove(at, length)),
        1 => (any::<Index>(), 1usize..40).prop_map(|(at, length)| Edit::Double(at, length)),
        1 => any::<Index>().prop_map(Edit::Cut),
    ]
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for edit in edits {
        let count = characters.len();
        let (at, length) = match edit {
            Edit::Insert(at, _) | Edit::Cut(at) => (at.index(count + 1), 0),
            Edit::Remove(at, length) | Edit::Double(at, length) => (at.index(count + 1), *length),
        };
        let end = (at + length).min(count);
        match edit {
            Edit::Insert(_, piece) => drop(characters.splice(at..at, piece.chars())),
            Edit::Remove(..) => drop(characters.drain(at..end)),
            Edit::Double(..) => {
                let piece = characters[at..end].to_vec();
                drop(characters.splice(end..end, piece));
            }
            Edit::Cut(_) => characters.truncate(at),
        }
    }
    characters.into_iter().collect()
}

/// Texts of seeds joined and damaged.
fn mutated() -> impl Strategy<Value = String> {
    (prop::collection::vec(select(SEEDS), 1..4), prop::collection::vec(edit(), 0..6))
        .prop_map(|(seeds, edits)| apply(&seeds.concat(), &edits))
}

/// Texts of anything, and of pieces that mean something.
fn arbitrary() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,80}",
        any::<String>(),
        prop::collection::vec(prop_oneof![select(PIECES).prop_map(str::to_string), "[a-z0-9 =.,]{0,6}"], 0..30)
            .prop_map(|pieces| pieces.concat()),
    ]
}

fn source() -> SourceId {
    SourceMap::new().next_id()
}

/// Whether a span is a range of the text, between whole characters.
fn inside(text: &str, span: Span) -> bool {
    !span.is_none() && span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some()
}

fn check(text: &str, nodes: &[Noted<'_>], errors: &[SyntaxError]) -> Result<(), TestCaseError> {
    for node in nodes {
        prop_assert!(inside(text, node.span), "{} at {:?} of {text:?}", node.what, node.span);
        prop_assert!(node.span.start < node.span.end, "{} is empty at {:?} of {text:?}", node.what, node.span);
    }
    for error in errors {
        prop_assert!(inside(text, error.span), "{error:?} of {text:?}");
        prop_assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error:?} of {text:?}");
    }
    Ok(())
}

/// What lies in a node of a body lies inside its span.
fn nested(body: &Body, around: Option<Span>) -> Result<(), TestCaseError> {
    let within = |inner: Span, outer: Span| outer.start <= inner.start && inner.end <= outer.end;
    for attribute in &body.attributes {
        prop_assert!(attribute.name_span.end <= attribute.value.span.start, "{attribute:?}");
        for span in [attribute.name_span, attribute.value.span] {
            prop_assert!(around.is_none_or(|around| within(span, around)), "{attribute:?} is not inside {around:?}");
        }
        for node in tree::nodes_of(&attribute.value) {
            prop_assert!(within(node.span, attribute.value.span), "{} is outside of {attribute:?}", node.what);
        }
    }
    for block in &body.blocks {
        prop_assert!(around.is_none_or(|around| within(block.span, around)), "{block:?} is not inside {around:?}");
        prop_assert!(within(block.header, block.span), "{block:?}");
        prop_assert!(block.labels.iter().all(|label| within(label.span, block.header)), "{block:?}");
        nested(&block.body, Some(block.span))?;
    }
    Ok(())
}

fn read(text: &str) -> Result<(), TestCaseError> {
    let parsed = parse(source(), text);
    check(text, &tree::nodes(&parsed.body), &parsed.errors)?;
    nested(&parsed.body, None)?;
    match parse_expression(source(), text) {
        Ok(expression) => check(text, &tree::nodes_of(&expression), &[])?,
        Err(error) => check(text, &[], &[error])?,
    }
    match parse_template(source(), text) {
        Ok(parts) => check(text, &tree::nodes_of_parts(&parts), &[])?,
        Err(error) => check(text, &[], &[error])?,
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn any_text_is_read_without_a_panic_and_spans_lie_inside_it(text in arbitrary()) {
        read(&text)?;
    }

    #[test]
    fn damaged_text_is_read_without_a_panic_and_spans_lie_inside_it(text in mutated()) {
        read(&text)?;
    }

    /// What stands before a text moves its spans and changes nothing else.
    #[test]
    fn text_before_moves_spans_by_its_length(text in mutated(), before in "(# [ä-üa-z]{0,9}\n|\n){0,3}") {
        let plain = parse(source(), &text);
        let moved = parse(source(), &format!("{before}{text}"));
        if plain.errors.is_empty() {
            let places = |body: &Body, by: usize| -> Vec<(&str, usize, usize)> {
                let nodes = tree::nodes(body).into_iter();
                nodes.map(|node| (node.what, node.span.start as usize + by, node.span.end as usize + by)).collect()
            };
            prop_assert_eq!(&moved.errors, &[]);
            prop_assert_eq!(places(&plain.body, before.len()), places(&moved.body, 0));
        }
    }

    /// An expression is the whole of its span and nothing else.
    #[test]
    fn the_text_of_an_expression_alone_reads_as_the_same_expression(text in mutated()) {
        let parsed = parse(source(), &text);
        for node in tree::nodes(&parsed.body) {
            let Some(expression) = node.expression else { continue };
            let own = &text[node.span.start as usize..node.span.end as usize];
            // The end of the line of a heredoc's tag is not in its span. A carriage return within a heredoc is let
            // through as a space, which it is not elsewhere.
            if own.contains("<<") || own.contains('\r') {
                continue;
            }
            let alone = parse_expression(source(), own).map(|alone| tree::shape(&alone));
            prop_assert_eq!(alone, Ok(tree::shape(expression)), "{} of {}", own, text);
        }
    }
}
