//! The language server: an editor's documents, diagnostics, hovers and actions over the Language Server Protocol.
//! It holds what is open and turns places and words; what is found comes from the same runs as on the command line.

mod actions;
mod cancelled;
mod completion;
mod diagnostics;
mod documents;
mod edits;
mod hints;
mod hover;
mod links;
mod mend;
mod notifications;
mod pages;
mod progress;
mod requests;
mod server;
mod settings;
mod transport;
mod uri;
mod values;
mod words;
mod workspace;

use std::io;
use std::sync::mpsc;

use lsp_server::Message;

use crate::run;
use cancelled::Cancelled;
use server::{Event, Server};
use transport::{Incoming, Outgoing};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The system gives no threads.
    #[error("threads cannot be started: {0}")]
    Threads(String),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client asked the server to shut down, then to exit.
    AsAgreed,
    /// The client exited or went away without asking first.
    Abruptly,
}

/// Serves one client on stdin and stdout until it leaves.
pub fn serve(threads: Option<usize>) -> Result<Ended, ServeError> {
    let pool = || run::threads(threads).map_err(|error| ServeError::Threads(error.to_string()));
    let outgoing = Outgoing::new(io::stdout());
    let (events, received) = mpsc::channel();
    let cancelled = Cancelled::default();
    let reader = Reader { outgoing: outgoing.clone(), events: events.clone(), cancelled: cancelled.clone() };
    std::thread::Builder::new()
        .name("reader".into())
        .spawn(move || reader.run())
        .map_err(|error| ServeError::Threads(error.to_string()))?;
    let server = Server::new(outgoing, events, cancelled, pool()?, pool()?);
    Ok(server.run(&received))
}

/// Reads from the client while the server works, so that it hears at once what nobody waits for any more.
struct Reader {
    outgoing: Outgoing,
    events: mpsc::Sender<Event>,
    cancelled: Cancelled,
}

impl Reader {
    fn run(self) {
        let mut stdin = io::stdin().lock();
        loop {
            let event = match transport::read(&mut stdin) {
                Incoming::Message(Message::Notification(told)) if told.method == "$/cancelRequest" => {
                    self.cancelled.add(&told.params);
                    continue;
                }
                Incoming::Message(message) => Event::Message(message),
                Incoming::Malformed(id, code, why) => match self.outgoing.refuse(&id, code, &why) {
                    Ok(()) => continue,
                    Err(_) => Event::End,
                },
                Incoming::End => Event::End,
            };
            let is_last = matches!(&event, Event::End)
                || matches!(&event, Event::Message(Message::Notification(told)) if told.method == "exit");
            if self.events.send(event).is_err() || is_last {
                return;
            }
        }
    }
}
