//! Conditions as they are written: tests, logic, quantifiers and neighbours. Each operator is one variant.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A condition over attributes and facts (in a policy) or provider paths (in a kind table).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// It holds for one element, or for each element, of a list.
    Quantified {
        /// One or each.
        quantifier: Quantifier,
        /// The list attribute or, where no attribute has that name, the fact.
        list: String,
        /// What must hold for the element.
        condition: Box<Condition>,
    },
    /// A resource of that kind is one edge away, for which the condition holds.
    Related {
        /// The neighbour's kind.
        kind: String,
        /// What must hold for it.
        condition: Option<Box<Condition>>,
    },
    /// A resource of that kind is somewhere in the same provider's part of the scan, for which the condition holds.
    Anywhere {
        /// Its kind.
        kind: String,
        /// What must hold for it.
        condition: Option<Box<Condition>>,
    },
    /// A test of one value.
    Test {
        /// What is tested.
        subject: Subject,
        /// The test.
        operator: Operator,
        /// What it is tested against.
        argument: Json,
    },
}

/// One or each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// Each.
    Every,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An attribute of the kind, or a provider path.
    Attribute(String),
    /// A fact.
    Fact(String),
}

impl Subject {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Subject::Attribute(name) | Subject::Fact(name) => name,
        }
    }
}

/// What an operator is tested against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text, a number or a bool.
    Plain,
    /// A list.
    List,
    /// A list of ports.
    Ports,
    /// A number.
    Number,
    /// A regular expression.
    Regex,
    /// True or false.
    Bool,
}

impl Argument {
    /// What to write, in words.
    pub fn wanted(self) -> &'static str {
        match self {
            Argument::Plain => "a text, a number, true or false",
            Argument::List => "a list",
            Argument::Ports => "a list of ports from 0 to 65535",
            Argument::Number => "a number",
            Argument::Regex => "a regular expression",
            Argument::Bool => "true or false",
        }
    }

    /// Whether a value is what is wanted.
    pub fn fits(self, value: &Json) -> bool {
        match self {
            Argument::Plain => value.is_string() || value.is_number() || value.is_boolean(),
            Argument::List => value.is_array(),
            Argument::Ports => {
                let is_port = |port: &Json| port.as_u64().is_some_and(|port| port <= 65535);
                value.as_array().is_some_and(|ports| ports.iter().all(is_port))
            }
            Argument::Number => value.is_number(),
            Argument::Regex => value.is_string(),
            Argument::Bool => value.is_boolean(),
        }
    }
}

macro_rules! operators {
    ($($variant:ident $field:ident $argument:ident $doc:literal,)*) => {
        /// The tests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operator {
            $(#[doc = $doc] $variant,)*
        }

        impl Operator {
            /// Every operator with its name and the sentence that documents it.
            pub const ALL: &'static [(Operator, &'static str, &'static str)] =
                &[$((Operator::$variant, stringify!($field), $doc),)*];

            /// Its name in the files.
            pub fn name(self) -> &'static str {
                match self { $(Operator::$variant => stringify!($field),)* }
            }

            /// What it is tested against.
            pub fn argument(self) -> Argument {
                match self { $(Operator::$variant => Argument::$argument,)* }
            }
        }

        /// The mapping that a condition is written as; exactly one form may be filled in.
        #[derive(Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            all: Option<Vec<Condition>>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            any: Option<Vec<Condition>>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            not: Option<Box<Condition>>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            some: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            every: Option<String>,
            #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
            condition: Option<Box<Condition>>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            related: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            anywhere: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            attribute: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            fact: Option<String>,
            $(#[serde(default, skip_serializing_if = "Option::is_none")]
            $field: Option<Json>,)*
        }

        impl Written {
            fn tests(&mut self) -> Vec<(Operator, Json)> {
                let mut tests = Vec::new();
                $(if let Some(argument) = self.$field.take() {
                    tests.push((Operator::$variant, argument));
                })*
                tests
            }

            fn set(&mut self, operator: Operator, argument: Json) {
                match operator { $(Operator::$variant => self.$field = Some(argument),)* }
            }
        }
    };
}

