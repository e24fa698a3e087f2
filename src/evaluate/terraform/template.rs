//! Templates: the texts they make, with holes where a part is not known.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::scope::{Names, Scope};
use super::{Evaluator, MAX_TEXT, operators};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::TemplatePart;
use crate::source::Span;
use crate::value::{Data, Entry, Known, Map, Origin, Part, Value};

type Outcome = Result<Value, Failure>;

impl<'m> Evaluator<'m> {
    /// The text of a template, with holes where a part is not known.
    pub(super) fn template(&self, parts: &[TemplatePart], scope: Scope<'_, 'm>, span: Span) -> Outcome {
        if let [TemplatePart::Interpolation(only)] = parts {
            // A template that is nothing but an interpolation is its value, whatever its type.
            return self.evaluate(only, scope);
        }
        let mut pieces: Vec<Part> = Vec::new();
        let mut origin = Origin::at(span);
        let mut sensitive = false;
        self.pieces(parts, scope, &mut pieces, &mut origin, &mut sensitive)?;
        if let Some(reason) = pieces.iter().find_map(|part| match part {
            Part::Hole(value) => value.unknown_reason(),
            Part::Text(_) => None,
        }) {
            return Ok(Value::partly_known(reason, Known::Template(pieces.into()))
                .with_origin(origin)
                .with_sensitive(sensitive));
        }
        let length = pieces.iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Hole(_) => 0,
        });
        self.within_text(length.sum(), span)?;
        let mut text = EcoString::new();
        for piece in pieces {
            if let Part::Text(piece) = piece {
                text.push_str(&piece);
            }
        }
        Ok(Value::string(text).with_origin(origin).with_sensitive(sensitive))
    }

    fn pieces(
        &self,
        parts: &[TemplatePart],
        scope: Scope<'_, 'm>,
        pieces: &mut Vec<Part>,
        origin: &mut Origin,
        sensitive: &mut bool,
    ) -> Result<(), Failure> {
        for part in parts {
            match part {
                TemplatePart::Text(text) => pieces.push(Part::Text(text.clone())),
                TemplatePart::Interpolation(expression) => {
                    let value = self.evaluate(expression, scope)?;
                    for step in value.origin.steps() {
                        origin.push_step(step.clone());
                    }
                    for reference in value.origin.references() {
                        origin.push_reference(reference.clone());
                    }
                    *sensitive |= value.sensitive;
                    match (operators::to_text(&value), &value.data) {
                        (Some(text), _) => pieces.push(Part::Text(text)),
                        (None, Data::Unknown(unknown)) if matches!(unknown.known, Known::Template(_)) => {
                            if let Known::Template(inner) = &unknown.known {
                                pieces.extend(inner.iter().cloned());
                            }
                        }
                        (None, _) if value.is_unknown() => pieces.push(Part::Hole(value)),
                        (None, _) => {
                            return Err(Failure::at(
                                expression.span,
                                eco_format!("a {} cannot be part of a string", value.shape()),
                            ));
                        }
                    }
                }
                TemplatePart::If(directive) => {
                    let test = self.evaluate(&directive.condition, scope)?;
                    match operators::to_bool(&test) {
                        Some(true) => self.pieces(&directive.then, scope, pieces, origin, sensitive)?,
                        Some(false) => self.pieces(&directive.otherwise, scope, pieces, origin, sensitive)?,
                        None if test.is_unknown() => pieces.push(Part::Hole(test)),
                        None => return Err(Failure::at(directive.condition.span, "the condition must be a bool")),
                    }
                }
                TemplatePart::For(directive) => {
                    let collection = self.evaluate(&directive.collection, scope)?;
                    if collection.is_unknown() {
                        pieces.push(Part::Hole(collection));
                        continue;
                    }
                    let Some(elements) = operators::elements(&collection) else {
                        return Err(Failure::at(directive.collection.span, "only a list, set or map can be walked"));
                    };
                    for (key, element) in elements {
                        self.spend(1, directive.collection.span)?;
                        let key_name =
                            directive.key.as_ref().map(|name| Names { name, value: key, outer: scope.names });
                        let outer = key_name.as_ref().or(scope.names);
                        let value_name = Names { name: &directive.value, value: element, outer };
                        let inner = Scope { instance: scope.instance, names: Some(&value_name) };
                        self.pieces(&directive.body, inner, pieces, origin, sensitive)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The value of a template file's text over its own variables.
    pub(super) fn render(&self, text: &str, variables: &Map, scope: Scope<'_, 'm>) -> Result<Value, EcoString> {
        let parts = crate::parse::terraform::parse_template(Span::NONE.source, text)
            .map_err(|error| eco_format!("the template does not parse: {}", error.message))?;
        let names: Vec<(&EcoString, &Entry)> = variables.entries.iter().collect();
        self.render_with(&parts, &names, scope.instance, None).map_err(|failure| failure.message)
    }

    fn render_with(
        &self,
        parts: &[TemplatePart],
        names: &[(&EcoString, &Entry)],
        instance: &Rc<super::scope::Instance<'m>>,
        outer: Option<&Names<'_>>,
    ) -> Outcome {
        match names.split_first() {
            None => self.template(parts, Scope { instance, names: outer }, Span::NONE),
            Some(((name, entry), rest)) => {
                let bound = Names { name, value: entry.value.clone(), outer };
                self.render_with(parts, rest, instance, Some(&bound))
            }
        }
    }

    /// Refuses a text that is longer than any that deploys.
    pub(super) fn within_text(&self, bytes: usize, span: Span) -> Result<(), Failure> {
        if bytes > MAX_TEXT {
            let message = eco_format!("this text is longer than {} MiB", MAX_TEXT / (1024 * 1024));
            return Err(Failure::limit(span, message));
        }
        Ok(())
    }
}
