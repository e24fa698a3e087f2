//! Evaluates the expression tree that ARM and Bicep share. What is not known stays unknown unless the rest
//! decides; what hangs on an unknown condition is a choice.

use ecow::EcoString;

use super::functions;
use super::{Failure, Frame, Names, Outcome, choice, shown};
use crate::parse::bicep::ast::{
    BinaryOperator, Expression, ExpressionKind, For, Item, Member, Object, TemplatePart, UnaryOperator,
};
use crate::source::Span;
use crate::value::{Data, Entry, ListKind, Map, Origin, Value};

/// Evaluates expressions among some names.
#[derive(Clone, Copy)]
pub struct Evaluator<'s> {
    /// What surrounds the expression.
    pub names: &'s dyn Names,
    /// The variables of loops, lambdas and functions around it.
    pub frame: Option<&'s Frame<'s>>,
    /// Whether failures count as such even where they could be noted: an alternative is only tried.
    pub trying: bool,
}

impl<'s> Evaluator<'s> {
    /// Evaluates what stands at the top.
    pub fn new(names: &'s dyn Names) -> Self {
        Evaluator { names, frame: None, trying: false }
    }

    /// Evaluates what stands below some variables.
    pub fn within(names: &'s dyn Names, frame: Option<&'s Frame<'s>>) -> Self {
        Evaluator { names, frame, trying: false }
    }

