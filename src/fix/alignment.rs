//! Alignment in Terraform's native syntax: the equals signs of neighbouring lines stand below each other, as
//! `terraform fmt` puts them.

use super::Edit;
use super::layout::{self, line_end, same_line, starts_line};
use super::terraform::{Editor, Put};
use super::wanted::Want;
use crate::parse::terraform::ast::Attribute;
use crate::source::Span;

/// Where a name and its value stand, from byte to byte.
pub(super) struct Assignment {
    name: (usize, usize),
    value: (usize, usize),
}

impl Assignment {
    pub(super) fn of(attribute: &Attribute) -> Self {
        Assignment::between(attribute.name_span, attribute.value.span)
    }

    pub(super) fn between(name: Span, value: Span) -> Self {
        let range = |span: Span| (span.start as usize, span.end as usize);
        Assignment { name: range(name), value: range(value) }
    }
}

impl Editor<'_> {
    /// What is missing, after the last of some assignments and aligned with those before it; these are moved where a
    /// longer name comes.
    pub(super) fn aligned(
        &self,
        assignments: Vec<Assignment>,
        missing: &[&(String, Want)],
        inner: &str,
        put: Put,
        edits: &mut Vec<Edit>,
    ) -> String {
        let group = self.group(assignments);
        let between = |one: &Assignment| self.text.get(one.name.1..one.value.0).unwrap_or_default();
        let length = |one: &Assignment| one.name.1 - one.name.0;
        let widest = group.iter().map(length).max().unwrap_or(0);
        let is_aligned =
            |one: &Assignment| between(one).trim() == "=" && between(one).find('=') == Some(widest + 1 - length(one));
        let added = missing.iter().filter(|(_, want)| !matches!(want, Want::Inside { .. }));
        let longest = added.map(|(name, _)| self.key(name).len()).max().unwrap_or(0);
        if group.is_empty() || longest == 0 || !group.iter().all(is_aligned) {
            return self.lines(missing, inner, put);
        }
        if longest > widest {
            for one in &group {
                let gap = between(one).find('=').unwrap_or(0);
                let text = " ".repeat(longest + 1 - length(one));
                edits.push(Edit { span: Span::new(self.source, one.name.1, one.name.1 + gap), text });
            }
        }
        self.padded(missing, inner, widest.max(longest), put)
    }

    /// The assignments on the last lines, up to one that takes several lines or stands apart.
    fn group(&self, mut assignments: Vec<Assignment>) -> Vec<Assignment> {
        assignments.sort_by_key(|one| std::cmp::Reverse(one.name.0));
        let mut group: Vec<Assignment> = Vec::new();
        for one in assignments {
            let is_next = group.last().is_none_or(|below| {
                line_end(self.text, one.value.1) + 1 >= layout::line_start(self.text, below.name.0)
            });
            let is_alone = starts_line(self.text, one.name.0) && same_line(self.text, one.name.0, one.value.1);
            if !is_next || !is_alone {
                break;
            }
            group.push(one);
        }
        group
    }
}
