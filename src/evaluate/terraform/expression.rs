//! The value of an expression: literals, templates, operators, conditionals, for expressions and calls.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::functions::{self, OnUnknown};
use super::scope::{Names, Scope};
use super::{Evaluator, operators};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::{Accessor, AccessorKind, Call, Expression, ExpressionKind, For};
use crate::source::Span;
use crate::value::{Arm, Data, Entry, List, ListKind, Map, Origin, Value};

/// Expressions nested deeper than this, references followed included, are refused.
const MAX_DEPTH: usize = 1200;

type Outcome = Result<Value, Failure>;

impl<'m> Evaluator<'m> {
    /// The value of an expression.
    pub fn evaluate(&self, expression: &Expression, scope: Scope<'_, 'm>) -> Outcome {
        let depth = self.depth.get();
        if depth > MAX_DEPTH {
            return Err(Failure::limit(
                expression.span,
                eco_format!("expressions refer to each other more than {MAX_DEPTH} levels deep"),
            ));
        }
        self.depth.set(depth + 1);
        let outcome = self.evaluate_kind(expression, scope);
        self.depth.set(depth);
        outcome
    }

    fn evaluate_kind(&self, expression: &Expression, scope: Scope<'_, 'm>) -> Outcome {
        let span = expression.span;
        let data = match &expression.kind {
            ExpressionKind::Null => Data::Null,
            ExpressionKind::Bool(value) => Data::Bool(*value),
            ExpressionKind::Number(value) => Data::Number(*value),
            ExpressionKind::String(text) => Data::String(text.clone()),
            ExpressionKind::Template(parts) => return self.template(parts, scope, span),
            ExpressionKind::Tuple(items) => {
                let items = items.iter().map(|item| self.evaluate(item, scope)).collect::<Result<Vec<_>, _>>()?;
                Data::List(List { items: items.into(), kind: ListKind::Tuple })
            }
            ExpressionKind::Object(fields) => return self.object_value(fields, scope, span),
            ExpressionKind::Name(_) => return self.reference(expression, &[], scope),
            ExpressionKind::Access(root, accessors) => return self.access(root, accessors, scope),
            ExpressionKind::Conditional(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                return self.conditional(condition, then, otherwise, scope);
            }
            ExpressionKind::Call(call) => return self.call(call, scope, span),
            ExpressionKind::Unary(operator, operand) => {
                let operand = self.evaluate(operand, scope)?;
                return operators::unary(*operator, operand).map_err(|message| Failure::at(span, message));
            }
            ExpressionKind::Binary(operator, operands) => {
                let [left, right] = operands.as_ref();
                let left = self.evaluate(left, scope)?;
                let right = match self.evaluate(right, scope) {
                    // What the left side decides alone has no need of the right one.
                    Err(failure) if !failure.is_limit() && operators::decides(*operator, &left) => {
                        return Ok(left);
                    }
                    right => right?,
                };
                return operators::binary(*operator, left, right, span).map_err(|message| Failure::at(span, message));
            }
            ExpressionKind::For(walk) => return self.walk(walk, scope, span),
        };
        Ok(Value::at(data, span))
    }

    fn access(&self, root: &Expression, accessors: &[Accessor], scope: Scope<'_, 'm>) -> Outcome {
        match &root.kind {
            ExpressionKind::Name(_) => self.reference(root, accessors, scope),
            _ => {
                let value = self.evaluate(root, scope)?;
                self.follow(value, accessors, scope)
            }
        }
    }

    /// Follows accessors from a value.
    pub(super) fn follow(&self, mut value: Value, accessors: &[Accessor], scope: Scope<'_, 'm>) -> Outcome {
        for (at, accessor) in accessors.iter().enumerate() {
            let rest = accessors.get(at + 1..).unwrap_or_default();
            value = match &accessor.kind {
                AccessorKind::Attribute(name) => operators::attribute(&value, name, accessor.span)
                    .map_err(|message| Failure::at(accessor.span, message))?,
                AccessorKind::Index(index) => {
                    let index = self.evaluate(index, scope)?;
                    operators::index(&value, &index).map_err(|message| Failure::at(accessor.span, message))?
                }
                AccessorKind::FullSplat => return self.splat(value, rest, scope),
                AccessorKind::AttributeSplat => {
                    // An index in brackets picks from the result, not from each element.
                    let own = rest.iter().take_while(|accessor| {
                        matches!(accessor.kind, AccessorKind::Attribute(_)) || accessor.is_legacy_index()
                    });
                    let (own, after) = rest.split_at(own.count());
                    let picked = self.splat(value, own, scope)?;
                    return self.follow(picked, after, scope);
                }
            };
        }
        Ok(value)
    }

