//! Lines and indentation of a text that is edited.

/// The start of the line that holds an offset.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

/// The end of the line that holds an offset, without its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + line.trim_end_matches('\r').len()
}

/// The white space with which the line of an offset starts.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = text.get(line_start(text, at)..).unwrap_or_default();
    let length = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..length).unwrap_or_default()
}

/// What stands on the line of an offset before it.
pub(super) fn before(text: &str, at: usize) -> &str {
    text.get(line_start(text, at)..at).unwrap_or_default()
}

/// Whether nothing but white space stands before an offset on its line.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    before(text, at).trim().is_empty()
}

/// What stands between an offset and the end of its line.
pub(super) fn rest_of_line(text: &str, at: usize) -> &str {
    text.get(at..line_end(text, at)).unwrap_or_default()
}

/// Whether two offsets are on one line.
pub(super) fn same_line(text: &str, one: usize, other: usize) -> bool {
    line_start(text, one) == line_start(text, other)
}

/// How the text's lines end.
pub(super) fn newline(text: &str) -> &'static str {
    let first = text.find('\n').and_then(|at| text.get(..at));
    if first.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
}

/// One step of indentation, told by what is inside another: `inner` is its indentation and `outer` that of what holds
/// it; `otherwise` where they do not tell.
pub(super) fn step<'t>(inner: &'t str, outer: &str, otherwise: &'t str) -> &'t str {
    match inner.strip_prefix(outer) {
        Some(step) if !step.is_empty() => step,
        _ if outer.starts_with('\t') => "\t",
        _ => otherwise,
    }
}
