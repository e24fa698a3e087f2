//! Tells plans and states from other documents by what is in them, and reads the plans.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;

use crate::evaluate::{Code, Diagnostic};
use crate::parse::documents::{Claim, File};
use crate::parse::json;
use crate::parse::tree::{Node, NodeKind};
use crate::source::{Decoded, Files, MAX_FILE_BYTES, ReadError, ReadErrorKind, SourceMap, Span, display_path};

/// Plans above this many bytes are not read: they hold all attributes of all resources, and their schema's defaults.
const MAX_PLAN_BYTES: u64 = 96 * 1024 * 1024;

/// Bytes at the start of a large file that must name it a plan for all of it to be read.
const HEAD: usize = 4096;

/// What `terraform show -json` wrote of a plan.
#[derive(Debug)]
pub struct Plan {
    /// Its file.
    pub path: PathBuf,
    /// Its text as a tree.
    pub root: Node,
}

impl Plan {
    /// The folder in which its sources lie, if they lie beside it.
    pub fn folder(&self) -> Option<&Path> {
        self.path.parent()
    }
}

/// Takes the plans and states out of the documents that were found. States and plans that are not JSON are refused.
pub fn load(
    documents: &mut Vec<File>,
    claims: &[Claim],
    base: &Path,
    sources: &mut SourceMap,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Plan> {
    let contents: Vec<Content> = documents.par_iter().map(|file| read(file, claims, sources.files())).collect();
    let mut plans = Vec::new();
    let mut others = Vec::new();
    for (mut document, content) in documents.drain(..).zip(contents) {
        let name = display_path(&document.path, base);
        match content {
            Content::Other(text) => {
                document.text = text;
                others.push(document);
            }
            Content::Nothing => {}
            // What the walk comes upon is left to lie; what was named must be told of as not checked.
            Content::Refused(code, why) => {
                let code = if document.given { code } else { Code::InvalidTemplate };
                errors.push(Diagnostic::with_path(code, name, eco_format!("this file {why}")));
            }
            Content::Plan(decoded) => {
                let id = sources.next_id();
                let parsed = json::parse(id, &decoded.text, json::Options::STRICT);
                sources.add(document.path.clone(), name.clone(), Arc::from(decoded.text));
                if let Some(bad) = decoded.first_bad {
                    let span = Span::new(id, bad, bad + '\u{fffd}'.len_utf8());
                    errors.push(Diagnostic::at(Code::NotUtf8, span, "this is not UTF-8; save the file as UTF-8"));
                }
                errors.extend(
                    parsed.errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)),
                );
                let Some(root) = parsed.root else { continue };
                if let Some(version) = strange_version(&root) {
                    let message = eco_format!(
                        "this file is a plan in version {version} of its format, which this phiguard does not know, \
                         so it is not checked"
                    );
                    errors.push(Diagnostic::with_path(Code::Unreadable, name, message));
                    continue;
                }
                plans.push(Plan { path: document.path, root });
            }
        }
    }
    *documents = others;
    plans
}

/// What a document is.
enum Content {
    /// A plan as JSON.
    Plan(Decoded),
    /// Something of Terraform's that is not checked, and why.
    Refused(Code, EcoString),
    /// Neither, with its text where that was read.
    Other(Option<Decoded>),
    /// A text that no dialect has.
    Nothing,
}

