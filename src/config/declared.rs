//! What a project declares of itself: where PHI is, and which agreements with providers are signed.

use std::path::Path;

use super::{Date, Paths};
use crate::condition::glob;

/// Which resources hold PHI.
#[derive(Clone, Debug, Default)]
pub struct Phi {
    /// Tags by name, and the values with which they say so; `*` and `?` are patterns.
    pub tags: Vec<(String, Vec<String>)>,
    /// Patterns over deployed names.
    pub names: Vec<String>,
    /// Patterns over addresses.
    pub addresses: Vec<String>,
    /// Files whose resources hold PHI.
    pub paths: Paths,
    /// Whether every store of data must carry one of the tags.
    pub require_tags: bool,
}

impl Phi {
    /// The pattern that a name fits.
    pub fn name(&self, name: &str) -> Option<&str> {
        fitting(&self.names, name)
    }

    /// The pattern that an address fits.
    pub fn address(&self, address: &str) -> Option<&str> {
        fitting(&self.addresses, address)
    }

    /// Whether a file is one of those whose resources hold PHI.
    pub fn has_file(&self, file: &Path) -> bool {
        self.paths.has(file)
    }
}

/// The first pattern that a text fits, without case.
fn fitting<'p>(patterns: &'p [String], text: &str) -> Option<&'p str> {
    let text = text.to_lowercase();
    patterns.iter().find(|pattern| glob(&pattern.to_lowercase(), &text)).map(String::as_str)
}

/// Whether a value of a tag says that PHI is held.
pub fn says_phi(values: &[String], value: &str) -> bool {
    fitting(values, value).is_some()
}

/// An agreement with a provider.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The provider: `aws` or `azure`.
    pub provider: String,
    /// The day on which it was signed.
    pub signed: Option<Date>,
    /// Services that it covers besides those of the provider's list.
    pub extra: Vec<String>,
    /// Services that it leaves out.
    pub excluded: Vec<String>,
}

impl Agreement {
    /// Whether it is in force on a day.
    pub fn is_signed(&self, today: Date) -> bool {
        self.signed.is_some_and(|signed| signed <= today)
    }

    /// Whether it covers a service that the provider's list may leave out.
    pub fn adds(&self, service: &str) -> bool {
        has(&self.extra, service)
    }

    /// Whether it leaves a service out.
    pub fn excludes(&self, service: &str) -> bool {
        has(&self.excluded, service)
    }
}

fn has(services: &[String], service: &str) -> bool {
    services.iter().any(|one| one.eq_ignore_ascii_case(service))
}
