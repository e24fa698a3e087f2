//! Where the bytes of a string lie in its file, once escapes have made the two differ.

use crate::source::{SourceId, Span};

/// From offsets in a string to places in the file that wrote it.
#[derive(Clone, Debug)]
pub struct Offsets {
    source: SourceId,
    start: usize,
    /// After each escape: an offset in the string, and the offset in the file's text that belongs to it.
    shifts: Vec<(usize, usize)>,
    /// The place of all of it, where more cannot be told.
    whole: Option<Span>,
}

impl Offsets {
    /// For a string that stands in the file as it is.
    pub fn plain(source: SourceId, start: usize) -> Self {
        Offsets { source, start, shifts: Vec::new(), whole: None }
    }

    /// For a string of which only the place as a whole is known.
    pub fn whole(span: Span) -> Self {
        Offsets { whole: Some(span), ..Offsets::plain(span.source, span.start as usize) }
    }

    /// For a JSON string: `raw` is what stands between its quotes, from the byte `start` of the file.
    pub fn of_json(source: SourceId, start: usize, raw: &str) -> Self {
        let mut offsets = Offsets::plain(source, start);
        let (mut at, mut shorter) = (0, 0);
        while let Some(found) = raw.get(at..).and_then(|rest| rest.find('\\')) {
            at += found;
            let (written, meant) = escape(raw.get(at..).unwrap_or(""));
            at += written;
            shorter += written - meant;
            offsets.shifts.push((at - shorter, at));
        }
        offsets
    }

    /// Where a range of the string lies.
    pub fn span(&self, start: usize, end: usize) -> Span {
        if let Some(whole) = self.whole {
            return whole;
        }
        Span::new(self.source, self.start + self.place(start), self.start + self.place(end))
    }

    fn place(&self, offset: usize) -> usize {
        let passed = self.shifts.partition_point(|(after, _)| *after <= offset);
        match passed.checked_sub(1).and_then(|last| self.shifts.get(last)) {
            Some((after, place)) => place + (offset - after),
            None => offset,
        }
    }
}

/// How many bytes an escape takes as written, and how many its character takes.
fn escape(text: &str) -> (usize, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, 4),
        // Half a pair is replaced by U+FFFD, which takes three bytes too.
        (Some(unit), _) => (6, char::from_u32(unit).map_or(3, char::len_utf8)),
        (None, _) => (text.len().min(2), 1),
    }
}
