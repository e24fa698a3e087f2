//! Terraform's language: hcl-edit reads it, `lower` turns its tree into ours, `recover` saves what surrounds
//! a block that cannot be read.

pub mod ast;
mod heredoc;
mod json;
mod json_body;
mod lower;
pub mod place;
mod recover;
mod scan;

use hcl::edit::parser;

use super::SyntaxError;
use crate::source::{SourceId, Span};
use ast::{Body, Expression, TemplatePart};

/// What a file holds, and where it could not be read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree of everything that could be read.
    pub body: Body,
    /// Where it could not, in order.
    pub errors: Vec<SyntaxError>,
}

/// Reads a configuration or variable file.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut lowering = Lowering::new(source, 0, text);
    let read = parser::parse_body(text).map(|body| lower::body(&mut lowering, &body, &mut parsed.body)).is_ok();
    // hcl-edit takes line breaks inside quotes and lone carriage returns, which Terraform refuses.
    let doubtful = !read || lowering.line_breaks || scan::has_lone_return(text);
    if doubtful && (!read || scan::fault(text).is_some()) {
        parsed = Parsed::default();
        recover::parse(source, text, &mut parsed);
    }
    parsed
}

/// Reads a configuration in Terraform's JSON syntax.
pub fn parse_json(source: SourceId, text: &str) -> Parsed {
    json_body::configuration(source, text)
}

/// Reads a variable file in JSON: its texts are no templates.
pub fn parse_json_values(source: SourceId, text: &str) -> Parsed {
    json_body::values(source, text)
}

/// The first character at or after `from` that could not be decoded and that no comment holds.
pub fn outside_comments(text: &str, from: usize) -> Option<usize> {
    scan::outside_comments(text, from, '\u{fffd}')
}

/// The comments of a configuration or variable file, in order.
pub fn comments(text: &str) -> Vec<std::ops::Range<usize>> {
    scan::comments(text)
}

/// Reads a single expression, as `phiguard eval` and `--var` do.
pub fn parse_expression(source: SourceId, text: &str) -> Result<Expression, SyntaxError> {
    let start = |text: &str| text.len() - text.trim_start().len();
    let base = start(text);
    let first = match parser::parse_expr(text.trim()) {
        Ok(expression) => return Ok(lower::expression(&mut Lowering::new(source, base, text.trim()), &expression)),
        Err(error) => error,
    };
    // Line breaks and comments around an expression are refused by hcl-edit, and nothing to Terraform.
    let masked = scan::mask_newlines(text, true);
    let whole = recover::repeated_keys(masked.trim().into(), |text| parser::parse_expr(text).err());
    match parser::parse_expr(&whole) {
        Ok(expression) => Ok(lower::expression(&mut Lowering::new(source, start(&masked), &whole), &expression)),
        Err(_) => {
            let error = first;
            let at = base + recover::offset(text.trim(), &error);
            Err(SyntaxError { span: Span::new(source, at, at), message: recover::describe(&error) })
        }
    }
}

/// Reads a template, as templatefile does.
pub fn parse_template(source: SourceId, text: &str) -> Result<Vec<TemplatePart>, SyntaxError> {
    match parser::parse_template(text) {
        Ok(template) => Ok(lower::template(&mut Lowering::new(source, 0, text), &template)),
        Err(error) => {
            let at = recover::offset(text, &error);
            Err(SyntaxError { span: Span::new(source, at, at), message: recover::describe(&error) })
        }
    }
}

/// Where the text that is being lowered lies: spans of a part of a file are shifted by its start.
struct Lowering<'t> {
    source: SourceId,
    base: usize,
    /// The text that the parser's offsets count in.
    text: &'t str,
    /// Whether texts are cut at their lines, as those of heredocs are.
    by_line: bool,
    /// Whether the template is quoted, so that what its directives hold has escapes: hcl-edit leaves those.
    quoted: bool,
    /// Whether escapes are to be taken from texts now.
    escapes: bool,
    /// Whether a quoted text with a line break in it was seen, written as such or as an escape.
    line_breaks: bool,
    /// For a text with escapes: behind each, its offset and by how much the file is ahead of it.
    shifts: Vec<(usize, usize)>,
}

impl<'t> Lowering<'t> {
    fn new(source: SourceId, base: usize, text: &'t str) -> Self {
        Lowering {
            source,
            base,
            text,
            by_line: false,
            quoted: false,
            escapes: false,
            line_breaks: false,
            shifts: Vec::new(),
        }
    }

    fn span(&self, range: Option<std::ops::Range<usize>>, otherwise: Span) -> Span {
        match range {
            Some(range) => Span::new(self.source, self.place(range.start), self.place(range.end)),
            None => otherwise,
        }
    }

    /// The byte of the file that an offset in the text stands for.
    fn place(&self, offset: usize) -> usize {
        let behind = self.shifts.partition_point(|(at, _)| *at <= offset);
        let ahead = behind.checked_sub(1).and_then(|at| self.shifts.get(at)).map_or(0, |(_, ahead)| *ahead);
        self.base + offset + ahead
    }
}
