//! What can be done about a finding: mend it, live with it for a reason, or read about it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, ExecuteCommandParams, Position, Range, TextEdit,
};
use lsp_server::ErrorCode;
use serde_json::{Value as Json, json};

use super::edits;
use super::mend::{self, Mending};
use super::requests::{Asked, now};
use super::server::{Answer, Server, error};
use super::workspace::Root;
use crate::config;
use crate::fix::Fixer;
use crate::judge::{Finding, Outcome};
use crate::report::Report;
use crate::source::LineIndex;

/// Opens the page of a policy.
pub(super) const OPEN_DOCUMENTATION: &str = "phiguard.openDocumentation";

/// How a comment starts in files with some endings; in others a comment is a mistake.
const COMMENTS: &[(&[&str], &str)] = &[(&["tf", "tofu", "yaml", "yml"], "#"), (&["bicep"], "//")];

/// Answers with what can be done about the findings in a range.
pub(super) fn answer(server: &mut Server, params: CodeActionParams) -> Answer {
    let Some(asked) = Asked::of(server, &params.text_document)? else { return now(&()) };
    let Some(root) = server.workspace.of(&asked.path) else { return now(&()) };
    let is_wanted = |kind: &CodeActionKind| {
        params.context.only.as_ref().is_none_or(|only| only.iter().any(|one| is_within(kind, one)))
    };
    let told = server.diagnostics(&asked.path);
    let maker = server.maker();
    let mut actions: Vec<CodeAction> = Vec::new();
    let mut seen: BTreeSet<(&str, u32, &str)> = BTreeSet::new();
    let mut fixers: Vec<(&Report, Fixer<'_>)> = Vec::new();
    for (report, finding) in root.session.findings(&asked.path) {
        let range = maker.range(report, finding.span);
        let is_told = finding.outcome == Outcome::Fail && finding.suppressed.is_none();
        let address = report.graph.resources.get(finding.resource).map(|one| one.address.as_str()).unwrap_or_default();
        if !is_told || !overlaps(range, params.range) || !seen.insert((finding.policy, finding.span.start, address)) {
            continue;
        }
        let diagnostic = told.iter().find(|one| one.range == range && is_of(one, finding.policy));
        let of = |title: String, kind: CodeActionKind| CodeAction {
            title,
            kind: Some(kind),
            diagnostics: diagnostic.map(|one| vec![one.clone()]),
            is_preferred: None,
            disabled: None,
            edit: None,
            command: None,
            data: None,
            tags: None,
        };
        let offered = Offered { server, root, asked: &asked, report, finding, address };
        if is_wanted(&CodeActionKind::QuickFix) {
            let report: &Report = report;
            let at = fixers.iter().position(|(of, _)| std::ptr::eq(*of, report)).unwrap_or(fixers.len());
            if at == fixers.len() {
                fixers.push((report, report.fixer()));
            }
            let mending = fixers.get(at).and_then(|(_, fixer)| mend::of(server, report, fixer, finding));
            if let Some(Mending { title, is_safe, edit }) = mending {
                let edit = serde_json::from_value(edit).ok();
                let is_preferred = Some(is_safe);
                actions.push(CodeAction { edit, is_preferred, ..of(title, CodeActionKind::QuickFix) });
            }
            for (title, edit) in [offered.comment(), offered.rule()].into_iter().flatten() {
                let edit = serde_json::from_value(edit).ok();
                actions.push(CodeAction { edit, ..of(title, CodeActionKind::QuickFix) });
            }
            if let Some(page) =
                server.pages.of(finding.policy, &server.settings).filter(|_| server.client.shows_documents)
            {
                let title = format!("Open the page of {}", finding.policy);
                let arguments = Some(vec![json!(page)]);
                let command =
                    Command { title: title.clone(), tooltip: None, command: OPEN_DOCUMENTATION.into(), arguments };
                actions.push(CodeAction { command: Some(command), ..of(title, CodeActionKind::QuickFix) });
            }
        }
    }
    // One block may make many resources, and what is done for all of them is offered once.
    let mut titles: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    actions.retain(|action| {
        let edit = action.edit.as_ref().and_then(|edit| serde_json::to_string(edit).ok());
        titles.insert((action.title.clone(), edit))
    });
    now(&actions)
}

/// Does what an action names.
pub(super) fn execute(server: &mut Server, params: ExecuteCommandParams) -> Answer {
    let page = params.arguments.as_ref().and_then(|arguments| arguments.first()).and_then(Json::as_str);
    match (params.command.as_str(), page) {
        (OPEN_DOCUMENTATION, Some(page)) => {
            let page = json!({"uri": page, "external": !page.starts_with("file:"), "takeFocus": true});
            // Where this cannot be sent, the answer cannot be either.
            let _ = server.ask("window/showDocument", page);
            now(&())
        }
        (OPEN_DOCUMENTATION, None) => {
            Err(error(ErrorCode::InvalidParams, &format!("{OPEN_DOCUMENTATION} takes the URI of a page")))
        }
        (other, _) => Err(error(ErrorCode::InvalidParams, &format!("phiguard has no command {other}"))),
    }
}

/// Whether a kind of action is of another one, as `quickfix` is of the empty kind.
fn is_within(kind: &CodeActionKind, of: &CodeActionKind) -> bool {
    let (kind, of) = (String::from(kind.clone()), String::from(of.clone()));
    of.is_empty() || kind == of || kind.strip_prefix(&of).is_some_and(|rest| rest.starts_with('.'))
}

fn is_of(diagnostic: &Diagnostic, policy: &str) -> bool {
    diagnostic.data.as_ref().and_then(|data| data.get("policy")).and_then(Json::as_str) == Some(policy)
}

fn overlaps(one: Range, other: Range) -> bool {
    let key = |position: Position| (position.line, position.character);
    key(one.start) <= key(other.end) && key(other.start) <= key(one.end)
}

/// A finding about which something can be done.
struct Offered<'a> {
    server: &'a Server,
    root: &'a Root,
    asked: &'a Asked,
    report: &'a Report,
    finding: &'a Finding<'static>,
    address: &'a str,
}

