//! The state of a session and its loop: messages in their order, edits judged once nothing else waits, whole folders
//! judged on threads of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

use gen_lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};
use lsp_server::{ErrorCode, Message, Notification, Request, Response, ResponseError};
use rayon::ThreadPool;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Ended;
use super::cancelled::Cancelled;
use super::diagnostics::Maker;
use super::documents::Documents;
use super::pages::Pages;
use super::progress::Shown;
use super::settings::{Client, Settings};
use super::transport::{Gone, Outgoing};
use super::workspace::Workspace;
use super::{notifications, requests};
use crate::catalogue::own;
use crate::run::{self, Pass, Progress, RequestError};

/// An edit that reaches more projects than this is judged with all of its folder, beside the editing.
const REACH: usize = 16;
/// How often what is being done is looked at, while something is.
const PACE: Duration = Duration::from_millis(100);

/// What the loop is told.
pub(super) enum Event {
    /// The client says something.
    Message(Message),
    /// A folder was judged; the error of a panic is what it said.
    Judged(PathBuf, Result<Result<Pass, RequestError>, String>),
    /// The client went away.
    End,
}

/// How far the handshake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Fresh,
    Serving,
    ShutDown,
}

/// What a request is answered with.
pub(super) type Answer = Result<Reply, ResponseError>;

/// An answer, or that it has to wait.
pub(super) enum Reply {
    /// The result.
    Now(Json),
    /// The folder has not been judged yet.
    Later,
}

/// A session.
pub(super) struct Server {
    outgoing: Outgoing,
    events: Sender<Event>,
    cancelled: Cancelled,
    /// Threads for what the client waits for.
    front: ThreadPool,
    /// Threads for whole folders.
    back: Arc<ThreadPool>,
    phase: Phase,
    pub(super) client: Client,
    pub(super) settings: Settings,
    pub(super) documents: Documents,
    pub(super) workspace: Workspace,
    pub(super) pages: Pages,
    /// What was last told of each file.
    published: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// Requests that wait for a folder.
    deferred: Vec<Request>,
    /// The runs over whole folders that the client is shown.
    shown: BTreeMap<PathBuf, Shown>,
    last_id: i32,
}

impl Server {
    pub(super) fn new(
        outgoing: Outgoing,
        events: Sender<Event>,
        cancelled: Cancelled,
        front: ThreadPool,
        back: ThreadPool,
    ) -> Self {
        Server {
            outgoing,
            events,
            cancelled,
            front,
            back: Arc::new(back),
            phase: Phase::Fresh,
            client: Client::default(),
            settings: Settings::default(),
            documents: Documents::default(),
            workspace: Workspace::default(),
            pages: Pages::default(),
            published: BTreeMap::new(),
            deferred: Vec::new(),
            shown: BTreeMap::new(),
            last_id: 0,
        }
    }

