//! An editor, as far as the language server can tell: it sends and receives what a script says.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value as Json, json};

/// A message that does not come within this time does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with its server.
pub struct Editor {
    server: Child,
    stdin: Option<ChildStdin>,
    received: Receiver<Json>,
    /// What came while something else was waited for.
    kept: Vec<Json>,
    last_id: i64,
}

impl Editor {
    /// Starts a server, and says nothing yet.
    pub fn silent(folder: &Path) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_phiguard"))
            .args(["lsp", "--stdio"])
            .current_dir(folder)
            .env_remove("PHIGUARD_THREADS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = server.stdin.take();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let (sender, received) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Editor { server, stdin, received, kept: Vec::new(), last_id: 0 }
    }

    /// Starts a server for a folder, with what the editor can do.
    pub fn new(folder: &Path, capabilities: Json) -> Self {
        Self::with(folder, capabilities, Json::Null)
    }

    /// The same with settings.
    pub fn with(folder: &Path, capabilities: Json, settings: Json) -> Self {
        let mut editor = Editor::silent(folder);
        let folders = json!([{"uri": uri(folder), "name": "clinic"}]);
        editor.initialize(json!({
            "processId": null, "rootUri": null, "capabilities": capabilities,
            "workspaceFolders": folders, "initializationOptions": settings,
        }));
        editor
    }

    /// The handshake; the answer is what the server can do.
    pub fn initialize(&mut self, parameters: Json) -> Json {
        let answer = self.ask("initialize", parameters);
        self.tell("initialized", json!({}));
        answer
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    pub fn send(&mut self, message: &Json) {
        let text = message.to_string();
        self.send_raw(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }

    pub fn tell(&mut self, method: &str, params: Json) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request; the answer is its number.
    pub fn request(&mut self, method: &str, params: Json) -> i64 {
        self.last_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}));
        self.last_id
    }

    /// The response to a request, whole.
    pub fn response(&mut self, id: i64) -> Json {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// Sends a request and answers with its result.
    pub fn ask(&mut self, method: &str, params: Json) -> Json {
        let id = self.request(method, params);
        let response = self.response(id);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    /// Sends a request that is refused, and answers with the code.
    pub fn refused(&mut self, method: &str, params: Json) -> i64 {
        let id = self.request(method, params);
        let response = self.response(id);
        response["error"]["code"].as_i64().unwrap_or_else(|| panic!("{method} was answered: {response}"))
    }

    /// The parameters of the next notification or request of the server with that method.
    pub fn told(&mut self, method: &str) -> Json {
        self.wait(|message| message["method"] == method)["params"].clone()
    }

    /// The diagnostics that are told next of a file.
    pub fn diagnostics(&mut self, path: &Path) -> Vec<Json> {
        let uri = uri(path);
        let told = self
            .wait(|message| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri);
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// The first message that fits, now or later.
    pub fn wait(&mut self, fits: impl Fn(&Json) -> bool) -> Json {
        if let Some(at) = self.kept.iter().position(&fits) {
            return self.kept.remove(at);
        }
        loop {
            let message = self.received.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("kept: {:#?}", self.kept));
            if fits(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let document = json!({"uri": uri(path), "languageId": "terraform", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces all of a document.
    pub fn replace(&mut self, path: &Path, version: i64, text: &str) {
        let document = json!({"uri": uri(path), "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": text}]}));
    }

    /// Replaces a range of a document.
    pub fn change(&mut self, path: &Path, version: i64, range: Json, text: &str) {
        let document = json!({"uri": uri(path), "version": version});
        let change = json!({"range": range, "text": text});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// Ends the session as the protocol wants it; the answer is the exit code.
    pub fn leave(mut self) -> Option<i32> {
        self.ask("shutdown", Json::Null);
        self.tell("exit", Json::Null);
        self.server.wait().unwrap().code()
    }

    /// Goes away without a word.
    pub fn vanish(mut self) -> Option<i32> {
        self.stdin = None;
        self.server.wait().unwrap().code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
    }
}

fn read(from: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// The URI of a file whose path has nothing that must be escaped.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A range of one line.
pub fn range(line: u32, start: u32, end: u32) -> Json {
    json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}})
}

/// The codes of diagnostics, with the first line of each.
pub fn codes(diagnostics: &[Json]) -> Vec<String> {
    diagnostics.iter().map(|one| one["code"].as_str().unwrap().to_string()).collect()
}
