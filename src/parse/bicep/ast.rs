//! The syntax tree of Bicep: declarations and what they are made of, every node with its span. Expressions,
//! which ARM templates share, are in `expression`; types are in `types`.

mod expression;
#[cfg(test)]
pub(in crate::parse) mod shown;
mod types;

pub use expression::*;
pub use types::*;

use ecow::EcoString;

use crate::source::Span;

/// What a `.bicep` or `.bicepparam` file holds.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The declarations that could be read, in order.
    pub declarations: Vec<Declaration>,
    /// The `#` directives, in order.
    pub directives: Vec<Directive>,
}

/// A declaration with its decorators.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it declares.
    pub kind: DeclarationKind,
    /// The decorators before it, in order.
    pub decorators: Vec<Decorator>,
    /// From its keyword to what names it (a resource's type included): what a finding on the whole underlines.
    pub header: Span,
    /// All of it, decorators included.
    pub span: Span,
}

/// The forms of a declaration.
#[derive(Clone, Debug)]
pub enum DeclarationKind {
    /// `targetScope = 'subscription'`
    TargetScope(Expression),
    /// `metadata name = value`
    Metadata(Assignment),
    /// `param name type = default`; `param name = value` in a parameter file
    Parameter(Parameter),
    /// `var name type = value`
    Variable(Variable),
    /// `type name = type`
    Type(TypeDeclaration),
    /// `func name(a string) string => value`
    Function(Box<Function>),
    /// `resource name 'type@version' = body`
    Resource(Box<Resource>),
    /// `module name 'path' = body`
    Module(Box<Module>),
    /// `output name type = value`
    Output(Output),
    /// `assert name = condition`
    Assert(Assignment),
    /// `test name 'path' = body`
    Test(Box<Module>),
    /// `import { a, b as c } from 'path'`, `import * as name from 'path'`
    Import(Import),
    /// `extension name with config as alias`
    Extension(Extension),
    /// `extensionConfig name with config`, in a parameter file
    ExtensionConfig(ExtensionConfig),
    /// `using 'path' with config`, in a parameter file
    Using(Using),
    /// `extends 'path'`, in a parameter file
    Extends(Expression),
}

/// A name where it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The name.
    pub name: EcoString,
    /// Where it is.
    pub span: Span,
}

/// `@namespace.name(arguments)`
#[derive(Clone, Debug)]
pub struct Decorator {
    /// The namespace before the dot (`sys`, `az`), if any.
    pub namespace: Option<Identifier>,
    /// The name.
    pub name: Identifier,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// All of it, from the `@`.
    pub span: Span,
}

/// `#disable-next-line code code`
#[derive(Clone, Debug)]
pub struct Directive {
    /// The word after the `#`.
    pub name: EcoString,
    /// The codes after it.
    pub codes: Vec<Identifier>,
    /// All of it, from the `#`.
    pub span: Span,
}

/// A name and the value it is given.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name.
    pub name: Identifier,
    /// The value.
    pub value: Expression,
}

/// An input of a file, or the value that a parameter file gives to one.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name.
    pub name: Identifier,
    /// The type; None in a parameter file.
    pub type_: Option<TypeExpression>,
    /// The default, or the value in a parameter file.
    pub value: Option<Expression>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Identifier,
    /// The type, where it is written.
    pub type_: Option<TypeExpression>,
    /// The value.
    pub value: Expression,
}

/// A name for a type.
#[derive(Clone, Debug)]
pub struct TypeDeclaration {
    /// The name.
    pub name: Identifier,
    /// The type.
    pub type_: TypeExpression,
}

/// A function of the file's own.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name.
    pub name: Identifier,
    /// The parameters with their types.
    pub parameters: Vec<(Identifier, TypeExpression)>,
    /// The type of the result.
    pub result: TypeExpression,
    /// What it computes.
    pub body: Expression,
}

