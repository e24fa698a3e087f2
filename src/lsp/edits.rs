//! Edits of files as the client takes them: with the versions of the documents that they are for, where it knows these.

use std::path::PathBuf;

use gen_lsp_types::TextEdit;
use serde_json::{Map as JsonMap, Value as Json, json};

use super::server::Server;

/// The edits of some files as one edit of the workspace; none where the client cannot make it. A file that is `new` is
/// made first.
pub(super) fn of_workspace(server: &Server, edits: &[(PathBuf, Vec<TextEdit>)], new: Option<&PathBuf>) -> Option<Json> {
    if !server.client.versioned_edits {
        let changes: JsonMap<String, Json> =
            edits.iter().map(|(path, edits)| (server.uri(path).0, json!(edits))).collect();
        return new.is_none().then(|| json!({"changes": changes}));
    }
    if new.is_some() && !server.client.creates_files {
        return None;
    }
    let mut changes: Vec<Json> = Vec::new();
    changes.extend(new.map(|path| json!({"kind": "create", "uri": server.uri(path)})));
    for (path, edits) in edits {
        let version = server.documents.get(path).map(|document| document.version);
        changes.push(json!({"textDocument": {"uri": server.uri(path), "version": version}, "edits": edits}));
    }
    Some(json!({"documentChanges": changes}))
}
