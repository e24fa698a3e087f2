//! Declarations: decorators, then what the keyword says. Resources and modules are in `resources`.

use super::FileKind;
use super::ast::{
    Assignment, Declaration, DeclarationKind, Decorator, Expression, Extension, ExtensionConfig, Function, Import,
    ImportTarget, ImportedName, Output, Parameter, TypeDeclaration, Using, Variable,
};
use super::parser::{Parse, Parser};
use super::strings;
use super::token::Kind;
use crate::parse::SyntaxError;
use crate::source::Span;

impl Parser<'_> {
    /// A declaration and the end of its line.
    pub(super) fn whole_declaration(&mut self) -> Parse<Declaration> {
        self.keyword = None;
        let start = self.start();
        let decorators = self.decorators()?;
        self.keyword = Some(self.at);
        let (kind, header) = self.declared()?;
        let span = self.span_from(start);
        if !self.at_end() && self.peek() != Kind::NewLine {
            return Err(self.expected("the end of the line after a declaration"));
        }
        Ok(Declaration { kind, decorators, header, span })
    }

    /// The decorators that stand here, each on its line.
    pub(super) fn decorators(&mut self) -> Parse<Vec<Decorator>> {
        let mut decorators = Vec::new();
        while self.peek() == Kind::At {
            let start = self.advance().start;
            let mut name = self.identifier("the name of a decorator")?;
            let mut namespace = None;
            if self.take(Kind::Dot).is_some() {
                namespace = Some(std::mem::replace(&mut name, self.identifier("the name of a decorator")?));
            }
            let arguments = self.arguments()?;
            decorators.push(Decorator { namespace, name, arguments, span: self.span_from(start) });
            self.new_lines();
        }
        Ok(decorators)
    }

    /// What stands after the decorators, and its header.
    fn declared(&mut self) -> Parse<(DeclarationKind, Span)> {
        let token = self.token(self.at);
        let word = if token.kind == Kind::Identifier { self.text_of(token) } else { "" };
        let headed = |parser: &Self, kind, name: Span| Ok((kind, parser.span(token).to(name)));
        match word {
            "resource" => self.resource(),
            "module" => self.module(DeclarationKind::Module),
            "test" => self.module(DeclarationKind::Test),
            "param" => {
                let (parameter, header) = self.parameter()?;
                headed(self, DeclarationKind::Parameter(parameter), header)
            }
            "var" => {
                self.advance();
                let name = self.identifier("the name of the variable")?;
                let header = name.span;
                let type_ = if self.peek() == Kind::Assign { None } else { Some(self.typed("\"=\" and the value")?) };
                let value = self.assigned("\"=\" and the value of the variable")?;
                headed(self, DeclarationKind::Variable(Variable { name, type_, value }), header)
            }
            "output" => {
                self.advance();
                let name = self.identifier("the name of the output")?;
                let header = name.span;
                let type_ = self.type_expression()?;
                let value = self.assigned("\"=\" and the value of the output")?;
                headed(self, DeclarationKind::Output(Output { name, type_, value }), header)
            }
            "type" => {
                self.advance();
                let name = self.identifier("the name of the type")?;
                let header = name.span;
                self.expect(Kind::Assign, "\"=\" and the type")?;
                let type_ = self.type_expression()?;
                headed(self, DeclarationKind::Type(TypeDeclaration { name, type_ }), header)
            }
            "func" => {
                let function = self.function()?;
                let header = function.name.span;
                headed(self, DeclarationKind::Function(Box::new(function)), header)
            }
            "metadata" | "assert" => {
                self.advance();
                let name = self.identifier("a name")?;
                let header = name.span;
                let assignment = Assignment { name, value: self.assigned("\"=\" and a value")? };
                let kind = if word == "assert" { DeclarationKind::Assert } else { DeclarationKind::Metadata };
                headed(self, kind(assignment), header)
            }
            "targetScope" => {
                self.advance();
                let value = self.assigned("\"=\" and a scope, such as 'subscription'")?;
                let header = value.span;
                headed(self, DeclarationKind::TargetScope(value), header)
            }
            // An import of a string is how extensions were written first.
            "import" if self.peek_second() != Kind::String => {
                let import = self.import()?;
                let header = import.path.span;
                headed(self, DeclarationKind::Import(import), header)
            }
            "import" | "extension" | "provider" => {
                let extension = self.extension()?;
                let header = extension.specification.span;
                headed(self, DeclarationKind::Extension(extension), header)
            }
            "extensionConfig" => {
                self.advance();
                let name = self.identifier("the alias of an extension")?;
                let header = name.span;
                let config = self.with()?;
                headed(self, DeclarationKind::ExtensionConfig(ExtensionConfig { name, config }), header)
            }
            "using" => {
                self.advance();
                let none = self.take_word("none");
                let path = if none.is_some() { None } else { Some(self.path("the path of a Bicep file, or none")?) };
                let header = self.span_from(token.start);
                let config = self.with()?;
                headed(self, DeclarationKind::Using(Using { path, config }), header)
            }
            "extends" => {
                self.advance();
                let path = self.path("the path of a parameter file")?;
                let header = path.span;
                headed(self, DeclarationKind::Extends(path), header)
            }
            _ => Err(self.expected("a declaration, such as param, var, resource, module or output")),
        }
    }

    /// `= expression`
    fn assigned(&mut self, what: &str) -> Parse<Expression> {
        self.expect(Kind::Assign, what)?;
        self.expression()
    }

    /// A string that says where another file is.
    pub(super) fn path(&mut self, what: &str) -> Parse<Expression> {
        match self.peek() {
            Kind::String | Kind::StringLeft => self.string(),
            _ => Err(self.expected(what)),
        }
    }

    fn parameter(&mut self) -> Parse<(Parameter, Span)> {
        self.advance();
        let name = self.identifier("the name of the parameter")?;
        let header = name.span;
        let untyped = self.kind == FileKind::Parameters && self.peek() == Kind::Assign;
        let type_ = if untyped { None } else { Some(self.typed("the type of the parameter, such as string")?) };
        let value = if self.take(Kind::Assign).is_some() { Some(self.expression()?) } else { None };
        Ok((Parameter { name, type_, value }, header))
    }

    fn function(&mut self) -> Parse<Function> {
        self.advance();
        let name = self.identifier("the name of the function")?;
        self.expect(Kind::LeftParenthesis, "\"(\" and the parameters of the function")?;
        let mut parameters = Vec::new();
        self.new_lines();
        while self.peek() != Kind::RightParenthesis {
            let parameter = self.identifier("the name of a parameter, or \")\"")?;
            parameters.push((parameter, self.type_expression()?));
            self.new_lines();
            if self.take(Kind::Comma).is_none() {
                break;
            }
            self.new_lines();
        }
        self.expect(Kind::RightParenthesis, "\",\" or \")\" after a parameter")?;
        let result = self.type_expression()?;
        self.expect(Kind::Arrow, "\"=>\" and what the function computes")?;
        self.new_lines_before_value();
        Ok(Function { name, parameters, result, body: self.expression()? })
    }

    fn import(&mut self) -> Parse<Import> {
        self.advance();
        let target = if self.take(Kind::Star).is_some() {
            self.take_word("as").ok_or_else(|| self.expected("\"as\" and a name"))?;
            ImportTarget::All(self.identifier("a name for what is imported")?)
        } else {
            self.expect(Kind::LeftBrace, "\"{\" or \"*\" and what is imported")?;
            let mut names = Vec::new();
            self.separators();
            while self.take(Kind::RightBrace).is_none() {
                names.push(self.imported_name()?);
                if self.peek() != Kind::RightBrace && !self.separators() {
                    return Err(self.expected("\",\", a new line or \"}\" after an imported name"));
                }
            }
            ImportTarget::Names(names)
        };
        self.take_word("from").ok_or_else(|| self.expected("\"from\" and the path of a file"))?;
        Ok(Import { target, path: self.path("the path of a file")? })
    }

    fn imported_name(&mut self) -> Parse<ImportedName> {
        let original = match self.peek() {
            Kind::String => {
                let token = self.advance();
                strings::literal(self, token)?
            }
            _ => self.identifier("the name of what is imported")?,
        };
        let alias = match self.take_word("as") {
            Some(_) => Some(self.identifier("a name for what is imported")?),
            None => None,
        };
        Ok(ImportedName { original, alias })
    }

    fn extension(&mut self) -> Parse<Extension> {
        self.advance();
        let specification = match self.peek() {
            Kind::Identifier => self.name_expression(),
            _ => self.path("the name of an extension")?,
        };
        let config = self.with()?;
        let alias = match self.take_word("as") {
            Some(_) => Some(self.identifier("a name for the extension")?),
            None => None,
        };
        Ok(Extension { specification, config, alias })
    }

    /// `with expression`, if it is there.
    fn with(&mut self) -> Parse<Option<Expression>> {
        match self.take_word("with") {
            Some(_) => self.expression().map(Some),
            None => Ok(None),
        }
    }

    /// Passes commas and line breaks between members, and says whether there was any.
    pub(super) fn separators(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Kind::Comma | Kind::NewLine) {
            self.advance();
        }
        self.at > start
    }

    /// A type, or an error that says what was expected where no type can start.
    fn typed(&mut self, what: &str) -> Parse<super::ast::TypeExpression> {
        match self.peek_past_line() {
            Kind::Pipe => self.type_expression(),
            _ if matches!(self.peek(), Kind::NewLine | Kind::End | Kind::Assign) => {
                Err::<_, SyntaxError>(self.expected(what))
            }
            _ => self.type_expression(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::bicep::ast::{DeclarationKind, ImportTarget};
    use crate::parse::bicep::{FileKind, Parsed, parse};
    use crate::source::{SourceMap, Span};

    fn read(text: &str, kind: FileKind) -> Parsed {
        let parsed = parse(SourceMap::new().next_id(), text, kind);
        assert_eq!(parsed.errors, [], "{text}");
        parsed
    }

    fn at(text: &str, span: Span) -> &str {
        text.get(span.start as usize..span.end as usize).unwrap()
    }

    #[test]
    fn each_declaration_has_its_name_header_and_range() {
        let cases = [
            ("targetScope = 'subscription'", "", "targetScope = 'subscription'"),
            ("metadata a = 'b'", "a", "metadata a"),
            ("param a string = 'b'", "a", "param a"),
            ("param a\n  | 'b'\n  | 'c'", "a", "param a"),
            ("param a resourceInput<'x/y@1'>.properties?", "a", "param a"),
            ("var a string[] = [\n]", "a", "var a"),
            ("output a {\n  b: int?\n  *: (string | null)[]\n} = c", "a", "output a"),
            ("type a = { @description('b')\n c: 'd', 'e-f': -1 } | g.h[*] | i.*", "a", "type a"),
            ("type a = [\n  string\n  bool!\n]", "a", "type a"),
            ("func a(b string, c d.e) string => '${b}'", "a", "func a"),
            ("func a(\n  b string\n) int => 1", "a", "func a"),
            ("assert a = b > 1", "a", "assert a"),
            ("resource a 'b@1' existing = {\n}", "a", "resource a 'b@1'"),
            ("resource a 'b@1' =\n  if (c) {\n}", "a", "resource a 'b@1'"),
            ("module a './b.bicep' = [for c in d: {\n}]", "a", "module a './b.bicep'"),
            ("test a 'b.bicep' = {}", "a", "test a 'b.bicep'"),
            ("import * as a from 'b.bicep'", "", "import * as a from 'b.bicep'"),
            ("import {\n  a\n  b as c\n} from 'd.bicep'", "", "import {\n  a\n  b as c\n} from 'd.bicep'"),
            ("extension a", "", "extension a"),
            ("extension 'a' with {} as b", "b", "extension 'a'"),
            ("import 'a@1' as b", "b", "import 'a@1'"),
        ];
        for (text, name, header) in cases {
            let parsed = read(&format!("@b.c(\n  1\n)\n{text}"), FileKind::Template);
            let [declaration] = &parsed.program.declarations[..] else { panic!("{text}") };
            let moved = |span: Span| Span { start: span.start - 12, end: span.end - 12, ..span };
            assert_eq!(declaration.name().map(|it| it.name.as_str()).unwrap_or(""), name, "{text}");
            assert_eq!(at(text, moved(declaration.header)), header, "{text}");
            assert_eq!((declaration.span.start as usize, declaration.span.end as usize), (0, text.len() + 12));
            let [decorator] = &declaration.decorators[..] else { panic!("{text}") };
            assert_eq!((decorator.span.start, decorator.span.end), (0, 11));
            assert_eq!(decorator.arguments.len(), 1);
        }
    }

    #[test]
    fn parameter_files_give_values_without_types() {
        let text =
            "using 'a.bicep' with {\n}\nextends 'b.bicepparam'\nparam c = 1\nextensionConfig d with {}\nusing none\n";
        let parsed = read(text, FileKind::Parameters);
        let kinds: Vec<&DeclarationKind> = parsed.program.declarations.iter().map(|it| &it.kind).collect();
        let [
            DeclarationKind::Using(using),
            DeclarationKind::Extends(extends),
            DeclarationKind::Parameter(parameter),
            DeclarationKind::ExtensionConfig(config),
            DeclarationKind::Using(none),
        ] = &kinds[..]
        else {
            panic!("{kinds:?}")
        };
        assert_eq!(at(text, using.path.as_ref().unwrap().span), "'a.bicep'");
        assert!(using.config.is_some() && config.config.is_some() && none.path.is_none());
        assert_eq!(at(text, extends.span), "'b.bicepparam'");
        assert!(parameter.type_.is_none());
        assert_eq!(at(text, parameter.value.as_ref().unwrap().span), "1");
        let refused = parse(SourceMap::new().next_id(), "param c = 1", FileKind::Template);
        assert_eq!(refused.errors.len(), 1, "a template's parameters have types");
    }

    #[test]
    fn bodies_hold_conditions_loops_and_nested_resources() {
        let text = "resource a 'b@1' = [for (c, d) in e: if (f) {\n  name: 'g'\n  resource: 1\n  @batchSize(1)\n  \
                    resource h 'i' = if (j) {\n    resource k 'l' = {\n    }\n  }\n}]";
        let parsed = read(text, FileKind::Template);
        let DeclarationKind::Resource(resource) = &parsed.program.declarations[0].kind else { panic!() };
        let repetition = resource.body.repetition.as_ref().unwrap();
        assert_eq!((repetition.item.name.as_str(), at(text, repetition.collection.span)), ("c", "e"));
        assert_eq!(at(text, repetition.index.as_ref().unwrap().span), "d");
        assert_eq!(at(text, resource.body.condition.as_ref().unwrap().span), "(f)");
        assert_eq!(
            resource.body.object.properties().filter_map(|it| it.name()).collect::<Vec<_>>(),
            ["name", "resource"]
        );
        let [child] = &resource.children[..] else { panic!() };
        assert!(child.decorator("batchSize").is_some());
        assert_eq!(at(text, child.header), "resource h 'i'");
        let DeclarationKind::Resource(child) = &child.kind else { panic!() };
        assert!(child.body.condition.is_some() && child.children.len() == 1);
    }

    #[test]
    fn imports_have_their_names_and_directives_their_codes() {
        let text = "#disable-next-line a b // why\nimport { a, 'b-c' as d } from 'e'\n";
        let parsed = read(text, FileKind::Template);
        let DeclarationKind::Import(import) = &parsed.program.declarations[0].kind else { panic!() };
        let ImportTarget::Names(names) = &import.target else { panic!() };
        let names: Vec<_> = names.iter().map(|it| (it.original.name.as_str(), it.alias.is_some())).collect();
        assert_eq!(names, [("a", false), ("b-c", true)]);
        let directive = &parsed.program.directives[0];
        assert_eq!(
            (directive.name.as_str(), at(text, directive.span)),
            ("disable-next-line", "#disable-next-line a b")
        );
        assert_eq!(directive.codes.iter().map(|it| at(text, it.span)).collect::<Vec<_>>(), ["a", "b"]);
    }
}
