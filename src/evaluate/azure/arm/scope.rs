//! What names mean at a place of a template: its parameters and variables, the turn of each copy, the resources
//! that expressions refer to, and functions of the template's own.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::Shared;
use super::level::{Level, Section};
use super::template::{entry, get, text};
use crate::evaluate::azure::functions::Deployment;
use crate::evaluate::azure::{Failure, Invocation, Names, Outcome};
use crate::parse::tree::Node;
use crate::source::Span;
use crate::value::Value;

/// Levels of objects, expressions, variables and functions in each other: more than templates have, and a stack to
/// keep.
const MAX_STEPS: usize = 4000;

/// Where in a template something stands: in which copies, and under which condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The copies around it, innermost last.
    pub(super) copies: Vec<Turn>,
    /// The conditions whose values are not known, and which hold here.
    pub(super) assumed: Vec<EcoString>,
}

/// A turn of a copy.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// The name of the copy, in lower case.
    pub(super) name: EcoString,
    /// Which turn it is, from 0; unknown where the number of turns is.
    pub(super) at: Value,
    /// Whether it is a copy of a property or variable, which does not count where no name is given.
    pub(super) is_inner: bool,
}

/// A place of a template while it is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Here<'h, 'w> {
    pub(super) shared: &'h Shared<'w>,
    pub(super) level: &'h Rc<Level<'w>>,
    pub(super) place: &'h Place,
    /// The arguments of the template's own function that is evaluated.
    pub(super) arguments: Option<&'h [(EcoString, Value)]>,
}

impl<'h, 'w> Here<'h, 'w> {
    pub(super) fn new(shared: &'h Shared<'w>, level: &'h Rc<Level<'w>>, place: &'h Place) -> Self {
        Here { shared, level, place, arguments: None }
    }

    /// Does something some levels further from where evaluation began; too many are refused.
    pub(super) fn deeper(&self, levels: usize, span: Span, work: impl FnOnce() -> Outcome) -> Outcome {
        let steps = self.shared.steps.get();
        if steps + levels > MAX_STEPS {
            let message = "this needs too many variables, functions and levels of nesting in turn";
            return Err(Failure::limit(span, message));
        }
        self.shared.steps.set(steps + levels);
        let outcome = work();
        self.shared.steps.set(steps);
        outcome
    }

    fn named(&self, section: Section, call: &Invocation<'_>) -> Outcome {
        let [name] = call.arguments else {
            return Err(Failure::at(call.span, eco_format!("{} takes one name", call.name)));
        };
        let Some(name) = name.as_str() else {
            return match name.is_unknown() {
                true => Ok(Value::unknown(name.unknown_reason().unwrap_or_default())),
                false => Err(Failure::at(call.span, eco_format!("{} takes a name as a string", call.name))),
            };
        };
        if let (Some(arguments), Section::Parameters) = (self.arguments, section) {
            let found = arguments.iter().find(|(there, _)| there.eq_ignore_ascii_case(name));
            return match found {
                Some((_, value)) => Ok(value.clone()),
                None => Err(Failure::at(call.span, eco_format!("the function has no parameter {name}"))),
            };
        }
        self.declared(section, name).unwrap_or_else(|| {
            let what = if section == Section::Parameters { "parameter" } else { "variable" };
            Err(Failure::at(call.span, eco_format!("there is no {what} {name} in this template")))
        })
    }

    /// `copyIndex()`: the turn of a copy, by name or the innermost one.
    fn copy_index(&self, call: &Invocation<'_>) -> Outcome {
        let offset = call.arguments.iter().find_map(Value::as_number).and_then(|number| number.as_i64()).unwrap_or(0);
        let Some(turn) = self.turn(call) else {
            let name = call.arguments.first().and_then(Value::as_str);
            let what = name.map(|name| eco_format!(" named {name}")).unwrap_or_default();
            return Err(Failure::at(call.span, eco_format!("there is no copy{what} around this copyIndex")));
        };
        match turn.at.as_number().and_then(|at| at.as_i64()).and_then(|at| at.checked_add(offset)) {
            Some(at) => Ok(Value::number(at)),
            None => Ok(turn.at.clone()),
        }
    }

