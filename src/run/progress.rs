//! How far a run has come, for whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::RequestError;

/// The stages of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Stage {
    Discover,
    Read,
    Evaluate,
    Graph,
    Normalize,
    Analyse,
    Judge,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 7] =
        [Stage::Discover, Stage::Read, Stage::Evaluate, Stage::Graph, Stage::Normalize, Stage::Analyse, Stage::Judge];

    /// What is being done, for people.
    pub fn words(self) -> &'static str {
        match self {
            Stage::Discover => "finding files",
            Stage::Read => "reading files",
            Stage::Evaluate => "evaluating",
            Stage::Graph => "building the graph",
            Stage::Normalize => "telling kinds",
            Stage::Analyse => "analysing",
            Stage::Judge => "judging",
        }
    }
}

/// The stage a run is in, and whether it is still wanted; clones share both.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    stage: AtomicUsize,
    stopped: AtomicBool,
}

impl Progress {
    /// The run begins a stage.
    pub fn enter(&self, stage: Stage) {
        self.0.stage.store(stage as usize, Ordering::Relaxed);
    }

    /// The stage the run is in.
    pub fn stage(&self) -> Stage {
        Stage::ALL.get(self.0.stage.load(Ordering::Relaxed)).copied().unwrap_or(Stage::Judge)
    }

    /// Nobody waits for the run any more: it ends as soon as it can.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the run was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// An error where the run was stopped.
    pub(super) fn go_on(&self) -> Result<(), RequestError> {
        if self.is_stopped() { Err(RequestError::Stopped) } else { Ok(()) }
    }
}
