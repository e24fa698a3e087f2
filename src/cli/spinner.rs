//! Says on stderr what a run is doing, when it takes longer than half a second and a terminal is there.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::run::Progress;

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the words are renewed.
const PACE: Duration = Duration::from_millis(80);

/// Does the work and, if it takes long, says how far it has come.
pub(super) fn with<T>(work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    if !io::stderr().is_terminal() {
        return work(&progress);
    }
    let (done, told) = mpsc::channel::<()>();
    let watched = progress.clone();
    let watcher = std::thread::spawn(move || {
        if told.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        while told.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
            bar.set_message(watched.stage().words());
            bar.tick();
        }
        bar.finish_and_clear();
    });
    let result = work(&progress);
    drop(done);
    // The watcher ends by itself once the channel is closed; a fault of it must not cost the result.
    let _ = watcher.join();
    result
}
