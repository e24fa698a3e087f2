//! The expression language of ARM templates: which strings hold an expression, and its tree, which is the one
//! that Bicep has.

mod expression;
mod lower;
mod offsets;

use ecow::EcoString;

use super::SyntaxError;
use super::bicep::ast::Expression;
use expression::Reader;

pub use offsets::Offsets;

/// What a string of a template means.
#[derive(Debug)]
pub enum Text {
    /// Itself, with the escape of its first bracket resolved.
    Literal(EcoString),
    /// What the expression between its brackets is worth.
    Expression(Expression),
}

/// Expressions deeper than this are refused: threads have a stack to keep.
pub const MAX_DEPTH: usize = 128;

/// Reads a string of a template; `offsets` says where its bytes lie.
pub fn parse_text(text: &str, offsets: &Offsets) -> Result<Text, SyntaxError> {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Ok(Text::Literal(text.into()));
    };
    match inner.starts_with('[') {
        true => Ok(Text::Literal(text.get(1..).unwrap_or("").into())),
        false => Reader::new(inner, 1, offsets).whole().map(Text::Expression),
    }
}

/// Reads the text between the brackets, as `phiguard eval` does.
pub fn parse_expression(text: &str, offsets: &Offsets) -> Result<Expression, SyntaxError> {
    Reader::new(text, 0, offsets).whole()
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, Offsets, Text, parse_expression, parse_text};
    use crate::parse::bicep::ast::shown::shown;
    use crate::source::SourceMap;

    fn here() -> Offsets {
        Offsets::plain(SourceMap::new().next_id(), 0)
    }

    #[test]
    fn brackets_around_the_whole_make_an_expression() {
        let cases = [
            ("plain", "plain"),
            ("", ""),
            ("[", "["),
            ("[[escaped]", "[escaped]"),
            ("[[not escaped", "[[not escaped"),
            ("[concat('a')]x", "[concat('a')]x"),
            (" [concat('a')]", " [concat('a')]"),
        ];
        for (text, literal) in cases {
            let Ok(Text::Literal(found)) = parse_text(text, &here()) else { panic!("{text}") };
            assert_eq!(found, literal);
        }
        let Ok(Text::Expression(found)) = parse_text("[ concat('a') ]", &here()) else { panic!() };
        assert_eq!(shown(&found), r#"(concat@2..8 "a"@9..12)@2..13"#);
    }

    #[test]
    fn expressions_have_the_tree_of_bicep() {
        let cases = [
            ("'it''s'", r#""it's"@0..7"#),
            ("''", r#"""@0..2"#),
            ("-1.5", "-1.5@0..4"),
            ("true()", "true@0..6"),
            ("NULL( )", "null@0..7"),
            (
                "parameters('a').b[0]['c']",
                r#"(access (parameters@0..10 "a"@11..14)@0..15 .b@15..17 [0@18..19]@17..20 ["c"@21..24]@20..25)@0..25"#,
            ),
            ("contoso.name('a').b", r#"(access contoso@0..7 .name("a"@13..16)@7..17 .b@17..19)@0..19"#),
            ("if(a(), 1, 2)", "(if (a@3..4 )@3..6 1@8..9 2@11..12)@0..13"),
            ("createArray(1, createObject('a', 2))", r#"[1@12..13 {"a"@28..31: 2@33..34}@15..35]@0..36"#),
            ("createObject('a')", r#"(createObject@0..12 "a"@13..16)@0..17"#),
            ("lambda('x', 'y', lambdaVariables('y'))", "(lambda (x y) y@17..37)@0..38"),
            (" f (\n1 ,\t2 ) . b ", "(access (f@1..2 1@5..6 2@9..10)@1..12 .b@13..16)@1..16"),
        ];
        for (text, tree) in cases {
            let expression = parse_expression(text, &here()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(shown(&expression), tree, "{text}");
        }
    }

    #[test]
    fn errors_say_what_was_expected_and_where() {
        let cases = [
            (
                "concat('a', 'b'",
                15,
                15,
                "expected \",\" or \")\" after an argument, but found the end of the expression",
            ),
            ("concat('a' 'b')", 11, 14, "expected \",\" or \")\" after an argument, but found \"'b'\""),
            ("concat('a)", 7, 10, "this string has no end; close it with a single quote"),
            ("a", 1, 1, "expected \"(\" after the name of a function, but found the end of the expression"),
            ("a.b", 3, 3, "expected \"(\" after the name of a function, but found the end of the expression"),
            ("a().", 4, 4, "expected the name of a property after \".\", but found the end of the expression"),
            ("a()[1", 5, 5, "expected \"]\" after an index, but found the end of the expression"),
            ("a() b", 4, 5, "expected the end of the expression, but found \"b\""),
            ("f(,)", 2, 3, "expected a value, but found \",\""),
            ("f(é)", 2, 4, "expected a value, but found \"é\""),
            ("", 0, 0, "expected a value, but found the end of the expression"),
        ];
        for (text, start, end, message) in cases {
            let error = parse_expression(text, &here()).expect_err(text);
            assert_eq!((error.span.start, error.span.end, error.message.as_str()), (start, end, message), "{text}");
        }
    }

    #[test]
    fn depth_has_a_limit() {
        for text in ["f(".repeat(MAX_DEPTH * 40), "a()[".repeat(MAX_DEPTH * 40)] {
            let error = parse_expression(&text, &here()).expect_err("too deep");
            assert!(error.message.contains("levels deep"), "{}", error.message);
        }
        assert!(parse_expression(&format!("a(){}", ".b".repeat(5000)), &here()).is_ok(), "steps lie side by side");
    }

    #[test]
    fn ranges_count_in_the_file() {
        let source = SourceMap::new().next_id();
        let raw = r#"[f('\"é\u00e9\ud83d\ude00', b())]"#;
        let text: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
        let Ok(Text::Expression(found)) = parse_text(&text, &Offsets::of_json(source, 100, raw)) else { panic!() };
        let b = 100 + raw.find("b()").unwrap();
        let end = 100 + raw.len() - 1;
        let tree = format!("(f@101..102 \"\\\"éé😀\"@103..{} (b@{b}..{} )@{b}..{})@101..{end}", b - 2, b + 1, b + 3);
        assert_eq!(shown(&found), tree);
    }
}
