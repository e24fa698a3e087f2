//! What is shown under the cursor: the policy that is named or that finds something there, and what an expression is
//! worth.

use gen_lsp_types::{HoverParams, Position, Range};
use serde_json::json;

use super::pages;
use super::requests::{Asked, now};
use super::server::{Answer, Server};
use super::{values, words};
use crate::evaluate::Dialect;
use crate::judge::{Finding, Outcome};

/// Answers with what there is to say.
pub(super) fn answer(server: &mut Server, params: HoverParams) -> Answer {
    let place = params.text_document_position_params;
    let Some(asked) = Asked::of(server, &place.text_document)? else { return now(&()) };
    let offset = asked.offset(place.position);
    let mut told: Vec<String> = Vec::new();
    let mut range: Option<Range> = None;
    for (at, policy) in words::policies(&asked.path, &asked.text, &|id| server.workspace.policy(id)) {
        if at.start <= offset && offset <= at.end {
            told.push(pages::brief(policy, None));
            range = Some(asked.range(at));
        }
    }
    if let Some(root) = server.workspace.of(&asked.path) {
        if let Some(worth) = values::at(&root.session, &server.documents, &asked.path, &asked.text, offset as u32) {
            range.get_or_insert(asked.range(worth.start as usize..worth.end as usize));
            told.push(worth.told);
        }
        // What is found of a whole block is not said again of each word in it.
        let here: Vec<_> = root
            .session
            .findings(&asked.path)
            .filter(|(_, finding)| finding.outcome == Outcome::Fail && finding.suppressed.is_none())
            .filter(|(_, finding)| finding.span.start as usize <= offset && offset <= finding.span.end as usize)
            .collect();
        let length = |finding: &Finding<'_>| finding.span.end - finding.span.start;
        let smallest = here.iter().map(|(_, finding)| length(finding)).min();
        let mut seen: Vec<&str> = Vec::new();
        for (report, finding) in here {
            if Some(length(finding)) != smallest || seen.contains(&finding.policy) {
                continue;
            }
            seen.push(finding.policy);
            let dialect = report.graph.resources.get(finding.resource).map(|resource| resource.dialect);
            let policy = server.workspace.policy(finding.policy);
            told.extend(policy.map(|policy| pages::brief(policy, dialect.map(Dialect::as_str))));
        }
    }
    match told.is_empty() {
        true => now(&()),
        false => now(&json!({"contents": {"kind": "markdown", "value": told.join("\n\n---\n\n")}, "range": range})),
    }
}

/// Whether a position lies in a range, its end included.
pub(super) fn holds(range: Range, position: Position) -> bool {
    let key = |position: Position| (position.line, position.character);
    key(range.start) <= key(position) && key(position) <= key(range.end)
}
