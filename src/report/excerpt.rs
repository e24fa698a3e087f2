//! What of a source is shown on a terminal: the lines around what is marked, cut to the room that there is, and without
//! characters that a terminal takes for orders. Where the marks then stand is worked out here too.

use std::borrow::Cow;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::source::LineIndex;

/// What stands for what is left out.
const LEFT_OUT: char = '…';

/// How many lines before and after a marked one are shown.
pub(super) const AROUND: usize = 1;

/// Lines of a source, cut, one after the other.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    text: String,
    lines: Vec<Line>,
}

/// One of these lines.
#[derive(Debug)]
struct Line {
    /// Its number in the source, from 0.
    number: usize,
    /// Where it starts in the text of the excerpt.
    start: usize,
    /// Where it starts in the source.
    source_start: usize,
    /// Places in the line of the source, and where in the shown line they are; in order, from the line's start.
    steps: Vec<(usize, usize)>,
}

/// Some lines of an excerpt that follow each other in the source.
pub(super) struct Part {
    /// The number of the first one in the source, from 0.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: usize,
    /// Where they are in the text of the excerpt.
    pub(super) range: Range<usize>,
}

impl Excerpt {
    /// The lines around marks, each of which lies within one line. Lines have at most `room` columns.
    pub(super) fn new(index: &LineIndex, text: &str, marks: &[Range<usize>], room: usize) -> Self {
        let number = |mark: &Range<usize>| index.line(mark.start as u32);
        let mut numbers: Vec<usize> = marks
            .iter()
            .flat_map(|mark| number(mark).saturating_sub(AROUND)..=number(mark) + AROUND)
            .filter(|number| *number < index.count())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut excerpt = Excerpt::default();
        for number in numbers {
            let start = index.start(number).unwrap_or_default() as usize;
            let end = index.start(number + 1).map_or(text.len(), |end| end as usize);
            let line = text.get(start..end).unwrap_or_default();
            // An empty line after the last line end is none.
            if line.is_empty() && number > 0 && !marks.iter().any(|mark| mark.start >= start) {
                continue;
            }
            let line = line.trim_end_matches(['\n', '\r']);
            let within = |mark: &&Range<usize>| mark.start >= start && mark.start <= start + line.len();
            let relative = |mark: &Range<usize>| mark.start - start..(mark.end.max(mark.start) - start).min(line.len());
            let own: Vec<Range<usize>> = marks.iter().filter(within).map(relative).collect();
            excerpt.push(number, start, line, &own, room);
        }
        excerpt
    }

    fn push(&mut self, number: usize, source_start: usize, line: &str, marks: &[Range<usize>], room: usize) {
        let start = self.text.len();
        let (shown, steps) = cut(line, marks, room);
        self.lines.push(Line { number, start, source_start, steps });
        self.text.push_str(&shown);
        self.text.push('\n');
    }

    /// The text of the lines, each with its end.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a mark of the source is in the text of the excerpt.
    pub(super) fn shown(&self, mark: &Range<usize>) -> Range<usize> {
        let at = self.lines.partition_point(|line| line.source_start <= mark.start).saturating_sub(1);
        let Some(line) = self.lines.get(at) else { return 0..0 };
        let place = |offset: usize| {
            let offset = offset.saturating_sub(line.source_start);
            let at = line.steps.partition_point(|(source, _)| *source <= offset).saturating_sub(1);
            line.start + line.steps.get(at).map_or(0, |(_, shown)| *shown)
        };
        let start = place(mark.start);
        start..place(mark.end).max(start)
    }

    /// How many columns are before the middle of a range of the excerpt's text.
    pub(super) fn middle(&self, range: &Range<usize>) -> usize {
        let at = self.lines.partition_point(|line| line.start <= range.start).saturating_sub(1);
        let start = self.lines.get(at).map_or(0, |line| line.start);
        let columns = |range: Range<usize>| self.text.get(range).unwrap_or_default().chars().map(width).sum::<usize>();
        columns(start..range.start) + columns(range.clone()) / 2
    }

    /// The lines that hold a range of the excerpt's text, and up to so many around them that follow in the source.
    pub(super) fn part(&self, range: Range<usize>, before: usize, after: usize) -> Option<Part> {
        let line = |offset: usize| self.lines.partition_point(|line| line.start <= offset).saturating_sub(1);
        let (mut from, mut to) = (line(range.start), line(range.end.max(range.start + 1) - 1));
        let number = |at: usize| self.lines.get(at).map(|line| line.number);
        for _ in 0..before {
            if from > 0 && number(from - 1).map(|number| number + 1) == number(from) {
                from -= 1;
            }
        }
        for _ in 0..after {
            if number(to + 1).is_some() && number(to + 1) == number(to).map(|number| number + 1) {
                to += 1;
            }
        }
        let end = self.lines.get(to + 1).map_or(self.text.len(), |line| line.start);
        let first = self.lines.get(from)?;
        Some(Part { first: first.number, count: to + 1 - from, range: first.start..end })
    }
}

