//! One template of a deployment: the root, or one that is nested in it, with its parameters and variables, each
//! worth evaluating once.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::scope::{Here, Place};
use super::template::{entry, get, text};
use crate::evaluate::Call;
use crate::evaluate::azure::functions::{Deployment, property};
use crate::evaluate::azure::{Failure, Outcome, choice, inputs};
use crate::parse::tree::{Entry, Node};
use crate::source::Span;
use crate::value::{Arm, Data, Origin, Step, StepKind, Value};

/// Alternatives that a parameter may be without being simply unknown.
const MAX_ALLOWED: usize = 12;
/// Types that refer to types: more steps than anyone takes.
const MAX_TYPES: usize = 16;

/// One template of a deployment.
pub(super) struct Level<'w> {
    /// The template.
    pub(super) root: &'w Node,
    /// The file that it is written in.
    pub(super) path: &'w Path,
    /// The deployment that nests it.
    pub(super) outer: Option<Outer<'w>>,
    /// Values for the parameters of the root, by their names in lower case.
    pub(super) inputs: FxHashMap<EcoString, Value>,
    /// Where it is deployed to.
    pub(super) deployment: Deployment,
    /// The deployments that lead to it, outermost first.
    pub(super) calls: Arc<[Call]>,
    /// The unknown condition that all of it hangs on.
    pub(super) condition: Option<EcoString>,
    /// Whether its texts are escaped once: it is the content of a template spec.
    pub(super) escaped: bool,
    /// Whether its resources have symbolic names.
    pub(super) symbolic: bool,
    /// The addresses of its resources by symbolic name.
    pub(super) symbols: RefCell<FxHashMap<EcoString, EcoString>>,
    /// The names of its parameters and variables in lower case.
    declared: FxHashMap<(Section, EcoString), &'w Entry>,
    values: RefCell<FxHashMap<(Section, EcoString), State>>,
    /// Its outputs, once they were asked for.
    pub(super) outputs: RefCell<Option<Option<Value>>>,
}

/// The deployment that nests a template.
pub(super) struct Outer<'w> {
    /// The template with the deployment.
    pub(super) level: Rc<Level<'w>>,
    /// Where in it the deployment stands.
    pub(super) place: Place,
    /// The parameters that it gives.
    pub(super) parameters: Option<&'w Node>,
    /// Whether expressions have the scope of the nesting template.
    pub(super) shares_scope: bool,
}

/// What names stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Parameters,
    Variables,
}

/// How far the evaluation of a parameter or variable has come.
#[derive(Clone)]
enum State {
    Running,
    Done(Outcome),
}

impl<'w> Level<'w> {
    pub(super) fn new(root: &'w Node, path: &'w Path, deployment: Deployment) -> Self {
        let mut declared = FxHashMap::default();
        for (section, name) in [(Section::Parameters, "parameters"), (Section::Variables, "variables")] {
            for entry in get(root, name).and_then(Node::as_mapping).unwrap_or_default() {
                declared.insert((section, entry.key.to_ascii_lowercase()), entry);
            }
        }
        Level {
            root,
            path,
            outer: None,
            inputs: FxHashMap::default(),
            deployment,
            calls: Arc::from([]),
            condition: None,
            escaped: false,
            symbolic: get(root, "resources").is_some_and(|resources| resources.as_mapping().is_some()),
            symbols: RefCell::default(),
            declared,
            values: RefCell::default(),
            outputs: RefCell::default(),
        }
    }

    /// Forgets values, so that they are worked out anew now that all resources are known.
    pub(super) fn forget(&self) {
        self.values.borrow_mut().clear();
        self.outputs.borrow_mut().take();
    }

    /// How many templates it is nested in.
    pub(super) fn depth(&self) -> usize {
        self.outer.as_ref().map_or(0, |outer| outer.level.depth() + 1)
    }
}

