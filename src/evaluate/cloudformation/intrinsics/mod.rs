//! The intrinsic functions: one table, one row each. A call is the long form, a mapping with one key, or the
//! short form, a YAML tag.

mod collection;
mod encoding;
mod logic;
mod lookup;
mod network;
mod sub;

use ecow::{EcoString, eco_format};

use super::{Evaluator, Failure, Outcome};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::Span;
use crate::value::Value;

/// An intrinsic function.
pub(super) struct Intrinsic {
    /// Its name in the long form.
    name: &'static str,
    /// What it takes, for messages.
    takes: &'static str,
    /// How many elements its argument has; none where it need not be a list.
    arguments: Option<(usize, usize)>,
    /// Evaluates it.
    run: fn(&Evaluator<'_, '_>, &Call<'_>) -> Outcome,
}

/// All functions, by subject.
static TABLES: &[&[Intrinsic]] = &[
    collection::INTRINSICS,
    encoding::INTRINSICS,
    logic::INTRINSICS,
    lookup::INTRINSICS,
    network::INTRINSICS,
    sub::INTRINSICS,
];

/// A call of an intrinsic function.
pub(super) struct Call<'n> {
    /// The function; none for a name that no function has.
    intrinsic: Option<&'static Intrinsic>,
    /// Its name in the long form.
    name: EcoString,
    /// Its argument, without the tag that names the function.
    pub(super) argument: &'n Node,
    /// Whether the argument's own tag names the function.
    is_tagged: bool,
    /// Where the call is written.
    pub(super) span: Span,
}

/// The call that a node is.
pub(super) fn recognise(node: &Node) -> Option<Call<'_>> {
    if let Some(tag) = &node.tag {
        let short = tag.trim_start_matches('!');
        let name = if matches!(short, "Ref" | "Condition") { short.into() } else { eco_format!("Fn::{short}") };
        return Some(Call { intrinsic: find(&name), name, argument: node, is_tagged: true, span: node.span });
    }
    recognise_long(node)
}

/// The call in its long form that a node is, whatever its tag.
fn recognise_long(node: &Node) -> Option<Call<'_>> {
    let [Entry { key, value, .. }] = node.as_mapping()? else { return None };
    let is_call = match key.as_str() {
        "Ref" => true,
        // Policy documents have a mapping under this key.
        "Condition" => matches!(value.kind, NodeKind::String(_)),
        name => name.starts_with("Fn::") && !super::foreach::is_loop(name),
    };
    is_call.then(|| Call {
        intrinsic: find(key),
        name: key.clone(),
        argument: value,
        is_tagged: false,
        span: node.span,
    })
}

fn find(name: &str) -> Option<&'static Intrinsic> {
    TABLES.iter().flat_map(|table| table.iter()).find(|intrinsic| intrinsic.name == name)
}

impl<'n> Call<'n> {
    /// What is wrong with this call.
    fn wrong(&self) -> Failure {
        let takes = self.intrinsic.map(|intrinsic| intrinsic.takes).unwrap_or_default();
        Failure::at(self.span, eco_format!("{} takes {takes}", self.name))
    }

    fn failed(&self, message: impl AsRef<str>) -> Failure {
        Failure::at(self.span, eco_format!("{}: {}", self.name, message.as_ref()))
    }

    /// The elements of the argument; those that the table promises are there.
    fn list(&self) -> Result<&'n [Node], Failure> {
        self.argument.as_sequence().ok_or_else(|| self.wrong())
    }

    /// The element at a place.
    fn at(&self, at: usize) -> Result<&'n Node, Failure> {
        self.list()?.get(at).ok_or_else(|| self.wrong())
    }

    /// The argument as a text that is written, not computed.
    fn literal(&self) -> Option<EcoString> {
        if self.is_tagged || self.argument.tag.is_none() {
            match &self.argument.kind {
                NodeKind::String(text) => return Some(text.clone()),
                NodeKind::Number(number) => return Some(eco_format!("{number}")),
                _ => {}
            }
        }
        None
    }

    /// The argument as a value.
    fn whole(&self, evaluator: &Evaluator<'_, '_>) -> Value {
        let value = match (self.is_tagged, recognise_long(self.argument)) {
            (false, _) => evaluator.worth(self.argument),
            (true, Some(inner)) => evaluator.call(&inner),
            (true, None) => evaluator.plain(self.argument),
        };
        value.unwrap_or_else(Value::null)
    }
}

impl Evaluator<'_, '_> {
    /// The value of a call; none where it removes the property that it stands at.
    pub(super) fn call(&self, call: &Call<'_>) -> Option<Value> {
        if let Some(open) = self.shared.embedded(call.argument).filter(|value| value.is_unknown()) {
            let reason = open.unknown_reason().unwrap_or_default();
            return Some(Value::unknown(reason).with_origin(open.origin.clone()).with_sensitive(open.sensitive));
        }
        let outcome = match call.intrinsic {
            None => Err(Failure::at(call.span, eco_format!("there is no function {}", call.name))),
            Some(intrinsic) => match (intrinsic.arguments, call.argument.as_sequence()) {
                (Some((least, most)), Some(items)) if !(least..=most).contains(&items.len()) => Err(call.wrong()),
                (Some(_), None) => Err(call.wrong()),
                _ => (intrinsic.run)(self, call),
            },
        };
        outcome.unwrap_or_else(|failure| Some(self.unknown_for(failure)))
    }
}
