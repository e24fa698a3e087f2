//! The pages of policies: what a diagnostic and "open documentation" lead to. They are written on first use into a
//! folder that goes when the server does, so that they can be opened without any network.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

use gen_lsp_types::Uri;
use tempfile::TempDir;

use super::settings::Settings;
use super::uri::uri;
use crate::catalogue::embedded;
use crate::catalogue::model::{Expect, PolicyFile};
use crate::catalogue::own::Own;
use crate::source::write_whole;

/// Where the pages lie.
#[derive(Debug, Default)]
pub(super) struct Pages {
    folder: OnceLock<Option<TempDir>>,
    own: Option<&'static Own>,
}

impl Pages {
    /// The pages of a session whose user has policies of their own.
    pub(super) fn with_own(own: Option<&'static Own>) -> Self {
        Pages { own, ..Pages::default() }
    }

    /// The page of a policy; none where there is no such policy, or where no page can be written.
    pub(super) fn of(&self, policy: &str, settings: &Settings) -> Option<Uri> {
        let is_own = self.own.is_some_and(|own| own.ids.contains(policy));
        if !is_own && !embedded::policies().ok()?.contains_key(policy) {
            return None;
        }
        if let Some(base) = settings.documentation.as_ref().filter(|_| !is_own) {
            return Some(Uri(format!("{}/{policy}.md", base.trim_end_matches('/'))));
        }
        let folder = self.folder.get_or_init(|| written(self.own)).as_ref()?;
        Some(uri(&page(folder, policy)))
    }
}

fn page(folder: &TempDir, policy: &str) -> PathBuf {
    folder.path().join(format!("{policy}.md"))
}

/// Writes all pages; a folder that takes none is as good as none.
fn written(own: Option<&Own>) -> Option<TempDir> {
    let policies = embedded::policies().ok()?;
    let policies = policies.values().chain(own.into_iter().flat_map(Own::policies));
    let folder = tempfile::Builder::new().prefix("phiguard-policies-").tempdir().ok()?;
    for policy in policies {
        write_whole(&page(&folder, &policy.id), &whole(policy)).ok()?;
    }
    Some(folder)
}

/// What a policy is and how to mend what it finds, short enough to be shown beside a text.
pub(super) fn brief(policy: &PolicyFile, dialect: Option<&str>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "**{}** ({}): {}\n", policy.id, policy.severity.as_str(), policy.title);
    let _ = writeln!(out, "{}\n", policy.why.trim());
    let _ = writeln!(out, "{}", policy.remedy.summary);
    if let Some(remedy) = dialect.and_then(|dialect| policy.remedy.dialects.get(dialect)) {
        let _ = writeln!(out, "\n```{}\n{}\n```", dialect.unwrap_or_default(), remedy.trim_end());
    }
    let _ = writeln!(
        out,
        "\n45 CFR {}; to be mended within {} days",
        policy.safeguards.join(", "),
        policy.remediate_within_days
    );
    out
}

/// All of a policy.
fn whole(policy: &PolicyFile) -> String {
    let mut out = format!("# {}\n\n{}\n\n", policy.id, policy.title);
    let _ = writeln!(
        out,
        "Severity {}, to be mended within {} days.\n",
        policy.severity.as_str(),
        policy.remediate_within_days
    );
    let _ = writeln!(out, "{}\n\n## Safeguards\n", policy.why.trim());
    let known = embedded::catalogue().map(|catalogue| catalogue.safeguards.as_slice()).unwrap_or_default();
    for citation in &policy.safeguards {
        let name = known.iter().find(|safeguard| safeguard.citation == *citation);
        let name = name.map(|safeguard| format!(": {} ({})", safeguard.name, safeguard.obligation)).unwrap_or_default();
        let _ = writeln!(out, "- 45 CFR {citation}{name}");
    }
    let _ = writeln!(out, "\n## How to mend it\n\n{}", policy.remedy.summary);
    for (dialect, remedy) in &policy.remedy.dialects {
        let _ = writeln!(out, "\n```{dialect}\n{}\n```", remedy.trim_end());
    }
    for example in &policy.examples {
        let word = match example.expect {
            Expect::Fail => "Fails",
            Expect::Pass => "Passes",
            Expect::Unknown => "Cannot be told",
        };
        let _ =
            writeln!(out, "\n## {word}: {}\n\n```{}\n{}\n```", example.title, example.dialect, example.code.trim_end());
    }
    out
}
