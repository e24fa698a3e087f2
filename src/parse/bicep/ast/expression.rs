//! Expressions: one tree for Bicep and for the text between the brackets of an ARM template.

use ecow::EcoString;

use super::Identifier;
use crate::source::Span;
use crate::value::Number;

/// An expression and where it is; parentheses around it are part of its span.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it is.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number; ARM alone has fractions.
    Number(Number),
    /// A text without interpolation.
    String(EcoString),
    /// A text with interpolations.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Array(Vec<Item>),
    /// `{ a: b }`
    Object(Object),
    /// A bare name: a declaration, a namespace, a loop's or a lambda's variable.
    Name(EcoString),
    /// `a.b[c]`: what is read, and the steps in order. Null found at a safe step ends all steps of one access;
    /// parentheses make a new access.
    Access(Box<Expression>, Vec<Accessor>),
    /// `a ? b : c`; `if(a, b, c)` in ARM
    Conditional(Box<[Expression; 3]>),
    /// `name(arguments)`
    Call(Box<Call>),
    /// `!a`, `-a`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`
    Binary(BinaryOperator, Box<[Expression; 2]>),
    /// `[for item in collection: body]`
    For(Box<For>),
    /// `(a, b) => body`; `lambda('a', 'b', body)` in ARM
    Lambda(Box<Lambda>),
}

/// A piece of a text with interpolations.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, with its escapes resolved, and where it is.
    Text(EcoString, Span),
    /// `${expression}`
    Interpolation(Expression),
}

/// An element of an array.
#[derive(Clone, Debug)]
pub enum Item {
    /// One element.
    Value(Expression),
    /// `...expression`: all elements of another array.
    Spread(Expression),
}

/// What stands between braces.
#[derive(Clone, Debug)]
pub struct Object {
    /// The properties and spreads, in order.
    pub members: Vec<Member>,
    /// Where it is, braces included.
    pub span: Span,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub enum Member {
    /// `key: value`
    Property(Property),
    /// `...expression`: all properties of another object.
    Spread(Expression),
}

/// `key: value`
#[derive(Clone, Debug)]
pub struct Property {
    /// The key: a string, perhaps with interpolations. A bare word is a string too.
    pub key: Expression,
    /// The value.
    pub value: Expression,
}

/// One step of an access.
#[derive(Clone, Debug)]
pub struct Accessor {
    /// Which.
    pub kind: AccessorKind,
    /// Where it is, from its first mark.
    pub span: Span,
}

/// The forms of a step of an access.
#[derive(Clone, Debug)]
pub enum AccessorKind {
    /// `.name`
    Property {
        /// The name of the property.
        name: Identifier,
        /// `.?`: null where there is no such property.
        safe: bool,
    },
    /// `.name(arguments)`: a function of a namespace, of an import, or of a resource.
    Method(Box<Call>),
    /// `[index]`
    Index {
        /// A position or a key.
        index: Box<Expression>,
        /// `[?index]`: null where there is no such element.
        safe: bool,
        /// `[^index]`: counted from the end, the last is 1.
        from_end: bool,
    },
    /// `::name`: a resource declared inside another.
    Nested(Identifier),
    /// `!`: the author knows that it is not null.
    NonNull,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name as written; ARM does not mind upper and lower case.
    pub name: Identifier,
    /// The arguments.
    pub arguments: Vec<Expression>,
}

/// The variables of a loop and what it walks.
#[derive(Clone, Debug)]
pub struct Repetition {
    /// The name of the item.
    pub item: Identifier,
    /// The name of the position, if any.
    pub index: Option<Identifier>,
    /// What is walked.
    pub collection: Expression,
}

/// A loop that makes an array.
#[derive(Clone, Debug)]
pub struct For {
    /// The variables and what is walked.
    pub repetition: Repetition,
    /// `if (condition)`: which items count.
    pub condition: Option<Expression>,
    /// What each item becomes.
    pub body: Expression,
}

/// A function without a name, as an argument.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// The names of its parameters.
    pub parameters: Vec<Identifier>,
    /// What it computes.
    pub body: Expression,
}

/// The unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`: equal but for upper and lower case
    EqualIgnoringCase,
    /// `!~`: not even equal but for upper and lower case
    NotEqualIgnoringCase,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`: the right side where the left is null
    Coalesce,
}

impl Object {
    /// The first property whose key is that word.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties().find(|property| property.name() == Some(name))
    }

    /// The properties, without the spreads.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.members.iter().filter_map(|member| match member {
            Member::Property(property) => Some(property),
            Member::Spread(_) => None,
        })
    }
}

impl Property {
    /// The key, where no interpolation hides it.
    pub fn name(&self) -> Option<&str> {
        match &self.key.kind {
            ExpressionKind::String(name) => Some(name),
            _ => None,
        }
    }
}
