//! Functions on address ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, check_count, number_of, text, whole};
use super::{Context, Function, OnUnknown};
use crate::value::{ListKind, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("cidrcontains", 2, OnUnknown::Whole, cidrcontains),
    Function::exactly("cidrhost", 2, OnUnknown::Whole, cidrhost),
    Function::exactly("cidrnetmask", 1, OnUnknown::Whole, cidrnetmask),
    Function::exactly("cidrsubnet", 3, OnUnknown::Whole, cidrsubnet),
    Function::at_least("cidrsubnets", 1, OnUnknown::Whole, cidrsubnets),
];

/// A range of addresses: its first one as a number, the length of its prefix, and whether it is of version 4.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    prefix: u32,
    four: bool,
}

impl Network {
    fn parse(text: &str) -> Result<Network, EcoString> {
        let bad = || eco_format!("\"{text}\" is not a range of addresses such as 10.0.0.0/16");
        let (address, prefix) = text.split_once('/').ok_or_else(bad)?;
        let (address, four) = number(address).ok_or_else(bad)?;
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| digits).ok_or_else(bad)?;
        let network = Network { first: 0, prefix, four };
        if prefix > network.bits() {
            return Err(bad());
        }
        Ok(Network { first: address & !network.hosts(), ..network })
    }

    fn bits(self) -> u32 {
        if self.four { 32 } else { 128 }
    }

    /// The number of the last host, which is also the mask of the host's part.
    fn hosts(self) -> u128 {
        ones(self.bits() - self.prefix)
    }

    /// The range that lies in this one, longer in prefix, at that place.
    fn subnet(self, prefix: u32, first: u128) -> Network {
        Network { first, prefix, four: self.four }
    }

    fn address(self, address: u128) -> EcoString {
        match u32::try_from(address) {
            Ok(address) if self.four => eco_format!("{}", Ipv4Addr::from(address)),
            _ => eco_format!("{}", Ipv6Addr::from(address)),
        }
    }

    fn show(self) -> Value {
        Value::string(eco_format!("{}/{}", self.address(self.first), self.prefix))
    }
}

fn ones(bits: u32) -> u128 {
    1_u128.checked_shl(bits).map_or(u128::MAX, |above| above - 1)
}

/// An address as a number, and whether it is of version 4. Zeros before a decimal part are allowed.
fn number(text: &str) -> Option<(u128, bool)> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|address| (address.to_bits(), false));
    }
    let mut parts = 0;
    let mut address = 0_u128;
    for part in text.split('.') {
        if part.is_empty() || part.len() > 16 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        address = address << 8 | u128::from(part.parse::<u64>().ok().and_then(|part| u8::try_from(part).ok())?);
        parts += 1;
        if parts > 4 {
            return None;
        }
    }
    (parts == 4).then_some((address, true))
}

fn cidrcontains(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let outer = Network::parse(&text(arguments, 0)?)?;
    let inner = text(arguments, 1)?;
    let inner = match inner.parse::<IpAddr>() {
        Ok(address) => Network::parse(&eco_format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 }))?,
        Err(_) => Network::parse(&inner)?,
    };
    if outer.four != inner.four {
        return Err("one is of IPv4 and the other of IPv6".into());
    }
    Ok(Value::bool(outer.prefix <= inner.prefix && inner.first & !outer.hosts() == outer.first))
}

fn cidrhost(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let network = Network::parse(&text(arguments, 0)?)?;
    let host = whole(arguments, 1)?;
    let distance = if host < 0 { host.unsigned_abs() - 1 } else { host.unsigned_abs() };
    let distance = u128::from(distance);
    if distance > network.hosts() {
        return Err(eco_format!("a prefix of {} has no host {host}", network.prefix));
    }
    let number = if host < 0 { network.hosts() - distance } else { distance };
    Ok(Value::string(network.address(network.first | number)))
}

fn cidrnetmask(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let network = Network::parse(&text(arguments, 0)?)?;
    if !network.four {
        return Err("IPv6 addresses have no netmask".into());
    }
    Ok(Value::string(network.address(ones(32) & !network.hosts())))
}

fn cidrsubnet(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let network = Network::parse(&text(arguments, 0)?)?;
    let (more, at) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let prefix = longer(network, more)?;
    let at = u128::try_from(at).ok().filter(|&at| at <= ones(prefix - network.prefix));
    let at = at.ok_or_else(|| eco_format!("{more} more bits have no network of that number"))?;
    let shifted = at.checked_shl(network.bits() - prefix).unwrap_or(0);
    Ok(network.subnet(prefix, network.first | shifted).show())
}

fn longer(network: Network, more: i64) -> Result<u32, EcoString> {
    u32::try_from(more)
        .ok()
        .and_then(|more| network.prefix.checked_add(more))
        .filter(|&prefix| prefix <= network.bits())
        .ok_or_else(|| eco_format!("a prefix of {} cannot be longer by {more} bits", network.prefix))
}

fn cidrsubnets(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let network = Network::parse(&text(arguments, 0)?)?;
    check_count(arguments.len())?;
    let last = network.first | network.hosts();
    // The next free address; None when there is none any more.
    let mut free = Some(network.first);
    let mut made = Vec::new();
    for more in arguments.iter().skip(1) {
        let more = number_of(more)?.as_i64().filter(|more| (1..=32).contains(more));
        let more = more.ok_or("each network must be 1 to 32 bits longer in prefix")?;
        let prefix = longer(network, more)?;
        let hosts = ones(network.bits() - prefix);
        let subnet = free
            .and_then(|free| free.checked_add(hosts))
            .map(|beyond| network.subnet(prefix, beyond & !hosts))
            .filter(|subnet| subnet.first | hosts <= last);
        let subnet = subnet.ok_or("there is not enough space left for all networks")?;
        free = (subnet.first | hosts).checked_add(1);
        made.push(subnet.show());
    }
    Ok(Value::list(made, ListKind::List))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn ranges_of_addresses_are_split() {
        check(&[
            ("cidrhost(\"192.168.4.0/22\", 300)", "\"192.168.5.44\""),
            ("cidrhost(\"192.168.4.0/30\", -2)", "\"192.168.4.2\""),
            ("cidrhost(\"192.168.4.0/30\", 4)", "error: no host"),
            ("cidrhost(\"2001:db8::/64\", 17)", "\"2001:db8::11\""),
            ("cidrnetmask(\"10.0.0.0/20\")", "\"255.255.240.0\""),
            ("cidrnetmask(\"::/8\")", "error: IPv6"),
            ("cidrsubnet(\"10.9.0.0/16\", 4, 3)", "\"10.9.48.0/20\""),
            ("cidrsubnet(\"10.9.0.0/16\", 2, 4)", "error: no network"),
            ("cidrsubnet(\"10.9.0.0/30\", 4, 0)", "error: longer by 4"),
            ("cidrsubnets(\"10.0.0.0/8\", 8, 12, 8)", "[\"10.0.0.0/16\",\"10.1.0.0/20\",\"10.2.0.0/16\"]"),
            ("cidrsubnets(\"10.0.0.0/31\", 1, 1, 1)", "error: space"),
            ("cidrcontains(\"10.0.0.0/8\", \"10.2.0.0/16\")", "true"),
            ("cidrcontains(\"10.0.0.0/8\", \"11.0.0.1\")", "false"),
            ("cidrhost(\"10.0.0/8\", 1)", "error: range of addresses"),
        ]);
    }
}
