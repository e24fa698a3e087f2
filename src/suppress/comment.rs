//! Suppressions in comments: `phiguard: ignore[policy] reason="..." until=YYYY-MM-DD`, and the line that each is for.

use std::ops::Range;

use ecow::{EcoString, eco_format};

use super::Written;
use crate::config::Date;
use crate::parse::comments;
use crate::source::{Source, SourceId, Span};

/// What a comment starts with that is for phiguard.
const MARK: &str = "phiguard:";

/// The form to follow, for messages.
const FORM: &str = "write phiguard: ignore[policy-id] reason=\"...\" until=YYYY-MM-DD, where until may be left out";

/// A suppression in a comment.
pub(super) struct Directive {
    /// All of it.
    pub(super) span: Span,
    /// The line that it is for, counted from 0.
    pub(super) line: usize,
    /// What it says, or what is wrong with it and where.
    pub(super) read: Result<Written, (Span, EcoString)>,
}

/// The suppressions in the comments of a source.
pub(super) fn read(id: SourceId, source: &Source) -> Vec<Directive> {
    // Most files have none, and need not be looked at closely.
    if !source.text.contains(MARK) {
        return Vec::new();
    }
    let all = comments::of(&source.path, &source.text);
    let mut directives = Vec::new();
    for (at, comment) in all.iter().enumerate() {
        let Some(text) = source.text.get(comment.clone()).filter(|text| text.contains(MARK)) else { continue };
        let line = meant(source, &all, at);
        let mut start = comment.start;
        for part in text.split_inclusive('\n') {
            let said = part.trim_start().trim_start_matches(['#', '/', '*']).trim_start();
            let from = start + part.len() - said.len();
            start += part.len();
            let said = said.trim_end().trim_end_matches("*/").trim_end();
            let Some(rest) = said.strip_prefix(MARK) else { continue };
            let place = |at: Range<usize>| Span::new(id, from + at.start, from + at.end);
            let mut reader = Reader { text: said, at: said.len() - rest.len(), place: &place };
            directives.push(Directive { span: place(0..said.len()), line, read: reader.directive() });
        }
    }
    directives
}

/// The line that a comment is for: its own where something stands before it, else that of what follows; other comments
/// may lie between.
pub(super) fn meant(source: &Source, all: &[Range<usize>], at: usize) -> usize {
    let line = |offset: usize| source.lines().line(offset as u32);
    let Some(comment) = all.get(at) else { return 0 };
    let before = source.lines().start(line(comment.start)).unwrap_or(0) as usize;
    let is_alone = source.text.get(before..comment.start).is_none_or(|text| text.trim().is_empty());
    if !is_alone {
        return line(comment.start);
    }
    let mut end = comment.end;
    for next in all.get(at..).unwrap_or_default().iter().skip(1) {
        let between = source.text.get(end..next.start).unwrap_or("x");
        if !between.trim().is_empty() || between.matches('\n').count() > 1 {
            break;
        }
        end = next.end;
    }
    let rest = source.text.get(end..).unwrap_or_default();
    let has_more = rest.split('\n').next().is_some_and(|rest| !rest.trim().is_empty());
    line(end) + usize::from(!has_more)
}

/// Reads the words of a suppression.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    place: &'t dyn Fn(Range<usize>) -> Span,
}

type Failed = (Span, EcoString);

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// What is wrong with the `length` bytes that follow, or with all where nothing follows.
    fn wrong(&self, length: usize, message: impl Into<EcoString>) -> Failed {
        let range = if self.rest().is_empty() { 0..self.text.len() } else { self.at..self.at + length };
        ((self.place)(range), message.into())
    }

    fn directive(&mut self) -> Result<Written, Failed> {
        self.skip_space();
        let word = self.word();
        if word != "ignore" {
            return Err(self.wrong(word.len(), eco_format!("phiguard knows no comment \"{word}\"; {FORM}")));
        }
        self.at += word.len();
        self.skip_space();
        let policies = self.policies()?;
        let mut written = Written { policies, reason: EcoString::new(), until: None };
        loop {
            self.skip_space();
            let start = self.at;
            let word = self.word();
            if self.rest().is_empty() {
                break;
            }
            if !matches!(word, "reason" | "until") {
                let length = self.rest().split_whitespace().next().map_or(1, str::len);
                let message = eco_format!("reason=\"...\" or until=YYYY-MM-DD is expected here; {FORM}");
                return Err(self.wrong(length, message));
            }
            self.at += word.len();
            let value = self.value()?;
            if word == "reason" {
                written.reason = value;
            } else {
                let range = start..self.at;
                let date = Date::read(&value);
                let message = || eco_format!("\"{value}\" is no day; write until=YYYY-MM-DD, such as until=2030-12-31");
                written.until = Some(date.ok_or_else(|| ((self.place)(range), message()))?);
            }
        }
        Ok(written)
    }

    fn word(&self) -> &'t str {
        let end = self.rest().find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        self.rest().get(..end.unwrap_or(self.rest().len())).unwrap_or_default()
    }

    fn policies(&mut self) -> Result<Vec<(EcoString, Span)>, Failed> {
        if !self.rest().starts_with('[') {
            return Err(self.wrong(1, eco_format!("the policy is expected here, in brackets; {FORM}")));
        }
        let Some(length) = self.rest().find(']') else {
            return Err(self.wrong(self.rest().len(), eco_format!("the bracket is never closed; {FORM}")));
        };
        let mut policies = Vec::new();
        let mut start = self.at + 1;
        for part in self.text.get(self.at + 1..self.at + length).unwrap_or_default().split(',') {
            let name = part.trim();
            let from = start + (part.len() - part.trim_start().len());
            start += part.len() + 1;
            if name.is_empty() {
                return Err(self.wrong(length + 1, eco_format!("a policy is expected between the brackets; {FORM}")));
            }
            policies.push((name.into(), (self.place)(from..from + name.len())));
        }
        self.at += length + 1;
        Ok(policies)
    }

    /// What stands after `=`, in quotes or up to the next space.
    fn value(&mut self) -> Result<EcoString, Failed> {
        let Some(rest) = self.rest().strip_prefix('=') else {
            return Err(self.wrong(1, eco_format!("= is expected here; {FORM}")));
        };
        self.at += 1;
        let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            let value = rest.split_whitespace().next().filter(|_| !rest.starts_with(char::is_whitespace));
            let value = value.unwrap_or_default();
            self.at += value.len();
            return Ok(value.into());
        };
        let mut value = EcoString::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                _ if character == quote => {
                    self.at += at + 1;
                    return Ok(value);
                }
                _ => value.push(character),
            }
        }
        Err(self.wrong(rest.len(), "this text is never closed; end it with a quote on the same line"))
    }
}
