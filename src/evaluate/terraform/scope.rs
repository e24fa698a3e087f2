//! What an expression can see: the module instance it stands in, and the names that surround it (`each`,
//! `count`, the names of for expressions and dynamic blocks).

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::module::Module;
use crate::evaluate::Call;
use crate::parse::terraform::ast::Block;
use crate::value::Value;

/// A module as one call makes it.
pub struct Instance<'m> {
    /// What the folder declares.
    pub module: &'m Module,
    /// What its addresses start with: empty for the root, else `module.a["k"].`.
    pub prefix: EcoString,
    /// The calls that lead here, outermost first.
    pub calls: Arc<[Call]>,
    /// Who gives values to its variables.
    pub given: Given<'m>,
    /// The condition on which the call hangs.
    pub condition: Option<EcoString>,
    pub(super) variables: Slots<EcoString, Value>,
    pub(super) locals: Slots<EcoString, Value>,
    pub(super) attributes: Slots<(usize, usize, EcoString), Value>,
    pub(super) bodies: Slots<(usize, usize), Value>,
    pub(super) keys: Slots<usize, Rc<Repetition>>,
    pub(super) children: Slots<usize, Children<'m>>,
    pub(super) configurations: Slots<usize, Value>,
    pub(super) outputs: Slots<EcoString, Value>,
}

/// Who gives values to the variables of a module.
pub enum Given<'m> {
    /// Variable files and the command line, with where they were given.
    Inputs(FxHashMap<EcoString, Value>),
    /// The call of another module. Its arguments are worked out one by one, when they are asked for: two modules may
    /// use each other's outputs.
    Call(Caller<'m>),
}

/// The call that makes an instance of a module.
pub struct Caller<'m> {
    /// The instance that calls.
    pub instance: Weak<Instance<'m>>,
    /// The call.
    pub block: &'m Block,
    /// What `each` or `count` is in this one.
    pub bound: Option<(&'static str, Value)>,
}

/// The instances of a module call.
#[derive(Clone)]
pub enum Children<'m> {
    /// The module is there.
    Here(Rc<Repetition>, Rc<[Rc<Instance<'m>>]>),
    /// It is not, for that reason.
    Missing(EcoString),
}

/// How often a block stands, and under which keys.
#[derive(Debug)]
pub struct Repetition {
    /// How its instances are told apart.
    pub form: Form,
    /// The instances in order.
    pub keys: Vec<Key>,
    /// The condition on which the instances hang, where it is not known.
    pub condition: Option<EcoString>,
}

/// How the instances of a block are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// There is one.
    Single,
    /// By number (`count`).
    Count,
    /// By key (`for_each`).
    ForEach,
}

/// What tells an instance apart, and what `each` or `count` are in it.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub id: KeyId,
    /// `each.value`, for instances by key.
    pub value: Option<Value>,
    /// `each.key` or `count.index`, where a collection is not known.
    pub key: Option<Value>,
}

/// What tells an instance apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyId {
    /// Nothing: there is one.
    None,
    /// A number.
    Index(i64),
    /// A text.
    Name(EcoString),
    /// The one instance that stands for those of a collection that is not known.
    Symbolic,
}

impl KeyId {
    /// How addresses show it.
    pub fn suffix(&self) -> EcoString {
        match self {
            KeyId::None => EcoString::new(),
            KeyId::Index(index) => eco_format!("[{index}]"),
            KeyId::Name(name) => {
                let mut quoted = EcoString::from("[\"");
                for character in name.chars() {
                    match character {
                        '"' => quoted.push_str("\\\""),
                        '\\' => quoted.push_str("\\\\"),
                        '\n' => quoted.push_str("\\n"),
                        _ => quoted.push(character),
                    }
                }
                quoted.push_str("\"]");
                quoted
            }
            KeyId::Symbolic => "[*]".into(),
        }
    }
}

