//! What the client can do, and what its user asks for.

use gen_lsp_types::PositionEncodingKind;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::source::Encoding;

/// What the client said that it can do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// How it counts columns.
    pub(super) encoding: Encoding,
    /// Whether it asks for diagnostics; else they are sent to it.
    pub(super) pulls: bool,
    /// Whether it can be told to ask for diagnostics again.
    pub(super) refreshes: bool,
    /// Whether it can be told to ask for inlay hints again.
    pub(super) refreshes_hints: bool,
    /// Whether diagnostics may name further places.
    pub(super) related: bool,
    /// Whether it shows what is being done.
    pub(super) progress: bool,
    /// Whether it can be asked to watch files.
    pub(super) watches: bool,
    /// Whether it can open a page.
    pub(super) shows_documents: bool,
    /// Whether edits may make files.
    pub(super) creates_files: bool,
    /// Whether edits may name the version of the document that they are for.
    pub(super) versioned_edits: bool,
}

impl Client {
    /// Reads the capabilities that the client announces; what it does not say, it cannot do.
    pub(super) fn of(parameters: &Json) -> Self {
        let get = |pointer: &str| parameters.pointer(&format!("/capabilities/{pointer}"));
        let can = |pointer: &str| get(pointer).and_then(Json::as_bool).unwrap_or(false);
        Client {
            encoding: encoding(get("general/positionEncodings")),
            pulls: get("textDocument/diagnostic").is_some_and(Json::is_object),
            refreshes: can("workspace/diagnostics/refreshSupport"),
            refreshes_hints: can("workspace/inlayHint/refreshSupport"),
            related: can("textDocument/publishDiagnostics/relatedInformation"),
            progress: can("window/workDoneProgress"),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            shows_documents: can("window/showDocument/support"),
            creates_files: get("workspace/workspaceEdit/resourceOperations")
                .and_then(Json::as_array)
                .is_some_and(|all| all.iter().any(|one| one == "create")),
            versioned_edits: can("workspace/workspaceEdit/documentChanges"),
        }
    }

    /// The word for how columns are counted.
    pub(super) fn encoding_kind(&self) -> PositionEncodingKind {
        match self.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// The first of the client's encodings, which come in the order of its preference; UTF-16 where it names none.
fn encoding(offered: Option<&Json>) -> Encoding {
    let known = |word: &Json| match word.as_str() {
        Some("utf-8") => Some(Encoding::Utf8),
        Some("utf-16") => Some(Encoding::Utf16),
        Some("utf-32") => Some(Encoding::Utf32),
        _ => None,
    };
    offered.and_then(Json::as_array).into_iter().flatten().find_map(known).unwrap_or_default()
}

/// What the user asks for: the initialization options, or what a change of configuration gives under `phiguard`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Settings {
    /// Whether to show what attributes are worth beside them.
    pub(super) inlay_hints: bool,
    /// Whether to tell of what cannot be told.
    pub(super) show_unknown: bool,
    /// Where the pages of policies are; without it, the server writes them to a folder of its own.
    pub(super) documentation: Option<String>,
    /// A folder of policies that judge as well, as `check --policies` takes it; a relative path counts from the first folder
    /// of the workspace.
    pub(super) policies: Option<std::path::PathBuf>,
}

impl Settings {
    /// Reads settings; the error says what is wrong with them.
    pub(super) fn read(given: Option<&Json>) -> Result<Self, String> {
        let given = given.map(|given| given.get("phiguard").unwrap_or(given)).filter(|given| !given.is_null());
        let Some(given) = given else { return Ok(Settings::default()) };
        Settings::deserialize(given).map_err(|error| {
            format!(
                "the settings of phiguard cannot be read ({error}), so none of them holds; there are inlayHints, \
                 showUnknown, documentation and policies"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_encoding_that_is_known_is_taken() {
        for (offered, expected) in [
            (json!(["utf-8", "utf-16"]), Encoding::Utf8),
            (json!(["utf-7", "utf-32", "utf-8"]), Encoding::Utf32),
            (json!([]), Encoding::Utf16),
            (json!("utf-8"), Encoding::Utf16),
        ] {
            let parameters = json!({"capabilities": {"general": {"positionEncodings": offered}}});
            assert_eq!(Client::of(&parameters).encoding, expected, "{parameters}");
        }
        assert_eq!(Client::of(&Json::Null).encoding, Encoding::Utf16);
    }

    #[test]
    fn settings_are_read_and_mistakes_told() {
        let hints = Settings { inlay_hints: true, ..Settings::default() };
        assert_eq!(Settings::read(Some(&json!({"inlayHints": true}))), Ok(hints.clone()));
        assert_eq!(Settings::read(Some(&json!({"phiguard": {"inlayHints": true}}))), Ok(hints));
        assert_eq!(Settings::read(Some(&Json::Null)), Ok(Settings::default()));
        assert!(Settings::read(Some(&json!({"inlayHint": true}))).unwrap_err().contains("inlayHints"));
    }
}
