//! One report of a run, and the formats that print it: each is a function from the report to text, and a row of
//! a table.

mod compact;
mod csv;
mod excerpt;
mod figures;
mod github;
mod gitlab;
mod graph;
mod json;
mod junit;
mod lsp;
mod markdown;
mod masked;
mod place;
mod sarif;
mod terminal;
mod told;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use ecow::EcoString;
pub use excerpt::{printable, wrapped};
pub use masked::Words as Masks;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::catalogue::model::{PolicyFile, Severity};
use crate::catalogue::{Catalogue, embedded};
use crate::compare::Comparison;
use crate::evaluate::terraform::module::Module;
use crate::evaluate::{Diagnostic, Dialect};
use crate::fix::{Fixer, Seen};
use crate::graph::Graph;
use crate::judge::{Change, Compiled, Finding, Outcome};
use crate::normalize::Node;
use crate::source::{SourceMap, Span};
use crate::value::Value;

/// Everything that a run found out.
#[derive(Debug, Default)]
pub struct Report {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What was parsed of Terraform, by folder.
    pub modules: FxHashMap<PathBuf, Module>,
    /// The projects that were evaluated, in order.
    pub projects: Vec<Project>,
    /// Their resources and what ties them.
    pub graph: Graph,
    /// The resources as kinds, in the same order.
    pub nodes: Vec<Node<'static>>,
    /// The outputs of the projects: project, name, value.
    pub outputs: Vec<(usize, EcoString, Value)>,
    /// The templates that were compiled from a source which was read too.
    pub compiled: Vec<Compiled>,
    /// What fails or is not known, sorted.
    pub findings: Vec<Finding<'static>>,
    /// Where secrets are written out; no format shows what stands there.
    pub secrets: BTreeSet<Span>,
    /// What could not be checked, and why; sorted.
    pub errors: Vec<Diagnostic>,
    /// Files that were named and are nothing that can be checked, as they are shown.
    pub unread: Vec<String>,
    /// What is wrong with values of the command line that no variable and no parameter takes.
    pub undeclared: Vec<String>,
    /// What findings are held against, and what came of it.
    pub comparison: Option<Comparison>,
    /// How many files were given to a dialect.
    pub files: usize,
    /// How many policies judged.
    pub policies: usize,
    /// The catalogue that they are from, where it is not the program's own.
    pub own: Option<&'static Catalogue>,
    /// How long it took.
    pub elapsed: Duration,
}

/// A unit of evaluation: a Terraform root module.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    /// Its folder as it is shown.
    pub root: String,
    /// Its dialect.
    pub dialect: Dialect,
    /// The environment it was evaluated for, where several are configured.
    pub environment: Option<String>,
    /// The files that it is made of, where the run was asked for them: an edit of any other one changes nothing in it.
    #[serde(skip)]
    pub files: BTreeSet<PathBuf>,
}

/// The figures of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files given to a dialect.
    pub files: usize,
    /// Resources that would be deployed.
    pub resources: usize,
    /// Policies that judged.
    pub policies: usize,
    /// Findings that fail.
    pub failed: usize,
    /// Outcomes that cannot be told.
    pub unknown: usize,
    /// Findings that somebody suppressed.
    pub suppressed: usize,
    /// Findings that are new; none where nothing of before is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<usize>,
    /// Findings that were there before; `failed` counts them only where they fail the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<usize>,
    /// Findings of before that are no more there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended: Option<usize>,
    /// What could not be checked.
    pub errors: usize,
    /// Findings that fail, by severity.
    pub by_severity: BySeverity,
}

/// Findings that fail, by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct BySeverity {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
}

impl BySeverity {
    /// The count of one severity.
    pub fn get(&self, severity: Severity) -> usize {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }

    fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Critical => self.critical += 1,
            Severity::High => self.high += 1,
            Severity::Medium => self.medium += 1,
            Severity::Low => self.low += 1,
        }
    }
}

