//! What the caller gives to variables and parameters: values and files, in the order of the command line.

use std::path::Path;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Request, RequestError, VariableOption};
use crate::config::Environment;
use crate::evaluate::cloudformation;
use crate::evaluate::terraform::{self, inputs};
use crate::parse::{documents, json, terraform as parser};
use crate::source::{SourceId, SourceMap, Span, display_path};
use crate::value::{Origin, Step, StepKind, Value, from_json};

/// What the caller gives.
#[derive(Default)]
pub(super) struct Given {
    /// Values of variables.
    pub(super) variables: FxHashMap<EcoString, Value>,
    /// Values of the parameters of templates.
    pub(super) parameters: FxHashMap<EcoString, Value>,
    /// What parameter files give, to tell names that no template has.
    pub(super) listed: Vec<cloudformation::inputs::Given>,
}

/// The values of `--var`, `--var-file` and `--parameters`, in their order.
pub(super) fn read(request: &Request, sources: &mut SourceMap) -> Result<Given, RequestError> {
    let mut all = Given::default();
    for option in &request.variables {
        match option {
            VariableOption::Value(text) => {
                let mut given = FxHashMap::default();
                inputs::add_option(&mut given, text).map_err(|message| RequestError::Variable(message.to_string()))?;
                all.add(given);
            }
            VariableOption::Parameters(path) => all.add_parameters(path, &request.base, sources)?,
            VariableOption::File(path) => all.add(variable_file(path, &request.base, sources)?),
        }
    }
    Ok(all)
}

/// What an environment of phiguard.toml gives: its files in their order, then its own values.
pub(super) fn of_environment(
    environment: &Environment,
    config: SourceId,
    base: &Path,
    sources: &mut SourceMap,
) -> Result<Given, RequestError> {
    let mut all = Given::default();
    for path in &environment.var_files {
        all.add(variable_file(&terraform::normalize(path), base, sources)?);
    }
    for path in &environment.parameters {
        all.add_parameters(&terraform::normalize(path), base, sources)?;
    }
    let own = environment.variables.iter().map(|(name, value, range)| {
        let span = Span::new(config, range.start, range.end);
        let mut value = from_json(value, Origin::at(span));
        value.origin.push_step(Step { kind: StepKind::Configuration, name: name.as_str().into(), span });
        (EcoString::from(name.as_str()), value)
    });
    all.add(own.collect());
    Ok(all)
}

impl Given {
    /// Adds what a parameter file gives.
    fn add_parameters(&mut self, path: &Path, base: &Path, sources: &mut SourceMap) -> Result<(), RequestError> {
        match parameter_file(&base.join(path), base, sources)? {
            Some(listed) => {
                self.parameters.extend(listed.iter().map(|given| (given.name.clone(), given.value.clone())));
                self.listed.extend(listed);
            }
            // The parameter files of Azure hold their values as variable files do.
            None => self.add(variable_file(path, base, sources)?),
        }
        Ok(())
    }

    /// Adds values that variables and parameters take alike.
    fn add(&mut self, given: FxHashMap<EcoString, Value>) {
        self.parameters.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.variables.extend(given);
    }
}

/// The values of a variable file.
fn variable_file(
    path: &Path,
    base: &Path,
    sources: &mut SourceMap,
) -> Result<FxHashMap<EcoString, Value>, RequestError> {
    let full = base.join(path);
    let name = display_path(&full, base);
    let wrong = |why: String| RequestError::VariableFile { path: name.clone(), why };
    let text = sources.files().read(&full).map_err(|error| wrong(error.message.to_string()))?;
    let is_json = full.extension().is_some_and(|ending| ending == "json");
    let parse = if is_json { parser::parse_json_values } else { parser::parse };
    let parsed = parse(sources.next_id(), &text);
    let id = sources.add(full.clone(), name.clone(), text.into());
    if let Some(error) = parsed.errors.first() {
        let (start, _) = sources.range(error.span);
        debug_assert_eq!(error.span.source, id);
        return Err(wrong(format!("line {}, column {}: {}", start.line, start.column, error.message)));
    }
    let mut given = FxHashMap::default();
    inputs::add_file(&mut given, &parsed.body);
    Ok(given)
}

/// The values of a parameter file for CloudFormation; none for one of Azure.
fn parameter_file(
    path: &Path,
    base: &Path,
    sources: &mut SourceMap,
) -> Result<Option<Vec<cloudformation::inputs::Given>>, RequestError> {
    let name = display_path(path, base);
    let wrong = |why: String| RequestError::ParameterFile { path: name.clone(), why };
    let text = sources.files().read(path).map_err(|error| wrong(error.message.to_string()))?;
    if text.contains(AZURE) {
        return Ok(None);
    }
    let read = documents::parse(sources.next_id(), &text, false, json::Options::STRICT);
    sources.add(path.to_path_buf(), name.clone(), text.into());
    let at = |span: Span, message: &str| {
        let (start, _) = sources.range(span);
        wrong(format!("line {}, column {}: {message}", start.line, start.column))
    };
    if let Some(error) = read.errors.first() {
        return Err(at(error.span, &error.message));
    }
    let root = read.trees.first().ok_or_else(|| wrong("is empty".into()))?;
    cloudformation::inputs::read(root).map(Some).map_err(|(span, message)| at(span, &message))
}

/// What the schema of Azure's parameter files is called.
const AZURE: &str = "deploymentParameters.json";
