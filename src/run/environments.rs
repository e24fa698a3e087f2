//! What units are evaluated with: the values that the caller gives, and those of each environment that phiguard.toml
//! names.

use std::path::PathBuf;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::given::{self, Given};
use super::unit::Unit;
use super::{Read, Request, RequestError};
use crate::config::Environment;
use crate::evaluate::cloudformation::{self, Template, inputs};
use crate::evaluate::terraform::inputs::from_environment;
use crate::evaluate::{Evaluated, terraform};
use crate::report::Project;
use crate::source::{SourceId, SourceMap};
use crate::value::Value;

/// The values for variables and parameters.
#[derive(Default)]
pub(super) struct Values {
    /// The environment; none for what no environment is for.
    name: Option<String>,
    /// The folder that it is for.
    root: Option<PathBuf>,
    /// Its place in phiguard.toml.
    pub(super) position: usize,
    /// What `terraform.workspace` is.
    pub(super) workspace: EcoString,
    /// The profile that it asks for.
    profile: Option<String>,
    /// Those of the process's environment.
    process: FxHashMap<EcoString, Value>,
    /// Those for variables.
    pub(super) variables: FxHashMap<EcoString, Value>,
    /// Those for parameters of templates: those of variables, and those of parameter files.
    pub(super) parameters: FxHashMap<EcoString, Value>,
}

impl Values {
    /// The values of a root module's variables: its own files win over the process's environment, and what is asked
    /// for wins over both.
    pub(super) fn inputs(&self, own: Option<&FxHashMap<EcoString, Value>>) -> FxHashMap<EcoString, Value> {
        let mut inputs = self.process.clone();
        for given in own.into_iter().chain([&self.variables]) {
            inputs.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        inputs
    }

    fn is_for(&self, unit: Unit<'_>) -> bool {
        self.root.as_ref().is_none_or(|root| unit.path().is_some_and(|path| path.starts_with(root)))
    }
}

/// All that units are evaluated with.
pub(super) struct Environments {
    /// What the caller gives, for what no environment is for.
    plain: Values,
    /// The environments that are judged.
    named: Vec<Values>,
    /// Those that are not.
    others: Vec<Values>,
    /// What parameter files give, to tell names that no template has.
    pub(super) listed: Vec<inputs::Given>,
}

impl Environments {
    /// Reads what the caller and phiguard.toml give. What the caller gives wins.
    pub(super) fn read(
        request: &Request,
        config: Option<SourceId>,
        sources: &mut SourceMap,
    ) -> Result<Self, RequestError> {
        let all = request.config.map(|config| config.environments.as_slice()).unwrap_or_default();
        if let Some(name) = &request.environment {
            let found = match request.config {
                Some(config) => config.environment(name).map(|_| ()),
                None => Err(format!("there is no environment \"{name}\", since there is no phiguard.toml")),
            };
            found.map_err(RequestError::Environment)?;
        }
        let mut given = given::read(request, sources)?;
        let process = if request.env_vars { from_environment() } else { FxHashMap::default() };
        let values = |environment: Option<(usize, &Environment)>, mut own: Given, over: &Given| {
            own.variables.extend(over.variables.clone());
            own.parameters.extend(over.parameters.clone());
            let workspace = environment.and_then(|(_, environment)| environment.workspace.as_deref());
            let workspace = request.workspace.as_deref().or(workspace).unwrap_or(terraform::DEFAULT_WORKSPACE);
            Values {
                name: environment.map(|(_, environment)| environment.name.clone()),
                root: environment.and_then(|(_, environment)| environment.root.as_deref().map(terraform::normalize)),
                position: environment.map_or(0, |(position, _)| position + 1),
                workspace: workspace.into(),
                profile: environment.and_then(|(_, environment)| environment.profile.clone()),
                process: process.clone(),
                variables: own.variables,
                parameters: own.parameters,
            }
        };
        let (mut named, mut others, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        for (position, environment) in all.iter().enumerate() {
            let is_judged = request.environment.as_ref().is_none_or(|name| *name == environment.name);
            let mut own = match (is_judged, config) {
                (true, Some(config)) => given::of_environment(environment, config, &request.base, sources)?,
                _ => Given::default(),
            };
            listed.append(&mut own.listed);
            let values = values(Some((position, environment)), own, &given);
            if is_judged { named.push(values) } else { others.push(values) }
        }
        listed.append(&mut given.listed);
        let plain = values(None, Given::default(), &given);
        Ok(Environments { plain, named, others, listed })
    }

    /// What a unit is evaluated with: each environment that is for it; without one, what the caller gives. A plan has
    /// its values in it.
    pub(super) fn tasks<'r>(&'r self, unit: Unit<'r>) -> Vec<Task<'r>> {
        let task = |values| Task { unit, values };
        if matches!(unit, Unit::Plan(_)) {
            return vec![task(&self.plain)];
        }
        let named: Vec<Task<'r>> = self.named.iter().filter(|values| values.is_for(unit)).map(task).collect();
        match named.is_empty() && !self.others.iter().any(|values| values.is_for(unit)) {
            true => vec![task(&self.plain)],
            false => named,
        }
    }

    /// The profiles that environments ask for.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &String> {
        self.named.iter().filter_map(|values| values.profile.as_ref())
    }

    /// What an expression is evaluated with: the one environment that is asked for, else what the caller gives.
    pub(super) fn asked(&self, request: &Request) -> &Values {
        self.named.first().filter(|_| request.environment.is_some()).unwrap_or(&self.plain)
    }
}

/// A unit and what it is evaluated with.
#[derive(Clone, Copy)]
pub(super) struct Task<'r> {
    pub(super) unit: Unit<'r>,
    pub(super) values: &'r Values,
}

impl<'r> Task<'r> {
    /// The template, if it is one of CloudFormation.
    pub(super) fn template(&self) -> Option<&'r Template> {
        match self.unit {
            Unit::Template(template) => Some(template),
            _ => None,
        }
    }

    /// Whether its environment asks for a profile.
    pub(super) fn has_profile(&self) -> bool {
        self.values.profile.is_some()
    }

    /// How the report shows it.
    pub(super) fn project(&self, request: &Request) -> Project {
        self.unit.project(request, self.values.name.clone())
    }

    /// What it declares.
    pub(super) fn evaluate(
        &self,
        project: usize,
        read: &Read,
        sources: &SourceMap,
        exports: &cloudformation::Exports,
    ) -> Evaluated {
        self.unit.evaluate(project, self.values, read, sources, exports)
    }
}
