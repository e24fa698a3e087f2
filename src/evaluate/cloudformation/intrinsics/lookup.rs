//! Values that are somewhere else: parameters, resources, mappings, exports of other stacks, macros.

use ecow::{EcoString, eco_format};

use super::super::exports::Found;
use super::super::text;
use super::{Call, Evaluator, Failure, Intrinsic, Outcome};
use crate::parse::tree::Node;
use crate::source::Span;
use crate::value::{Arm, Data, Origin, Step, StepKind, Value};

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[
    Intrinsic { name: "Ref", takes: "the name of a parameter or resource", arguments: None, run: reference },
    Intrinsic { name: "Fn::GetAtt", takes: "a resource and its attribute", arguments: None, run: get_att },
    Intrinsic {
        name: "Fn::FindInMap",
        takes: "a mapping, two keys and, at most, {DefaultValue: ...}",
        arguments: Some((3, 4)),
        run: find_in_map,
    },
    Intrinsic { name: "Fn::ImportValue", takes: "the name of an export", arguments: None, run: import_value },
    Intrinsic {
        name: "Fn::Transform",
        takes: "the name of a macro and its parameters",
        arguments: None,
        run: transform,
    },
];

/// Alternatives that a lookup under an unknown key may have.
const MAX_ALTERNATIVES: usize = 6;

fn reference(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let name = call.literal().ok_or_else(|| call.wrong())?;
    if name == "AWS::NoValue" {
        return Ok(None);
    }
    evaluator.named(&name, call.span).map(Some)
}

