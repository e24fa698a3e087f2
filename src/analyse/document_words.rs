//! The words of policy documents: the texts of a statement's fields, as far as they are known.

use ecow::{EcoString, eco_format};

use crate::value::{Data, Known, Part, Truth, Value};

/// The texts of a field that is one or several; unknown ones as None, with what is known of them lost.
pub(super) fn texts(statement: &Value, field: &str) -> Option<Vec<Text>> {
    let value = &statement.get(field)?.value;
    Some(match &value.data {
        Data::List(list) => list.items.iter().map(Text::of).collect(),
        _ => vec![Text::of(value)],
    })
}

/// A text of a document, as far as it is known.
pub(super) enum Text {
    /// All of it.
    Known(EcoString),
    /// A part; it is not the bare wildcard.
    Partly(EcoString),
    /// Nothing.
    Unknown,
}

impl Text {
    pub(super) fn of(value: &Value) -> Text {
        match &value.data {
            Data::String(text) => Text::Known(text.clone()),
            // JSON and YAML leave quotes out: a switch of a condition, the number of an account.
            Data::Bool(value) => Text::Known(eco_format!("{value}")),
            Data::Number(number) => Text::Known(eco_format!("{number}")),
            Data::Unknown(unknown) => match &unknown.known {
                Known::Template(parts) => {
                    let mut known = EcoString::new();
                    for part in parts.iter() {
                        match part {
                            Part::Text(text) => known.push_str(text),
                            Part::Hole(_) => known.push('?'),
                        }
                    }
                    if known == "?" { Text::Unknown } else { Text::Partly(known) }
                }
                // A reference to a resource is that resource, never everything.
                _ if !value.origin.references().is_empty() => Text::Partly("?".into()),
                _ => Text::Unknown,
            },
            _ => Text::Unknown,
        }
    }

    /// Whether a known text passes a test; one that is only partly known does not.
    pub(super) fn is(&self, test: impl Fn(&str) -> bool) -> Truth {
        match self {
            Text::Known(text) => test(text).into(),
            Text::Partly(_) => Truth::False,
            Text::Unknown => Truth::Unknown,
        }
    }
}
