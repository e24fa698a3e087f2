//! How far a list of sources reaches: all of IPv4, all of IPv6, or less; halves of the internet add up to all of it.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::value::{Data, Known, Part, Value};

/// Whether a set of sources is the whole internet.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Reach {
    /// All of IPv4, all of IPv6, or both.
    Everyone(Families),
    /// Less than that.
    Some,
    /// It hangs on what this value turns out to be.
    Unknown(Value),
}

/// Which of the two internets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Families {
    pub(super) v4: bool,
    pub(super) v6: bool,
}

impl Families {
    pub(super) const BOTH: Families = Families { v4: true, v6: true };

    pub(super) fn any(self) -> bool {
        self.v4 || self.v6
    }
}

/// How far a list of sources reaches, and the source that makes it so.
pub(super) fn reach(sources: &Value) -> (Reach, Option<Value>) {
    let items: &[Value] = match &sources.data {
        Data::List(list) => &list.items,
        Data::Null => return (Reach::Some, None),
        _ => std::slice::from_ref(sources),
    };
    let mut families = covered(items.iter().filter_map(|item| item.as_str()?.parse::<IpNet>().ok()));
    let everyone = items.iter().find(|item| item.as_str().is_some_and(is_everyone));
    for word in items.iter().filter_map(Value::as_str).filter(|word| is_everyone(word)) {
        match word {
            "0.0.0.0/0" | "0.0.0.0" => families.v4 = true,
            "::/0" | "::" => families.v6 = true,
            other => match other.parse::<IpNet>() {
                // Counted with the networks.
                Ok(_) => {}
                Err(_) => families = Families::BOTH,
            },
        }
    }
    if families.any() {
        return (Reach::Everyone(families), everyone.or(items.first()).cloned());
    }
    // A reference to a security group, a prefix list or an address is not the internet.
    let may_be_all = |item: &&Value| item.is_unknown() && item.origin.references().is_empty() && !is_narrow(item);
    match items.iter().find(may_be_all) {
        Some(item) => (Reach::Unknown(item.clone()), Some(item.clone())),
        None => (Reach::Some, items.first().cloned()),
    }
}

fn is_everyone(source: &str) -> bool {
    matches!(source, "*" | "0.0.0.0/0" | "::/0" | "0.0.0.0" | "::")
        || source.eq_ignore_ascii_case("internet")
        || source.eq_ignore_ascii_case("any")
        // Whatever the address before it, a prefix of no bits is all addresses.
        || source.ends_with("/0")
}

/// Whether a source of which only the end is known is less than half of the internet: `${var.office}/32`.
fn is_narrow(source: &Value) -> bool {
    let Data::Unknown(unknown) = &source.data else { return false };
    let Known::Template(parts) = &unknown.known else { return false };
    let Some(Part::Text(end)) = parts.last() else { return false };
    let bits = end.rsplit_once('/').and_then(|(_, bits)| bits.parse::<u8>().ok());
    bits.is_some_and(|bits| bits > 1)
}

/// Whether networks together are all of IPv4, all of IPv6.
pub(super) fn covered(nets: impl Iterator<Item = IpNet>) -> Families {
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = (Vec::new(), Vec::new());
    for net in nets {
        match net {
            IpNet::V4(net) => v4.push(net),
            IpNet::V6(net) => v6.push(net),
        }
    }
    Families {
        v4: Ipv4Net::aggregate(&v4).iter().any(|net| net.prefix_len() == 0),
        v6: Ipv6Net::aggregate(&v6).iter().any(|net| net.prefix_len() == 0),
    }
}
