//! Names of policies as links to their pages.

use gen_lsp_types::{DocumentLink, DocumentLinkParams};

use super::requests::{Asked, now};
use super::server::{Answer, Server};
use super::words;

/// Answers with the links of a document.
pub(super) fn answer(server: &mut Server, params: DocumentLinkParams) -> Answer {
    let Some(asked) = Asked::of(server, &params.text_document)? else { return now(&()) };
    let named = words::policies(&asked.path, &asked.text, &|id| server.workspace.policy(id)).into_iter();
    let links: Vec<DocumentLink> = named
        .filter_map(|(at, policy)| {
            let target = server.pages.of(&policy.id, &server.settings)?;
            let tooltip = Some(policy.title.clone());
            Some(DocumentLink { range: asked.range(at), target: Some(target), tooltip, data: None })
        })
        .collect();
    now(&links)
}
