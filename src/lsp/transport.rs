//! Messages in and out: framing with limits, and answers to what is no message. A client that sends nonsense gets
//! errors, not silence.

use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex};

use lsp_server::{ErrorCode, Message};
use serde_json::{Value as Json, json};

/// Messages above this many bytes are not read: they hold texts of at most 8 MiB, each byte of which JSON may write
/// as six.
const MAX_MESSAGE: u64 = 64 * 1024 * 1024;
/// Lines of a header above this many bytes are no header.
const MAX_HEADER: u64 = 4096;

/// What arrived.
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// Something else: the identifier to answer to, where it has one, and what is wrong.
    Malformed(Json, ErrorCode, String),
    /// The client went away.
    End,
}

/// Reads what comes next.
pub(super) fn read(from: &mut dyn BufRead) -> Incoming {
    let length = match header(from) {
        Ok(Some(length)) => length,
        Ok(None) | Err(_) => return Incoming::End,
    };
    let Some(length) = length else {
        let why = "this header has no Content-Length that is a number of bytes; a message starts with one".into();
        return Incoming::Malformed(Json::Null, ErrorCode::ParseError, why);
    };
    if length > MAX_MESSAGE {
        let skipped = io::copy(&mut from.take(length), &mut io::sink());
        if skipped.is_err() {
            return Incoming::End;
        }
        let why = format!("this message has {length} bytes; at most {MAX_MESSAGE} are read");
        return Incoming::Malformed(Json::Null, ErrorCode::InvalidRequest, why);
    }
    let mut bytes = Vec::new();
    match from.take(length).read_to_end(&mut bytes) {
        Ok(read) if read as u64 == length => message(&bytes),
        _ => Incoming::End,
    }
}

/// The length that a header gives; the outer answer is none at the end of the stream.
fn header(from: &mut dyn BufRead) -> io::Result<Option<Option<u64>>> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        if from.take(MAX_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            // An empty line before a header is of no account.
            if is_first {
                continue;
            }
            return Ok(Some(length));
        }
        is_first = false;
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("Content-Length")
        {
            length = value.trim().parse().ok();
        }
    }
}

fn message(bytes: &[u8]) -> Incoming {
    let malformed = |id, code, why: String| Incoming::Malformed(id, code, why);
    let value: Json = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => return malformed(Json::Null, ErrorCode::ParseError, format!("this message is no JSON: {error}")),
    };
    let id = value.get("id").filter(|id| id.is_string() || id.is_i64()).cloned().unwrap_or_default();
    serde_json::from_value(value).map_or_else(
        |_| {
            let why = "this is no request, no response and no notification: each has a method or an id".into();
            malformed(id, ErrorCode::InvalidRequest, why)
        },
        Incoming::Message,
    )
}

/// Where messages go. Clones write to the same stream, one message at a time.
#[derive(Clone)]
pub(super) struct Outgoing(Arc<Mutex<Box<dyn Write + Send>>>);

/// The client reads no more.
#[derive(Debug)]
pub(super) struct Gone;

impl Outgoing {
    pub(super) fn new(to: impl Write + Send + 'static) -> Self {
        Outgoing(Arc::new(Mutex::new(Box::new(to))))
    }

    pub(super) fn send(&self, message: &Message) -> Result<(), Gone> {
        let mut to = self.0.lock().map_err(|_| Gone)?;
        message.write(&mut *to).map_err(|_| Gone)
    }

    /// Answers to what is no message.
    pub(super) fn refuse(&self, id: &Json, code: ErrorCode, why: &str) -> Result<(), Gone> {
        let text = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code as i32, "message": why}}).to_string();
        let mut to = self.0.lock().map_err(|_| Gone)?;
        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| to.flush()).map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_told_from_what_is_one() {
        let cases: &[(&str, &str)] = &[
            ("Content-Length: 33\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}", "message"),
            ("content-length: 17\r\nContent-Type: x\r\n\r\n{\"method\":\"exit\"}", "message"),
            ("Content-Length: 5\r\n\r\nhello", "-32700"),
            ("Content-Length: 2\r\n\r\n[]", "-32600"),
            ("Content-Length: much\r\n\r\n", "-32700"),
            ("hello\r\n\r\n", "-32700"),
            ("Content-Length: 99\r\n\r\n{}", "end"),
            ("Content-Length: 99999999999\r\n\r\n{}", "-32600"),
            ("", "end"),
        ];
        for (text, expected) in cases {
            let said = match read(&mut text.as_bytes()) {
                Incoming::Message(_) => "message".to_string(),
                Incoming::Malformed(_, code, _) => (code as i32).to_string(),
                Incoming::End => "end".to_string(),
            };
            assert_eq!(said, *expected, "{text}");
        }
    }
}