impl Evaluator<'_, '_> {
    /// The value of a name: pseudo parameter, parameter, or resource.
    pub(super) fn named(&self, name: &str, span: Span) -> Result<Value, Failure> {
        if let Some(value) = self.loops.borrow().get(name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.pseudo(name, span).or_else(|| self.parameter(name)) {
            return Ok(value);
        }
        if self.sections.resources.contains_key(name) {
            return Ok(self.computed(name, "", span));
        }
        Err(Failure::at(span, eco_format!("there is no parameter or resource {name} in this template")))
    }

    /// An attribute of a resource.
    pub(super) fn attribute(&self, id: &str, attribute: &str, span: Span) -> Result<Value, Failure> {
        let Some(entry) = self.sections.resources.get(id) else {
            return Err(Failure::at(span, eco_format!("there is no resource {id} in this template")));
        };
        let is_stack = entry.value.get("Type").and_then(Node::as_str) == Some("AWS::CloudFormation::Stack");
        match attribute.strip_prefix("Outputs.") {
            Some(output) if is_stack => Ok(self.nested_output(&EcoString::from(id), output, span)),
            _ => Ok(self.computed(id, attribute, span)),
        }
    }
}

fn get_att(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    if let Some(text) = call.literal() {
        let (id, attribute) = text.split_once('.').ok_or_else(|| call.wrong())?;
        return evaluator.attribute(id, attribute, call.span).map(Some);
    }
    let (id, rest) = call.list()?.split_first().ok_or_else(|| call.wrong())?;
    if rest.is_empty() {
        return Err(call.wrong());
    }
    let id = evaluator.worth_or_null(id);
    let parts: Vec<Value> = rest.iter().map(|node| evaluator.worth_or_null(node)).collect();
    let Some(id) = id.as_str() else { return Ok(Some(text::unknown_from(call.span, &[id]))) };
    let names: Option<Vec<EcoString>> = parts.iter().map(text::of).collect();
    match names {
        Some(names) => evaluator.attribute(id, &names.join("."), call.span).map(Some),
        None if parts.iter().any(Value::is_unknown) => Ok(Some(evaluator.computed(id, "", call.span))),
        None => Err(call.wrong()),
    }
}

fn find_in_map(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let [map, first, second, options @ ..] = call.list()? else { return Err(call.wrong()) };
    let keys: Vec<Value> = [map, first, second].map(|node| evaluator.worth_or_null(node)).to_vec();
    let default = options.first().and_then(|options| options.get("DefaultValue"));
    let found = text::over_choices(&keys, call.span, &|keys| looked_up(evaluator, call, keys, default.is_some()));
    let value = found.map_err(|message| call.failed(message))?;
    match default {
        // Null is no value of a mapping: it says that nothing is there.
        Some(default) if value.is_null() => Ok(evaluator.worth(default)),
        _ => Ok(Some(value)),
    }
}

fn looked_up(
    evaluator: &Evaluator<'_, '_>,
    call: &Call<'_>,
    keys: &[Value],
    has_default: bool,
) -> Result<Value, EcoString> {
    let [map, first, second] = keys else { return Ok(Value::null()) };
    let absent = |message: EcoString| if has_default { Ok(Value::null()) } else { Err(message) };
    let name = match text::of(map) {
        Some(name) => name,
        None if map.is_unknown() => return Ok(text::unknown_from(call.span, keys)),
        None => return Err("the name of a mapping is a text".into()),
    };
    let Some(mapping) = evaluator.sections.mappings.get(&name) else {
        return absent(eco_format!("there is no mapping {name}"));
    };
    let entries = mapping.value.as_mapping().unwrap_or_default();
    let (first_key, second_key) = (text::of(first), text::of(second));
    let Some(second_key) = second_key else {
        return if second.is_unknown() {
            Ok(text::unknown_from(call.span, keys))
        } else {
            Err("the second key is a text".into())
        };
    };
    let step = |key: &str, node: &Node| {
        let mut value = evaluator.plain(node).unwrap_or_else(Value::null);
        for key in keys {
            value.origin.absorb(&key.origin);
        }
        let name = eco_format!("{name}.{key}.{second_key}");
        value.origin.push_step(Step { kind: StepKind::Mapping, name, span: call.span });
        value
    };
    if let Some(key) = &first_key {
        let Some(inner) = entries.iter().find(|entry| entry.key == *key) else {
            return absent(eco_format!("mapping {name} has no key {key}"));
        };
        return match inner.value.get(&second_key) {
            Some(node) => Ok(step(key, node)),
            None => absent(eco_format!("mapping {name} has no key {second_key} under {key}")),
        };
    }
    if !first.is_unknown() {
        return Err("the first key is a text".into());
    }
    // The key is not known: what is under all keys is.
    let under: Vec<Arm> = entries
        .iter()
        .filter_map(|entry| {
            let value = step(&entry.key, entry.value.get(&second_key)?);
            Some(Arm { when: eco_format!("{name} is read at \"{}\"", entry.key), value })
        })
        .collect();
    let origin = text::origin(call.span, keys);
    match under.first() {
        Some(arm) if under.iter().all(|other| other.value == arm.value) => Ok(arm.value.clone()),
        Some(_) if under.len() <= MAX_ALTERNATIVES => Ok(Value::new(Data::Choice(under.into())).with_origin(origin)),
        Some(_) => Ok(text::unknown_from(call.span, keys)),
        None => absent(eco_format!("mapping {name} has no key {second_key} under any key")),
    }
}

fn import_value(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let name = call.whole(evaluator);
    let shown = name.as_str().map(|name| eco_format!("{name} ")).unwrap_or_default();
    let value = match evaluator.shared.exports.find(&name) {
        Found::Known(value) => return Ok(Some(value)),
        Found::Likely(value) => {
            let open = Value::unknown(eco_format!("export {shown}is that of a stack whose name is not known"));
            let mut origin = Origin::at(call.span);
            value.each_reference(&mut |reference| origin.push_reference(reference.clone()));
            return Ok(Some(open.with_origin(origin)));
        }
        Found::Several(count) => Value::unknown(eco_format!("export {shown}is that of one of {count} stacks")),
        Found::Nothing => Value::unknown(eco_format!("export {shown}is that of another stack")),
    };
    Ok(Some(value.with_origin(text::origin(call.span, [&name]))))
}

fn transform(_: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    // Several macros in a list work one after the other.
    let macros = call.argument.as_sequence().unwrap_or(std::slice::from_ref(call.argument));
    if macros.iter().any(|node| node.as_mapping().is_none()) {
        return Err(call.wrong());
    }
    let name = macros.first().and_then(|node| node.get("Name")).and_then(Node::as_str).unwrap_or("a macro");
    let value = Value::unknown(eco_format!("{name} puts something here at deployment"));
    Ok(Some(value.with_origin(Origin::at(call.span))))
}