    /// The turn that a `copyIndex` asks for.
    fn turn(&self, call: &Invocation<'_>) -> Option<&'h Turn> {
        self.turn_of(call.arguments.first().and_then(Value::as_str))
    }

    /// The turn of a copy, by name or the innermost one.
    fn turn_of(&self, name: Option<&str>) -> Option<&'h Turn> {
        match name {
            Some(name) => self.place.copies.iter().rev().find(|turn| turn.name.eq_ignore_ascii_case(name)),
            None => {
                let outer = self.place.copies.iter().rev().find(|turn| !turn.is_inner);
                outer.or_else(|| self.place.copies.last())
            }
        }
    }

    /// A call of a function that the template declares.
    fn own_function(&self, space: &str, call: &Invocation<'_>) -> Option<Outcome> {
        let spaces = get(self.level.root, "functions")?.as_sequence()?;
        let space =
            spaces.iter().find(|node| text(node, "namespace").is_some_and(|it| it.eq_ignore_ascii_case(space)))?;
        let function = &entry(get(space, "members")?, call.name)?.value;
        let names = get(function, "parameters").and_then(Node::as_sequence).unwrap_or_default();
        if names.len() != call.arguments.len() {
            let message = eco_format!("{} takes {} arguments, not {}", call.name, names.len(), call.arguments.len());
            return Some(Err(Failure::at(call.span, message)));
        }
        let names = names.iter().map(|node| EcoString::from(text(node, "name").unwrap_or_default()));
        let arguments: Vec<(EcoString, Value)> = names.zip(call.arguments.iter().cloned()).collect();
        let output = get(function, "output").and_then(|output| get(output, "value"))?;
        let top = Place::default();
        let here = Here { place: &top, arguments: Some(&arguments), ..*self };
        Some(self.deeper(8, call.span, || here.worth(output)))
    }
}

impl Names for Here<'_, '_> {
    fn name(&self, _: &str, _: Span) -> Option<Outcome> {
        None
    }

    fn call(&self, call: &Invocation<'_>) -> Option<Outcome> {
        // In a template that shares the scope of the one that nests it, that one's names count.
        if let Some(outer) = &self.level.outer
            && outer.shares_scope
        {
            let is_turn = call.is("copyIndex") && self.turn(call).is_some();
            if !is_turn && (call.namespace.is_some() || OF_SCOPE.iter().any(|name| call.is(name))) {
                let mut place = outer.place.clone();
                place.assumed.extend(self.place.assumed.iter().cloned());
                return Here { arguments: self.arguments, ..Here::new(self.shared, &outer.level, &place) }.call(call);
            }
        }
        if let Some(space) = call.namespace {
            return self.own_function(space, call);
        }
        if call.is("parameters") {
            return Some(self.named(Section::Parameters, call));
        }
        if call.is("variables") {
            return Some(self.named(Section::Variables, call));
        }
        if call.is("copyIndex") {
            return Some(self.copy_index(call));
        }
        self.of_resources(call)
    }

    fn deployment(&self) -> &Deployment {
        &self.level.deployment
    }

    /// With the turn in place of each `copyIndex`, so that the texts of two turns differ.
    fn text(&self, span: Span) -> EcoString {
        let text = self.shared.sources.text(span);
        let mut out = EcoString::new();
        let mut rest = text;
        while let Some(at) = rest.to_ascii_lowercase().find("copyindex(") {
            let name = rest.get(at..).and_then(|call| call.split(['(', ')']).nth(1)).unwrap_or_default();
            let turn = self.turn_of(Some(name.trim_matches('\'')).filter(|name| !name.is_empty()));
            let Some(turn) = turn.and_then(|turn| turn.at.as_number()) else { break };
            out.push_str(rest.get(..at).unwrap_or_default());
            out.push_str(&eco_format!("{turn}"));
            rest = rest.get(at + "copyindex()".len() + name.len()..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    fn recover(&self, failure: Failure) -> Outcome {
        let value = failure.unknown();
        self.shared.fail(failure);
        Ok(value)
    }

    fn spend(&self, values: usize, span: Span) -> Result<(), Failure> {
        self.shared.spend(values, span)
    }

    fn assumes(&self, condition: &str) -> bool {
        self.place.assumed.iter().any(|assumed| assumed == condition)
    }
}

/// What a shared scope gives to a nested template.
const OF_SCOPE: &[&str] = &["parameters", "variables", "copyIndex"];
