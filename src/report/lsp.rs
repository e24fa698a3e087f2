//! The parameters of `textDocument/publishDiagnostics` as the Language Server Protocol 3.17 has them: one object a file,
//! each on a line of its own. Positions count UTF-16 units, which every client takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::told;
use super::{Report, Style};
use crate::catalogue::model::Severity;
use crate::source::{Encoding, Span};

/// Prints the files that have something, in the order of their names.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let base = base(report);
    let mut files: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for told in told::findings(report, style) {
        let finding = told.finding;
        let evidence = finding.evidence.iter().zip(&told.evidence);
        let related = evidence.map(|(evidence, (label, place))| {
            let location = json!({"uri": uri(&base, &place.file), "range": range(report, evidence.span)});
            json!({"location": location, "message": label})
        });
        files.entry(told.place.file.clone()).or_default().push(json!({
            "range": range(report, finding.span),
            "severity": severity(told.severity()),
            "code": finding.policy,
            "source": "phiguard",
            "message": format!("{}: {}\n{}", told.address, told.message, told.remedy()),
            "relatedInformation": related.collect::<Vec<_>>(),
            "data": {"fingerprint": finding.fingerprint, "address": told.address},
        }));
    }
    for (error, trouble) in report.errors.iter().zip(told::errors(report)) {
        files.entry(trouble.place.file.clone()).or_default().push(json!({
            "range": range(report, error.span),
            "severity": if trouble.unchecked { 1 } else { 2 },
            "code": trouble.code,
            "source": "phiguard",
            "message": trouble.message,
        }));
    }
    let mut out = String::new();
    for (file, diagnostics) in files {
        out.push_str(&json!({"uri": uri(&base, &file), "diagnostics": diagnostics}).to_string());
        out.push('\n');
    }
    out
}

/// What the protocol calls a severity.
fn severity(severity: Option<Severity>) -> u8 {
    match severity {
        Some(Severity::Critical | Severity::High) => 1,
        Some(Severity::Medium) => 2,
        Some(Severity::Low) => 3,
        None => 4,
    }
}

fn range(report: &Report, span: Span) -> Json {
    let position = |offset: u32| match report.sources.get(span.source) {
        Some(source) => {
            let place = source.lines().position(&source.text, offset, Encoding::Utf16);
            json!({"line": place.line, "character": place.column})
        }
        None => json!({"line": 0, "character": 0}),
    };
    json!({"start": position(span.start), "end": position(span.end)})
}

/// The folder against which files are shown, as far as the texts that were read tell.
fn base(report: &Report) -> PathBuf {
    let of = |(_, source): (_, &crate::source::Source)| {
        let name = Path::new(&source.name);
        let is_below = name.is_relative() && source.path.ends_with(name);
        is_below.then(|| source.path.ancestors().nth(name.components().count()).map(Path::to_path_buf))?
    };
    report.sources.iter().find_map(of).unwrap_or_default()
}

/// A file as the protocol names it.
fn uri(base: &Path, file: &str) -> String {
    let path = base.join(file).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", super::sarif::encoded(&path))
}