/// A line with at most `room` columns, of which those around the marks are kept, and where its places have gone.
fn cut(line: &str, marks: &[Range<usize>], room: usize) -> (String, Vec<(usize, usize)>) {
    let near = near(line, marks, room);
    let characters: Vec<(usize, char)> = line
        .get(near.clone())
        .unwrap_or_default()
        .char_indices()
        .map(|(at, one)| (near.start + at, harmless(one)))
        .collect();
    let is_short = near.len() == line.len() && characters.iter().map(|(_, one)| width(*one)).sum::<usize>() <= room;
    let kept = match is_short {
        true => std::iter::once(0..characters.len()).collect(),
        false => kept(&characters, marks, room),
    };
    let (mut shown, mut steps) = (String::new(), Vec::with_capacity(characters.len() + 1));
    let byte = |at: usize| characters.get(at).map_or(near.end, |(byte, _)| *byte);
    let mut next = 0;
    for range in kept {
        if range.start > next || (shown.is_empty() && near.start > 0) {
            steps.push((if shown.is_empty() { 0 } else { byte(next) }, shown.len()));
            shown.push(LEFT_OUT);
        }
        next = range.end;
        for (at, one) in characters.get(range).unwrap_or_default() {
            steps.push((*at, shown.len()));
            shown.push(*one);
        }
    }
    if next < characters.len() || near.end < line.len() {
        steps.push((byte(next), shown.len()));
        shown.push(LEFT_OUT);
    }
    steps.push((line.len(), shown.len()));
    (shown, steps)
}

/// The bytes of a line from which what is shown is taken: a line of megabytes is not gone through for each mark in it.
fn near(line: &str, marks: &[Range<usize>], room: usize) -> Range<usize> {
    // No character takes more bytes.
    let reach = room * char::MAX.len_utf8();
    let first = marks.iter().map(|mark| mark.start).min().unwrap_or(0);
    let last = marks.iter().map(|mark| mark.start).max().unwrap_or(0);
    let (mut start, mut end) = (first.saturating_sub(reach), (last + reach).min(line.len()));
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    while !line.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The ranges of characters that are kept of a line that is too long: a share of the room for each mark, and for a line
/// without one its start.
fn kept(characters: &[(usize, char)], marks: &[Range<usize>], room: usize) -> Vec<Range<usize>> {
    let at = |byte: usize| characters.partition_point(|(start, _)| *start < byte);
    let mut marks: Vec<Range<usize>> = marks.iter().map(|mark| at(mark.start)..at(mark.end)).collect();
    marks.sort_by_key(|mark| mark.start);
    if marks.is_empty() {
        marks.push(0..0);
    }
    // What is left out takes a column before each share, and one at the end.
    let share = (room / marks.len()).saturating_sub(2).max(LEAST);
    let wide = |at: usize| characters.get(at).map_or(0, |(_, one)| width(*one));
    let mut kept: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        let (mut start, mut end, mut used) = (mark.start, mark.start, 0);
        while end < mark.end && used + wide(end) <= share {
            used += wide(end);
            end += 1;
        }
        // Of what is left over, up to a half goes before the mark.
        let before = used + (share - used) / 2;
        while start > 0 && used + wide(start - 1) <= before {
            start -= 1;
            used += wide(start);
        }
        while end < characters.len() && used + wide(end) <= share {
            used += wide(end);
            end += 1;
        }
        match kept.last_mut() {
            Some(last) if last.end + 1 >= start => last.end = last.end.max(end),
            _ => kept.push(start..end),
        }
    }
    kept
}

/// The least columns for what is around a mark.
const LEAST: usize = 12;

/// The columns of a character; a tab is counted as the most that it may take.
fn width(character: char) -> usize {
    match character {
        '\t' => 4,
        other => other.width().unwrap_or(0),
    }
}

/// A text that a terminal prints and does not obey: what moves the cursor, changes colours or turns the direction of
/// writing is shown as a sign. Line ends and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.chars().all(|one| one == '\n' || harmless(one) == one) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().map(|one| if one == '\n' { one } else { harmless(one) }).collect()),
    }
}

