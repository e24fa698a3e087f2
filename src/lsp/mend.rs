//! Fixes as actions: the edits that `check --fix` would make, in the editor's own texts.

use std::path::PathBuf;

use gen_lsp_types::TextEdit;
use serde_json::Value as Json;

use super::edits;
use super::server::Server;
use crate::fix::Fixer;
use crate::judge::Finding;
use crate::report::Report;

/// A fix that the editor can make.
pub(super) struct Mending {
    /// What it does.
    pub(super) title: String,
    /// Whether it can be made without looking.
    pub(super) is_safe: bool,
    /// The edit.
    pub(super) edit: Json,
}

/// What mends a finding; none where no edit does, or where a text is another one by now.
pub(super) fn of(server: &Server, report: &Report, fixer: &Fixer<'_>, finding: &Finding<'_>) -> Option<Mending> {
    let proposal = fixer.propose(finding)?.ok()?;
    let maker = server.maker();
    let mut files: Vec<(PathBuf, Vec<TextEdit>)> = Vec::new();
    for edit in &proposal.edits {
        let source = report.sources.get(edit.span.source)?;
        if server.documents.get(&source.path).is_some_and(|document| *document.text != *source.text) {
            return None;
        }
        let change = TextEdit { range: maker.range(report, edit.span), new_text: edit.text.clone() };
        match files.iter_mut().find(|(path, _)| *path == source.path) {
            Some((_, changes)) => changes.push(change),
            None => files.push((source.path.clone(), vec![change])),
        }
    }
    let title = match &proposal.because {
        Some(because) if !proposal.safe => {
            format!("Mend {}, with care ({because}): {}", finding.policy, proposal.title)
        }
        _ => format!("Mend {}: {}", finding.policy, proposal.title),
    };
    Some(Mending { title, is_safe: proposal.safe, edit: edits::of_workspace(server, &files, None)? })
}