operators! {
    Equals equals Plain "The value is the argument.",
    NotEquals not_equals Plain "The value is not the argument.",
    OneOf one_of List "The value is among the argument's elements.",
    NoneOf none_of List "The value is not among the argument's elements.",
    LessThan less_than Number "The number is below the argument.",
    AtMost at_most Number "The number is not above the argument.",
    GreaterThan greater_than Number "The number is above the argument.",
    AtLeast at_least Number "The number is not below the argument.",
    Matches matches Regex "The text matches the regular expression somewhere.",
    Contains contains Plain "The list has the argument as an element, or the text as a part.",
    ContainsAny contains_any List "The list has one of the argument's elements.",
    RefersTo refers_to List "The value refers to a resource of one of the provider types.",
    Absent absent Bool "The value is null (true), or not (false).",
    Empty empty Bool "The value is null, \"\", [] or {} (true), or not (false).",
    PortsOverlap ports_overlap Ports "The range of ports holds one of the argument's ports.",
    PortsBeyond ports_beyond Ports "The range of ports holds a port that is none of the argument's.",
}

impl TryFrom<Written> for Condition {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let tests = written.tests();
        let mut forms: Vec<Condition> = Vec::new();
        let condition = written.condition.take();
        let mut takes_condition = false;
        if let Some(all) = written.all.take() {
            forms.push(Condition::All(all));
        }
        if let Some(any) = written.any.take() {
            forms.push(Condition::Any(any));
        }
        if let Some(not) = written.not.take() {
            forms.push(Condition::Not(not));
        }
        for (list, quantifier) in [(written.some.take(), Quantifier::Some), (written.every.take(), Quantifier::Every)] {
            if let Some(list) = list {
                takes_condition = true;
                forms.push(Condition::Quantified {
                    quantifier,
                    list,
                    condition: condition.clone().ok_or("`some` and `every` need a `where`")?,
                });
            }
        }
        if let Some(kind) = written.related.take() {
            takes_condition = true;
            forms.push(Condition::Related { kind, condition: condition.clone() });
        }
        if let Some(kind) = written.anywhere.take() {
            takes_condition = true;
            forms.push(Condition::Anywhere { kind, condition: condition.clone() });
        }
        if condition.is_some() && !takes_condition {
            return Err("`where` belongs to `some`, `every`, `related` or `anywhere`".into());
        }
        let subject = match (written.attribute.take(), written.fact.take()) {
            (Some(_), Some(_)) => return Err("a test looks at an `attribute` or a `fact`, not at both".into()),
            (Some(name), None) => Some(Subject::Attribute(name)),
            (None, Some(name)) => Some(Subject::Fact(name)),
            (None, None) => None,
        };
        match subject {
            Some(subject) => {
                if tests.is_empty() {
                    let names: Vec<_> = Operator::ALL.iter().map(|(_, name, _)| *name).collect();
                    return Err(format!("the test of `{}` needs an operator: {}", subject.name(), names.join(", ")));
                }
                let tests = tests.into_iter().map(|(operator, argument)| Condition::Test {
                    subject: subject.clone(),
                    operator,
                    argument,
                });
                forms.push(match tests.len() {
                    1 => tests.into_iter().next().ok_or("the test needs an operator")?,
                    _ => Condition::All(tests.collect()),
                });
            }
            None if !tests.is_empty() => return Err("an operator needs an `attribute` or a `fact` to look at".into()),
            None => {}
        }
        match (forms.pop(), forms.is_empty()) {
            (Some(form), true) => Ok(form),
            (None, _) => {
                Err("a condition needs all, any, not, some, every, related, anywhere, attribute or fact".into())
            }
            (Some(_), false) => Err("a condition has one form; join several with `all` or `any`".into()),
        }
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let mut written = Written::default();
        match condition {
            Condition::All(all) => written.all = Some(all),
            Condition::Any(any) => written.any = Some(any),
            Condition::Not(not) => written.not = Some(not),
            Condition::Quantified { quantifier, list, condition } => {
                match quantifier {
                    Quantifier::Some => written.some = Some(list),
                    Quantifier::Every => written.every = Some(list),
                }
                written.condition = Some(condition);
            }
            Condition::Related { kind, condition } => {
                written.related = Some(kind);
                written.condition = condition;
            }
            Condition::Anywhere { kind, condition } => {
                written.anywhere = Some(kind);
                written.condition = condition;
            }
            Condition::Test { subject, operator, argument } => {
                match subject {
                    Subject::Attribute(name) => written.attribute = Some(name),
                    Subject::Fact(name) => written.fact = Some(name),
                }
                written.set(operator, argument);
            }
        }
        written
    }
}