/// A resource that is deployed, or that exists already.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The symbolic name.
    pub name: Identifier,
    /// The type and version, as written: a string, sometimes with interpolations.
    pub type_: Expression,
    /// Where `existing` is, if it is.
    pub existing: Option<Span>,
    /// What it is made of.
    pub body: Body,
    /// The resources declared inside its body, each a [`DeclarationKind::Resource`].
    pub children: Vec<Declaration>,
}

/// A call of another file.
#[derive(Clone, Debug)]
pub struct Module {
    /// The symbolic name.
    pub name: Identifier,
    /// The path or registry address, as written.
    pub path: Expression,
    /// What it is called with.
    pub body: Body,
}

/// The right side of a resource or module: an object, perhaps on a condition, perhaps in a loop.
#[derive(Clone, Debug)]
pub struct Body {
    /// `for item in collection`
    pub repetition: Option<Repetition>,
    /// `if (condition)`; inside a loop it is asked for each item.
    pub condition: Option<Expression>,
    /// The properties.
    pub object: Object,
    /// All of it.
    pub span: Span,
}

/// A value that the file gives back.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name.
    pub name: Identifier,
    /// The type.
    pub type_: TypeExpression,
    /// The value.
    pub value: Expression,
}

/// An import of declarations of another file.
#[derive(Clone, Debug)]
pub struct Import {
    /// Which.
    pub target: ImportTarget,
    /// The path or registry address, as written.
    pub path: Expression,
}

/// What an import takes over.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// `* as name`
    All(Identifier),
    /// `{ a, b as c }`
    Names(Vec<ImportedName>),
}

/// One name of an import.
#[derive(Clone, Debug)]
pub struct ImportedName {
    /// What it is called where it is declared.
    pub original: Identifier,
    /// What it is called here, where that differs.
    pub alias: Option<Identifier>,
}

/// The use of an extension.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its name or registry address: a name or a string.
    pub specification: Expression,
    /// What stands after `with`.
    pub config: Option<Expression>,
    /// What stands after `as`.
    pub alias: Option<Identifier>,
}

/// The configuration of an extension in a parameter file.
#[derive(Clone, Debug)]
pub struct ExtensionConfig {
    /// The alias of the extension.
    pub name: Identifier,
    /// What stands after `with`.
    pub config: Option<Expression>,
}

/// Which file the parameters are for.
#[derive(Clone, Debug)]
pub struct Using {
    /// The path; None for `using none`.
    pub path: Option<Expression>,
    /// What stands after `with`.
    pub config: Option<Expression>,
}

impl Declaration {
    /// The name that it declares, if it declares one.
    pub fn name(&self) -> Option<&Identifier> {
        match &self.kind {
            DeclarationKind::Metadata(it) | DeclarationKind::Assert(it) => Some(&it.name),
            DeclarationKind::Parameter(it) => Some(&it.name),
            DeclarationKind::Variable(it) => Some(&it.name),
            DeclarationKind::Type(it) => Some(&it.name),
            DeclarationKind::Function(it) => Some(&it.name),
            DeclarationKind::Resource(it) => Some(&it.name),
            DeclarationKind::Module(it) | DeclarationKind::Test(it) => Some(&it.name),
            DeclarationKind::Output(it) => Some(&it.name),
            DeclarationKind::ExtensionConfig(it) => Some(&it.name),
            DeclarationKind::Extension(it) => it.alias.as_ref(),
            DeclarationKind::TargetScope(_)
            | DeclarationKind::Import(_)
            | DeclarationKind::Using(_)
            | DeclarationKind::Extends(_) => None,
        }
    }

    /// The decorator of that name, with or without the namespace `sys` before it.
    pub fn decorator(&self, name: &str) -> Option<&Decorator> {
        self.decorators.iter().find(|decorator| decorator.is(name))
    }
}

impl Decorator {
    /// Whether it is the built-in decorator of that name.
    pub fn is(&self, name: &str) -> bool {
        self.name.name == name && self.namespace.as_ref().is_none_or(|space| space.name == "sys")
    }
}