impl Report {
    /// A policy of the run with all its texts.
    pub fn policy(&self, id: &str) -> Option<&'static PolicyFile> {
        match self.own {
            Some(own) => own.policies.iter().find(|policy| policy.id == id),
            None => embedded::policies().ok()?.get(id),
        }
    }

    /// The figures.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            files: self.files,
            resources: self.graph.resources.iter().filter(|resource| !resource.existing).count(),
            policies: self.policies,
            errors: self.errors.len(),
            new: self.comparison.as_ref().map(|_| 0),
            kept: self.comparison.as_ref().map(|_| 0),
            mended: self.comparison.as_ref().map(|comparison| comparison.mended.len()),
            ..Summary::default()
        };
        for finding in &self.findings {
            if finding.suppressed.is_some() {
                summary.suppressed += 1;
                continue;
            }
            let counted = match finding.change {
                Some(Change::New) => summary.new.as_mut(),
                Some(Change::Kept) => summary.kept.as_mut(),
                None => None,
            };
            if let Some(count) = counted.filter(|_| finding.outcome == Outcome::Fail) {
                *count += 1;
            }
            if self.is_passed_over(finding) {
                continue;
            }
            match finding.outcome {
                Outcome::Fail => {
                    summary.failed += 1;
                    summary.by_severity.add(finding.severity);
                }
                Outcome::Unknown => summary.unknown += 1,
            }
        }
        summary
    }

    /// What works out how findings are mended.
    pub fn fixer(&self) -> Fixer<'_> {
        let Report { sources, graph, nodes, findings, modules, errors, .. } = self;
        Fixer::new(Seen { sources, graph, nodes, findings, modules, errors })
    }

    /// Whether a finding was there before, and only new ones count.
    fn is_passed_over(&self, finding: &Finding<'_>) -> bool {
        let only_new = self.comparison.as_ref().is_some_and(|comparison| comparison.only_new);
        only_new && finding.change == Some(Change::Kept)
    }

    /// Whether a finding may fail the run: nobody suppressed it, and it is new where only new ones count.
    pub fn is_open(&self, finding: &Finding<'_>) -> bool {
        finding.suppressed.is_none() && !self.is_passed_over(finding)
    }

    /// The findings that people are shown: those that may fail the run.
    pub fn shown(&self, style: &Style) -> impl Iterator<Item = &Finding<'static>> {
        self.listed(style).filter(|finding| self.is_open(finding))
    }

    /// The findings that fail, and the unknown ones where they are asked for; suppressed or not.
    pub fn listed(&self, style: &Style) -> impl Iterator<Item = &Finding<'static>> {
        let unknown = style.show_unknown;
        self.findings.iter().filter(move |finding| unknown || finding.outcome == Outcome::Fail)
    }

    /// Whether something could not be checked at all.
    pub fn has_unchecked(&self) -> bool {
        self.errors.iter().any(|error| error.code.is_unchecked())
    }
}

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to list outcomes that cannot be told.
    pub show_unknown: bool,
    /// Whether to use colour.
    pub colour: bool,
    /// The width of a line, in characters.
    pub width: usize,
}

/// A way to print a report.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Prints the report.
    pub write: fn(&Report, &Style) -> String,
}

/// The formats of `check`.
pub static FORMATS: &[Format] = &[
    Format {
        name: "terminal",
        about: "for people: the failing lines, where their values come from, how to mend them",
        write: terminal::write,
    },
    Format {
        name: "compact",
        about: "one line a finding: path:line:column: severity policy message",
        write: compact::write,
    },
    Format { name: "json", about: "for other tools: everything, as one object", write: json::write },
    Format { name: "sarif", about: "SARIF 2.1.0, for code scanning and editors", write: sarif::write },
    Format { name: "junit", about: "JUnit's XML, for the test reports of build servers", write: junit::write },
    Format { name: "gitlab", about: "GitLab's code quality report", write: gitlab::write },
    Format {
        name: "github",
        about: "GitHub's workflow commands: notes beside the changed lines",
        write: github::write,
    },
    Format { name: "markdown", about: "for a comment on a pull request or a job summary", write: markdown::write },
    Format {
        name: "lsp",
        about: "for editors: the parameters of publishDiagnostics, one object a file",
        write: lsp::write,
    },
    Format { name: "csv", about: "one row a finding, for spreadsheets", write: csv::write },
];

/// The formats of `graph`.
pub static GRAPH_FORMATS: &[Format] = &[
    Format { name: "json", about: "resources with their evaluated bodies, edges and outputs", write: graph::json },
    Format { name: "dot", about: "for Graphviz", write: graph::dot },
    Format { name: "mermaid", about: "for Markdown pages", write: graph::mermaid },
];
