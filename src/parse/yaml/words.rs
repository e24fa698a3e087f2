//! What is wrong with a text that is not YAML, in words that say what to do.

use ecow::{EcoString, eco_format};
use granit_parser::{ErrorKind, ScanError};

/// The message for an error of the reader.
pub(super) fn message(error: &ScanError) -> EcoString {
    use ErrorKind as Kind;
    let words = match error.kind() {
        Kind::UnexpectedEofFlowSequence | Kind::ExpectedFlowSequenceSeparator => {
            "a comma or ] was expected here; close the list"
        }
        Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::ExpectedFlowMappingSeparator => "a comma or } was expected here; close the mapping",
        Kind::ExpectedBlockMappingKey => {
            "a key was expected here, as deep as the keys above it; check the indentation, and quote texts with \": \""
        }
        Kind::ExpectedBlockSequenceEntry => "an entry of the list was expected here: \"- \", as deep as those above it",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "a colon was expected after this key, on the same line",
        Kind::MappingValueNotAllowed | Kind::MappingKeyNotAllowed => {
            "a key cannot stand here; check the indentation, and quote texts with \": \""
        }
        Kind::InvalidColonPlacement => "a colon cannot stand here; check the brackets above it, and the indentation",
        Kind::TabNotAllowed | Kind::TabInBlockIndentation | Kind::TabInIndentation => "a tab cannot indent; use spaces",
        Kind::UnclosedQuotedScalar => "this quoted text is not closed; add the quote that ends it",
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            "nothing may follow a quoted text on its line; check the quotes"
        }
        Kind::InvalidQuotedScalarIndent | Kind::InvalidIndentation => {
            "this line is not indented deep enough for what it continues"
        }
        Kind::UnknownQuotedScalarEscape => "there is no such escape; a backslash in double quotes is written \\\\",
        Kind::RecursionLimitExceeded => {
            return eco_format!("more than {} levels of nesting", crate::parse::tree::MAX_DEPTH);
        }
        Kind::BlockSequenceEntryNotAllowed => "an entry of a list cannot stand here; check the indentation",
        _ => return eco_format!("this is not YAML: {}", error.info()),
    };
    words.into()
}