impl Repetition {
    /// One instance without a key.
    pub fn single() -> Self {
        Repetition { form: Form::Single, keys: vec![Key { id: KeyId::None, value: None, key: None }], condition: None }
    }

    /// The place of the instance with that key; of a collection that is not known, the one that stands for all.
    pub fn position(&self, key: &Value) -> Option<usize> {
        let wanted = match (&self.form, key.as_str(), key.as_number()) {
            (Form::Count, _, Some(number)) => KeyId::Index(number.as_i64()?),
            (Form::Count, Some(text), _) => KeyId::Index(text.parse().ok()?),
            (Form::ForEach, Some(text), _) => KeyId::Name(text.into()),
            (Form::ForEach, _, Some(number)) => KeyId::Name(eco_format!("{number}")),
            _ => KeyId::Symbolic,
        };
        self.keys
            .iter()
            .position(|key| key.id == wanted)
            .or_else(|| self.keys.iter().position(|key| key.id == KeyId::Symbolic))
    }

    /// Whether one instance stands for a collection that is not known.
    pub fn is_symbolic(&self) -> bool {
        self.keys.iter().any(|key| key.id == KeyId::Symbolic)
    }
}

/// Values that are worked out once, when they are first asked for.
pub(super) struct Slots<K, V>(RefCell<FxHashMap<K, Option<V>>>);

impl<K, V> Default for Slots<K, V> {
    fn default() -> Self {
        Slots(RefCell::new(FxHashMap::default()))
    }
}

/// What a slot holds.
pub(super) enum Slot<V> {
    /// The value.
    Done(V),
    /// Nothing yet: it is being worked out, so asking for it again is a cycle.
    Running,
    /// Nothing yet: whoever asks works it out and fills it.
    Empty,
}

impl<K: std::hash::Hash + Eq, V: Clone> Slots<K, V> {
    /// Looks the value up; an empty slot is marked as running.
    pub(super) fn enter(&self, key: K) -> Slot<V> {
        match self.0.borrow_mut().entry(key) {
            std::collections::hash_map::Entry::Occupied(slot) => match slot.get() {
                Some(value) => Slot::Done(value.clone()),
                None => Slot::Running,
            },
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(None);
                Slot::Empty
            }
        }
    }

    /// Fills a slot.
    pub(super) fn fill(&self, key: K, value: V) {
        self.0.borrow_mut().insert(key, Some(value));
    }
}

impl<'m> Instance<'m> {
    /// A module as a call makes it.
    pub fn new(
        module: &'m Module,
        prefix: EcoString,
        calls: Arc<[Call]>,
        given: Given<'m>,
        condition: Option<EcoString>,
    ) -> Self {
        Instance {
            module,
            prefix,
            calls,
            given,
            condition,
            variables: Slots::default(),
            locals: Slots::default(),
            attributes: Slots::default(),
            bodies: Slots::default(),
            keys: Slots::default(),
            children: Slots::default(),
            configurations: Slots::default(),
            outputs: Slots::default(),
        }
    }
}

/// What an expression can see.
#[derive(Clone, Copy)]
pub struct Scope<'s, 'm> {
    /// The module instance.
    pub instance: &'s Rc<Instance<'m>>,
    /// The names bound around the expression, innermost first.
    pub names: Option<&'s Names<'s>>,
}

/// A name bound around an expression.
pub struct Names<'s> {
    /// The name.
    pub name: &'s str,
    /// Its value.
    pub value: Value,
    /// The names further out.
    pub outer: Option<&'s Names<'s>>,
}

impl<'s, 'm> Scope<'s, 'm> {
    /// The scope of a module's own expressions.
    pub fn of(instance: &'s Rc<Instance<'m>>) -> Self {
        Scope { instance, names: None }
    }

    /// The value of a bound name.
    pub fn name(&self, name: &str) -> Option<&'s Value> {
        let mut names = self.names;
        while let Some(bound) = names {
            if bound.name == name {
                return Some(&bound.value);
            }
            names = bound.outer;
        }
        None
    }
}
