//! What the client asks: one row a request.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{
    Diagnostic, DocumentDiagnosticParams, InitializeParams, Position, Range, TextDocumentIdentifier,
    WorkspaceDiagnosticParams, WorkspaceFolders,
};
use lsp_server::{ErrorCode, Request, ResponseError};
use rustc_hash::FxHasher;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::notifications::local;
use super::server::{Answer, Reply, Server, error};
use super::settings::{Client, Settings};
use super::{actions, completion, hints, hover, links};
use crate::source::{self, Encoding, LineIndex};

/// A request that is answered.
struct Handler {
    method: &'static str,
    /// Whether the answer has to wait until the folder of the document was judged.
    waits: bool,
    answer: fn(&mut Server, &Json) -> Answer,
}

/// The requests that are answered.
const HANDLERS: &[Handler] = &[
    Handler {
        method: "textDocument/codeAction",
        waits: true,
        answer: |server, params| with(params, |asked| actions::answer(server, asked)),
    },
    Handler {
        method: "textDocument/completion",
        waits: false,
        answer: |server, params| with(params, |asked| completion::answer(server, asked)),
    },
    Handler {
        method: "textDocument/diagnostic",
        waits: true,
        answer: |server, params| with(params, |asked| document_diagnostics(server, asked)),
    },
    Handler {
        method: "textDocument/documentLink",
        waits: false,
        answer: |server, params| with(params, |asked| links::answer(server, asked)),
    },
    Handler {
        method: "textDocument/hover",
        waits: true,
        answer: |server, params| with(params, |asked| hover::answer(server, asked)),
    },
    Handler {
        method: "textDocument/inlayHint",
        waits: true,
        answer: |server, params| with(params, |asked| hints::answer(server, asked)),
    },
    Handler {
        method: "workspace/diagnostic",
        waits: true,
        answer: |server, params| with(params, |asked| workspace_diagnostics(server, asked)),
    },
    Handler {
        method: "workspace/executeCommand",
        waits: false,
        answer: |server, params| with(params, |asked| actions::execute(server, asked)),
    },
];

/// Answers a request by its method.
pub(super) fn handle(server: &mut Server, request: &Request) -> Answer {
    let Some(handler) = HANDLERS.iter().find(|handler| handler.method == request.method) else {
        return Err(error(ErrorCode::MethodNotFound, &format!("phiguard does not answer {}", request.method)));
    };
    let uri = request.params.pointer("/textDocument/uri").and_then(Json::as_str);
    let is_judged = match uri.map(|uri| local(&uri.into())) {
        Some(path) => path.and_then(|path| server.workspace.of(&path)).is_none_or(|root| root.is_judged),
        None => server.workspace.iter().all(|root| root.is_judged),
    };
    if handler.waits && !is_judged {
        return Ok(Reply::Later);
    }
    (handler.answer)(server, &request.params)
}

/// Reads the parameters of a request, and answers with what is made of them.
fn with<P: DeserializeOwned>(params: &Json, work: impl FnOnce(P) -> Answer) -> Answer {
    let asked = P::deserialize(params).map_err(|why| {
        error(ErrorCode::InvalidParams, &format!("the parameters of this request cannot be understood: {why}"))
    })?;
    work(asked)
}

/// An answer that can be given now.
pub(super) fn now(result: &impl Serialize) -> Answer {
    let result = serde_json::to_value(result).map_err(|why| error(ErrorCode::InternalError, &why.to_string()))?;
    Ok(Reply::Now(result))
}

/// The file that a request is about.
pub(super) fn file(document: &TextDocumentIdentifier) -> Result<PathBuf, ResponseError> {
    local(&document.uri).ok_or_else(|| {
        let message = format!("{} is no file on this machine, which is all that phiguard reads", document.uri);
        error(ErrorCode::InvalidParams, &message)
    })
}

/// A document that a request is about, as it is now.
pub(super) struct Asked {
    pub(super) path: PathBuf,
    pub(super) text: Arc<str>,
    lines: LineIndex,
    encoding: Encoding,
}

impl Asked {
    /// The document; none where there is no text.
    pub(super) fn of(server: &Server, document: &TextDocumentIdentifier) -> Result<Option<Asked>, ResponseError> {
        let path = file(document)?;
        let text = match server.documents.get(&path) {
            Some(document) => Arc::clone(&document.text),
            None => match server.documents.files().read(&path) {
                Ok(text) => text.into(),
                Err(_) => return Ok(None),
            },
        };
        let lines = LineIndex::new(&text);
        Ok(Some(Asked { path, text, lines, encoding: server.client.encoding }))
    }

