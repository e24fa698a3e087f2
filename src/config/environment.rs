//! Environments: what a project is deployed with, under a name. Each is judged by itself.

use std::ops::Range;
use std::path::PathBuf;

use serde_json::Value as Json;
use toml::de::DeValue;

use super::read::{Node, Reader, json};
use crate::catalogue::nearest;

/// What a project, or a part of it, is deployed with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// The folder whose root modules and templates it is for; all of them without it.
    pub root: Option<PathBuf>,
    /// What `terraform.workspace` is.
    pub workspace: Option<String>,
    /// The profile that is asked for: policies that judge only then.
    pub profile: Option<String>,
    /// Variable files; later ones win.
    pub var_files: Vec<PathBuf>,
    /// Parameter files of templates; later ones win.
    pub parameters: Vec<PathBuf>,
    /// Values of variables and parameters, which win over the files: name, value, and where it is written.
    pub variables: Vec<(String, Json, Range<usize>)>,
}

/// The keys of an environment.
pub(super) const KEYS: &[&str] = &["name", "root", "workspace", "profile", "var_files", "parameters", "variables"];

/// Why an environment cannot be taken: the names there are, and the one that was probably meant.
pub(super) fn missing(name: &str, known: &[Environment]) -> String {
    let names = known.iter().map(|one| one.name.as_str());
    match (known.is_empty(), nearest(name, names.clone())) {
        (true, _) => format!("there is no environment \"{name}\": phiguard.toml has no [[environment]]"),
        (false, Some(near)) => format!("there is no environment \"{name}\" in phiguard.toml; is it {near}?"),
        (false, None) => {
            let names: Vec<&str> = names.collect();
            format!("there is no environment \"{name}\" in phiguard.toml; there are {}", names.join(", "))
        }
    }
}

impl Reader<'_> {
    /// The environments of the file.
    pub(super) fn environments(&mut self, value: &Node<'_>) {
        let Some(items) = value.get_ref().as_array() else {
            return self.wrong(value.span(), "tables are expected here: [[environment]], then name = \"...\"");
        };
        for item in items.iter() {
            if let Some(environment) = self.environment(item) {
                self.config.environments.push(environment);
            }
        }
    }

    fn environment(&mut self, item: &Node<'_>) -> Option<Environment> {
        let Some(table) = item.get_ref().as_table() else {
            self.wrong(item.span(), "a table is expected here: {name = \"...\", ...}");
            return None;
        };
        let mut environment = Environment::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => {
                    let name = self.text(value, "a name").unwrap_or_default();
                    if self.config.environments.iter().any(|there| there.name == name) {
                        self.wrong(
                            value.span(),
                            format!("there is another environment \"{name}\"; give it its own name"),
                        );
                    }
                    environment.name = name.to_string();
                }
                "root" => environment.root = self.text(value, "a folder").map(|root| self.below(root)),
                "workspace" => environment.workspace = self.text(value, "the name of a workspace").map(str::to_string),
                "profile" => environment.profile = self.profile(value),
                "var_files" => environment.var_files = self.files(value),
                "parameters" => environment.parameters = self.files(value),
                "variables" => environment.variables = self.variables(value),
                name => self.unknown(key.span(), "key of an environment", name, KEYS.iter().copied()),
            }
        }
        if environment.name.is_empty() {
            self.wrong(item.span(), "this environment has no name; add name = \"...\"");
            return None;
        }
        Some(environment)
    }

    /// A path from the folder of the file.
    pub(super) fn below(&self, path: &str) -> PathBuf {
        self.config.folder().join(path)
    }

    fn files(&mut self, value: &Node<'_>) -> Vec<PathBuf> {
        let items = self.items(value, "files");
        let files: Vec<&str> = items.into_iter().filter_map(|item| self.text(item, "a file")).collect();
        files.into_iter().map(|file| self.below(file)).collect()
    }

    fn variables(&mut self, value: &Node<'_>) -> Vec<(String, Json, Range<usize>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value.span(), "a table is expected here: variables = {name = value}");
            return Vec::new();
        };
        let mut variables = Vec::new();
        for (name, value) in table {
            match given(value.get_ref()) {
                Some(json) => variables.push((name.get_ref().to_string(), json, value.span())),
                None => self.wrong(value.span(), "a variable cannot be a date; write it as a text, in quotes"),
            }
        }
        variables
    }
}

/// A value of a variable as JSON; none for what no variable can be.
fn given(value: &DeValue<'_>) -> Option<Json> {
    match value {
        DeValue::Table(table) => {
            let fields = table.iter().map(|(name, value)| Some((name.get_ref().to_string(), given(value.get_ref())?)));
            fields.collect::<Option<serde_json::Map<_, _>>>().map(Json::Object)
        }
        DeValue::Array(items) => items.iter().map(|item| given(item.get_ref())).collect::<Option<_>>().map(Json::Array),
        value => json(value),
    }
}
