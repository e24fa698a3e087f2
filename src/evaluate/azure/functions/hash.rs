//! Names made of others: `uniqueString`, `guid`, and what is different at each deployment.

use ecow::EcoString;

use super::arguments::{string, text};
use super::{Function, OnUnknown};
use crate::evaluate::digest::uuid_v5;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("uniqueString", 1, OnUnknown::Whole, |arguments| {
        string(base32(murmur(joined(arguments)?.as_bytes())))
    }),
    Function::at_least("guid", 1, OnUnknown::Whole, |arguments| string(uuid_v5(NAMESPACE, &joined(arguments)?))),
    Function::exactly("newGuid", 0, OnUnknown::Whole, |_| Ok(Value::unknown("newGuid differs at each deployment"))),
];

fn joined(arguments: &[Value]) -> Result<String, EcoString> {
    let texts = (0..arguments.len()).map(|at| text(arguments, at)).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.join("-"))
}

/// Thirteen letters and digits for 64 bits.
fn base32(mut bits: u64) -> EcoString {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = EcoString::new();
    for _ in 0..13 {
        text.extend(LETTERS.get((bits >> 59) as usize).map(|letter| char::from(*letter)));
        bits <<= 5;
    }
    text
}

/// The 64-bit variant of MurmurHash3 that Azure Resource Manager uses.
fn murmur(data: &[u8]) -> u64 {
    const A: u32 = 0x239b_961b;
    const B: u32 = 0xab0e_9789;
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
    let mix_low = |word: u32| word.wrapping_mul(A).rotate_left(15).wrapping_mul(B);
    let mix_high = |word: u32| word.wrapping_mul(B).rotate_left(17).wrapping_mul(A);
    let (mut low, mut high) = (0u32, 0u32);
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let (first, second) = chunk.split_at(4);
        low = (low ^ mix_low(word(first))).rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(0x561c_cd1b);
        high = (high ^ mix_high(word(second))).rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(0x0bca_a747);
    }
    let (first, second) = chunks.remainder().split_at(chunks.remainder().len().min(4));
    low ^= mix_low(word(first));
    high ^= mix_high(word(second));
    low ^= data.len() as u32;
    high ^= data.len() as u32;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    let finish = |mut word: u32| {
        word = (word ^ (word >> 16)).wrapping_mul(0x85eb_ca6b);
        word = (word ^ (word >> 13)).wrapping_mul(0xc2b2_ae35);
        word ^ (word >> 16)
    };
    low = finish(low);
    high = finish(high);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (u64::from(high) << 32) | u64::from(low)
}

/// The namespace of Azure Resource Manager for UUIDs that are made of names.
const NAMESPACE: u128 = 0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830;
