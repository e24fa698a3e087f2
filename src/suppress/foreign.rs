//! Suppressions that were written for other tools, where that is asked for: `checkov:skip=ID:reason` within a resource
//! or in its metadata, `tfsec:ignore:ID` and `trivy:ignore:ID` on or above a line. The crosswalks of policies say which
//! of ours an id means; one that no policy names means nothing here.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::comment::meant;
use super::{Scope, Written};
use crate::catalogue::embedded;
use crate::catalogue::model::PolicyFile;
use crate::config::Date;
use crate::evaluate::{CHECKOV, METADATA, Resource};
use crate::parse::comments;
use crate::source::{Source, SourceId, Span};

/// How the comments of other tools start, and the crosswalk that has their ids.
const MARKS: &[(&str, &str)] = &[("checkov:skip=", "checkov"), ("tfsec:ignore:", "trivy"), ("trivy:ignore:", "trivy")];

/// A suppression for another tool, as one of ours.
pub(super) struct Foreign {
    pub(super) span: Span,
    pub(super) scope: Scope,
    pub(super) written: Written,
}

/// The policies by the ids of other tools.
#[derive(Default)]
pub(super) struct Crosswalk {
    ids: BTreeMap<(&'static str, String), Vec<EcoString>>,
}

impl Crosswalk {
    /// The crosswalk of the policies that judge, whose texts the program brings or a folder of the user's.
    pub(super) fn new(policies: &[PolicyFile]) -> Crosswalk {
        let ours = embedded::policies().ok();
        let mut crosswalk = Crosswalk::default();
        for policy in policies {
            // What the program judges by has no crosswalk: it is not needed for judging.
            let full = ours.and_then(|ours| ours.get(&policy.id)).filter(|_| policy.crosswalk.is_empty());
            let full = full.unwrap_or(policy);
            for tool in ["checkov", "trivy"] {
                for id in full.crosswalk.get(tool).into_iter().flatten() {
                    crosswalk.ids.entry((tool, plain(id))).or_default().push(policy.id.as_str().into());
                }
            }
        }
        crosswalk
    }

    fn of(&self, tool: &'static str, id: &str) -> &[EcoString] {
        self.ids.get(&(tool, plain(id))).map(Vec::as_slice).unwrap_or_default()
    }

    fn written(
        &self,
        tool: &'static str,
        id: &str,
        span: Span,
        reason: EcoString,
        until: Option<Date>,
    ) -> Option<Written> {
        let policies: Vec<_> = self.of(tool, id).iter().map(|policy| (policy.clone(), span)).collect();
        (!policies.is_empty()).then_some(Written { policies, reason, until })
    }
}

/// An id without what some versions of a tool write before it: `AVD-AWS-0086` is `AWS-0086`.
fn plain(id: &str) -> String {
    let id = id.to_ascii_uppercase();
    id.strip_prefix("AVD-").map(str::to_string).unwrap_or(id)
}

/// The suppressions in the comments of a source.
pub(super) fn in_comments(id: SourceId, source: &Source, crosswalk: &Crosswalk) -> Vec<Foreign> {
    if !MARKS.iter().any(|(mark, _)| source.text.contains(mark)) {
        return Vec::new();
    }
    let all = comments::of(&source.path, &source.text);
    let mut found = Vec::new();
    for (at, comment) in all.iter().enumerate() {
        let Some(text) = source.text.get(comment.clone()) else { continue };
        for (mark, tool) in MARKS {
            for (offset, _) in text.match_indices(mark) {
                let Some(said) = text.get(offset + mark.len()..).and_then(|rest| rest.lines().next()) else { continue };
                let said = said.split("*/").next().unwrap_or_default();
                let start = comment.start + offset;
                let span = Span::new(id, start, start + mark.len() + said.trim_end().len());
                if *mark == "checkov:skip=" {
                    let (name, reason) = said.split_once(':').unwrap_or((said, ""));
                    let reason = given(reason, mark, name);
                    let written = name
                        .split(',')
                        .filter_map(|name| crosswalk.written(tool, name.trim(), span, reason.clone(), None));
                    found.extend(written.map(|written| Foreign { span, scope: Scope::Around(span), written }));
                    continue;
                }
                let word = said.split_whitespace().next().unwrap_or_default();
                let mut parts = word.split(':');
                // Trivy lets parameters follow, in brackets: narrower than what we can tell, so not taken for all.
                let Some(name) = parts.next().filter(|name| !name.contains('[')) else { continue };
                let rest: Vec<&str> = parts.collect();
                let until = match rest.iter().position(|part| *part == "exp").and_then(|at| rest.get(at + 1)) {
                    None => None,
                    // A day that cannot be read: not known to hold.
                    Some(day) => match Date::read(day) {
                        Some(day) => Some(day),
                        None => continue,
                    },
                };
                let scope = Scope::Line(id, meant(source, &all, at));
                let reason = given("", mark, name);
                let written = crosswalk.written(tool, name, span, reason, until);
                found.extend(written.map(|written| Foreign { span, scope, written }));
            }
        }
    }
    found
}

/// The suppressions in the metadata of a resource: `checkov: {skip: [{id, comment}]}`.
pub(super) fn in_metadata(node: usize, resource: &Resource, crosswalk: &Crosswalk) -> Vec<Foreign> {
    let own = resource.settings.get(METADATA).and_then(|entry| entry.value.get(CHECKOV));
    let items = own.and_then(|own| own.value.get("skip")).and_then(|skip| skip.value.as_list());
    let one = |item: &crate::value::Value| {
        let text = |name: &str| item.get(name).and_then(|entry| entry.value.as_str());
        let name = text("id")?;
        let span = if item.origin.span.is_none() { resource.header } else { item.origin.span };
        let reason = given(text("comment").unwrap_or_default(), "checkov:skip=", name);
        let written = crosswalk.written("checkov", name, span, reason, None)?;
        Some(Foreign { span, scope: Scope::Resource(node), written })
    };
    items.unwrap_or_default().iter().filter_map(one).collect()
}

/// The reason that is given, or what stands in its place: other tools ask for none.
fn given(reason: &str, mark: &str, name: &str) -> EcoString {
    match reason.trim() {
        "" => eco_format!("{mark}{} gives no reason", name.trim()),
        reason => reason.into(),
    }
}