/// What an action is called, and its edit.
type Edit = (String, Json);

impl Offered<'_> {
    /// A comment above the block, whose reason is left to be written: without one it suppresses nothing.
    fn comment(&self) -> Option<Edit> {
        let ending = self.asked.path.extension()?.to_str()?;
        let is_arm = ending == "json" && self.asked.text.contains("deploymentTemplate.json");
        let table = COMMENTS.iter().find(|(endings, _)| endings.contains(&ending)).map(|(_, mark)| *mark);
        let mark = table.or(is_arm.then_some("//"))?;
        let header = self.report.graph.resources.get(self.finding.resource)?.header;
        // A finding that is shown where a module is called is suppressed there.
        let at = if header.source == self.finding.span.source { header } else { self.finding.span };
        let lines = LineIndex::new(&self.asked.text);
        let start = lines.start(lines.line(at.start))? as usize;
        let line = self.asked.text.get(start..)?.split('\n').next()?;
        let indent: String = line.chars().take_while(|character| matches!(character, ' ' | '\t')).collect();
        let end = if line.ends_with('\r') { "\r\n" } else { "\n" };
        let text = format!("{indent}{mark} phiguard: ignore[{}] reason=\"\"{end}", self.finding.policy);
        let title = format!("Suppress {} here; a reason is to be written", self.finding.policy);
        Some((title, self.edit(&self.asked.path, self.asked.position(start), text, false)?))
    }

    /// A rule in phiguard.toml.
    fn rule(&self) -> Option<Edit> {
        let own = self.root.config.as_ref();
        let path = own.map_or_else(|| self.root.folder.join(config::NAME), |(path, ..)| path.clone());
        let text = own.map(|(_, text, _)| text.to_string()).unwrap_or_default();
        let lines = LineIndex::new(&text);
        let end = lines.position(&text, text.len() as u32, self.server.client.encoding);
        let gap = match (text.is_empty(), text.ends_with('\n')) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        // A text is quoted in TOML as it is in JSON.
        let (policy, address) = (self.finding.policy, json!(self.address).to_string());
        let rule = format!("{gap}[[ignore]]\npolicy = \"{policy}\"\naddress = {address}\nreason = \"\"\n");
        let title = format!("Suppress {policy} for {} in phiguard.toml; a reason is to be written", self.address);
        let at = Position { line: end.line, character: end.column };
        Some((title, self.edit(&path, at, rule, own.is_none())?))
    }

    /// The edit that puts a text into a file, which may have to be made.
    fn edit(&self, path: &PathBuf, at: Position, new_text: String, is_new: bool) -> Option<Json> {
        let edit = TextEdit { range: Range { start: at, end: at }, new_text };
        edits::of_workspace(self.server, &[(path.clone(), vec![edit])], is_new.then_some(path))
    }
}
