//! Reading rows: absences, alternatives, conversions, and lists of maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use serde_json::Value as Json;

use super::combine::{append, combine_values, either};
use super::conditions::{open, test};
use super::convert::literal;
use super::paths::{Hit, Names, Place, Version, all, elements, first, lookup, nearest};
use super::{Attribute, Spelling, Tables, convert};
use crate::catalogue::condition::Condition;
use crate::catalogue::fix::RowFix;
use crate::catalogue::model::{Combine, Row, RowCase, TypeTable};
use crate::graph::{Graph, NodeId};
use crate::source::Span;
use crate::value::{Arm, Data, Entry, List, ListKind, Map, Origin, Truth, Value, from_json};

/// Reads the tables over one graph.
pub(super) struct Engine<'g, 'c> {
    pub(super) graph: &'g Graph,
    pub(super) tables: &'g Tables<'c>,
}

impl<'c> Engine<'_, 'c> {
    /// The deployed name of a resource, if it is known.
    pub(super) fn name(&self, id: NodeId, table: &TypeTable) -> Option<EcoString> {
        let resource = self.graph.resources.get(id)?;
        let path = table.name.as_deref().unwrap_or("name");
        Names::of(&resource.type_).find(&resource.body, path)?.value.as_str().map(EcoString::from)
    }

    /// A resource as rows look at it.
    pub(super) fn seen(&self, id: NodeId) -> Option<Seen<'_>> {
        let resource = self.graph.resources.get(id)?;
        Some(Seen {
            graph: self.graph,
            id,
            header: resource.header,
            whole: Value::at(Data::Map(Arc::clone(&resource.body)), resource.header),
            settings: Value::at(Data::Map(Arc::clone(&resource.settings)), resource.header),
            names: Names::of(&resource.type_),
            version: Version::of(resource),
        })
    }

    /// Whether a condition over provider paths holds for a resource.
    pub(super) fn holds(&self, condition: &Condition, seen: &Seen<'_>) -> Truth {
        test(condition, Place { span: Span::NONE, ..seen.place() })
    }

    /// The value of an attribute by its rows; None when none of them says anything, so that the type has it not.
    pub(super) fn attribute(&self, rows: &'c [Row], seen: &Seen<'_>) -> Option<Attribute<'c>> {
        let place = seen.place();
        let mut result: Option<Attribute<'c>> = None;
        for row in rows {
            let attribute = self.row(&Spec::of(row), place);
            result = Some(match result {
                None => attribute,
                Some(before) => append(before, attribute),
            });
        }
        result
    }

    fn row(&self, row: &Spec<'c>, place: Place<'_>) -> Attribute<'c> {
        if let Some((case, later)) = row.cases.split_first() {
            let holds = || {
                let spec = Spec::of_case(case);
                // How the row is written holds for its own path.
                let same = row.fix.filter(|_| spec.from.first() == row.from.first());
                self.row(&Spec { fix: spec.fix.or(same), ..spec }, place)
            };
            let otherwise = || self.row(&Spec { cases: later, ..*row }, place);
            return match test(&case.when, place) {
                Truth::True => holds(),
                Truth::False => otherwise(),
                Truth::Unknown => {
                    let (holds, otherwise) = (holds(), otherwise());
                    let value = hanging_on(open(&case.when, place), &holds.value, &otherwise.value);
                    Attribute { value, ..if holds.written { holds } else { otherwise } }
                }
            };
        }
        if let Some(value) = row.value {
            let constant = absent(from_json(value, Origin::none()), place, "", row.source);
            return Attribute { spelling: row.spelling(), ..constant };
        }
        if let Some(each) = row.each {
            return self.each(each, row, place);
        }
        if !row.from_all.is_empty() {
            return self.concatenate(row, place);
        }
        if (row.combine.is_some() || row.from.iter().any(|path| path.contains('[')))
            && let Some(attribute) = self.combined(row, place)
        {
            return attribute;
        }
        for path in row.from.iter().filter(|path| !path.contains('[')) {
            if let Some(hit) = first(path, place).filter(|hit| hit.written) {
                return self.written(hit, row, place, path);
            }
        }
        let path = row.from.first().map(String::as_str).unwrap_or("");
        if path.contains('[') {
            let value = row.empty.map_or_else(Value::null, |empty| from_json(empty, Origin::none()));
            return absent(value, place, path, row.source);
        }
        // What CloudFormation declares beside the properties, the Cloud Control provider of Terraform has no place for.
        let is_of_template = path == "$DeletionPolicy" && place.names == Names::Folded;
        let value = row.absent.filter(|_| !is_of_template).map_or_else(Value::null, literal);
        let mut attribute = absent(value, place, path, row.source);
        attribute.spelling = row.spelling();
        if let Some(nearest) = nearest(path, place) {
            attribute.span = nearest;
        }
        attribute
    }

    fn written(&self, hit: Hit, row: &Spec<'c>, place: Place<'_>, path: &'c str) -> Attribute<'c> {
        let value = self.converted(hit.value, row, place.id);
        Attribute {
            value,
            span: if hit.span.is_none() { place.span } else { hit.span },
            holder: place.id,
            path,
            written: true,
            source: None,
            spelling: row.spelling(),
        }
    }

    /// A written value after the row's conversions. An arm of a choice in which nothing is written is worth what
    /// absence means.
    fn converted(&self, value: Value, row: &Spec<'c>, holder: NodeId) -> Value {
        let Data::Choice(arms) = &value.data else { return convert::apply(value, row.conversions, self, holder) };
        let arms = arms.iter().map(|arm| {
            let value = match arm.value.is_null() {
                true => row.absent.map_or_else(Value::null, literal),
                false => self.converted(arm.value.clone(), row, holder),
            };
            Arm { when: arm.when.clone(), value }
        });
        convert::joined(arms.collect(), value.clone())
    }

    /// Every path that is written, as one list.
    fn concatenate(&self, row: &Spec<'c>, place: Place<'_>) -> Attribute<'c> {
        let mut items: Vec<Value> = Vec::new();
        let mut span = None;
        for path in row.from_all {
            for hit in all(path, place).into_iter().filter(|hit| hit.written) {
                span.get_or_insert(hit.span);
                match hit.value.as_list() {
                    Some(list) => items.extend(list.iter().cloned()),
                    // One that cannot be seen stays in the list as what it is.
                    None => items.push(hit.value),
                }
            }
        }
        let value = convert::apply(Value::list(items, ListKind::List), row.conversions, self, place.id);
        Attribute {
            value,
            span: span.unwrap_or(place.span),
            holder: place.id,
            path: row.from_all.first().map(String::as_str).unwrap_or_default(),
            written: span.is_some(),
            source: None,
            spelling: row.spelling(),
        }
    }

    /// The values of the paths with `[]`, combined; None when there is no element. Paths into the same elements
    /// are alternatives for each of them; without `combine`, so are the lists themselves.
    fn combined(&self, row: &Spec<'c>, place: Place<'_>) -> Option<Attribute<'c>> {
        let mut lists: Vec<(&str, Vec<&str>)> = Vec::new();
        for path in row.from.iter().filter(|path| path.contains('[')) {
            let (elements, inner) = path.rsplit_once("[]").unwrap_or((path, ""));
            match lists.iter_mut().find(|(there, _)| *there == elements) {
                Some((_, inners)) => inners.push(inner.trim_start_matches('.')),
                None => lists.push((elements, vec![inner.trim_start_matches('.')])),
            }
        }
        let mut hits: Vec<Hit> = Vec::new();
        for (elements, inners) in lists {
            if !hits.is_empty() && row.combine.is_none() {
                break;
            }
            for element in all(&format!("{elements}[]"), place) {
                let found = inners.iter().find_map(|inner| {
                    let (value, span) =
                        lookup(&element.value, inner, place.names).filter(|(value, _)| !value.is_null())?;
                    Some(Hit { value, span: if span.is_none() { element.span } else { span }, written: true })
                });
                hits.push(found.unwrap_or_else(|| Hit { value: Value::null(), span: element.span, written: false }));
            }
        }
        if row.combine.is_some() {
            let single = row.from.iter().filter(|path| !path.contains('['));
            hits.extend(single.filter_map(|path| first(path, place).filter(|hit| hit.written)));
        }
        if hits.is_empty() {
            return None;
        }
        let listed = row.from.iter().find(|path| path.contains('[')).map(String::as_str);
        let default = row.absent.map(literal);
        let values: Vec<(Value, Span, bool)> = hits
            .into_iter()
            .map(|hit| match hit.written {
                true => (convert::apply(hit.value, row.conversions, self, place.id), hit.span, true),
                false => (default.clone().unwrap_or_else(Value::null), hit.span, false),
            })
            .collect();
        let combine = row.combine.unwrap_or(Combine::List);
        let (value, span, written) = combine_values(values, combine)?;
        let is_there = |path: &&String| first(path, place).is_some_and(|hit| hit.written && hit.span == span);
        let path = listed.or_else(|| row.from.iter().find(is_there).map(String::as_str)).unwrap_or_default();
        Some(Attribute {
            value,
            span: if span.is_none() { place.span } else { span },
            holder: place.id,
            path,
            written,
            source: if written { None } else { row.source },
            spelling: row.spelling(),
        })
    }

    /// An element as its fields; of a choice, each arm so, where it may be several or none.
    fn element(&self, value: &Value, span: Span, row: &Spec<'c>, place: Place<'_>) -> Value {
        let data = match &value.data {
            Data::Unknown(_) | Data::Null => return value.clone(),
            Data::Choice(arms) => {
                let arms = arms.iter().map(|arm| {
                    let span = if arm.value.origin.span.is_none() { span } else { arm.value.origin.span };
                    Arm { when: arm.when.clone(), value: self.element(&arm.value, span, row, place) }
                });
                Data::Choice(arms.collect())
            }
            Data::List(list) => {
                let items = list.items.iter().map(|item| {
                    let span = if item.origin.span.is_none() { span } else { item.origin.span };
                    self.element(item, span, row, place)
                });
                Data::List(List { items: items.collect(), kind: list.kind })
            }
            _ => {
                let inner = Place { here: value, span, ..place };
                let mut map = Map::new();
                for (name, field) in row.fields.into_iter().flatten() {
                    let attribute = self.row(&Spec::of(field), inner);
                    map.entries.insert(name.as_str().into(), Entry { value: attribute.value, span: attribute.span });
                }
                Data::Map(Arc::new(map))
            }
        };
        Value::new(data).with_origin(value.origin.clone())
    }

    /// A list of maps, one for each element at a path.
    fn each(&self, path: &'c str, row: &Spec<'c>, place: Place<'_>) -> Attribute<'c> {
        let mut items: Vec<Value> = Vec::new();
        let mut span = None;
        for hit in elements(path, place) {
            span.get_or_insert(hit.span);
            items.push(self.element(&hit.value, hit.span, row, place));
        }
        Attribute {
            value: Value::list(items, ListKind::List),
            span: span.unwrap_or(place.span),
            holder: place.id,
            path,
            written: span.is_some(),
            source: None,
            spelling: row.spelling(),
        }
    }
}

