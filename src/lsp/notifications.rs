//! What the client tells: documents that open, change and close, files and folders that come and go, settings.

use std::path::Path;

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, FileChangeType, Uri,
};
use lsp_server::Notification;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::server::Server;
use super::settings::Settings;
use super::transport::Gone;
use super::uri::path;
use crate::evaluate::terraform::normalize;
use crate::source;

/// The files whose changes matter.
const WATCHED: &str = "**/{*.tf,*.tofu,*.tfvars,*.json,*.yaml,*.yml,*.template,*.bicep,*.bicepparam,phiguard.toml,.phiguardignore,.gitignore}";

/// Does what a notification asks for; the error is a sentence for the user.
pub(super) fn handle(server: &mut Server, told: Notification) -> Result<(), String> {
    let gone = |_: Gone| "the client does not read".to_string();
    match told.method.as_str() {
        "initialized" => watch(server).map_err(gone),
        "textDocument/didOpen" => {
            let DidOpenTextDocumentParams { text_document: opened } = read(&told)?;
            let Some(path) = local(&opened.uri) else { return Ok(()) };
            let is_saved = source::read(&path).is_ok_and(|saved| saved == opened.text);
            server.documents.open(path.clone(), opened.uri, opened.version, opened.text);
            changed(server, &path, !is_saved).map_err(gone)
        }
        "textDocument/didChange" => {
            let DidChangeTextDocumentParams { text_document, content_changes } = read(&told)?;
            let Some(path) = local(&text_document.text_document_identifier.uri) else { return Ok(()) };
            let encoding = server.client.encoding;
            match server.documents.change(&path, text_document.version, &content_changes, encoding) {
                true => changed(server, &path, true).map_err(gone),
                false => Ok(()),
            }
        }
        "textDocument/didSave" => {
            let DidSaveTextDocumentParams { text_document, .. } = read(&told)?;
            let Some(path) = local(&text_document.uri) else { return Ok(()) };
            let files = server.documents.files().clone();
            let Some(root) = server.workspace.of_or_new(&path, &files) else { return Ok(()) };
            root.is_stale = true;
            if root.is_config(&path) {
                root.configure(&files, true);
                server.publish([path]).map_err(gone)?;
            }
            Ok(())
        }
        "textDocument/didClose" => {
            let DidCloseTextDocumentParams { text_document } = read(&told)?;
            let Some(path) = local(&text_document.uri) else { return Ok(()) };
            let Some(document) = server.documents.close(&path) else { return Ok(()) };
            let is_saved = source::read(&path).is_ok_and(|saved| *saved == *document.text);
            changed(server, &path, !is_saved).map_err(gone)
        }
        "workspace/didChangeWatchedFiles" => {
            let DidChangeWatchedFilesParams { changes } = read(&told)?;
            for change in changes {
                let Some(path) = local(&change.uri) else { continue };
                on_disk(server, &path, change.kind).map_err(gone)?;
            }
            Ok(())
        }
        "workspace/didChangeWorkspaceFolders" => {
            let DidChangeWorkspaceFoldersParams { event } = read(&told)?;
            for folder in event.removed.iter().filter_map(|folder| local(&folder.uri)) {
                server.forget(&folder).map_err(gone)?;
            }
            let files = server.documents.files().clone();
            for folder in event.added.iter().filter_map(|folder| local(&folder.uri)) {
                server.workspace.add(&folder, &files);
            }
            Ok(())
        }
        "workspace/didChangeConfiguration" => {
            let settings = Settings::read(told.params.get("settings"))?;
            if settings != server.settings {
                let before = std::mem::replace(&mut server.settings, settings);
                server.workspace.iter_mut().for_each(|root| root.is_stale = true);
                if before.policies != server.settings.policies {
                    server.take_policies()?;
                }
            }
            Ok(())
        }
        "window/workDoneProgress/cancel" => {
            told.params.get("token").and_then(Json::as_str).into_iter().for_each(|token| server.stop(token));
            Ok(())
        }
        // What is not known may be left: the protocol says so of what starts with $/, and newer clients tell more.
        _ => Ok(()),
    }
}

fn read<P: DeserializeOwned>(told: &Notification) -> Result<P, String> {
    P::deserialize(&told.params).map_err(|error| format!("{} cannot be understood: {error}", told.method))
}

/// The path of a file on this machine.
pub(super) fn local(uri: &Uri) -> Option<std::path::PathBuf> {
    path(uri).map(|path| normalize(&path))
}

/// The text of a file is another one now, or only who holds it.
fn changed(server: &mut Server, path: &Path, is_other: bool) -> Result<(), Gone> {
    let files = server.documents.files().clone();
    let Some(root) = server.workspace.of_or_new(path, &files) else { return Ok(()) };
    if root.is_config(path) {
        root.configure(&files, false);
        return server.publish([path.to_path_buf()]);
    }
    match is_other {
        // What is nowhere any more is no edit of a project, but another project.
        true if !files.is_file(path) => root.is_stale = true,
        true => server.edited(path),
        false => {}
    }
    Ok(())
}

/// A file is another one on the disk. What is open there is what the editor holds, whatever the disk says.
fn on_disk(server: &mut Server, path: &Path, change: FileChangeType) -> Result<(), Gone> {
    let is_open = server.documents.get(path).is_some();
    let files = server.documents.files().clone();
    let Some(root) = server.workspace.of_mut(path) else { return Ok(()) };
    if root.is_config(path) {
        root.configure(&files, true);
        return server.publish([path.to_path_buf()]);
    }
    match change {
        FileChangeType::Changed if is_open => {}
        FileChangeType::Changed if root.session.knows(path) => server.edited(path),
        _ => root.is_stale = true,
    }
    Ok(())
}

/// Asks the client to watch files.
fn watch(server: &mut Server) -> Result<(), Gone> {
    if !server.client.watches {
        return Ok(());
    }
    let options = json!({"watchers": [{"globPattern": WATCHED}]});
    let registration = json!({"id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options});
    server.ask("client/registerCapability", json!({"registrations": [registration]}))
}
