//! Where a value comes from: the place that wrote it, the steps that brought it, the resources it refers to.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use crate::source::Span;

/// The place and history of a value. Cheap to copy: a literal has no trail.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Where the value is written.
    pub span: Span,
    trail: Option<Arc<Trail>>,
}

#[derive(Clone, Debug, Default)]
struct Trail {
    steps: Vec<Step>,
    references: Vec<Reference>,
}

/// One step on a value's way from where it is written to where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened there.
    pub kind: StepKind,
    /// The name of the variable, local or argument.
    pub name: EcoString,
    /// Where it happened.
    pub span: Span,
}

impl Step {
    /// What happened, in a few words.
    pub fn label(&self) -> EcoString {
        match self.kind {
            StepKind::Default => eco_format!("default of variable \"{}\"", self.name),
            StepKind::ParameterDefault => eco_format!("default of parameter {}", self.name),
            StepKind::Mapping => eco_format!("mapping {}", self.name),
            StepKind::VariableFile => eco_format!("\"{}\" in a variable file", self.name),
            StepKind::CommandLine => eco_format!("\"{}\" on the command line", self.name),
            StepKind::Environment => eco_format!("\"{}\" in the environment", self.name),
            StepKind::Configuration => eco_format!("\"{}\" in phiguard.toml", self.name),
            StepKind::Argument => eco_format!("argument {}", self.name),
            StepKind::Local => eco_format!("local.{}", self.name),
            StepKind::Variable => eco_format!("variable {}", self.name),
            StepKind::Output => eco_format!("output \"{}\"", self.name),
            StepKind::Data => eco_format!("{}", self.name),
            StepKind::ParameterFile => eco_format!("{} in a parameter file", self.name),
            StepKind::Export => eco_format!("export {}", self.name),
            StepKind::Unset => eco_format!("variable \"{}\" has no default", self.name),
        }
    }
}

/// How a value was handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The default of an input variable.
    Default,
    /// The default of a template's parameter.
    ParameterDefault,
    /// An entry of a template's mapping.
    Mapping,
    /// An entry of a variable file.
    VariableFile,
    /// An option of the command line.
    CommandLine,
    /// A variable of the environment.
    Environment,
    /// An entry of phiguard.toml.
    Configuration,
    /// An argument of a module call.
    Argument,
    /// A local value.
    Local,
    /// A variable of a template.
    Variable,
    /// An output of a module.
    Output,
    /// A data source that is computed from the configuration alone.
    Data,
    /// An entry of a parameter file.
    ParameterFile,
    /// An export of another stack.
    Export,
    /// A variable that nobody gives a value.
    Unset,
}

/// A reference to a resource, made on the way. The address of a resource of another project is that of
/// [`Reference::into_abroad`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The resource's address.
    pub address: EcoString,
    /// The attribute that was read, dotted; empty when it is the resource as a whole.
    pub attribute: EcoString,
}

impl Reference {
    /// The reference seen from other projects.
    pub fn into_abroad(self, project: usize) -> Self {
        if Reference::abroad(&self.address).is_some() {
            return self;
        }
        Reference { address: ecow::eco_format!("@{project} {}", self.address), attribute: self.attribute }
    }

    /// The project and the address there, of an address that is seen from another project.
    pub fn abroad(address: &str) -> Option<(usize, &str)> {
        let (project, address) = address.strip_prefix('@')?.split_once(' ')?;
        Some((project.parse().ok()?, address))
    }
}

impl Origin {
    /// The same with every reference replaced.
    pub fn map_references(mut self, with: &dyn Fn(Reference) -> Reference) -> Self {
        if let Some(trail) = &mut self.trail {
            let trail = Arc::make_mut(trail);
            trail.references = std::mem::take(&mut trail.references).into_iter().map(with).collect();
        }
        self
    }

    /// Made by phiguard, written nowhere.
    pub fn none() -> Self {
        Origin { span: Span::NONE, trail: None }
    }

    /// Written at `span`.
    pub fn at(span: Span) -> Self {
        Origin { span, trail: None }
    }

    /// The steps from where the value is written to where it is used.
    pub fn steps(&self) -> &[Step] {
        self.trail.as_deref().map(|trail| trail.steps.as_slice()).unwrap_or_default()
    }

    /// The resources referred to on the way.
    pub fn references(&self) -> &[Reference] {
        self.trail.as_deref().map(|trail| trail.references.as_slice()).unwrap_or_default()
    }

    /// Adds a step nearer to the use.
    pub fn push_step(&mut self, step: Step) {
        let trail = Arc::make_mut(self.trail.get_or_insert_default());
        if trail.steps.last() != Some(&step) && trail.steps.len() < MAX_STEPS {
            trail.steps.push(step);
        }
    }

    /// Adds a reference.
    pub fn push_reference(&mut self, reference: Reference) {
        if !self.references().contains(&reference) {
            Arc::make_mut(self.trail.get_or_insert_default()).references.push(reference);
        }
    }

    /// Takes over the steps and references of a value from which this one is made.
    pub fn absorb(&mut self, other: &Origin) {
        if self.span.is_none() {
            self.span = other.span;
        }
        let Some(theirs) = &other.trail else { return };
        match &mut self.trail {
            None => self.trail = Some(Arc::clone(theirs)),
            Some(mine) if Arc::ptr_eq(mine, theirs) => {}
            Some(mine) => {
                let mine = Arc::make_mut(mine);
                for step in &theirs.steps {
                    if mine.steps.len() < MAX_STEPS && !mine.steps.contains(step) {
                        mine.steps.push(step.clone());
                    }
                }
                for reference in &theirs.references {
                    if !mine.references.contains(reference) {
                        mine.references.push(reference.clone());
                    }
                }
            }
        }
    }
}

/// More steps than a reader follows; keeps long chains of locals from costing quadratic time.
const MAX_STEPS: usize = 16;