/// A resource as rows look at it.
pub(super) struct Seen<'g> {
    graph: &'g Graph,
    id: NodeId,
    header: Span,
    whole: Value,
    settings: Value,
    names: Names,
    version: Version<'g>,
}

impl Seen<'_> {
    /// The same resource with another body.
    pub(super) fn with_body(self, body: Map) -> Self {
        Seen { whole: Value::at(Data::Map(Arc::new(body)), self.header), ..self }
    }

    fn place(&self) -> Place<'_> {
        Place {
            graph: self.graph,
            id: self.id,
            here: &self.whole,
            whole: &self.whole,
            settings: &self.settings,
            names: self.names,
            version: self.version,
            span: self.header,
        }
    }
}

/// What a row or one of its alternatives says.
#[derive(Clone, Copy)]
struct Spec<'c> {
    from: &'c [String],
    from_all: &'c [String],
    absent: Option<&'c Json>,
    source: Option<&'c str>,
    value: Option<&'c Json>,
    cases: &'c [RowCase],
    conversions: &'c [Json],
    each: Option<&'c str>,
    fields: Option<&'c BTreeMap<String, Row>>,
    combine: Option<Combine>,
    empty: Option<&'c Json>,
    fix: Option<&'c RowFix>,
}

impl<'c> Spec<'c> {
    fn of(row: &'c Row) -> Self {
        Spec {
            from: row.from.as_slice(),
            from_all: &row.from_all,
            absent: row.absent.as_ref(),
            source: row.source.as_deref(),
            value: row.value.as_ref(),
            cases: &row.cases,
            conversions: row.conversions.as_slice(),
            each: row.each.as_deref(),
            fields: Some(&row.fields),
            combine: row.combine,
            empty: row.empty.as_ref(),
            fix: row.fix.as_ref(),
        }
    }

