//! The references that a value holds, at any depth: visited, and replaced.

use std::sync::Arc;

use super::{Arm, Data, Known, List, Part, Reference, Unknown, Value};

impl Value {
    /// The same with every reference replaced, at any depth.
    pub fn map_references(&self, with: &dyn Fn(Reference) -> Reference) -> Value {
        let data = match &self.data {
            Data::List(list) => {
                let items = list.items.iter().map(|item| item.map_references(with)).collect();
                Data::List(List { items, kind: list.kind })
            }
            Data::Map(map) => {
                let mut map = (**map).clone();
                map.entries.values_mut().for_each(|entry| entry.value = entry.value.map_references(with));
                Data::Map(Arc::new(map))
            }
            Data::Choice(arms) => {
                let arm = |arm: &Arm| Arm { when: arm.when.clone(), value: arm.value.map_references(with) };
                Data::Choice(arms.iter().map(arm).collect())
            }
            Data::Unknown(unknown) => {
                let known = match &unknown.known {
                    bare @ (Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_)) => {
                        bare.clone()
                    }
                    Known::Json(inner) => Known::Json(Box::new(inner.map_references(with))),
                    Known::Base64(inner) => Known::Base64(Box::new(inner.map_references(with))),
                    Known::Template(parts) => Known::Template(
                        parts
                            .iter()
                            .map(|part| match part {
                                Part::Hole(hole) => Part::Hole(hole.map_references(with)),
                                text => text.clone(),
                            })
                            .collect(),
                    ),
                };
                Data::Unknown(Arc::new(Unknown { reason: unknown.reason.clone(), known }))
            }
            known => known.clone(),
        };
        Value { data, origin: self.origin.clone().map_references(with), sensitive: self.sensitive }
    }

    /// Calls `visit` for every reference that the value holds, at any depth.
    pub fn each_reference(&self, visit: &mut dyn FnMut(&Reference)) {
        for reference in self.origin.references() {
            visit(reference);
        }
        match &self.data {
            Data::List(list) => list.items.iter().for_each(|item| item.each_reference(visit)),
            Data::Map(map) => map.entries.values().for_each(|entry| entry.value.each_reference(visit)),
            Data::Choice(arms) => arms.iter().for_each(|arm| arm.value.each_reference(visit)),
            Data::Unknown(unknown) => match &unknown.known {
                Known::Json(value) | Known::Base64(value) => value.each_reference(visit),
                Known::Template(parts) => {
                    for part in parts.iter() {
                        if let Part::Hole(value) = part {
                            value.each_reference(visit);
                        }
                    }
                }
                Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => {}
            },
            _ => {}
        }
    }
}
