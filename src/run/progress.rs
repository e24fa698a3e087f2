//! How far a run has come, for whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// The stage a run is in; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// The run begins a stage.
    pub fn enter(&self, stage: Stage) {
        self.0.store(stage as usize, Ordering::Relaxed);
    }

    /// The stage the run is in.
    pub fn stage(&self) -> Stage {
        Stage::ALL.get(self.0.load(Ordering::Relaxed)).copied().unwrap_or(Stage::Judge)
    }
}