    /// The value of an expression.
    pub fn evaluate(&self, expression: &Expression) -> Outcome {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Null => Ok(Value::at(Data::Null, span)),
            ExpressionKind::Bool(value) => Ok(Value::at(Data::Bool(*value), span)),
            ExpressionKind::Number(value) => Ok(Value::at(Data::Number(*value), span)),
            ExpressionKind::String(text) => Ok(Value::at(Data::String(text.clone()), span)),
            ExpressionKind::Template(parts) => self.template(parts, span),
            ExpressionKind::Array(items) => self.array(items, span),
            ExpressionKind::Object(object) => self.object(object),
            ExpressionKind::Name(name) => self.name(name, span),
            ExpressionKind::Access(root, steps) => self.access(root, steps, span),
            ExpressionKind::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.conditional(condition, then, otherwise)
            }
            ExpressionKind::Call(call) => self.call(None, call, span),
            ExpressionKind::Unary(UnaryOperator::Not, operand) => {
                self.built_in("not", &[self.evaluate(operand)?], span)
            }
            ExpressionKind::Unary(UnaryOperator::Negate, operand) => {
                self.built_in("sub", &[Value::number(0), self.evaluate(operand)?], span)
            }
            ExpressionKind::Binary(operator, sides) => self.binary(*operator, sides, span),
            ExpressionKind::For(repeated) => {
                let collection = self.evaluate(&repeated.repetition.collection)?;
                choice::over(&[collection], &|values| match values {
                    [collection] => self.repeated(repeated, collection, span),
                    _ => Ok(Value::null()),
                })
            }
            ExpressionKind::Lambda(_) => {
                Err(Failure::at(span, "a lambda has a value only as an argument of map, filter and their like"))
            }
        }
    }

    /// The value of an element whose failure does not spoil what it stands in.
    fn element(&self, expression: &Expression) -> Outcome {
        match self.evaluate(expression) {
            Err(failure) if !self.trying => self.names.recover(failure),
            outcome => outcome,
        }
    }

    pub(super) fn name(&self, name: &str, span: Span) -> Outcome {
        if let Some(value) = self.frame.and_then(|frame| frame.find(name)) {
            return Ok(value.clone());
        }
        self.names.name(name, span).unwrap_or_else(|| {
            Err(Failure::at(
                span,
                ecow::eco_format!("there is nothing named \"{name}\"; declare it, or correct the name"),
            ))
        })
    }

    fn template(&self, parts: &[TemplatePart], span: Span) -> Outcome {
        let mut holes = Vec::new();
        for part in parts {
            if let TemplatePart::Interpolation(hole) = part {
                holes.push(self.evaluate(hole)?);
            }
        }
        choice::over(&holes, &|holes| {
            let mut values = holes.iter();
            let pieces = parts.iter().map(|part| match part {
                TemplatePart::Text(text, _) => Ok(text.as_str()),
                TemplatePart::Interpolation(_) => values.next().ok_or("").map_or(Ok(""), Err),
            });
            functions::with_history(functions::interpolate(pieces), holes, span)
                .map_err(|message| Failure::at(span, message))
        })
    }

    fn array(&self, items: &[Item], span: Span) -> Outcome {
        let mut values = Vec::with_capacity(items.len());
        let mut spreads = Vec::new();
        for item in items {
            match item {
                Item::Value(value) => values.push(self.element(value)?),
                Item::Spread(expression) => {
                    spreads.push((values.len(), self.evaluate(expression)?, expression.span));
                }
            }
        }
        if spreads.is_empty() {
            return Ok(Value::list(values, ListKind::Tuple).with_origin(Origin::at(span)));
        }
        let spread: Vec<Value> = spreads.iter().map(|(_, value, _)| value.clone()).collect();
        choice::over(&spread, &|spread| {
            let mut all = Vec::new();
            let mut taken = 0;
            for ((at, _, place), value) in spreads.iter().zip(spread) {
                if value.is_unknown() {
                    return Ok(choice::from_unknown(value));
                }
                let inner =
                    value.as_list().ok_or_else(|| Failure::at(*place, "what is spread here must be an array"))?;
                all.extend(values.get(taken..*at).unwrap_or_default().iter().cloned());
                all.extend(inner.iter().cloned());
                taken = *at;
            }
            all.extend(values.get(taken..).unwrap_or_default().iter().cloned());
            self.names.spend(all.len(), span)?;
            Ok(Value::list(all, ListKind::Tuple).with_origin(Origin::at(span)))
        })
    }

    /// The value of an object literal.
    pub fn object(&self, object: &Object) -> Outcome {
        let mut spreads = Vec::new();
        for member in &object.members {
            if let Member::Spread(expression) = member {
                spreads.push(self.evaluate(expression)?);
            }
        }
        let own = self.properties(object)?;
        choice::over(&spreads, &|spreads| {
            if let Some(unknown) = spreads.iter().find(|value| value.is_unknown()) {
                return Ok(choice::from_unknown(unknown));
            }
            let (mut spreads, mut own) = (spreads.iter(), own.iter());
            let mut map = Map::new();
            for member in &object.members {
                match member {
                    Member::Property(_) => {
                        if let Some((key, entry)) = own.next() {
                            map.entries.insert(key.clone(), entry.clone());
                        }
                    }
                    Member::Spread(expression) => {
                        let Some(value) = spreads.next() else { continue };
                        let inner = value
                            .as_map()
                            .ok_or_else(|| Failure::at(expression.span, "what is spread here must be an object"))?;
                        for (key, entry) in &inner.entries {
                            map.entries.insert(key.clone(), entry.clone());
                        }
                    }
                }
            }
            Ok(Value::map(map).with_origin(Origin::at(object.span)))
        })
    }

    /// The properties of an object literal, without its spreads.
    fn properties(&self, object: &Object) -> Result<Vec<(EcoString, Entry)>, Failure> {
        let mut own = Vec::with_capacity(object.members.len());
        for property in object.properties() {
            let key = match property.name() {
                Some(name) => EcoString::from(name),
                None => {
                    let key = self.evaluate(&property.key)?;
                    shown(&key, self.names)
                        .ok_or_else(|| Failure::at(property.key.span, "the key of a property must be a string"))?
                }
            };
            let value = self.element(&property.value)?;
            own.push((key, Entry { value, span: property.value.span }));
        }
        Ok(own)
    }

    fn conditional(&self, condition: &Expression, then: &Expression, otherwise: &Expression) -> Outcome {
        let test = self.evaluate(condition)?;
        choice::over(&[test], &|test| {
            let [test] = test else { return Ok(Value::null()) };
            let taken = match test.data {
                Data::Bool(true) => self.evaluate(then),
                Data::Bool(false) => self.evaluate(otherwise),
                Data::Unknown(_) => {
                    let text = self.names.text(condition.span);
                    if self.names.assumes(&text) {
                        return self.evaluate(then);
                    }
                    // The alternative that is not taken need not have a value.
                    let trying = Evaluator { trying: true, ..*self };
                    return match (trying.evaluate(then), trying.evaluate(otherwise)) {
                        (Ok(then), Ok(otherwise)) => Ok(choice::choose(test, text, &then, &otherwise)),
                        (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(only),
                        (Err(failure), Err(_)) => Err(failure),
                    };
                }
                _ => return Err(Failure::at(condition.span, "the condition must be true or false")),
            };
            taken.map(|value| value.with_sensitive(test.sensitive))
        })
    }

    fn binary(&self, operator: BinaryOperator, sides: &[Expression; 2], span: Span) -> Outcome {
        let [left, right] = sides;
        let name = match operator {
            BinaryOperator::And => return self.lazily("and", sides, span),
            BinaryOperator::Or => return self.lazily("or", sides, span),
            BinaryOperator::Coalesce => return self.lazily("coalesce", sides, span),
            BinaryOperator::Equal | BinaryOperator::NotEqual => "equals",
            BinaryOperator::EqualIgnoringCase | BinaryOperator::NotEqualIgnoringCase => "equals",
            BinaryOperator::Less => "less",
            BinaryOperator::LessOrEqual => "lessOrEquals",
            BinaryOperator::Greater => "greater",
            BinaryOperator::GreaterOrEqual => "greaterOrEquals",
            BinaryOperator::Add => "add",
            BinaryOperator::Subtract => "sub",
            BinaryOperator::Multiply => "mul",
            BinaryOperator::Divide => "div",
            BinaryOperator::Modulo => "mod",
        };
        let mut sides = [self.evaluate(left)?, self.evaluate(right)?];
        if matches!(operator, BinaryOperator::EqualIgnoringCase | BinaryOperator::NotEqualIgnoringCase) {
            for side in &mut sides {
                *side = self.built_in("toLower", std::slice::from_ref(side), span)?;
            }
        }
        let value = self.built_in(name, &sides, span)?;
        match operator {
            BinaryOperator::NotEqual | BinaryOperator::NotEqualIgnoringCase => self.built_in("not", &[value], span),
            _ => Ok(value),
        }
    }

    /// Evaluates something below some variables.
    pub fn bound(&self, names: &[&str], values: &[Value], work: &dyn Fn(&Evaluator<'_>) -> Outcome) -> Outcome {
        match (names.split_first(), values.split_first()) {
            (Some((name, names)), Some((value, values))) => {
                let frame = Frame { name, value: value.clone(), outer: self.frame };
                let inner = Evaluator { names: self.names, frame: Some(&frame), trying: self.trying };
                inner.bound(names, values, work)
            }
            _ => work(self),
        }
    }

    fn repeated(&self, repeated: &For, collection: &Value, span: Span) -> Outcome {
        if collection.is_unknown() {
            return Ok(choice::from_unknown(collection));
        }
        let items = collection.as_list().ok_or_else(|| {
            Failure::at(repeated.repetition.collection.span, "a loop walks an array; items() makes one of an object")
        })?;
        self.names.spend(items.len(), span)?;
        let index = repeated.repetition.index.as_ref().map(|index| index.name.as_str());
        let names: Vec<&str> = [Some(repeated.repetition.item.name.as_str()), index].into_iter().flatten().collect();
        let mut made = Vec::with_capacity(items.len());
        for (at, item) in (0i64..).zip(items) {
            let given = [item.clone(), Value::number(at)];
            if let Some(condition) = &repeated.condition {
                let truth = self.bound(&names, &given, &|evaluator| evaluator.evaluate(condition))?;
                match truth.data {
                    Data::Bool(true) => {}
                    Data::Bool(false) => continue,
                    Data::Unknown(_) | Data::Choice(_) => return Ok(choice::from_unknown(&truth)),
                    _ => return Err(Failure::at(condition.span, "the condition must be true or false")),
                }
            }
            made.push(self.bound(&names, &given, &|evaluator| evaluator.element(&repeated.body))?);
        }
        let mut origin = Origin::at(span);
        origin.absorb(&collection.origin);
        Ok(Value::list(made, ListKind::Tuple).with_origin(origin))
    }
}