    /// `value[*].rest`: a value that is no list counts as a list of one, null as an empty one.
    fn splat(&self, value: Value, rest: &[Accessor], scope: Scope<'_, 'm>) -> Outcome {
        match &value.data {
            Data::List(list) => {
                let items = list
                    .items
                    .iter()
                    .map(|item| self.follow(item.clone(), rest, scope))
                    .collect::<Result<Vec<_>, _>>()?;
                let kind = if list.kind == ListKind::Tuple { ListKind::Tuple } else { ListKind::List };
                Ok(Value::list(items, kind).with_origin(value.origin).with_sensitive(value.sensitive))
            }
            Data::Choice(arms) => {
                let mut picked = Vec::with_capacity(arms.len());
                for arm in arms.iter() {
                    picked.push(Arm { when: arm.when.clone(), value: self.splat(arm.value.clone(), rest, scope)? });
                }
                Ok(Value::new(Data::Choice(picked.into())).with_origin(value.origin))
            }
            Data::Null => Ok(Value::list(Vec::new(), ListKind::Tuple).with_origin(value.origin)),
            Data::Unknown(unknown) => Ok(Value::unknown(unknown.reason.clone()).with_origin(value.origin.clone())),
            _ => {
                let origin = value.origin.clone();
                let item = self.follow(value, rest, scope)?;
                Ok(Value::list(vec![item], ListKind::Tuple).with_origin(origin))
            }
        }
    }

    fn object_value(&self, fields: &[(Expression, Expression)], scope: Scope<'_, 'm>, span: Span) -> Outcome {
        let mut map = Map::new();
        let mut unknown_key: Option<Value> = None;
        for (key, field) in fields {
            let name = match &key.kind {
                ExpressionKind::String(name) => name.clone(),
                // A bare name as a key is that name, not a reference.
                ExpressionKind::Name(name) => name.clone(),
                _ => {
                    let key_value = self.evaluate(key, scope)?;
                    match operators::to_text(&key_value) {
                        Some(name) => name,
                        None if key_value.is_unknown() => {
                            unknown_key = Some(key_value);
                            continue;
                        }
                        None => return Err(Failure::at(key.span, "the key of an object must be a string")),
                    }
                }
            };
            let value = self.evaluate(field, scope)?;
            map.entries.insert(name, Entry { value, span: field.span });
        }
        if let Some(key) = unknown_key {
            let reason = key.unknown_reason().unwrap_or_default();
            return Ok(Value::unknown(reason).with_origin(key.origin));
        }
        map.sort();
        Ok(Value::at(Data::Map(Arc::new(map)), span))
    }

    fn walk(&self, walk: &For, scope: Scope<'_, 'm>, span: Span) -> Outcome {
        let collection = self.evaluate(&walk.collection, scope)?;
        if collection.is_unknown() {
            let reason = collection.unknown_reason().unwrap_or_default();
            return Ok(Value::unknown(reason).with_origin(collection.origin).with_sensitive(collection.sensitive));
        }
        let Some(elements) = operators::elements(&collection) else {
            return Err(Failure::at(
                walk.collection.span,
                eco_format!("a for expression walks a list, set or map, and this is a {}", collection.shape()),
            ));
        };
        let mut items: Vec<Value> = Vec::new();
        let mut map = Map::new();
        let mut groups: indexmap::IndexMap<EcoString, Vec<Value>> = indexmap::IndexMap::new();
        let mut unknown: Option<Value> = None;
        for (key, element) in elements {
            self.spend(1, span)?;
            let key_name = walk.key.as_ref().map(|name| Names { name, value: key, outer: scope.names });
            let outer = key_name.as_ref().or(scope.names);
            let value_name = Names { name: &walk.value, value: element, outer };
            let inner = Scope { instance: scope.instance, names: Some(&value_name) };
            if let Some(condition) = &walk.condition {
                let test = self.evaluate(condition, inner)?;
                match operators::to_bool(&test) {
                    Some(true) => {}
                    Some(false) => continue,
                    None if test.is_unknown() => {
                        unknown = Some(test);
                        continue;
                    }
                    None => return Err(Failure::at(condition.span, "the condition must be a bool")),
                }
            }
            let Some(result_key) = &walk.result_key else {
                items.push(self.evaluate(&walk.result, inner)?);
                continue;
            };
            let key_value = self.evaluate(result_key, inner)?;
            let value = self.evaluate(&walk.result, inner)?;
            match operators::to_text(&key_value) {
                Some(name) if walk.grouping => groups.entry(name).or_default().push(value),
                Some(name) => {
                    let entry = Entry { span: walk.result.span, value };
                    if map.entries.insert(name.clone(), entry).is_some() {
                        let message = eco_format!(
                            "two elements have the key \"{name}\"; write ... behind the value to group them"
                        );
                        self.object(Failure::at(result_key.span, message), ())?;
                    }
                }
                None if key_value.is_unknown() => unknown = Some(key_value),
                None => return Err(Failure::at(result_key.span, "the key must be a string")),
            }
        }
        if let Some(unknown) = unknown {
            let reason = unknown.unknown_reason().unwrap_or_default();
            return Ok(Value::unknown(reason).with_origin(unknown.origin));
        }
        let mut origin = Origin::at(span);
        origin.absorb(&collection.origin);
        let result = match &walk.result_key {
            None => Value::list(items, ListKind::Tuple),
            Some(_) => {
                for (name, values) in groups {
                    let value = Value::list(values, ListKind::Tuple).with_origin(Origin::at(walk.result.span));
                    map.entries.insert(name, Entry { value, span: walk.result.span });
                }
                map.sort();
                Value::map(map)
            }
        };
        Ok(result.with_origin(origin).with_sensitive(collection.sensitive))
    }

