//! What tells a secret: the name of the place where it stands, its format, and that it is not what stands for one.

use regex::bytes::RegexSet;

use super::text::{plain, regex, set, texts};
use super::{MAX_TOLD, Place, Search};
use crate::value::Value;

impl<'s> Search<'s> {
    /// The name of a format that a text has, unless it only looks so.
    pub(super) fn real(&self, at: usize, text: &str) -> Option<&'s str> {
        let format = self.secrets.formats.get(at)?;
        let compiled = self.single.get(at)?.get_or_init(|| {
            let not = match &format.not {
                Some(not) => Some(regex(not)?),
                None => None,
            };
            Some((regex(&format.pattern)?, not))
        });
        let (pattern, not) = compiled.as_ref()?;
        let is_real = |found: &[u8]| !not.as_ref().is_some_and(|not| not.is_match(found));
        let any = pattern.find_iter(text.as_bytes()).any(|found| is_real(found.as_bytes()));
        any.then_some(format.name.as_str())
    }

    /// Whether a place is named for a secret.
    pub(super) fn is_named(&self, place: Place<'_>) -> bool {
        let [provider, free] = &self.told;
        let told = if place.free { free } else { provider };
        if let Ok(told) = told.read()
            && let Some(is_named) = told.get(place.name)
        {
            return *is_named;
        }
        let is_named = self.tell(place);
        if let Ok(mut told) = told.write()
            && told.len() < MAX_TOLD
        {
            told.insert(place.name.to_string(), is_named);
        }
        is_named
    }

    fn tell(&self, place: Place<'_>) -> bool {
        // Terraform's write-only arguments are not kept in a state, but what is written in them stands there for all to read.
        let name = plain(place.name.strip_suffix("_wo").unwrap_or(place.name));
        let names = match place.free {
            true => set(&self.settings, || texts(&self.secrets.settings)),
            false => set(&self.properties, || texts(&self.secrets.properties)),
        };
        let not_names = || set(&self.not_names, || texts(&self.secrets.not_names));
        let is = |names: &RegexSet| names.is_match(name.as_bytes());
        names.is_some_and(is) && !not_names().is_some_and(is)
    }

    /// Whether a text under such a name is a secret, rather than what stands for one.
    pub(super) fn is_secret(&self, text: &str, name: &str) -> bool {
        let text = text.trim();
        let placeholders = || set(&self.placeholders, || texts(&self.secrets.placeholders));
        text.len() >= 4
            && plain(text) != plain(name)
            && !placeholders().is_some_and(|placeholders| placeholders.is_match(text.as_bytes()))
    }

    /// Whether what is kept as a secret under a name is none by that name: whom one signs in as, where a server is.
    /// A value that another resource gives is named there.
    pub(super) fn is_harmless(&self, name: Option<&str>, value: &Value) -> bool {
        let of_secret = |attribute: &str| {
            let name = attribute.rsplit('.').next().unwrap_or(attribute);
            self.is_named(Place { name, ..Place::BODY })
        };
        let references = value.origin.references();
        if !references.is_empty() {
            return !references.iter().any(|reference| of_secret(&reference.attribute));
        }
        let harmless = || set(&self.harmless, || texts(&self.secrets.harmless));
        name.is_some_and(|name| {
            let name = plain(name);
            harmless().is_some_and(|harmless| harmless.is_match(name.as_bytes()))
        })
    }
}
