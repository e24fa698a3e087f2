//! Applying edits to a text.

use super::Edit;

/// A text with edits applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The text.
    pub text: String,
    /// How many edits were applied.
    pub edits: usize,
}

/// Applies edits of one source to its text; None where two overlap, or one lies outside of it.
pub fn apply(text: &str, edits: &[&Edit]) -> Option<Applied> {
    let mut sorted: Vec<&&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    sorted.dedup();
    let mut out = String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for edit in &sorted {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        out.push_str(text.get(at..start)?);
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(text.get(at..)?);
    Some(Applied { text: out, edits: sorted.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    #[test]
    fn edits_are_applied_together_or_not_at_all() {
        let source = SourceMap::new().next_id();
        let edit = |start, end, text: &str| Edit { span: Span::new(source, start, end), text: text.into() };
        let (one, two, three) = (edit(0, 1, "X"), edit(3, 3, "-"), edit(2, 4, "Z"));
        let whole = |edits: &[&Edit]| apply("abcd", edits).map(|applied| applied.text);
        assert_eq!(whole(&[&two, &one, &one]).as_deref(), Some("Xbc-d"));
        assert_eq!(whole(&[&one, &two, &three]), None);
        assert_eq!(whole(&[&edit(3, 9, "")]), None);
    }
}