fn read(document: &File, claims: &[Claim], files: &Files) -> Content {
    let ending = document.path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ["yaml", "yml", "template"].iter().any(|other| ending.eq_ignore_ascii_case(other)) {
        return Content::Other(None);
    }
    let is_json = ending.eq_ignore_ascii_case("json");
    let refused = |error: ReadError| {
        let code = if error.kind == ReadErrorKind::TooLarge { Code::TooLarge } else { Code::Unreadable };
        Content::Refused(code, error.message)
    };
    let Ok(head) = files.read_head(&document.path, HEAD) else {
        // Whoever reads it next says so.
        return Content::Other(None);
    };
    if let Some(why) = binary(&head) {
        return if is_json && !document.given { Content::Other(None) } else { Content::Refused(Code::Unreadable, why) };
    }
    let limit = match String::from_utf8_lossy(&head).contains("\"format_version\"") {
        true => MAX_PLAN_BYTES,
        false => MAX_FILE_BYTES,
    };
    let decoded = match files.read_decoded_within(&document.path, limit) {
        Ok(decoded) => decoded,
        Err(_) if is_json && limit == MAX_FILE_BYTES => return Content::Other(None),
        Err(error) => return refused(error),
    };
    match what(&decoded.text) {
        Some(What::Plan) => Content::Plan(decoded),
        Some(What::State) => Content::Refused(
            Code::Unreadable,
            "is a state: it holds what was deployed, and its secrets in the clear, and is not checked; give phiguard \
             the configuration, or what `terraform show -json PLAN` prints of a plan"
                .into(),
        ),
        None if is_json && document.is_claimed(claims, &decoded.text) => Content::Other(Some(decoded)),
        None if is_json => Content::Nothing,
        None => Content::Refused(
            Code::Unreadable,
            "is no plan that can be read; `terraform show -json PLAN > plan.json` writes one".into(),
        ),
    }
}

/// Why the bytes at the start of a file say that it is not text.
fn binary(head: &[u8]) -> Option<EcoString> {
    if head.starts_with(b"PK\x03\x04") {
        return Some(
            "is a plan in Terraform's own format, which only Terraform reads; \
             `terraform show -json PLAN > plan.json` writes one that can be checked"
                .into(),
        );
    }
    let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    is_wide.then(|| "is UTF-16, as some shells write it; save it as UTF-8".into())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Plan,
    State,
}

/// What a text is, by the words that every plan and every state has at its top; of a text that cannot be read whole,
/// by whether they are there at all.
fn what(text: &str) -> Option<What> {
    let has = |word: &str| text.contains(word);
    let may_be_plan = has("\"format_version\"") && (has("\"resource_changes\"") || has("\"planned_values\""));
    let may_be_state = has("\"terraform_version\"") && (has("\"lineage\"") || has("\"values\""));
    if !may_be_plan && !may_be_state {
        return None;
    }
    let parsed = json::parse(SourceMap::new().next_id(), text, json::Options::STRICT);
    let root = parsed.root.as_ref();
    let top = |name: &str| root.and_then(|root| root.get(name));
    let is_damaged = !parsed.errors.is_empty();
    let version = top("format_version").and_then(Node::as_str).is_some();
    if version && (top("resource_changes").is_some() || top("planned_values").is_some()) {
        return Some(What::Plan);
    }
    let is_shown = version && top("values").is_some_and(|values| values.get("root_module").is_some());
    let is_kept = top("lineage").is_some() && top("terraform_version").is_some();
    if is_shown || is_kept {
        return Some(What::State);
    }
    (is_damaged && may_be_plan && has("\"terraform_version\"")).then_some(What::Plan)
}

/// The version of the format, where it is none of those that are known.
fn strange_version(root: &Node) -> Option<EcoString> {
    let NodeKind::String(version) = &root.get("format_version")?.kind else { return None };
    let major = version.split('.').next().unwrap_or_default();
    (!matches!(major, "0" | "1")).then(|| version.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_and_states_are_told_by_content() {
        let cases = [
            (r#"{"format_version": "1.2", "resource_changes": []}"#, Some(What::Plan)),
            (r#"{"checks": [], "format_version": "1.2", "planned_values": {}}"#, Some(What::Plan)),
            (r#"{"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [{"#, Some(What::Plan)),
            (r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "a"}"#, Some(What::State)),
            (
                r#"{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}"#,
                Some(What::State),
            ),
            (r#"{"format_version": "1.0", "provider_schemas": {}}"#, None),
            (r#"{"format_version": "1.0", "valid": true, "diagnostics": []}"#, None),
            (r#"{"Resources": {"values": {"Type": "AWS::S3::Bucket"}}}"#, None),
            (r#"{"text": "\"format_version\" \"resource_changes\""}"#, None),
        ];
        for (text, expected) in cases {
            assert_eq!(what(text), expected, "{text}");
        }
    }
}
