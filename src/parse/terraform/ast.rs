//! The syntax tree of Terraform's language: what evaluation needs, every node with its span.

use ecow::EcoString;

use crate::source::Span;
use crate::value::Number;

/// The attributes and blocks between two braces, or of a file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = expression`, in order.
    pub attributes: Vec<Attribute>,
    /// `type "label" { ... }`, in order.
    pub blocks: Vec<Block>,
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: EcoString,
    /// Where the name is.
    pub name_span: Span,
    /// The expression.
    pub value: Expression,
}

/// `type "label" { ... }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The type.
    pub name: EcoString,
    /// The labels.
    pub labels: Vec<Label>,
    /// What stands between the braces.
    pub body: Body,
    /// From the type to the last label: what a finding on the block as a whole underlines.
    pub header: Span,
    /// The whole block.
    pub span: Span,
}

/// A label of a block.
#[derive(Clone, Debug)]
pub struct Label {
    /// Its text without quotes.
    pub text: EcoString,
    /// Where it is, quotes included.
    pub span: Span,
}

/// An expression and where it is.
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
    /// A number.
    Number(Number),
    /// A text without interpolation.
    String(EcoString),
    /// A text with interpolations or directives.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Tuple(Vec<Expression>),
    /// `{a = b}`
    Object(Vec<(Expression, Expression)>),
    /// A bare name: the root of a reference.
    Name(EcoString),
    /// `a.b[c]`
    Access(Box<Expression>, Vec<Accessor>),
    /// `a ? b : c`
    Conditional(Box<[Expression; 3]>),
    /// `name(args)`
    Call(Box<Call>),
    /// `!a`, `-a`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`
    Binary(BinaryOperator, Box<[Expression; 2]>),
    /// `[for x in y : z if c]`, `{for k, v in y : a => b...}`
    For(Box<For>),
}

/// One step of an access.
#[derive(Clone, Debug)]
pub struct Accessor {
    /// Which.
    pub kind: AccessorKind,
    /// Where it is.
    pub span: Span,
}

/// The forms of a step of an access.
#[derive(Clone, Debug)]
pub enum AccessorKind {
    /// `.name`
    Attribute(EcoString),
    /// `[expression]`, `.0`
    Index(Expression),
    /// `.*`
    AttributeSplat,
    /// `[*]`
    FullSplat,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name, with `::` between its namespaces.
    pub name: EcoString,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// Whether the last argument is spread (`...`).
    pub spread: bool,
}

/// A for expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name of the key, if any.
    pub key: Option<EcoString>,
    /// The name of the value.
    pub value: EcoString,
    /// What is walked.
    pub collection: Expression,
    /// The key of the result; None for a tuple.
    pub result_key: Option<Expression>,
    /// The value of the result.
    pub result: Expression,
    /// Whether values of equal keys are grouped (`...`).
    pub grouping: bool,
    /// The condition after `if`.
    pub condition: Option<Expression>,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text.
    Text(EcoString),
    /// `${expression}`
    Interpolation(Expression),
    /// `%{if}`
    If(Box<TemplateIf>),
    /// `%{for}`
    For(Box<TemplateFor>),
}

/// `%{if c}..%{else}..%{endif}`
#[derive(Clone, Debug)]
pub struct TemplateIf {
    /// The condition.
    pub condition: Expression,
    /// What stands when it holds.
    pub then: Vec<TemplatePart>,
    /// What stands when it does not.
    pub otherwise: Vec<TemplatePart>,
}

/// `%{for k, v in c}..%{endfor}`
#[derive(Clone, Debug)]
pub struct TemplateFor {
    /// The name of the key, if any.
    pub key: Option<EcoString>,
    /// The name of the value.
    pub value: EcoString,
    /// What is walked.
    pub collection: Expression,
    /// What is repeated.
    pub body: Vec<TemplatePart>,
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
}

impl Accessor {
    /// Whether it is written `.0`: such an index is part of the attribute splat that it follows.
    pub fn is_legacy_index(&self) -> bool {
        matches!(&self.kind, AccessorKind::Index(index) if index.span == self.span)
    }
}

impl Body {
    /// The attribute of that name; the first, should there be several.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The blocks of that type.
    pub fn blocks<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.name == name)
    }
}

impl Block {
    /// The text of the label at that place, or "".
    pub fn label(&self, at: usize) -> &str {
        self.labels.get(at).map(|label| label.text.as_str()).unwrap_or("")
    }
}