    /// The offset of a position.
    pub(super) fn offset(&self, at: Position) -> usize {
        self.lines.offset(&self.text, source::Position { line: at.line, column: at.character }, self.encoding)
    }

    /// The position of an offset.
    pub(super) fn position(&self, offset: usize) -> Position {
        let at = self.lines.position(&self.text, offset as u32, self.encoding);
        Position { line: at.line, character: at.column }
    }

    /// The range between two offsets.
    pub(super) fn range(&self, at: std::ops::Range<usize>) -> Range {
        Range { start: self.position(at.start), end: self.position(at.end) }
    }
}

/// Takes up the session: what the client can do, what its user wants, and where.
pub(super) fn initialize(server: &mut Server, params: &Json) -> Answer {
    with(params, |asked: InitializeParams| {
        server.client = Client::of(params);
        let mut complaint = None;
        server.settings = Settings::read(asked.initialization_options.as_ref()).unwrap_or_else(|why| {
            complaint = Some(why);
            Settings::default()
        });
        let files = server.documents.files().clone();
        for folder in folders(&asked) {
            server.workspace.add(&folder, &files);
        }
        if server.settings.policies.is_some() {
            complaint = server.take_policies().err().or(complaint);
        }
        if let Some(why) = complaint {
            // Where this cannot be sent, the answer cannot be either.
            let _ = server.say(&why);
        }
        now(&json!({
            "capabilities": {
                "positionEncoding": server.client.encoding_kind(),
                "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
                "diagnosticProvider": {
                    "identifier": "phiguard", "interFileDependencies": true, "workspaceDiagnostics": true
                },
                "codeActionProvider": {"codeActionKinds": ["quickfix"]},
                "completionProvider": {"triggerCharacters": ["[", ",", "\"", "-"]},
                "documentLinkProvider": {"resolveProvider": false},
                "executeCommandProvider": {"commands": [actions::OPEN_DOCUMENTATION]},
                "hoverProvider": true,
                "inlayHintProvider": true,
                "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
            },
            "serverInfo": {"name": "phiguard", "version": env!("CARGO_PKG_VERSION")},
        }))
    })
}

/// The folders that the client works in. Older clients name one, in one of two ways.
#[allow(deprecated, reason = "what older clients say")]
fn folders(asked: &InitializeParams) -> Vec<PathBuf> {
    if let Some(WorkspaceFolders::WorkspaceFolderList(folders)) =
        &asked.workspace_folders_initialize_params.workspace_folders
    {
        return folders.iter().filter_map(|folder| local(&folder.uri)).collect();
    }
    asked.root_uri.as_ref().and_then(local).into_iter().collect()
}

fn document_diagnostics(server: &mut Server, asked: DocumentDiagnosticParams) -> Answer {
    let path = file(&asked.text_document)?;
    now(&report(&server.diagnostics(&path), asked.previous_result_id.as_deref()))
}

/// A report of diagnostics, or that they are those of last time.
fn report(diagnostics: &[Diagnostic], previous: Option<&str>) -> Json {
    let mut hasher = FxHasher::default();
    json!(diagnostics).to_string().hash(&mut hasher);
    let id = format!("{:016x}", hasher.finish());
    match previous == Some(id.as_str()) {
        true => json!({"kind": "unchanged", "resultId": id}),
        false => json!({"kind": "full", "resultId": id, "items": diagnostics}),
    }
}

fn workspace_diagnostics(server: &mut Server, asked: WorkspaceDiagnosticParams) -> Answer {
    let previous: Vec<(PathBuf, &str)> = asked
        .previous_result_ids
        .iter()
        .filter_map(|previous| Some((local(&previous.uri)?, previous.value.as_str())))
        .collect();
    let told = |path: &Path| previous.iter().find(|(there, _)| there == path).map(|(_, id)| *id);
    let mut files: Vec<PathBuf> = server.workspace.iter().flat_map(|root| root.session.files()).cloned().collect();
    files.extend(server.workspace.iter().filter_map(|root| root.config.as_ref()).map(|(path, ..)| path.clone()));
    // Of a file that has nothing any more, this is said once.
    files.extend(previous.iter().map(|(path, _)| path.clone()));
    files.sort();
    files.dedup();
    let items: Vec<Json> = files
        .iter()
        .map(|path| {
            let mut report = report(&server.diagnostics(path), told(path));
            if let Some(fields) = report.as_object_mut() {
                fields.insert("uri".into(), json!(server.uri(path)));
                fields.insert("version".into(), json!(server.documents.get(path).map(|document| document.version)));
            }
            report
        })
        .collect();
    now(&json!({"items": items}))
}
