//! Ranges of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ecow::{EcoString, eco_format};
use ipnet::IpNet;

use super::arguments::{string, text, whole};
use super::{Answer, Function, OnUnknown};
use crate::value::{Map, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::exactly("cidrHost", 2, OnUnknown::Whole, host),
    Function::exactly("cidrSubnet", 3, OnUnknown::Whole, subnet),
    Function::exactly("parseCidr", 1, OnUnknown::Whole, parse),
];

fn network(arguments: &[Value]) -> Result<IpNet, EcoString> {
    let written = text(arguments, 0)?;
    written
        .parse::<IpNet>()
        .map(|network| network.trunc())
        .map_err(|_| eco_format!("\"{written}\" is no range of addresses, such as 10.0.0.0/16"))
}

/// The address a number of places after the first of a range, if it lies in that.
fn address(network: IpNet, places: u128) -> Option<IpAddr> {
    let address = match network.network() {
        IpAddr::V4(first) => {
            let address = u128::from(u32::from(first)).checked_add(places)?;
            IpAddr::V4(Ipv4Addr::from(u32::try_from(address).ok()?))
        }
        IpAddr::V6(first) => IpAddr::V6(Ipv6Addr::from(u128::from(first).checked_add(places)?)),
    };
    network.contains(&address).then_some(address)
}

/// How many addresses are kept for the network itself before the first that hosts use.
fn reserved(network: IpNet) -> u128 {
    if network.max_prefix_len() - network.prefix_len() > 1 { 1 } else { 0 }
}

fn host(arguments: &[Value]) -> Answer {
    let network = network(arguments)?;
    let index = u128::try_from(whole(arguments, 1)?).map_err(|_| "the index must not be negative")?;
    match address(network, reserved(network) + index) {
        Some(address) => string(eco_format!("{address}")),
        None => Err(eco_format!("{network} has no host with the index {index}")),
    }
}

fn subnet(arguments: &[Value]) -> Answer {
    let network = network(arguments)?;
    let (prefix, index) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let none = || eco_format!("{network} has no subnet /{prefix} with the index {index}");
    let length = u8::try_from(prefix).ok().filter(|length| *length >= network.prefix_len()).ok_or_else(none)?;
    let size = network.max_prefix_len().checked_sub(length).ok_or_else(none)?;
    let places = u128::try_from(index).ok().and_then(|index| index.checked_mul(1u128.checked_shl(size.into())?));
    let address = match (index, places) {
        (0, _) => Some(network.network()),
        (_, Some(places)) => self::address(network, places),
        _ => None,
    };
    string(eco_format!("{}/{length}", address.ok_or_else(none)?))
}

fn parse(arguments: &[Value]) -> Answer {
    let network = network(arguments)?;
    let last = match network.broadcast() {
        // Only IPv4 keeps the last address for messages to all.
        IpAddr::V4(last) if reserved(network) > 0 => IpAddr::V4(Ipv4Addr::from(u32::from(last).saturating_sub(1))),
        last => last,
    };
    let mut map = Map::new();
    map.insert("network", Value::string(eco_format!("{}", network.network())));
    map.insert("netmask", Value::string(eco_format!("{}", network.netmask())));
    if let IpAddr::V4(broadcast) = network.broadcast() {
        map.insert("broadcast", Value::string(eco_format!("{broadcast}")));
    }
    let first = address(network, reserved(network)).unwrap_or_else(|| network.network());
    map.insert("firstUsable", Value::string(eco_format!("{first}")));
    map.insert("lastUsable", Value::string(eco_format!("{last}")));
    map.insert("cidr", Value::number(i64::from(network.prefix_len())));
    Ok(Value::map(map))
}
