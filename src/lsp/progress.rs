//! How far the runs over whole folders have come, shown to the user where they take long enough to be noticed.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::Server;
use super::transport::Gone;
use crate::run::{Progress, Stage};

/// A run shorter than this is not shown, but for the first one.
const PATIENCE: Duration = Duration::from_millis(400);

/// A run that may be shown.
pub(super) struct Shown {
    progress: Progress,
    since: Instant,
    /// Whether it is shown at once.
    is_first: bool,
    /// By what the client knows it, once it is shown, and the stage that was shown last.
    told: Option<(String, Stage)>,
}

impl Shown {
    pub(super) fn new(progress: Progress, is_first: bool) -> Self {
        Shown { progress, since: Instant::now(), is_first, told: None }
    }

    /// By what the client knows it.
    pub(super) fn token(&self) -> Option<&str> {
        self.told.as_ref().map(|(token, _)| token.as_str())
    }

    /// Nobody waits for it any more.
    pub(super) fn stop(&self) {
        self.progress.stop();
    }

    /// Shows it, where it is time, or what it does now.
    pub(super) fn renew(&mut self, server: &mut Server, folder: &Path, now: Instant) -> Result<(), Gone> {
        if !server.client.progress {
            return Ok(());
        }
        let stage = self.progress.stage();
        match &mut self.told {
            Some((_, last)) if *last == stage => Ok(()),
            Some((token, last)) => {
                *last = stage;
                server
                    .tell("$/progress", &json!({"token": token, "value": {"kind": "report", "message": stage.words()}}))
            }
            None if self.is_first || now.duration_since(self.since) >= PATIENCE => {
                let token = format!("phiguard {}", folder.display());
                server.ask("window/workDoneProgress/create", json!({"token": token}))?;
                let begin = json!({
                    "kind": "begin", "title": "phiguard", "message": stage.words(), "cancellable": true
                });
                server.tell("$/progress", &json!({"token": token, "value": begin}))?;
                self.told = Some((token, stage));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The run is over.
    pub(super) fn end(self, server: &Server) -> Result<(), Gone> {
        match self.told {
            Some((token, _)) => server.tell("$/progress", &json!({"token": token, "value": {"kind": "end"}})),
            None => Ok(()),
        }
    }
}