    /// Serves until the client leaves.
    pub(super) fn run(mut self, received: &Receiver<Event>) -> Ended {
        loop {
            let event = match received.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Disconnected) => return Ended::Abruptly,
                Err(TryRecvError::Empty) => {
                    if self.settle().is_err() || self.show_progress().is_err() {
                        return Ended::Abruptly;
                    }
                    let patience = if self.shown.is_empty() { Duration::MAX } else { PACE };
                    match received.recv_timeout(patience) {
                        Ok(event) => event,
                        Err(RecvTimeoutError::Timeout) => continue,
                        Err(RecvTimeoutError::Disconnected) => return Ended::Abruptly,
                    }
                }
            };
            match event {
                Event::Message(Message::Notification(told)) if told.method == "exit" => {
                    return if self.phase == Phase::ShutDown { Ended::AsAgreed } else { Ended::Abruptly };
                }
                Event::End => return Ended::Abruptly,
                event => {
                    if self.handle(event).is_err() {
                        return Ended::Abruptly;
                    }
                }
            }
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), Gone> {
        match event {
            Event::Message(Message::Request(request)) => self.request(request),
            Event::Message(Message::Notification(told)) if self.phase == Phase::Serving => {
                let method = told.method.clone();
                match run::guarded(|| notifications::handle(self, told)) {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(why)) => self.say(&why),
                    Err(why) => self.say(&format!("phiguard failed over {method} ({why}); please report it")),
                }
            }
            Event::Judged(folder, result) => self.judged(&folder, result),
            // The answers to what this server asks of the client change nothing.
            Event::Message(_) | Event::End => Ok(()),
        }
    }

    fn request(&mut self, request: Request) -> Result<(), Gone> {
        let refuse = |code: ErrorCode, message: &str| Err(error(code, message));
        let answer = match (self.phase, request.method.as_str()) {
            _ if self.cancelled.take(&request.id) => refuse(ErrorCode::RequestCanceled, "this request was cancelled"),
            (Phase::Fresh, "initialize") => {
                let answer = requests::initialize(self, &request.params);
                if answer.is_ok() {
                    self.phase = Phase::Serving;
                }
                answer
            }
            (Phase::Fresh, _) => refuse(ErrorCode::ServerNotInitialized, "the first request is initialize"),
            (Phase::ShutDown, _) => refuse(ErrorCode::InvalidRequest, "the server was shut down; only exit may follow"),
            (Phase::Serving, "initialize") => refuse(ErrorCode::InvalidRequest, "the server is initialized already"),
            (Phase::Serving, "shutdown") => {
                self.phase = Phase::ShutDown;
                self.workspace.iter().filter_map(|root| root.running.as_ref()).for_each(Progress::stop);
                Ok(Reply::Now(Json::Null))
            }
            (Phase::Serving, _) => {
                // What is asked is asked of the texts as they are now.
                self.settle()?;
                run::guarded(|| requests::handle(self, &request)).unwrap_or_else(|why| {
                    Err(error(ErrorCode::InternalError, &format!("phiguard failed ({why}); please report it")))
                })
            }
        };
        let response_result = match answer {
            Ok(Reply::Now(result)) => Ok(result),
            Ok(Reply::Later) => {
                self.deferred.push(request);
                return Ok(());
            }
            Err(error) => Err(error),
        };
        self.outgoing.send(&Response { id: request.id, response_result }.into())
    }

    /// Judges what was edited, and starts to judge the folders that have to be judged as a whole.
    fn settle(&mut self) -> Result<(), Gone> {
        let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
        for root in self.workspace.iter_mut().filter(|root| root.is_judged && !root.edited.is_empty()) {
            let edited = std::mem::take(&mut root.edited);
            root.is_stale |= edited.iter().any(|path| !root.session.knows(path));
            if root.session.reach(&edited) > REACH {
                root.is_stale = true;
                continue;
            }
            let files = self.documents.files().clone();
            let judged = run::guarded(|| self.front.install(|| root.session.part(&edited, files)));
            match judged {
                Ok(Some(Ok(pass))) => {
                    let taken = root.session.take(pass);
                    root.is_stale |= taken.is_restructured;
                    changed.extend(taken.files);
                }
                // All of the folder is judged instead, which says what is wrong.
                Ok(Some(Err(_))) | Err(_) => root.is_stale = true,
                Ok(None) => {}
            }
        }
        self.publish(changed)?;
        let open: Vec<PathBuf> = self.documents.iter().map(|(path, _)| path.clone()).collect();
        for root in self.workspace.iter_mut().filter(|root| root.is_stale && root.running.is_none()) {
            root.is_stale = false;
            root.edited_since.clear();
            root.edited.clear();
            let progress = Progress::default();
            let judge = root.session.whole(self.documents.files().clone(), open.clone());
            let (events, folder, watched) = (self.events.clone(), root.folder.clone(), progress.clone());
            self.back.spawn(move || {
                let result = run::guarded(|| judge(&progress));
                // Nobody is left to be told where this fails.
                let _ = events.send(Event::Judged(folder, result));
            });
            self.shown.insert(root.folder.clone(), Shown::new(watched.clone(), !root.is_judged));
            root.running = Some(watched);
        }
        Ok(())
    }

    /// Takes over what was found out of a folder, and answers what waited for it.
    fn judged(&mut self, folder: &Path, result: Result<Result<Pass, RequestError>, String>) -> Result<(), Gone> {
        if let Some(shown) = self.shown.remove(folder) {
            shown.end(self)?;
        }
        let Some(root) = self.workspace.get_mut(folder) else { return Ok(()) };
        root.running = None;
        root.is_judged = true;
        match result {
            Ok(Ok(pass)) => {
                let mut changed = root.session.take(pass).files;
                // What was edited meanwhile is judged again.
                let edited = std::mem::take(&mut root.edited_since);
                root.edited.extend(edited);
                changed.extend(self.published.keys().filter(|path| path.starts_with(folder)).cloned());
                self.publish(changed)?;
                if self.client.pulls && self.client.refreshes {
                    self.ask("workspace/diagnostic/refresh", Json::Null)?;
                }
                if self.client.refreshes_hints && self.settings.inlay_hints {
                    self.ask("workspace/inlayHint/refresh", Json::Null)?;
                }
            }
            Ok(Err(RequestError::Stopped)) => {
                self.say("phiguard was stopped before all was checked; save a file to start again")?;
            }
            Ok(Err(error)) => self.say(&error.to_string())?,
            Err(why) => self.say(&format!("phiguard failed ({why}), so nothing is checked; please report it"))?,
        }
        for request in std::mem::take(&mut self.deferred) {
            self.request(request)?;
        }
        Ok(())
    }

    /// What is to be told of a file.
    pub(super) fn diagnostics(&self, path: &Path) -> Vec<Diagnostic> {
        let Some(root) = self.workspace.of(path) else { return Vec::new() };
        let maker = self.maker();
        let mut all = maker.of(&root.session, path);
        if let Some((own, text, problems)) = &root.config
            && own == path
        {
            all.extend(maker.mistakes(text, problems));
        }
        all
    }

    /// What makes diagnostics.
    pub(super) fn maker(&self) -> Maker<'_> {
        Maker { client: self.client, settings: &self.settings, pages: &self.pages, documents: &self.documents }
    }

    /// Tells the client of files, where it does not ask itself and something else is to be told than before.
    pub(super) fn publish(&mut self, files: impl IntoIterator<Item = PathBuf>) -> Result<(), Gone> {
        if self.client.pulls {
            return Ok(());
        }
        for path in files {
            let diagnostics = self.diagnostics(&path);
            let before = self.published.get(&path).map(Vec::as_slice).unwrap_or_default();
            if before == diagnostics.as_slice() {
                continue;
            }
            let version = self.documents.get(&path).map(|document| document.version);
            let told = PublishDiagnosticsParams { uri: self.uri(&path), version, diagnostics: diagnostics.clone() };
            self.tell("textDocument/publishDiagnostics", &told)?;
            match diagnostics.is_empty() {
                true => self.published.remove(&path),
                false => self.published.insert(path, diagnostics),
            };
        }
        Ok(())
    }

    /// Forgets a folder and what was told of it.
    pub(super) fn forget(&mut self, folder: &Path) -> Result<(), Gone> {
        let Some(root) = self.workspace.remove(folder) else { return Ok(()) };
        let told: Vec<PathBuf> = self.published.keys().filter(|path| path.starts_with(&root.folder)).cloned().collect();
        self.publish(told)
    }

    /// The URI of a file: the client's own for one that is open.
    pub(super) fn uri(&self, path: &Path) -> Uri {
        self.documents.uri(path)
    }

    /// Marks a file as edited.
    pub(super) fn edited(&mut self, path: &Path) {
        let files = self.documents.files().clone();
        let Some(root) = self.workspace.of_or_new(path, &files) else { return };
        root.edited.insert(path.to_path_buf());
        root.edited_since.insert(path.to_path_buf());
    }

    /// Has the policies that the user names judge too; where something is wrong with them, the error says so, and the
    /// program's own judge alone.
    pub(super) fn take_policies(&mut self) -> Result<(), String> {
        let base = self.workspace.iter().next().map(|root| root.folder.clone()).unwrap_or_default();
        let folder = self.settings.policies.as_ref().map(|folder| base.join(folder));
        let read = folder.map(|folder| {
            let told = |problems: Vec<String>| format!("{} cannot be used: {}", folder.display(), problems.join("; "));
            own::with_folder(&folder).map_err(told)
        });
        let (own, result) = match read.transpose() {
            // Findings refer to what judged them for as long as they are shown, so it is never freed.
            Ok(own) => (own.map(|own| &*Box::leak(Box::new(own))), Ok(())),
            Err(why) => (None, Err(why)),
        };
        self.pages = Pages::with_own(own);
        let files = self.documents.files().clone();
        self.workspace.judge_by(own, &files);
        result
    }

    /// Shows the user a sentence.
    pub(super) fn say(&self, message: &str) -> Result<(), Gone> {
        const WARNING: u8 = 2;
        self.tell("window/showMessage", &json!({"type": WARNING, "message": message}))
    }

    /// Tells the client something.
    pub(super) fn tell(&self, method: &str, parameters: &impl Serialize) -> Result<(), Gone> {
        let Ok(params) = serde_json::to_value(parameters) else { return Ok(()) };
        self.outgoing.send(&Notification { method: method.into(), params }.into())
    }

    /// Asks something of the client, whose answer changes nothing.
    pub(super) fn ask(&mut self, method: &str, params: Json) -> Result<(), Gone> {
        self.last_id = self.last_id.wrapping_add(1);
        self.outgoing.send(&Request { id: self.last_id.into(), method: method.into(), params }.into())
    }

    /// Shows how far the runs over whole folders have come.
    fn show_progress(&mut self) -> Result<(), Gone> {
        let now = Instant::now();
        let mut shown = std::mem::take(&mut self.shown);
        let told = shown.iter_mut().try_for_each(|(folder, shown)| shown.renew(self, folder, now));
        self.shown = shown;
        told
    }

    /// Stops the run that the client knows by a token.
    pub(super) fn stop(&self, token: &str) {
        self.shown.values().filter(|shown| shown.token() == Some(token)).for_each(Shown::stop);
    }
}

/// An error that a request is answered with.
pub(super) fn error(code: ErrorCode, message: &str) -> ResponseError {
    ResponseError { code: code as i32, message: message.into(), data: None }
}
