//! Reading a damaged file: cut at the lines where top-level blocks start, read each piece on its own, and
//! lose only the pieces that cannot be read.

use ecow::{EcoString, eco_format};
use hcl::edit::parser::{self, Error};

use super::{Lowering, Parsed, lower, scan};
use crate::parse::SyntaxError;
use crate::source::{SourceId, Span};

/// How many pieces may be read as one, where a heredoc or a comment holds what looks like a block.
const MOST_PIECES_JOINED: usize = 4;

/// Keys that may come again in one file.
const MOST_REPEATED_KEYS: usize = 64;

/// Reads what can be read of `text`.
pub(super) fn parse(source: SourceId, text: &str, parsed: &mut Parsed) {
    // hcl-edit refuses newlines that Terraform ignores; where that was all, nothing is lost.
    let masked = repeated_keys(scan::mask_newlines(text, false), |text| parser::parse_body(text).err());
    if scan::fault(text).is_none()
        && let Ok(body) = parser::parse_body(&masked)
    {
        lower::body(&mut Lowering::new(source, 0, &masked), &body, &mut parsed.body);
        return;
    }
    let mut cuts = scan::block_starts(text);
    if cuts.first() != Some(&0) {
        cuts.insert(0, 0);
    }
    cuts.push(text.len());
    let mut piece = 0;
    while piece + 1 < cuts.len() {
        piece += read_piece(source, text, &masked, &cuts, piece, parsed);
    }
}

/// Keys that come again in one object, which Terraform takes and hcl-edit refuses: each is written in another way, byte
/// for byte, that means the same.
pub(super) fn repeated_keys(mut text: String, misread: impl Fn(&str) -> Option<Error>) -> String {
    for _ in 0..MOST_REPEATED_KEYS {
        let Some(error) = misread(&text).filter(|error| error.message().contains("redefined object key")) else {
            break;
        };
        let start = offset(&text, &error);
        let Some(written) = other_way(&text, start) else { break };
        text.replace_range(start - 1..start - 1 + written.len(), &written);
    }
    text
}

/// The key at an offset with a byte around it, as a text where it is a name and in parentheses where it is a text.
/// None where no blanks around it make room.
fn other_way(text: &str, start: usize) -> Option<String> {
    let (before, after) = (text.get(..start)?, text.get(start..)?);
    let length = match after.strip_prefix('"') {
        Some(rest) => rest.find(['"', '\\', '$', '%', '\n']).filter(|at| rest.as_bytes().get(*at) == Some(&b'"'))? + 2,
        None => after.find(|one: char| !one.is_alphanumeric() && !matches!(one, '_' | '-'))?,
    };
    let key = after.get(..length)?;
    let has_room = before.ends_with([' ', '\t']) && after.get(length..)?.starts_with([' ', '\t']);
    (has_room && length > 0).then(|| if key.starts_with('"') { format!("({key})") } else { format!("\"{key}\"") })
}

/// Reads the piece that starts at a cut, and says how many pieces that took.
fn read_piece(source: SourceId, text: &str, masked: &str, cuts: &[usize], piece: usize, parsed: &mut Parsed) -> usize {
    let base = cuts.get(piece).copied().unwrap_or(0);
    let mut first_error = None;
    for joined in 1..=MOST_PIECES_JOINED {
        let Some(end) = cuts.get(piece + joined).copied() else { break };
        // What the scan finds is where the mistake was made; the parser stops where it can make no sense of it.
        let fault = scan::fault(text.get(base..end).unwrap_or(""));
        let (at, message) = match (fault, parser::parse_body(masked.get(base..end).unwrap_or(""))) {
            (None, Ok(body)) => {
                let piece = masked.get(base..end).unwrap_or("");
                lower::body(&mut Lowering::new(source, base, piece), &body, &mut parsed.body);
                return joined;
            }
            // A brace left open shows at the end only; where the parser stumbles before it, that is the cause.
            (Some(fault), Err(error))
                if fault.at_end && base + error.location().offset() < last_line(text, base, end) =>
            {
                (offset(text.get(base..end).unwrap_or(""), &error), describe(&error))
            }
            (Some(fault), _) => (fault.at, EcoString::from(fault.message)),
            (None, Err(error)) => (offset(text.get(base..end).unwrap_or(""), &error), describe(&error)),
        };
        first_error.get_or_insert(((base + at).min(end), end, message));
    }
    if let Some((at, end, message)) = first_error {
        // One whole character is marked, however many bytes it has.
        let width = text.get(at..end).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        parsed.errors.push(SyntaxError {
            span: Span::new(source, at, at + width),
            message: eco_format!("{message}; the block around it is not checked"),
        });
    }
    1
}

/// Where the last line of a piece starts that is not empty.
fn last_line(text: &str, base: usize, end: usize) -> usize {
    let piece = text.get(base..end).unwrap_or("").trim_end();
    base + piece.rfind('\n').map_or(0, |at| at + 1)
}

/// Where the parser stopped. At the end of the text it names the last byte, which may lie inside a character.
pub(super) fn offset(text: &str, error: &Error) -> usize {
    text.floor_char_boundary(error.location().offset())
}

/// The parser's message, in one line.
pub(super) fn describe(error: &Error) -> EcoString {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    match message.is_empty() {
        true => "this does not follow the grammar of Terraform's language".into(),
        false => message.into(),
    }
}
