//! A light scan over Terraform's text that knows strings, comments, heredocs and brackets, for the two things
//! that must be known before parsing: where a damaged file can be cut, and which newlines mean nothing.

/// What surrounds a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// `{` of a block or an object.
    Brace,
    /// `{` that a `for` follows: newlines mean nothing.
    ForBrace,
    /// `(` or `[`: newlines mean nothing.
    Bracket,
    /// A quoted text.
    Quote,
    /// `${` or `%{` inside a text.
    Interpolation,
}

/// Replaces, byte for byte, the newlines (and the comments before them) that Terraform ignores and hcl-edit
/// does not: those inside parentheses, brackets, interpolations and `{ for ... }`. With `top` also those outside.
pub(super) fn mask_newlines(text: &str, top: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    walk(text, |at, length, event, frames| {
        let ignorable = match frames.last() {
            None => top,
            Some(Frame::Brace | Frame::Quote) => false,
            Some(_) => true,
        };
        if ignorable && matches!(event, Event::Newline | Event::Comment) {
            for byte in bytes.iter_mut().skip(at).take(length) {
                *byte = b' ';
            }
        }
    });
    // Only whole comments and newlines were overwritten, with ASCII.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

/// The byte offsets of the lines at which a top-level block or attribute starts: at column one, outside
/// heredocs and comments. Brackets are not believed, since a damaged block may leave one open.
pub(super) fn block_starts(text: &str) -> Vec<usize> {
    const WORDS: &[&str] = &[
        "resource",
        "data",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "moved",
        "import",
        "removed",
        "check",
        "ephemeral",
        "action",
        "run",
        "mock_provider",
        "override_resource",
        "list",
    ];
    let mut starts = Vec::new();
    let mut heredoc: Option<&str> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        match heredoc {
            Some(tag) if line.trim() == tag => heredoc = None,
            Some(_) => {}
            None => {
                let word = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
                let rest = line.get(word.len()..).unwrap_or("").trim_start();
                if WORDS.contains(&word) && (rest.starts_with('"') || rest.starts_with('{')) {
                    starts.push(offset);
                }
                heredoc = heredoc_tag(line);
            }
        }
        offset += line.len();
    }
    starts
}

/// The tag of a heredoc that a line opens.
fn heredoc_tag(line: &str) -> Option<&str> {
    let at = line.find("<<")?;
    if line.get(..at)?.trim_start().starts_with(['#', '/']) {
        return None;
    }
    let rest = line.get(at + 2..)?;
    let tag = rest.strip_prefix('-').unwrap_or(rest).trim_end();
    let word = !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    word.then_some(tag)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Newline,
    Comment,
}

/// Walks over the text and tells `visit` of newlines and comments, with the frames around them.
fn walk(text: &str, mut visit: impl FnMut(usize, usize, Event, &[Frame])) {
    let bytes = text.as_bytes();
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or("");
        let mut step = 1;
        if frames.last() == Some(&Frame::Quote) {
            match byte {
                b'\\' => step = 2,
                b'"' => {
                    frames.pop();
                }
                b'\n' => {
                    // A quoted text never spans lines: it is unfinished.
                    frames.pop();
                }
                b'$' | b'%' if rest.get(1..).is_some_and(|after| after.starts_with('{')) => {
                    frames.push(Frame::Interpolation);
                    step = 2;
                }
                b'$' | b'%'
                    if rest.get(1..).is_some_and(|after| after.starts_with("${") || after.starts_with("%{")) =>
                {
                    step = 3;
                }
                _ => {}
            }
            at += step;
            continue;
        }
        match byte {
            b'"' => frames.push(Frame::Quote),
            b'(' | b'[' => frames.push(Frame::Bracket),
            b'{' => {
                let word = rest.get(1..).unwrap_or("").trim_start();
                let is_for = word.strip_prefix("for").is_some_and(|after| after.starts_with([' ', '\t', '\n', '\r']));
                frames.push(if is_for { Frame::ForBrace } else { Frame::Brace });
            }
            b')' | b']' | b'}' => {
                frames.pop();
            }
            b'\n' => visit(at, 1, Event::Newline, &frames),
            b'\r' if rest.starts_with("\r\n") => {
                visit(at, 2, Event::Newline, &frames);
                step = 2;
            }
            b'#' => {
                step = rest.find('\n').unwrap_or(rest.len());
                visit(at, step, Event::Comment, &frames);
            }
            b'/' if rest.starts_with("//") => {
                step = rest.find('\n').unwrap_or(rest.len());
                visit(at, step, Event::Comment, &frames);
            }
            b'/' if rest.starts_with("/*") => {
                step = rest.find("*/").map_or(rest.len(), |end| end + 2);
            }
            b'<' if rest.starts_with("<<") => {
                let line_end = rest.find('\n').map_or(rest.len(), |end| end + 1);
                if let Some(tag) = rest.get(..line_end).and_then(heredoc_tag) {
                    let mut end = line_end;
                    for line in rest.get(line_end..).unwrap_or("").split_inclusive('\n') {
                        // The newline after the tag stays visible to the grammar.
                        if line.trim() == tag {
                            end += line.trim_end().len();
                            break;
                        }
                        end += line.len();
                    }
                    step = end;
                }
            }
            _ => {}
        }
        at += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newlines_that_mean_nothing_are_blanked() {
        let text = "a = { for k in x :\n k => k # why\n}\nb = {\n c = (1 +\n 2)\n}\n";
        let masked = mask_newlines(text, false);
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked, "a = { for k in x :  k => k       }\nb = {\n c = (1 +  2)\n}\n");
    }

    #[test]
    fn heredocs_hide_what_looks_like_a_block() {
        let text = "resource \"a\" \"b\" {\n x = <<EOT\nresource \"no\" \"no\" {\nEOT\n}\nvariable \"v\" {}\n";
        let starts = block_starts(text);
        assert_eq!(starts, vec![0, text.find("variable").unwrap()]);
    }
}
