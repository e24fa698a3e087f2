//! From syntax trees to resources whose bodies are the same values everywhere. Each dialect has its evaluator;
//! what it answers with is here.

pub mod azure;
pub mod cloudformation;
pub mod digest;
mod embedded;
mod failure;
mod stack;
pub mod terraform;

use std::path::Path;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use serde::Serialize;

pub use stack::Stack;

use crate::parse::documents::Unread;
use crate::source::{ReadErrorKind, Span, display_path};
use crate::value::{Map, Value};

/// A language that phiguard reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Terraform and OpenTofu.
    Terraform,
    /// CloudFormation.
    CloudFormation,
    /// ARM templates.
    Arm,
    /// Bicep.
    Bicep,
}

impl Dialect {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Terraform => "terraform",
            Dialect::CloudFormation => "cloudformation",
            Dialect::Arm => "arm",
            Dialect::Bicep => "bicep",
        }
    }
}

/// What an evaluation unit (a Terraform root module, a template) declares.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// The resources in the order in which they are written.
    pub resources: Vec<Resource>,
    /// The outputs of the root.
    pub outputs: Vec<(EcoString, Value)>,
    /// What could not be evaluated.
    pub errors: Vec<Diagnostic>,
    /// Files that are part of this unit, and so no units of their own.
    pub claimed: Vec<std::path::PathBuf>,
}

impl Evaluated {
    /// Adds what a resource deploys besides itself.
    fn take_in(&mut self, deployed: Option<Evaluated>) {
        if let Some(mut inner) = deployed {
            self.resources.append(&mut inner.resources);
            self.errors.append(&mut inner.errors);
            self.claimed.append(&mut inner.claimed);
        }
    }
}

/// A resource as it would be deployed.
#[derive(Clone, Debug)]
pub struct Resource {
    /// How the dialect's own tools name it.
    pub address: EcoString,
    /// The provider's type.
    pub type_: EcoString,
    /// The deployed name, where the dialect knows it whatever the type.
    pub name: Option<EcoString>,
    /// The version of the provider's interface that it is written for.
    pub api_version: Option<EcoString>,
    /// The dialect that declares it.
    pub dialect: Dialect,
    /// The project that it belongs to: an index.
    pub project: usize,
    /// The line that declares it: what a finding on the resource as a whole underlines.
    pub header: Span,
    /// All of its declaration.
    pub span: Span,
    /// The module calls that lead to it, outermost first.
    pub calls: Arc<[Call]>,
    /// Its evaluated arguments and blocks.
    pub body: Arc<Map>,
    /// What is declared of it beside its arguments, such as a template's DeletionPolicy. Tables read it by names
    /// that start with `$`.
    pub settings: Arc<Map>,
    /// The condition on which its existence hangs, where that is not known.
    pub condition: Option<EcoString>,
    /// The major version of its provider, where the project bounds it: defaults differ between them.
    pub provider_major: Option<u32>,
    /// Whether it is only referred to (a data source), not deployed.
    pub existing: bool,
}

impl Resource {
    /// The path of the construct that made it, where the CDK did.
    pub fn construct(&self) -> Option<&str> {
        self.settings.get(METADATA)?.value.get(CONSTRUCT)?.value.as_str()
    }
}

/// The setting that holds what tools say of a resource.
pub const METADATA: &str = "Metadata";
/// The entry of the metadata that is for phiguard.
pub const PHIGUARD: &str = "phiguard";
/// The entry of the metadata that is for checkov.
pub const CHECKOV: &str = "checkov";
/// The entry of the metadata that names the construct which made a resource.
pub const CONSTRUCT: &str = "aws:cdk:path";

/// The entries of the metadata that a machine reads when it starts: files, commands and how it signs in.
pub const METADATA_OF_MACHINES: &[&str] = &["AWS::CloudFormation::Init", "AWS::CloudFormation::Authentication"];

/// The type under which a provider block of Terraform stands among resources, where a credential is written in it.
pub const CONFIGURATION: &str = "terraform_provider";

/// The setting that says which resource one only changes: its id or, where it has none, its name and what contains it.
pub const UPDATES: &str = "updates";

/// A module call on the way to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its address, such as `module.db["a"]`.
    pub address: EcoString,
    /// Where it is written.
    pub span: Span,
}

/// What is wrong with a scanned file or could not be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of trouble it is.
    pub code: Code,
    /// Where it is; none when there is only a path.
    pub span: Span,
    /// The path, for trouble without a span.
    pub path: Option<String>,
    /// What is wrong, what was expected, and what to do.
    pub message: EcoString,
}

/// The kinds of trouble, as other tools read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The text does not follow the grammar. The scanned file's fault.
    ParseError,
    /// The file cannot be opened. The scanned tree's fault.
    Unreadable,
    /// The file is above the size limit.
    TooLarge,
    /// The file is not UTF-8.
    NotUtf8,
    /// A module or nested template is not on the disk.
    MissingModule,
    /// A template that can be read is not one that can be deployed. The scanned file's fault.
    InvalidTemplate,
    /// An expression has no value. The scanned file's fault.
    EvaluationError,
    /// A limit on depth or expansion was reached.
    BudgetExceeded,
    /// A suppression that cannot be understood or may not be given: it suppresses nothing.
    InvalidSuppression,
    /// A suppression that is past its day: what it suppressed is found again.
    ExpiredSuppression,
    /// A suppression of what nobody finds.
    UnusedSuppression,
    /// An entry of a baseline that nobody finds.
    StaleBaseline,
    /// A fault of phiguard's own.
    Internal,
}

impl Code {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::ParseError => "parse-error",
            Code::Unreadable => "unreadable",
            Code::TooLarge => "too-large",
            Code::NotUtf8 => "not-utf8",
            Code::MissingModule => "missing-module",
            Code::InvalidTemplate => "invalid-template",
            Code::EvaluationError => "evaluation-error",
            Code::BudgetExceeded => "budget-exceeded",
            Code::InvalidSuppression => "invalid-suppression",
            Code::ExpiredSuppression => "expired-suppression",
            Code::UnusedSuppression => "unused-suppression",
            Code::StaleBaseline => "stale-baseline",
            Code::Internal => "internal",
        }
    }

    /// Whether it means that something could not be checked at all.
    pub fn is_unchecked(self) -> bool {
        matches!(self, Code::ParseError | Code::Unreadable | Code::TooLarge | Code::NotUtf8 | Code::Internal)
    }
}

impl Diagnostic {
    /// Trouble at a place in a file.
    pub fn at(code: Code, span: Span, message: impl Into<EcoString>) -> Self {
        Diagnostic { code, span, path: None, message: message.into() }
    }

    /// Trouble with a file as a whole.
    pub fn with_path(code: Code, path: impl Into<String>, message: impl Into<EcoString>) -> Self {
        Diagnostic { code, span: Span::NONE, path: Some(path.into()), message: message.into() }
    }
}

/// Says which files could not be opened.
pub fn tell_unread(unread: Vec<Unread>, base: &Path, errors: &mut Vec<Diagnostic>) {
    for Unread { path, given, error } in unread {
        let code = match error.kind {
            // Large files that nobody asked for are data; what cannot be opened may be a template.
            ReadErrorKind::TooLarge if !given => continue,
            ReadErrorKind::TooLarge => Code::TooLarge,
            _ => Code::Unreadable,
        };
        errors.push(Diagnostic::with_path(code, display_path(&path, base), eco_format!("this file {error}")));
    }
}
