//! A light scan over Terraform's text that knows strings, comments, heredocs and brackets, for the two things
//! that must be known before parsing: where a damaged file can be cut, and which newlines mean nothing.

use std::ops::Range;

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
        let blank = matches!(event, Event::Newline | Event::Comment) || (top && event == Event::LongComment);
        if ignorable && blank {
            for byte in bytes.iter_mut().skip(at).take(length) {
                *byte = b' ';
            }
        }
        true
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

/// What cannot be right, whatever the grammar says of the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where.
    pub(super) at: usize,
    /// What is wrong, and what to do.
    pub(super) message: &'static str,
    /// Whether it only shows at the end of the text, which may come of an earlier mistake of another kind.
    pub(super) at_end: bool,
}

/// The first quoted text, bracket or character that cannot be right. The place is where somebody would mend it:
/// the bracket that is never closed rather than the end of the file.
pub(super) fn fault(text: &str) -> Option<Fault> {
    let mut fault = None;
    walk(text, |at, _, event, frames| {
        let message = match event {
            Event::Newline | Event::Comment | Event::LongComment => return true,
            Event::LoneReturn => "a carriage return without a line feed; end the line with a line feed",
            Event::UnfinishedQuote => "a quoted text must end on its line; close it, or write it as a heredoc (<<EOT)",
            Event::UnfinishedComment => "a comment that is never closed; end it with */",
            Event::UnfinishedHeredoc => "a heredoc that never ends; put its tag on a line of its own",
            Event::Stray => "a closing bracket that fits no open one",
            Event::End => match frames.last() {
                None => return true,
                Some(Frame::Quote) => "a quoted text that is never closed",
                Some(Frame::Interpolation) => "an interpolation that is never closed; end it with }",
                Some(Frame::Bracket) => "a bracket that is never closed",
                Some(Frame::Brace | Frame::ForBrace) => "a brace that is never closed; end the block with }",
            },
        };
        fault = Some(Fault { at, message, at_end: event == Event::End });
        false
    });
    fault
}

/// The first `character` at or after `from` that no comment holds.
pub(super) fn outside_comments(text: &str, from: usize, character: char) -> Option<usize> {
    let comments = comments(text);
    let found = text.match_indices(character).map(|(at, _)| at).filter(|at| *at >= from);
    found.into_iter().find(|at| !comments.iter().any(|comment| comment.contains(at)))
}

/// The comments, in order, without the ends of their lines.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    walk(text, |at, length, event, _| {
        if matches!(event, Event::Comment | Event::LongComment | Event::UnfinishedComment) {
            comments.push(at..at + length);
        }
        true
    });
    comments
}

