//! What a run is asked for, and why it may not start.

use std::path::PathBuf;

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::judge::Selection;
use crate::source::{Files, RevisionError};

/// What to check, and with what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The folders and files; relative ones count from `base`.
    pub paths: Vec<PathBuf>,
    /// The folder against which paths are shown.
    pub base: PathBuf,
    /// Values of variables, in the order of the command line: later ones win.
    pub variables: Vec<VariableOption>,
    /// How far to go.
    pub until: Until,
    /// What `terraform.workspace` is; without it, "default".
    pub workspace: Option<String>,
    /// Whether variables may take their values from `TF_VAR_name` in the process's environment.
    pub env_vars: bool,
    /// The environment of phiguard.toml that is judged; all of them without it.
    pub environment: Option<String>,
    /// The kinds and policies to judge by; without them, those that the program brings.
    pub catalogue: Option<&'static Catalogue>,
    /// Which of the policies judge.
    pub selection: Selection,
    /// What the project asks for in phiguard.toml. What `selection` says goes before it.
    pub config: Option<&'static Config>,
    /// Whether suppressions are left aside.
    pub no_ignores: bool,
    /// Whether suppressions that are written for other tools count too.
    pub foreign_ignores: bool,
    /// Whether `paths` are files that changed: the projects that they belong to are checked, and only these.
    pub changed: bool,
    /// The list of findings that are known; only others count.
    pub baseline: Option<PathBuf>,
    /// Where files are read: on the disk, with what is open in an editor laid over it.
    pub files: Files,
    /// Whether the report says which files each project is made of.
    pub with_parts: bool,
}

impl Request {
    /// Which policies judge: those that the call selects, within what the project asks for.
    pub(super) fn selected(&self) -> Selection {
        self.config.map_or_else(|| self.selection.clone(), |config| self.selection.within(config))
    }
}

/// A value, or a file of values, for the variables of the root modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableOption {
    /// `NAME=VALUE`.
    Value(String),
    /// A variable file.
    File(PathBuf),
    /// A file of values for the parameters of templates.
    Parameters(PathBuf),
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// Files are read and parsed.
    Parse,
    /// Resources are evaluated and known as kinds.
    Graph,
    /// Policies have judged them.
    #[default]
    Judge,
}

/// Why a run could not start: the call is wrong.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A variable file cannot be read. The caller's fault.
    #[error("variable file {path} {why}")]
    VariableFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A parameter file cannot be read. The caller's fault.
    #[error("parameter file {path} {why}")]
    ParameterFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A baseline cannot be used. The caller's fault.
    #[error("baseline {0}")]
    Baseline(String),
    /// A revision cannot be read. The caller's fault.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// A path to compare lies in another repository than the first, or in none. The caller's fault.
    #[error("{0} lies outside the repository, so there is nothing to compare it with")]
    Outside(String),
    /// What the project asks for cannot be laid beside the files of a revision. The system's fault.
    #[error("phiguard.toml cannot be used in {0}: {1}")]
    Laid(String, String),
    /// A `--var` is not of the form that it takes. The caller's fault.
    #[error("{0}")]
    Variable(String),
    /// There is no environment of that name. The caller's fault.
    #[error("{0}")]
    Environment(String),
    /// Nobody waits for the run any more.
    #[error("this run was stopped")]
    Stopped,
    /// The embedded catalogue is broken. The build's fault.
    #[error("the embedded catalogue cannot be read ({0}); this build of phiguard is broken, please report it")]
    Catalogue(&'static str),
}
