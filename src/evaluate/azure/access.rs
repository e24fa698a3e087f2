//! Steps into values: properties, elements, functions of resources. A resource answers with what its
//! declaration says, and for all else with an unknown that refers to it.

use ecow::{EcoString, eco_format};

use super::expression::Evaluator;
use super::functions::property;
use super::{Failure, Invocation, Outcome, choice, runtime};
use crate::parse::bicep::ast::{Accessor, AccessorKind, Expression, ExpressionKind};
use crate::source::Span;
use crate::value::{Arm, Data, Map, Reference, Value};

/// Alternatives that a read under an unknown key may have.
const MAX_KEYS: usize = 12;

/// What a step leads to.
enum Step {
    Value(Value),
    /// There is nothing, and the step was a safe one: the whole access is null.
    End,
}

impl Evaluator<'_> {
    /// The value of an access.
    pub(super) fn access(&self, root: &Expression, steps: &[Accessor], span: Span) -> Outcome {
        if let (ExpressionKind::Name(name), Some((Accessor { kind: AccessorKind::Method(call), span: end }, rest))) =
            (&root.kind, steps.split_first())
        {
            let place = root.span.to(*end);
            let is_local = self.frame.is_some_and(|frame| frame.find(name).is_some());
            let is_built_in = matches!(name.as_str(), "az" | "sys") && self.names.name(name, root.span).is_none();
            if is_built_in && !is_local {
                return self.follow(self.call(None, call, place)?, rest);
            }
            let is_value = is_local || (!self.names.is_space(name) && self.names.name(name, root.span).is_some());
            if !is_value {
                return self.follow(self.call(Some(name), call, place)?, rest);
            }
        }
        let value = self.evaluate(root)?;
        let piece = if value.is_unknown() { self.piece(root, steps)? } else { None };
        let mut value = match piece {
            Some(piece) => self.follow(piece, steps.get(1..).unwrap_or_default())?,
            None => self.follow(value, steps)?,
        };
        if value.origin.span.is_none() || value.is_unknown() && value.origin.span == root.span {
            value.origin.span = span;
        }
        Ok(value)
    }

    fn follow(&self, value: Value, steps: &[Accessor]) -> Outcome {
        self.follow_within(value, steps, None)
    }

    /// The same below the properties of a resource, which have more once it is deployed than is declared.
    fn follow_within(&self, mut value: Value, steps: &[Accessor], within: Option<&EcoString>) -> Outcome {
        let mut within = within.cloned();
        for (at, step) in steps.iter().enumerate() {
            if let Data::Choice(_) = value.data {
                let rest = steps.get(at..).unwrap_or_default();
                return choice::over(&[value], &|values| match values {
                    [value] => self.follow_within(value.clone(), rest, within.as_ref()),
                    _ => Ok(Value::null()),
                });
            }
            if let (Data::Map(map), AccessorKind::Property { name, .. }) = (&value.data, &step.kind)
                && let (Some(address), true) = (&map.resource, name.name.eq_ignore_ascii_case("properties"))
            {
                within = Some(address.clone());
            }
            let key = match &step.kind {
                AccessorKind::Index { index, .. } => Some(self.evaluate(index)?),
                _ => None,
            };
            if let Some(key) = &key
                && let Data::Choice(_) = key.data
            {
                let rest = steps.get(at + 1..).unwrap_or_default();
                return choice::over(std::slice::from_ref(key), &|keys| match self.step(
                    &value,
                    step,
                    keys.first(),
                    within.as_ref(),
                )? {
                    Step::Value(next) => self.follow_within(next, rest, within.as_ref()),
                    Step::End => Ok(Value::at(Data::Null, step.span)),
                });
            }
            match self.step(&value, step, key.as_ref(), within.as_ref())? {
                Step::Value(next) => value = next,
                Step::End => return Ok(Value::at(Data::Null, step.span)),
            }
        }
        Ok(value)
    }

    /// One step; `key` is what an index is worth, and `within` the resource in whose properties the value stands.
    fn step(
        &self,
        value: &Value,
        step: &Accessor,
        key: Option<&Value>,
        within: Option<&EcoString>,
    ) -> Result<Step, Failure> {
        let read = match &step.kind {
            AccessorKind::NonNull => return Ok(Step::Value(value.clone())),
            AccessorKind::Method(call) => {
                let arguments =
                    call.arguments.iter().map(|argument| self.evaluate(argument)).collect::<Result<Vec<_>, _>>()?;
                let invocation = Invocation {
                    namespace: None,
                    name: &call.name.name,
                    arguments: &arguments,
                    written: &call.arguments,
                    span: step.span,
                };
                let outcome = self.names.method(value, &invocation);
                return outcome.unwrap_or_else(|| Ok(runtime::of_resource(value, &invocation))).map(Step::Value);
            }
            AccessorKind::Nested(name) => {
                let missing =
                    || Err(Failure::at(name.span, eco_format!("no resource {} is declared in it", name.name)));
                return self.names.nested(value, name).unwrap_or_else(missing).map(Step::Value);
            }
            AccessorKind::Property { name, safe } => (self.property(value, &name.name, step.span)?, *safe),
            AccessorKind::Index { index, safe, from_end } => {
                (key.map(|key| self.index(value, key, index, *from_end)).transpose()?.flatten(), *safe)
            }
        };
        match read {
            (Some(mut found), _) => {
                found.origin.absorb(&value.origin);
                Ok(Step::Value(found.with_sensitive(value.sensitive)))
            }
            (None, _) if let (Some(address), false) = (within, value.is_null()) => {
                let name = match &step.kind {
                    AccessorKind::Property { name, .. } => name.name.clone(),
                    _ => "an element".into(),
                };
                Ok(Step::Value(deployed(name, address, step.span)))
            }
            (None, true) => Ok(Step::End),
            (None, false) => Err(Failure::at(step.span, self.nothing(value, step))),
        }
    }

    /// What is under a name; none where nothing is.
    fn property(&self, value: &Value, name: &str, span: Span) -> Result<Option<Value>, Failure> {
        match &value.data {
            Data::Map(map) => Ok(read(map, name, span)),
            Data::Unknown(_) | Data::Choice(_) => Ok(Some(choice::from_unknown(value))),
            Data::Null => Ok(None),
            _ => Err(Failure::at(span, eco_format!("only an object has properties, and this is a {}", value.shape()))),
        }
    }

    fn index(
        &self,
        value: &Value,
        key: &Value,
        written: &Expression,
        from_end: bool,
    ) -> Result<Option<Value>, Failure> {
        let wrong = |message| Failure::at(written.span, message);
        match (&value.data, &key.data) {
            (Data::Null, _) => Ok(None),
            (Data::Unknown(_), _) => Ok(Some(choice::from_unknown(value))),
            (Data::Map(map), Data::Unknown(_)) => Ok(Some(self.under_any(map, key, written))),
            (_, Data::Unknown(_)) => Ok(Some(choice::from_unknown(key))),
            (Data::Map(_), Data::String(name)) => self.property(value, name, written.span),
            (Data::List(list), Data::Number(_)) => {
                let at = key.as_number().and_then(|number| number.as_i64()).filter(|at| *at >= i64::from(from_end));
                let at = at.and_then(|at| usize::try_from(at).ok());
                let Some(at) = at else {
                    return Err(wrong("the position of an element is a whole number from 0 on".into()));
                };
                let at = if from_end { list.items.len().checked_sub(at) } else { Some(at) };
                Ok(at.and_then(|at| list.items.get(at)).cloned())
            }
            (Data::Map(_), _) => Err(wrong(eco_format!("an object is read by a string, not by a {}", key.shape()))),
            (Data::List(_), _) => Err(wrong(eco_format!("an array is read by a number, not by a {}", key.shape()))),
            _ => Err(wrong(eco_format!("only arrays and objects can be read so, and this is a {}", value.shape()))),
        }
    }

    /// What an object holds under a key that is not known: what all keys lead to is.
    fn under_any(&self, map: &Map, key: &Value, written: &Expression) -> Value {
        if map.resource.is_some() || map.entries.is_empty() || map.entries.len() > MAX_KEYS {
            return choice::from_unknown(key);
        }
        let text = self.names.text(written.span);
        let arms = map
            .entries
            .iter()
            .map(|(name, entry)| Arm { when: eco_format!("{text} is \"{name}\""), value: entry.value.clone() });
        let choice = Value::new(Data::Choice(arms.collect::<Vec<_>>().into())).with_origin(key.origin.clone());
        // Merges what is equal under all keys.
        let merged: Outcome =
            choice::over(&[choice], &|values| Ok(values.first().cloned().unwrap_or_else(Value::null)));
        merged.unwrap_or_else(|failure| failure.unknown())
    }

    fn nothing(&self, value: &Value, step: &Accessor) -> ecow::EcoString {
        match (&value.data, &step.kind) {
            (Data::Null, _) => "null has no properties or elements; test for null before, or read it with .?".into(),
            (Data::List(list), _) => eco_format!("the array has no such element; it has {}", list.items.len()),
            (Data::Map(map), AccessorKind::Property { name, .. }) => {
                let known: Vec<&str> = map.entries.keys().take(8).map(|key| key.as_str()).collect();
                match known.is_empty() {
                    true => eco_format!("there is no property {} in this object, which is empty", name.name),
                    false => {
                        eco_format!("there is no property {} in this object; it has {}", name.name, known.join(", "))
                    }
                }
            }
            _ => "there is no such property in this object".into(),
        }
    }
}

/// What an object holds under a name. A resource and an object whose keys are not all known have more than is seen.
fn read(map: &Map, name: &str, span: Span) -> Option<Value> {
    let found = property(map, name).map(|entry| entry.value.clone());
    let Some(address) = &map.resource else {
        let is_open = || map.entries.keys().any(|key| key.contains('{'));
        return found.or_else(|| is_open().then(|| Value::unknown("the keys of the object are not all known")));
    };
    let mut value = found.unwrap_or_else(|| deployed(name.into(), address, span));
    value.origin.push_reference(Reference { address: address.clone(), attribute: name.into() });
    Some(value)
}

/// Something of a resource that its declaration does not say.
fn deployed(name: EcoString, address: &EcoString, span: Span) -> Value {
    let mut unknown = Value::unknown(eco_format!("{name} of {address} is known only after deployment"));
    unknown.origin.span = span;
    unknown.origin.push_reference(Reference { address: address.clone(), attribute: name });
    unknown
}
