//! One piece of a split text that is known in part. Compiled templates name the levels of a child's name so:
//! `split(format('{0}/{1}', parameters('server'), 'records'), '/')[1]`.

use super::Failure;
use super::expression::Evaluator;
use crate::parse::bicep::ast::{Accessor, AccessorKind, Expression, ExpressionKind};
use crate::value::{Data, Known, Part, Value};

/// What divides the levels of a name.
const SLASH: &str = "/";

impl Evaluator<'_> {
    /// The piece that `split(text, '/')[position]` takes of a text with unknown parts; none where this is no such split,
    /// or where the piece cannot be told. A name of one level has no slash, so that an unknown part which names a level
    /// is taken for one piece; an id has many, and leaves the pieces unknown.
    pub(super) fn piece(&self, root: &Expression, steps: &[Accessor]) -> Result<Option<Value>, Failure> {
        let (ExpressionKind::Call(call), Some(AccessorKind::Index { index, from_end: false, .. })) =
            (&root.kind, steps.first().map(|step| &step.kind))
        else {
            return Ok(None);
        };
        let ([text, delimiter], true) = (call.arguments.as_slice(), call.name.name.eq_ignore_ascii_case("split"))
        else {
            return Ok(None);
        };
        if self.evaluate(delimiter)?.as_str() != Some(SLASH) {
            return Ok(None);
        }
        let text = self.evaluate(text)?;
        let position = self.evaluate(index)?.as_number().and_then(|number| number.as_i64());
        let position = position.and_then(|position| usize::try_from(position).ok());
        Ok(position.and_then(|position| piece_of(&text, position)))
    }
}

fn piece_of(text: &Value, position: usize) -> Option<Value> {
    let Data::Unknown(unknown) = &text.data else { return None };
    let Known::Template(parts) = &unknown.known else { return None };
    let mut at = 0;
    let mut piece: Vec<Part> = Vec::new();
    for part in parts.iter() {
        match part {
            Part::Hole(hole) if has_levels(hole) => return None,
            Part::Hole(_) if at == position => piece.push(part.clone()),
            Part::Hole(_) => {}
            Part::Text(text) => {
                for (turn, level) in text.split(SLASH).enumerate() {
                    at += usize::from(turn > 0);
                    if at == position && !level.is_empty() {
                        piece.push(Part::Text(level.into()));
                    }
                }
            }
        }
    }
    if at == 0 || at < position {
        return None;
    }
    let made = match piece.as_slice() {
        [] => Value::string(""),
        [Part::Text(text)] => Value::string(text.clone()),
        [Part::Hole(hole)] => hole.clone(),
        _ => Value::partly_known(unknown.reason.clone(), Known::Template(piece.into())),
    };
    Some(made.with_sensitive(text.sensitive))
}

/// Whether an unknown value is the id of a resource.
fn has_levels(hole: &Value) -> bool {
    let mut is_id = false;
    hole.each_reference(&mut |reference| is_id |= reference.attribute == "id");
    is_id
}
