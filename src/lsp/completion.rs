//! Names of policies, offered in suppressions and in phiguard.toml.

use gen_lsp_types::{CompletionItem, CompletionItemKind, CompletionParams, TextEdit};
use serde_json::json;

use super::requests::{Asked, now};
use super::server::{Answer, Server};
use super::words;
use crate::catalogue::model::PolicyFile;

/// Answers with all policies where one is expected; the editor keeps those that fit.
pub(super) fn answer(server: &mut Server, params: CompletionParams) -> Answer {
    let place = params.text_document_position_params;
    let Some(asked) = Asked::of(server, &place.text_document)? else { return now(&()) };
    let Some(typed) = words::expected(&asked.path, &asked.text, asked.offset(place.position)) else { return now(&()) };
    let range = asked.range(typed);
    let item = |policy: &PolicyFile| CompletionItem {
        label: policy.id.clone(),
        kind: Some(CompletionItemKind::EnumMember),
        detail: Some(policy.title.clone()),
        documentation: Some(policy.why.trim().to_string().into()),
        text_edit: Some(TextEdit { range, new_text: policy.id.clone() }.into()),
        ..CompletionItem::default()
    };
    let items: Vec<CompletionItem> = server.workspace.policies().into_iter().map(item).collect();
    now(&json!({"isIncomplete": false, "items": items}))
}
