//! Texts put together from pieces of which some may not be known.

use ecow::EcoString;

use super::arguments::{Answer, check_text, holds_sensitive, refusal};
use crate::evaluate::terraform::operators;
use crate::value::{Data, Known, Part, Value};

/// A text that is being put together.
#[derive(Default)]
pub struct Pieces {
    parts: Vec<Part>,
    open: String,
    length: usize,
    reason: Option<EcoString>,
    sensitive: bool,
}

impl Pieces {
    /// Appends a known text.
    pub fn text(&mut self, text: &str) {
        self.length += text.len();
        self.open.push_str(text);
    }

    /// Appends the text of a value, or a hole where it is not known.
    pub fn value(&mut self, value: &Value) -> Result<(), EcoString> {
        self.sensitive |= holds_sensitive(value);
        match (operators::to_text(value), &value.data) {
            (Some(text), _) => self.text(&text),
            (None, Data::Unknown(unknown)) if matches!(unknown.known, Known::Template(_)) => {
                if let Known::Template(inner) = &unknown.known {
                    self.close();
                    self.parts.extend(inner.iter().cloned());
                    self.reason.get_or_insert_with(|| unknown.reason.clone());
                }
            }
            (None, Data::Unknown(_) | Data::Choice(_)) => self.hole(value),
            (None, _) => return Err(refusal(value, "a string")),
        }
        check_text(self.length)
    }

    /// Appends a hole.
    pub fn hole(&mut self, value: &Value) {
        self.close();
        self.sensitive |= holds_sensitive(value);
        let reason = value.first_unknown().and_then(Value::unknown_reason).unwrap_or_default();
        self.reason.get_or_insert(reason);
        self.parts.push(Part::Hole(value.clone()));
    }

    /// Notes that what was appended must not be printed when `sensitive` holds.
    pub fn mark(&mut self, sensitive: bool) {
        self.sensitive |= sensitive;
    }

    /// The whole text.
    pub fn finish(mut self) -> Answer {
        check_text(self.length)?;
        let value = match self.reason.take() {
            None => Value::string(self.open.as_str()),
            Some(reason) => {
                self.close();
                Value::partly_known(reason, Known::Template(self.parts.into()))
            }
        };
        Ok(value.with_sensitive(self.sensitive))
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.parts.push(Part::Text(self.open.as_str().into()));
            self.open.clear();
        }
    }
}
