//! The addresses that plans print, cut into their parts.

use ecow::{EcoString, eco_format};

/// The parts of an address or a reference between its dots; an index stays with the name before it.
pub(super) fn segments(text: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let mut start = 0;
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                segments.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.extend(text.get(start..));
    segments
}

/// A name and the index after it.
pub(super) fn indexed(segment: &str) -> (&str, Option<&str>) {
    match segment.find('[').and_then(|at| Some((segment.get(..at)?, segment.get(at..)?))) {
        Some((name, index)) => (name, Some(index)),
        None => (segment, None),
    }
}

/// A resource's address: the module calls that lead to it, and what is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// What its module's addresses start with, such as `module.a[0].`.
    pub(super) prefix: EcoString,
    /// The names of the calls, without indices.
    pub(super) calls: Vec<EcoString>,
    /// The resource without an index: `aws_s3_bucket.a`, `data.aws_region.b`.
    pub(super) resource: EcoString,
    /// Its index with the brackets.
    pub(super) index: Option<EcoString>,
}

impl Address {
    pub(super) fn of(text: &str) -> Self {
        let segments = segments(text);
        let mut rest = segments.as_slice();
        let (mut prefix, mut calls) = (EcoString::new(), Vec::new());
        while let ["module", call, after @ ..] = rest {
            prefix.push_str(&eco_format!("module.{call}."));
            calls.push(indexed(call).0.into());
            rest = after;
        }
        let (last, before) = rest.split_last().map_or(("", rest), |(last, before)| (*last, before));
        let (name, index) = indexed(last);
        let mut resource = EcoString::new();
        for part in before {
            resource.push_str(part);
            resource.push('.');
        }
        resource.push_str(name);
        Address { prefix, calls, resource, index: index.map(EcoString::from) }
    }

    /// The address without any index.
    pub(super) fn plain(&self) -> EcoString {
        plain(&self.calls, &self.resource)
    }

    /// The addresses of the module calls, outermost first.
    pub(super) fn call_addresses(&self) -> Vec<EcoString> {
        let mut addresses = Vec::new();
        let mut address = EcoString::new();
        for segment in segments(self.prefix.trim_end_matches('.')).chunks(2) {
            if let [module, call] = segment {
                let dot = if address.is_empty() { "" } else { "." };
                address.push_str(&eco_format!("{dot}{module}.{call}"));
                addresses.push(address.clone());
            }
        }
        addresses
    }
}

/// A resource of a module by the names of the calls that lead there.
pub(super) fn plain(calls: &[EcoString], resource: &str) -> EcoString {
    let mut text = EcoString::new();
    for call in calls {
        text.push_str("module.");
        text.push_str(call);
        text.push('.');
    }
    text.push_str(resource);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_outside_of_keys() {
        assert_eq!(segments("a.b[\"x.y\\\"]\"].id"), ["a", "b[\"x.y\\\"]\"]", "id"]);
        let address = Address::of("module.a[\"p.q\"].module.b.data.aws_region.c[0]");
        assert_eq!(address.prefix, "module.a[\"p.q\"].module.b.");
        assert_eq!(address.calls, ["a", "b"]);
        assert_eq!((address.resource.as_str(), address.index.as_deref()), ("data.aws_region.c", Some("[0]")));
        assert_eq!(address.plain(), "module.a.module.b.data.aws_region.c");
        assert_eq!(address.call_addresses(), ["module.a[\"p.q\"]", "module.a[\"p.q\"].module.b"]);
    }
}
