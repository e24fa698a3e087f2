//! The policy templates of the transform: names that stand for statements, in a table.

use std::sync::OnceLock;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::node::At;
use crate::parse::tree::Node;

/// A template of the table.
struct Template {
    parameters: Vec<&'static str>,
    /// Its statements, as the table writes them.
    statements: Vec<&'static str>,
}

/// The policy document that a template stands for; none where no template has that name.
pub(super) fn expand(name: &str, arguments: &Node, at: At) -> Option<Node> {
    let template = table().get(name)?;
    let statements = template.statements.iter().map(|line| statement(line, template, arguments, at));
    Some(at.map([("Statement", at.list(statements))]))
}

fn statement(line: &str, template: &Template, arguments: &Node, at: At) -> Node {
    let mut parts = line.split('|').map(str::trim);
    let (actions, resources) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let action = match actions.strip_prefix('=') {
        Some(action) => at.text(action),
        None => at.texts(actions.split(' ')),
    };
    let mut resources: Vec<Node> = resources.split(' ').map(|text| filled(text, template, arguments, at)).collect();
    let resource = match resources.len() {
        1 => resources.remove(0),
        _ => at.list(resources),
    };
    let mut entries = vec![("Effect", at.text("Allow")), ("Action", action), ("Resource", resource)];
    if let Some(condition) = parts.next() {
        let mut words = condition.split(' ');
        if let (Some(operator), Some(key), Some(value)) = (words.next(), words.next(), words.next()) {
            let value = at.map([(key, filled(value, template, arguments, at))]);
            entries.push(("Condition", at.map([(operator, value)])));
        }
    }
    at.map(entries)
}

/// A text of the table with the arguments that it names.
fn filled(text: &str, template: &Template, arguments: &Node, at: At) -> Node {
    if !text.contains("${") {
        return at.text(text);
    }
    let named = template.parameters.iter().filter(|name| text.contains(&format!("${{{name}}}")));
    let names: Vec<(EcoString, Node)> =
        named.filter_map(|name| Some(((*name).into(), arguments.get(name)?.clone()))).collect();
    if names.is_empty() { at.sub(text) } else { at.sub_with(text, names) }
}

fn table() -> &'static FxHashMap<&'static str, Template> {
    static TABLE: OnceLock<FxHashMap<&'static str, Template>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: FxHashMap<&str, Template> = FxHashMap::default();
        let mut current = "";
        for line in include_str!("policy_templates.txt").lines().filter(|line| !line.starts_with('#')) {
            if let Some(statement) = line.strip_prefix("  ") {
                if let Some(template) = table.get_mut(current) {
                    template.statements.push(statement);
                }
                continue;
            }
            let mut words = line.split(' ');
            current = words.next().unwrap_or_default();
            table.insert(current, Template { parameters: words.collect(), statements: Vec::new() });
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn every_template_has_statements_whose_names_are_parameters() {
        let mut names: Vec<&&str> = table().keys().collect();
        names.sort();
        assert!(names.len() > 70);
        for name in names {
            let template = &table()[name];
            assert!(!template.statements.is_empty(), "{name}");
            for line in &template.statements {
                let mut rest = *line;
                while let Some((_, after)) = rest.split_once("${") {
                    let (inside, behind) = after.split_once('}').unwrap();
                    assert!(inside.starts_with("AWS::") || template.parameters.contains(&inside), "{name}: {inside}");
                    rest = behind;
                }
            }
            assert!(expand(name, &At(Span::NONE).empty(), At(Span::NONE)).is_some());
        }
    }
}
