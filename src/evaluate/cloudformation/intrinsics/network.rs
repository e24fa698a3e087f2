//! Address blocks and availability zones.

use std::net::IpAddr;

use ecow::{EcoString, eco_format};
use ipnet::IpNet;

use super::super::text;
use super::{Call, Evaluator, Intrinsic, Outcome};
use crate::value::{ListKind, Value};

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[
    Intrinsic {
        name: "Fn::Cidr",
        takes: "an address block, how many blocks to cut, and the bits of their hosts",
        arguments: Some((2, 3)),
        run: cidr,
    },
    Intrinsic { name: "Fn::GetAZs", takes: "a region", arguments: None, run: get_azs },
];

/// As many blocks as CloudFormation cuts.
const MAX_BLOCKS: i64 = 256;

/// The bits of a block's hosts where the call does not say.
const DEFAULT_BITS: i64 = 8;

fn cidr(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let values: Vec<Value> = call.list()?.iter().map(|node| evaluator.worth_or_null(node)).collect();
    let cut = text::over_choices(&values, call.span, &|values| {
        if values.iter().any(Value::is_unknown) {
            return Ok(text::unknown_from(call.span, values));
        }
        let whole = |at: usize, otherwise: i64| match values.get(at) {
            None => Ok(otherwise),
            Some(value) => text::of(value)
                .and_then(|text| text.parse::<i64>().ok())
                .ok_or_else(|| EcoString::from("the count and the bits are whole numbers")),
        };
        let block = values.first().and_then(text::of).ok_or("the address block is a text")?;
        let blocks = blocks(&block, whole(1, 0)?, whole(2, DEFAULT_BITS)?)?;
        let origin = text::origin(call.span, values);
        let items = blocks.into_iter().map(|block| Value::string(block).with_origin(origin.clone())).collect();
        Ok(Value::list(items, ListKind::List).with_origin(origin.clone()))
    });
    cut.map(Some).map_err(|message| call.failed(message))
}

/// The first blocks of an address block.
fn blocks(block: &str, count: i64, bits: i64) -> Result<Vec<EcoString>, EcoString> {
    let net: IpNet = block.parse().map_err(|_| eco_format!("{block} is no address block such as 10.0.0.0/16"))?;
    let width = i64::from(net.max_prefix_len());
    if !(1..=MAX_BLOCKS).contains(&count) {
        return Err(eco_format!("the count is 1 to {MAX_BLOCKS}, not {count}"));
    }
    let prefix = width - bits;
    let free = prefix - i64::from(net.prefix_len());
    if bits < 1 || prefix < 0 || free < 0 || (free < 16 && count > 1 << free) {
        return Err(eco_format!("{block} has no room for {count} blocks whose hosts have {bits} bits"));
    }
    let made = (0..count as u128).map(|at| match net.network() {
        IpAddr::V4(address) => {
            let start = u128::from(u32::from(address)) + offset(at, bits);
            eco_format!("{}/{prefix}", std::net::Ipv4Addr::from(start as u32))
        }
        IpAddr::V6(address) => {
            let start = u128::from(address).wrapping_add(offset(at, bits));
            eco_format!("{}/{prefix}", std::net::Ipv6Addr::from(start))
        }
    });
    Ok(made.collect())
}

/// How far the block at a place starts from the first.
fn offset(at: u128, bits: i64) -> u128 {
    u32::try_from(bits).ok().and_then(|bits| at.checked_shl(bits)).unwrap_or(0)
}

fn get_azs(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let region = call.whole(evaluator);
    let value = Value::unknown("the availability zones are those of the account");
    Ok(Some(value.with_origin(text::origin(call.span, [&region]))))
}
