//! Type expressions: what a parameter, output, function or `type` declaration says about values.

use ecow::EcoString;

use super::{Decorator, Expression, Identifier};
use crate::source::Span;

/// A type and where it is; parentheses around it are part of its span.
#[derive(Clone, Debug)]
pub struct TypeExpression {
    /// What it is.
    pub kind: TypeKind,
    /// Where it is.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `string`, `int`, or a type that is declared or imported.
    Name(EcoString),
    /// A literal: string, number, boolean or null.
    Literal(Box<Expression>),
    /// `name<'argument'>`, such as `resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>`
    Parameterized(Identifier, Vec<TypeExpression>),
    /// `a.b`, `a[0]`, `a.*`, `a[*]`: a part of another type
    Access(Box<TypeExpression>, TypeAccessor),
    /// `a[]`
    Array(Box<TypeExpression>),
    /// `a?`
    Nullable(Box<TypeExpression>),
    /// `a!`
    NonNullable(Box<TypeExpression>),
    /// `a | b`
    Union(Vec<TypeExpression>),
    /// `{ a: string, *: int }`
    Object(ObjectType),
    /// `[ string, int ]`
    Tuple(Vec<TupleItem>),
    /// `resource 'type@version'`
    Resource(Option<Box<Expression>>),
}

/// Which part of a type.
#[derive(Clone, Debug)]
pub enum TypeAccessor {
    /// `.name`
    Property(Identifier),
    /// `.*`: what further properties are
    AdditionalProperties,
    /// `[0]`
    Index(Box<Expression>),
    /// `[*]`: what the elements are
    Elements,
}

/// A type of objects.
#[derive(Clone, Debug)]
pub struct ObjectType {
    /// The properties that have a name.
    pub properties: Vec<TypeProperty>,
    /// `*: type`: what further properties are.
    pub additional: Option<Box<TypeProperty>>,
}

/// A property of a type of objects.
#[derive(Clone, Debug)]
pub struct TypeProperty {
    /// The decorators before it.
    pub decorators: Vec<Decorator>,
    /// The name; `*` for further properties.
    pub name: Identifier,
    /// The type.
    pub type_: TypeExpression,
    /// All of it, decorators included.
    pub span: Span,
}

/// An element of a tuple's type.
#[derive(Clone, Debug)]
pub struct TupleItem {
    /// The decorators before it.
    pub decorators: Vec<Decorator>,
    /// The type.
    pub type_: TypeExpression,
    /// All of it, decorators included.
    pub span: Span,
}
