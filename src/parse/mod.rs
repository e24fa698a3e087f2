//! From text to syntax trees. Terraform keeps its own tree, JSON and YAML share one; parsing always yields a tree
//! and the list of what could not be read.

pub mod arm;
pub mod bicep;
pub mod comments;
pub mod documents;
pub mod json;
pub mod terraform;
pub mod tree;
pub mod yaml;

use ecow::EcoString;

use crate::source::Span;

/// A place in a scanned file that does not follow its language's grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where reading stopped.
    pub span: Span,
    /// What was expected, and what is lost.
    pub message: EcoString,
}