    fn call(&self, call: &Call, scope: Scope<'_, 'm>, span: Span) -> Outcome {
        match call.name.as_str() {
            "try" | "core::try" => return self.call_try(call, scope, span),
            "can" | "core::can" => return self.call_can(call, scope, span),
            name if name.starts_with("provider::") => {
                return Ok(
                    Value::unknown(eco_format!("{name} is computed by its provider")).with_origin(Origin::at(span))
                );
            }
            _ => {}
        }
        let Some(function) = functions::find(&call.name) else {
            return Err(Failure::at(span, eco_format!("there is no function \"{}\"", call.name)));
        };
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for (at, argument) in call.arguments.iter().enumerate() {
            let value = self.evaluate(argument, scope)?;
            if !(call.spread && at + 1 == call.arguments.len()) {
                arguments.push(value);
                continue;
            }
            match operators::elements(&value) {
                Some(elements) => arguments.extend(elements.into_iter().map(|(_, element)| element)),
                None => match value.unknown_reason() {
                    Some(reason) => return Ok(Value::unknown(reason).with_origin(value.origin)),
                    None => return Err(Failure::at(argument.span, "... needs a list, set or tuple before it")),
                },
            }
        }
        if arguments.len() < function.minimum || function.maximum.is_some_and(|most| arguments.len() > most) {
            return Err(Failure::at(
                span,
                eco_format!("{} does not take {} arguments", function.name, arguments.len()),
            ));
        }
        let mut origin = Origin::at(span);
        let mut sensitive = false;
        for argument in &arguments {
            argument.each_reference(&mut |reference| origin.push_reference(reference.clone()));
            for step in argument.origin.steps() {
                origin.push_step(step.clone());
            }
            sensitive |= argument.sensitive;
        }
        let blocking = match function.unknown {
            OnUnknown::Whole => arguments.iter().find_map(Value::first_unknown),
            OnUnknown::Top => arguments.iter().find(|argument| argument.is_unknown()),
            OnUnknown::Handle => None,
        };
        if let Some(unknown) = blocking {
            let reason = unknown.unknown_reason().unwrap_or_default();
            return Ok(Value::unknown(reason).with_origin(origin).with_sensitive(sensitive));
        }
        let render = |text: &str, variables: &Map| self.render(text, variables, scope);
        let context = functions::Context {
            module: &scope.instance.module.folder,
            roots: self.roots,
            files: self.sources.files(),
            template: &render,
        };
        match (function.run)(&context, &arguments) {
            Ok(mut value) => {
                match &value.data {
                    Data::String(text) => self.within_text(text.len(), span)?,
                    Data::List(list) => self.spend(list.items.len(), span)?,
                    Data::Map(map) => self.spend(map.entries.len(), span)?,
                    _ => {}
                }
                origin.absorb(&value.origin);
                value.origin = origin;
                Ok(value.with_sensitive(sensitive && !matches!(function.name, "nonsensitive" | "issensitive")))
            }
            Err(message) => Err(Failure::at(span, eco_format!("{}: {message}", function.name))),
        }
    }

    fn call_try(&self, call: &Call, scope: Scope<'_, 'm>, span: Span) -> Outcome {
        let mut last = Failure::at(span, "try needs an argument");
        for argument in &call.arguments {
            match self.quietly(|| self.evaluate(argument, scope)) {
                Ok(value) => return Ok(value),
                Err(failure) if failure.is_limit() => return Err(failure),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn call_can(&self, call: &Call, scope: Scope<'_, 'm>, span: Span) -> Outcome {
        let Some(argument) = call.arguments.first() else {
            return Err(Failure::at(span, "can needs an argument"));
        };
        match self.quietly(|| self.evaluate(argument, scope)) {
            Ok(value) => match value.first_unknown() {
                Some(unknown) => {
                    Ok(Value::unknown(unknown.unknown_reason().unwrap_or_default()).with_origin(unknown.origin.clone()))
                }
                None => Ok(Value::at(Data::Bool(true), span)),
            },
            Err(failure) if failure.is_limit() => Err(failure),
            Err(_) => Ok(Value::at(Data::Bool(false), span)),
        }
    }
}
