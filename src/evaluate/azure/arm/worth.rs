//! What the JSON of a template is worth: expressions in strings, and arrays that a copy makes.

use ecow::{EcoString, eco_format};

use super::scope::{Here, Place, Turn};
use super::template::{get, text};
use crate::evaluate::azure::{Evaluator, Failure, Names, Outcome};
use crate::evaluate::embedded;
use crate::parse::arm::{self, Offsets, Text};
use crate::parse::tree::{Entry as Pair, Node, NodeKind};
use crate::source::Span;
use crate::value::{Arm, Data, Entry, Known, ListKind, Map, Origin, Part, Value};

/// Turns that a copy may have; Azure allows 800.
const MAX_TURNS: i64 = 800;

impl<'w> Here<'_, 'w> {
    /// The value of a node. What is wrong inside it is noted, and unknown; what is wrong with it as a whole is
    /// the outcome.
    pub(super) fn worth(&self, node: &Node) -> Outcome {
        if let Some(value) = self.shared.embedded(node) {
            return self.embedded(embedded::used_at(value, node.span));
        }
        let data = match &node.kind {
            NodeKind::Null => Data::Null,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(value) => Data::Number(*value),
            NodeKind::String(text) => return self.expression(text, node.span),
            NodeKind::Sequence(items) => {
                return self.deeper(1, node.span, || {
                    let items = items.iter().map(|item| self.noted(item)).collect();
                    Ok(Value::list(items, ListKind::Tuple).with_origin(Origin::at(node.span)))
                });
            }
            NodeKind::Mapping(entries) => return self.deeper(1, node.span, || self.mapping(entries, node.span)),
        };
        Ok(Value::at(data, node.span))
    }

    /// The value of a node; what is wrong with it is noted.
    pub(super) fn noted(&self, node: &Node) -> Value {
        self.worth(node).unwrap_or_else(|failure| {
            let value = failure.unknown();
            self.shared.fail(failure);
            value
        })
    }

    /// The value of a node in which no expression counts.
    pub(super) fn plain(&self, node: &Node) -> Value {
        if let Some(value) = self.shared.embedded(node) {
            return embedded::used_at(value, node.span);
        }
        match &node.kind {
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.plain(item)).collect();
                Value::list(items, ListKind::Tuple).with_origin(Origin::at(node.span))
            }
            NodeKind::Mapping(entries) => {
                let mut map = Map::new();
                for pair in entries {
                    map.insert(pair.key.clone(), self.plain(&pair.value));
                }
                Value::map(map).with_origin(Origin::at(node.span))
            }
            NodeKind::Null => Value::at(Data::Null, node.span),
            NodeKind::Bool(value) => Value::at(Data::Bool(*value), node.span),
            NodeKind::Number(value) => Value::at(Data::Number(*value), node.span),
            NodeKind::String(text) => Value::at(Data::String(text.clone()), node.span),
        }
    }

    /// What a value is worth that stands in the template in the place of a node: its texts are those of the template.
    fn embedded(&self, value: Value) -> Outcome {
        let is_expression = |text: &str| text.starts_with('[');
        let data = match &value.data {
            Data::String(text) if is_expression(text) => {
                let inner = self.expression(text, value.origin.span)?;
                return Ok(inner.with_sensitive(value.sensitive));
            }
            Data::Unknown(unknown) => match &unknown.known {
                Known::Template(parts) if matches!(parts.first(), Some(Part::Text(text)) if is_expression(text)) => {
                    Value::unknown(unknown.reason.clone()).data
                }
                _ => return Ok(value),
            },
            Data::Choice(arms) => {
                let arm = |arm: &Arm| {
                    let inner = embedded::used_at(&arm.value, value.origin.span);
                    Ok(Arm { when: arm.when.clone(), value: self.embedded(inner)? })
                };
                Data::Choice(arms.iter().map(arm).collect::<Result<_, Failure>>()?)
            }
            _ => return Ok(value),
        };
        Ok(Value { data, ..value })
    }

    /// The value of a string.
    fn expression(&self, text: &EcoString, span: Span) -> Outcome {
        let raw = || {
            let raw = self.shared.sources.text(span);
            raw.get(1..raw.len().saturating_sub(1)).unwrap_or("")
        };
        self.string(text, span, span.start as usize + 1, raw)
    }

    /// The value of a string whose text starts at a byte of its file, where it is written as `raw` says.
    fn string<'t>(&self, text: &EcoString, span: Span, start: usize, raw: impl Fn() -> &'t str) -> Outcome {
        let text = match text.strip_prefix("[[") {
            Some(_) if self.level.escaped => text.get(1..).unwrap_or(""),
            _ => text.as_str(),
        };
        if !(text.starts_with('[') && text.ends_with(']')) {
            return Ok(Value::at(Data::String(text.into()), span));
        }
        let raw = raw();
        let offsets = match raw.contains('\\') {
            _ if self.shared.embedded.is_some() && raw != text => Offsets::whole(span),
            true => Offsets::of_json(span.source, start, raw),
            false => Offsets::plain(span.source, start),
        };
        let wrong = |error: crate::parse::SyntaxError| Failure::at(error.span, error.message);
        match arm::parse_text(text, &offsets).map_err(wrong)? {
            Text::Literal(text) => Ok(Value::at(Data::String(text), span)),
            Text::Expression(expression) => {
                let value = self.deeper(depth(text), span, || Evaluator::new(self).evaluate(&expression))?;
                self.shared.weigh(self.with_references(value), span)
            }
        }
    }

    fn mapping(&self, entries: &[Pair], span: Span) -> Outcome {
        let mut map = Map::new();
        for pair in entries {
            if pair.key.eq_ignore_ascii_case("copy")
                && let Some(copies) = property_copies(&pair.value)
            {
                for copy in copies {
                    let (name, value) = self.property_copy(copy)?;
                    map.entries.insert(name, Entry { value, span: copy.span });
                }
                continue;
            }
            self.insert(&mut map, pair)?;
        }
        Ok(Value::map(map).with_origin(Origin::at(span)))
    }

    /// Adds an entry, whose key may be an expression too.
    pub(super) fn insert(&self, map: &mut Map, pair: &Pair) -> Result<(), Failure> {
        let key = match pair.key.starts_with('[') {
            true => {
                let key = self.expression(&pair.key, pair.key_span).and_then(|key| {
                    crate::evaluate::azure::shown(&key, self)
                        .ok_or_else(|| Failure::at(pair.key_span, "the name of a property must be a string"))
                });
                match key {
                    Ok(key) => key,
                    Err(failure) => {
                        self.shared.fail(failure);
                        pair.key.clone()
                    }
                }
            }
            false => pair.key.clone(),
        };
        map.entries.insert(key, Entry { value: self.noted(&pair.value), span: pair.value.span });
        Ok(())
    }

    /// The name and the array that a copy of a property or variable makes.
    pub(super) fn property_copy(&self, copy: &Node) -> Result<(EcoString, Value), Failure> {
        let name = EcoString::from(text(copy, "name").unwrap_or_default());
        let input = get(copy, "input").ok_or_else(|| Failure::at(copy.span, "a copy needs an input"))?;
        let places = self.turns(copy, &name, true)?;
        let mut items = Vec::new();
        for place in &places.places {
            items.push(Here { place, ..*self }.noted(input));
        }
        let value = match places.unknown {
            Some(unknown) => unknown,
            None => Value::list(items, ListKind::Tuple),
        };
        Ok((name, value.with_origin(Origin::at(copy.span))))
    }

    /// The places of the turns of a copy; one that stands for all where their number is not known.
    pub(super) fn turns(&self, copy: &Node, name: &str, is_inner: bool) -> Result<Turns, Failure> {
        let count = get(copy, "count").ok_or_else(|| Failure::at(copy.span, "a copy needs a count"))?;
        let turns = self.worth(count)?;
        let at = |at: Value| {
            let mut place = self.place.clone();
            place.copies.push(Turn { name: name.to_ascii_lowercase().into(), at, is_inner });
            place
        };
        let number = turns.as_number().and_then(|number| number.as_i64());
        let number = number.or_else(|| turns.as_str().and_then(|text| text.trim().parse().ok()));
        match number {
            Some(number) if (0..=MAX_TURNS).contains(&number) => {
                self.spend(input_size(copy).saturating_mul(number.unsigned_abs() as usize), count.span)?;
                Ok(Turns { places: (0..number).map(|turn| at(Value::number(turn))).collect(), unknown: None })
            }
            Some(number) => {
                let message = eco_format!("the count of a copy is a number from 0 to {MAX_TURNS}, not {number}");
                Err(Failure::at(count.span, message))
            }
            None if turns.is_unknown() => {
                let reason = turns.unknown_reason().unwrap_or_default();
                let mut turn = Value::unknown(eco_format!("how many turns copy {name} has is not known: {reason}"));
                turn.origin.span = count.span;
                Ok(Turns { places: vec![at(turn.clone())], unknown: Some(turn) })
            }
            None => Err(Failure::at(count.span, "the count of a copy must be a number")),
        }
    }
}

/// The turns of a copy.
pub(super) struct Turns {
    /// Where they stand.
    pub(super) places: Vec<Place>,
    /// Why their number is not known, if it is not; then one place stands for all.
    pub(super) unknown: Option<Value>,
}

/// How many levels an expression has at most.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 1usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest.min(arm::MAX_DEPTH)
}

fn input_size(copy: &Node) -> usize {
    get(copy, "input").map_or(1, Node::size)
}

/// The copies of properties that a value under `copy` is; a resource's own copy is a mapping.
fn property_copies(node: &Node) -> Option<&[Node]> {
    let copies = node.as_sequence()?;
    let is_copy = |copy: &Node| text(copy, "name").is_some() && get(copy, "input").is_some();
    (!copies.is_empty() && copies.iter().all(is_copy)).then_some(copies)
}