/// Whether the text holds a carriage return that ends no line.
pub(super) fn has_lone_return(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.contains(&b'\r')
        && bytes.iter().enumerate().any(|(at, byte)| *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Newline,
    Comment,
    LongComment,
    LoneReturn,
    UnfinishedQuote,
    UnfinishedComment,
    UnfinishedHeredoc,
    Stray,
    End,
}

/// What is open at a byte: the frames, and where and with which byte each was opened.
#[derive(Default)]
struct Open {
    frames: Vec<Frame>,
    openers: Vec<(usize, u8)>,
}

impl Open {
    fn push(&mut self, frame: Frame, at: usize, byte: u8) {
        self.frames.push(frame);
        self.openers.push((at, byte));
    }

    fn pop(&mut self) -> Option<(usize, u8)> {
        self.frames.pop();
        self.openers.pop()
    }
}

/// Walks over the text and tells `visit` of what happens, with the frames around it, until it answers false.
fn walk(text: &str, mut visit: impl FnMut(usize, usize, Event, &[Frame]) -> bool) {
    let bytes = text.as_bytes();
    let mut open = Open::default();
    let mut at = 0;
    let mut go_on = true;
    while let Some(&byte) = bytes.get(at).filter(|_| go_on) {
        let rest = text.get(at..).unwrap_or("");
        if open.frames.last() == Some(&Frame::Quote) {
            let mut step = 1;
            match byte {
                b'\\' => step = 2,
                b'"' => {
                    open.pop();
                }
                b'\n' => {
                    // A quoted text never spans lines: it is unfinished.
                    let start = open.openers.last().map_or(at, |(start, _)| *start);
                    go_on = visit(start, 1, Event::UnfinishedQuote, &open.frames);
                    open.pop();
                }
                b'$' | b'%' if rest.get(1..).is_some_and(|after| after.starts_with('{')) => {
                    open.push(Frame::Interpolation, at, b'{');
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
        let mut step = 1;
        match byte {
            b'"' => open.push(Frame::Quote, at, byte),
            b'(' | b'[' => open.push(Frame::Bracket, at, byte),
            b'{' => {
                let word = rest.get(1..).unwrap_or("").trim_start();
                let is_for = word.strip_prefix("for").is_some_and(|after| after.starts_with([' ', '\t', '\n', '\r']));
                open.push(if is_for { Frame::ForBrace } else { Frame::Brace }, at, byte);
            }
            b')' | b']' | b'}' => {
                let opener = open.pop().map(|(_, opener)| opener);
                let fits = matches!((opener, byte), (Some(b'('), b')') | (Some(b'['), b']') | (Some(b'{'), b'}'));
                if !fits {
                    go_on = visit(at, 1, Event::Stray, &open.frames);
                }
            }
            b'\n' => go_on = visit(at, 1, Event::Newline, &open.frames),
            b'\r' if rest.starts_with("\r\n") => {
                go_on = visit(at, 2, Event::Newline, &open.frames);
                step = 2;
            }
            b'\r' => go_on = visit(at, 1, Event::LoneReturn, &open.frames),
            b'#' => {
                step = rest.find('\n').unwrap_or(rest.len());
                go_on = visit(at, step, Event::Comment, &open.frames);
            }
            b'/' if rest.starts_with("//") => {
                step = rest.find('\n').unwrap_or(rest.len());
                go_on = visit(at, step, Event::Comment, &open.frames);
            }
            b'/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => {
                    step = end + 2;
                    go_on = visit(at, step, Event::LongComment, &open.frames);
                }
                None => {
                    go_on = visit(at, rest.len(), Event::UnfinishedComment, &open.frames);
                    step = rest.len();
                }
            },
            b'<' if rest.starts_with("<<") => match heredoc_length(rest) {
                Some(length) => step = length,
                None => {
                    go_on = visit(text.len(), 0, Event::UnfinishedHeredoc, &open.frames);
                    step = rest.len();
                }
            },
            _ => {}
        }
        at += step;
    }
    if go_on {
        let at = open.openers.last().map_or(text.len(), |(at, _)| *at);
        visit(at, 1, Event::End, &open.frames);
    }
}

/// How many bytes the heredoc takes that `text` starts with: 1 where it is none; None where it never ends.
fn heredoc_length(text: &str) -> Option<usize> {
    let line_end = text.find('\n').map_or(text.len(), |end| end + 1);
    let Some(tag) = text.get(..line_end).and_then(heredoc_tag) else { return Some(1) };
    let mut end = line_end;
    for line in text.get(line_end..).unwrap_or("").split_inclusive('\n') {
        // The newline after the tag stays visible to the grammar.
        if line.trim() == tag {
            return Some(end + line.trim_end().len());
        }
        end += line.len();
    }
    None
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
    fn faults_are_where_they_are_mended() {
        let at = |text: &str| fault(text).map(|fault| fault.at);
        assert_eq!(at("a = \"x ${b[\"c\"]} y\"\nb = [1, {}]\n"), None);
        assert_eq!(at("a = \"x\nb = 1\n"), Some(4), "the quote that is not closed");
        assert_eq!(at("a {\n b {\n }\n"), Some(2), "the brace that is not closed");
        assert_eq!(at("a = [1, 2\n"), Some(4), "the bracket that is not closed");
        assert_eq!(at("a = [1, 2}\n"), Some(9), "the bracket that does not fit");
        assert_eq!(at("a = 1\rb = 2\n"), Some(5), "the carriage return");
        assert_eq!(at("# a\rb\n"), None, "a comment may hold anything");
    }

    #[test]
    fn heredocs_hide_what_looks_like_a_block() {
        let text = "resource \"a\" \"b\" {\n x = <<EOT\nresource \"no\" \"no\" {\nEOT\n}\nvariable \"v\" {}\n";
        let starts = block_starts(text);
        assert_eq!(starts, vec![0, text.find("variable").unwrap()]);
    }
}
