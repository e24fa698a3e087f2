//! Reading `[phi]` and `[agreements]`.

use toml::de::{DeTable, DeValue};

use super::{Date, Node, Reader};
use crate::catalogue::provider::PROVIDERS;
use crate::config::declared::{Agreement, Phi};

/// The keys of `[phi]`.
const PHI: &[&str] = &["tags", "names", "addresses", "paths", "require_tags"];

/// The keys of an agreement.
const AGREEMENT: &[&str] = &["signed", "extra", "excluded"];

impl Reader<'_> {
    /// Reads `[phi]`.
    pub(super) fn phi(&mut self, value: &Node<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value.span(), "a table is expected here: [phi], then tags, names, addresses or paths");
        };
        let mut phi = Phi::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "tags" => phi.tags = self.tags(value),
                "names" => phi.names = self.texts(value, "a pattern over names"),
                "addresses" => phi.addresses = self.texts(value, "a pattern over addresses"),
                "paths" => {
                    let items = self.items(value, "patterns");
                    let patterns: Vec<&str> = items.iter().filter_map(|item| self.text(item, "a pattern")).collect();
                    let place = |at: usize| items.get(at).map_or(0..0, |item| item.span());
                    phi.paths = self.paths(&patterns, place).unwrap_or_default();
                }
                "require_tags" => phi.require_tags = self.flag(value),
                name => self.unknown(key.span(), "key of [phi]", name, PHI.iter().copied()),
            }
        }
        if phi.require_tags && phi.tags.is_empty() {
            self.wrong(value.span(), "require_tags asks for tags, but none is named; add [phi.tags]");
        }
        self.config.phi = Some(phi);
    }

    fn tags(&mut self, value: &Node<'_>) -> Vec<(String, Vec<String>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value.span(), "a table is expected here: [phi.tags], then tag = [\"value\", ...]");
            return Vec::new();
        };
        let tag = |(key, value): (&toml::Spanned<_>, &Node<'_>)| {
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            (key.to_string(), self.texts(value, "a value of the tag"))
        };
        table.iter().map(tag).collect()
    }

    fn texts(&mut self, value: &Node<'_>, what: &str) -> Vec<String> {
        let items = self.items(value, "texts");
        items.into_iter().filter_map(|item| self.text(item, what)).map(str::to_string).collect()
    }

    /// Reads `[agreements]`.
    pub(super) fn agreements(&mut self, value: &Node<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value.span(), "tables are expected here: [agreements.aws], then signed = 2025-01-31");
        };
        let mut agreements = Vec::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            if !PROVIDERS.contains(&name) {
                self.unknown(key.span(), "provider", name, PROVIDERS.iter().copied());
                continue;
            }
            match value.get_ref().as_table() {
                Some(table) => agreements.push(self.agreement(name, table)),
                None => self.wrong(value.span(), format!("a table is expected here: [agreements.{name}]")),
            }
        }
        self.config.agreements = Some(agreements);
    }

    fn agreement(&mut self, provider: &str, table: &DeTable<'_>) -> Agreement {
        let (extra, excluded) = (Vec::new(), Vec::new());
        let mut agreement = Agreement { provider: provider.to_string(), signed: None, extra, excluded };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "signed" => match value.get_ref() {
                    DeValue::Boolean(false) => {}
                    other => {
                        agreement.signed = written(other).and_then(|text| Date::read(&text));
                        if agreement.signed.is_none() {
                            self.wrong(
                                value.span(),
                                "the day of the signature is expected here, such as 2025-01-31, or false",
                            );
                        }
                    }
                },
                "extra" => agreement.extra = self.services(value),
                "excluded" => agreement.excluded = self.services(value),
                name => self.unknown(key.span(), "key of an agreement", name, AGREEMENT.iter().copied()),
            }
        }
        agreement
    }

    /// The names of services, as the tables of services have them.
    fn services(&mut self, value: &Node<'_>) -> Vec<String> {
        let tables = [&self.catalogue.services.exact, &self.catalogue.services.prefix];
        let known: std::collections::BTreeSet<&str> =
            tables.into_iter().flat_map(|table| table.iter()).map(|(_, service, _)| *service).collect();
        let mut services = Vec::new();
        for item in self.items(value, "services") {
            let Some(name) = self.text(item, "the name of a service") else { continue };
            if known.iter().any(|service| service.eq_ignore_ascii_case(name)) {
                services.push(name.to_string());
            } else {
                let near = crate::catalogue::nearest(name, known.iter().copied());
                let near = near.map(|near| format!("; is it {near}?")).unwrap_or_default();
                let message = format!("there is no service \"{name}\"{near} `phiguard policies --services` lists them");
                self.wrong(item.span(), message);
            }
        }
        services
    }
}

/// A day as it is written, with quotes or without.
fn written(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Datetime(date) => Some(date.to_string()),
        other => other.as_str().map(str::to_string),
    }
}