    fn of_case(case: &'c RowCase) -> Self {
        Spec {
            from: case.from.as_slice(),
            from_all: &[],
            absent: case.absent.as_ref(),
            source: case.source.as_deref(),
            value: case.value.as_ref(),
            cases: &[],
            conversions: case.conversions.as_slice(),
            each: None,
            fields: None,
            combine: case.combine,
            empty: case.empty.as_ref(),
            fix: case.fix.as_ref(),
        }
    }

    /// How a value of the row is written.
    fn spelling(&self) -> Spelling<'c> {
        Spelling { conversions: self.conversions, fix: self.fix }
    }
}

fn absent<'c>(value: Value, place: Place<'_>, path: &'c str, source: Option<&'c str>) -> Attribute<'c> {
    Attribute { value, span: place.span, holder: place.id, path, written: false, source, spelling: Spelling::default() }
}

/// A value that hangs on what a condition reads of what is not known.
fn hanging_on(open: Option<(String, Value)>, holds: &Value, otherwise: &Value) -> Value {
    let Some((path, unknown)) = open else {
        return either("what is not known of this resource", holds, otherwise);
    };
    let when = match unknown.unknown_reason() {
        Some(reason) => eco_format!("{path}, which is not known: {reason}"),
        None => eco_format!("{path}, which is not known"),
    };
    let value = either(&when, holds, otherwise);
    match &value.data {
        Data::Unknown(_) if value.origin.span.is_none() => value.with_origin(unknown.origin.clone()),
        _ => value,
    }
}