impl<'w> Here<'_, 'w> {
    /// The value of a parameter or variable of this template; none where there is none of that name.
    pub(super) fn declared(&self, section: Section, name: &str) -> Option<Outcome> {
        let key = (section, EcoString::from(name).to_ascii_lowercase());
        match self.level.values.borrow().get(&key) {
            Some(State::Done(outcome)) => return Some(outcome.clone()),
            Some(State::Running) => {
                let span = self.level.declared.get(&key).map(|entry| entry.key_span).unwrap_or(self.level.root.span);
                return Some(Err(Failure::at(span, eco_format!("{name} refers to itself"))));
            }
            None => {}
        }
        let entry = match self.level.declared.get(&key) {
            Some(entry) => *entry,
            None if section == Section::Variables => return self.copied_variable(name),
            None => return None,
        };
        self.level.values.borrow_mut().insert(key.clone(), State::Running);
        let top = Place::default();
        let here = Here { place: &top, arguments: None, ..*self };
        let outcome = here.deeper(8, entry.key_span, || match section {
            Section::Parameters => here.parameter(entry),
            Section::Variables => here.worth(&entry.value).map(|mut value| {
                value.origin.push_step(Step {
                    kind: StepKind::Variable,
                    name: entry.key.clone(),
                    span: entry.key_span,
                });
                value
            }),
        });
        self.level.values.borrow_mut().insert(key, State::Done(outcome.clone()));
        Some(outcome)
    }

    /// A variable that the `copy` of the variables makes.
    fn copied_variable(&self, name: &str) -> Option<Outcome> {
        let copies = get(get(self.level.root, "variables")?, "copy")?.as_sequence()?;
        let copy = copies.iter().find(|copy| text(copy, "name").is_some_and(|it| it.eq_ignore_ascii_case(name)))?;
        let top = Place::default();
        let here = Here { place: &top, arguments: None, ..*self };
        Some(here.deeper(8, copy.span, || here.property_copy(copy).map(|(_, value)| value)))
    }

    fn parameter(&self, entry: &'w Entry) -> Outcome {
        let name = &entry.key;
        let definition = self.definition(&entry.value);
        let kind = definition.and_then(|node| text(node, "type")).unwrap_or_default();
        let hidden = kind.eq_ignore_ascii_case("securestring") || kind.eq_ignore_ascii_case("secureobject");
        // Null in place of a value takes the default. Source: the page on parameters in templates.
        let has_default = get(&entry.value, "defaultValue").is_some();
        let given = self.given(entry).filter(|given| !(has_default && given.as_ref().is_ok_and(Value::is_null)));
        let value = match given {
            Some(given) => inputs::typed(given?, kind),
            None => match get(&entry.value, "defaultValue") {
                Some(node) => {
                    let mut value = self.worth(node)?;
                    let kind = StepKind::ParameterDefault;
                    value.origin.push_step(Step { kind, name: name.clone(), span: entry.key_span });
                    value
                }
                None => self.open(entry, definition),
            },
        };
        Ok(value.with_sensitive(hidden))
    }

    /// The value that a parameter is given.
    fn given(&self, entry: &Entry) -> Option<Outcome> {
        let argument = |mut value: Value, span| {
            value.origin.push_step(Step { kind: StepKind::Argument, name: entry.key.clone(), span });
            value
        };
        let Some(outer) = &self.level.outer else {
            return self.level.inputs.get(&entry.key.to_ascii_lowercase()).cloned().map(Ok);
        };
        let here = Here::new(self.shared, &outer.level, &outer.place);
        let all = outer.parameters?;
        let name = &entry.key;
        // What is given may be an expression, for one parameter or for all of them.
        if all.as_str().is_some() || self.shared.stand_in(all).is_some() {
            let of = |all: &Value| under(all, name).map_or_else(Value::null, |given| handed(&given, name));
            let value = here
                .worth(all)
                .and_then(|all| choice::over(&[all], &|values| Ok(values.first().map_or_else(Value::null, of))));
            return Some(value.map(|value| argument(value, all.span)));
        }
        let given = super::template::entry(all, name)?;
        if let Some(node) = get(&given.value, "value") {
            return Some(here.worth(node).map(|value| argument(value, given.key_span)));
        }
        let value = here.worth(&given.value).and_then(|value| {
            choice::over(&[value], &|values| Ok(values.first().map_or_else(Value::null, |value| handed(value, name))))
        });
        Some(value.map(|value| argument(value, given.key_span)))
    }

    /// A parameter that nobody gives a value: null if it may be, a choice of what is allowed, or unknown.
    fn open(&self, entry: &'w Entry, definition: Option<&'w Node>) -> Value {
        let name = &entry.key;
        let origin = Origin::at(entry.key_span);
        let is_nullable = |node: &Node| get(node, "nullable").is_some_and(|node| node.kind == TRUE);
        if is_nullable(&entry.value) || definition.is_some_and(is_nullable) {
            return Value::null().with_origin(origin);
        }
        let allowed = [Some(&entry.value), definition].into_iter().flatten();
        let allowed = allowed.filter_map(|node| get(node, "allowedValues")?.as_sequence()).next().unwrap_or_default();
        let is_array =
            definition.and_then(|node| text(node, "type")).is_some_and(|it| it.eq_ignore_ascii_case("array"));
        if is_array || allowed.is_empty() || allowed.len() > MAX_ALLOWED {
            let reason = eco_format!("parameter {name} has no default");
            return Value::unknown(reason).with_origin(origin);
        }
        let mut arms: Vec<Arm> = Vec::with_capacity(allowed.len());
        for node in allowed {
            let value = self.plain(node);
            let shown = crate::value::to_json(&value);
            arms.push(Arm { when: eco_format!("{name} is {shown}"), value });
        }
        match arms.as_slice() {
            [only] => only.value.clone(),
            _ => Value::new(Data::Choice(arms.into())).with_origin(origin),
        }
    }

    /// What a parameter, or the type that it refers to, says of its values.
    fn definition(&self, declared: &'w Node) -> Option<&'w Node> {
        let mut node = declared;
        for _ in 0..MAX_TYPES {
            let Some(target) = text(node, "$ref") else { return Some(node) };
            let name = target.strip_prefix("#/definitions/")?;
            node = &entry(get(self.level.root, "definitions")?, name)?.value;
        }
        None
    }
}

/// What is under a name of what is given as an expression; what is not known of that is not known of it.
fn under(all: &Value, name: &str) -> Option<Value> {
    match &all.data {
        Data::Map(map) => property(map, name).map(|entry| entry.value.clone()),
        _ => Some(choice::from_unknown(all)).filter(|_| all.is_unknown()),
    }
}

/// The value of a parameter that is given as an object with a value or a reference in it.
pub(super) fn handed(given: &Value, name: &EcoString) -> Value {
    let is_there = |word: &str| under(given, word).is_some();
    match under(given, "value") {
        Some(value) => value,
        // Without any, the default of the parameter holds.
        None if given.is_null() => Value::null(),
        None if is_there("reference") => from_vault(name, given.origin.span),
        None => {
            let reason = eco_format!("parameter {name} is given in a way that is not followed");
            Value::unknown(reason).with_origin(given.origin.clone())
        }
    }
}

fn from_vault(name: &EcoString, span: Span) -> Value {
    let reason = eco_format!("parameter {name} is read from a key vault at deployment");
    Value::unknown(reason).with_origin(Origin::at(span))
}

const TRUE: crate::parse::tree::NodeKind = crate::parse::tree::NodeKind::Bool(true);