/// A character as it may be printed.
fn harmless(character: char) -> char {
    match character {
        '\t' => character,
        '\0'..='\x1f' => char::from_u32(0x2400 + character as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        other => other,
    }
}

/// Breaks a text at its blanks so that no line is wider than `room` where words allow it. Line ends stay.
pub fn wrapped(text: &str, room: usize) -> String {
    let lines = text.lines().map(|line| {
        let (mut out, mut used) = (String::new(), 0);
        for (at, word) in line.split(' ').enumerate() {
            let wide: usize = word.chars().map(width).sum();
            if used > 0 && used + 1 + wide > room {
                out.push('\n');
                used = 0;
            } else if at > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += wide;
        }
        out
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn columns(text: &str) -> usize {
        text.chars().map(width).sum()
    }

    /// The line that a mark is shown in, and what of it is marked.
    fn shown<'e>(excerpt: &'e Excerpt, mark: &Range<usize>) -> (&'e str, &'e str) {
        let range = excerpt.shown(mark);
        let part = excerpt.part(range.clone(), 0, 0).unwrap();
        (excerpt.text()[part.range].trim_end_matches('\n'), &excerpt.text()[range])
    }

    #[test]
    fn a_mark_stays_the_text_that_it_was() {
        let long = format!("a = 1\n{}x = \"deep\"{}\nb = 2\n", "m".repeat(3000), "n".repeat(3000));
        let cases: &[(&str, &str)] = &[
            ("a = 1\r\nb = true\r\nc = 3\r\n", "true"),
            ("a = \"診療所\" b = \"深い\"", "深い"),
            ("last", "last"),
            (&long, "\"deep\""),
        ];
        for (text, wanted) in cases {
            let start = text.find(wanted).unwrap();
            let mark = start..start + wanted.len();
            let excerpt = Excerpt::new(&LineIndex::new(text), text, std::slice::from_ref(&mark), 60);
            let (line, marked) = shown(&excerpt, &mark);
            assert_eq!(marked, *wanted, "{line}");
            assert!(columns(line) <= 60, "{} columns: {line}", columns(line));
        }
    }

    #[test]
    fn marks_far_apart_in_a_long_line_are_both_seen() {
        let text = format!("{}first{}second{}", "a".repeat(900), "b".repeat(900), "c".repeat(900));
        let mark = |word: &str| text.find(word).map(|at| at..at + word.len()).unwrap();
        let marks = [mark("first"), mark("second")];
        let excerpt = Excerpt::new(&LineIndex::new(&text), &text, &marks, 80);
        assert_eq!(shown(&excerpt, &marks[0]).1, "first");
        let (line, second) = shown(&excerpt, &marks[1]);
        assert_eq!((second, line.matches(LEFT_OUT).count()), ("second", 3), "{line}");
        assert!(columns(line) <= 80, "{line}");
    }

    #[test]
    fn parts_go_no_further_than_the_source_does() {
        let text = "a\nb\nc\nd\ne\nf\ng\n";
        let marks = [2..3, 10..11];
        let excerpt = Excerpt::new(&LineIndex::new(text), text, &marks, 80);
        assert_eq!(excerpt.text(), "a\nb\nc\ne\nf\ng\n");
        let part = |mark: &Range<usize>| excerpt.part(excerpt.shown(mark), 1, 1).unwrap();
        let (first, second) = (part(&marks[0]), part(&marks[1]));
        assert_eq!((first.first, first.count, &excerpt.text()[first.range]), (0, 3, "a\nb\nc\n"));
        assert_eq!((second.first, second.count, &excerpt.text()[second.range]), (4, 3, "e\nf\ng\n"));
        let empty = Excerpt::new(&LineIndex::new(""), "", std::slice::from_ref(&(0..0)), 80);
        assert_eq!(empty.part(0..0, 1, 1).unwrap().count, 1);
    }

    #[test]
    fn terminals_get_no_orders() {
        for (text, expected) in [
            ("a\tb\nc", "a\tb\nc"),
            ("\u{1b}[2Jgone\u{7}", "\u{241b}[2Jgone\u{2407}"),
            ("a\rb\u{7f}", "a\u{240d}b\u{2421}"),
            ("if \u{202e}denimda\u{2066}", "if \u{fffd}denimda\u{fffd}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn texts_break_at_blanks() {
        assert_eq!(
            wrapped("keep the records of the clinic\nfor six years", 14),
            "keep the\nrecords of the\nclinic\nfor six years"
        );
        assert_eq!(wrapped("averyverylongword is", 5), "averyverylongword\nis");
        assert_eq!(wrapped("  indented", 40), "  indented");
    }
}
