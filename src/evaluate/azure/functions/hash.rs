//! Names made of others: `uniqueString`, `guid`, and what is different at each deployment.

use ecow::{EcoString, eco_format};

use super::arguments::{string, text};
use super::{Function, OnUnknown};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("uniqueString", 1, OnUnknown::Whole, |arguments| {
        string(base32(murmur(joined(arguments)?.as_bytes())))
    }),
    Function::at_least("guid", 1, OnUnknown::Whole, |arguments| string(named_uuid(&joined(arguments)?))),
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

/// The UUID of version 5 in the namespace of Azure Resource Manager.
fn named_uuid(name: &str) -> EcoString {
    const NAMESPACE: [u8; 16] =
        [0x11, 0xfb, 0x06, 0xfb, 0x71, 0x2d, 0x4d, 0xdd, 0x98, 0xc7, 0xe7, 0x1b, 0xbd, 0x58, 0x88, 0x30];
    let digest = sha1(&[&NAMESPACE, name.as_bytes()].concat());
    let mut bits = digest.iter().take(16).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    bits = (bits & !(0xf << 76)) | (5 << 76);
    bits = (bits & !(0b11 << 62)) | (0b10 << 62);
    let part = |shift: u32, digits: u32| (bits >> shift) & ((1u128 << (4 * digits)) - 1);
    eco_format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
}

/// SHA-1, which version 5 of UUIDs prescribes; nothing here is kept secret by it.
fn sha1(data: &[u8]) -> [u8; 20] {
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize((data.len() + 9).next_multiple_of(64), 0);
    let length = padded.len();
    if let Some(tail) = padded.get_mut(length - 8..) {
        tail.copy_from_slice(&((data.len() as u64) * 8).to_be_bytes());
    }
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> = Vec::with_capacity(80);
        words.extend(block.chunks_exact(4).map(|word| word.iter().fold(0, |all, byte| (all << 8) | u32::from(*byte))));
        for at in 16..80usize {
            let before = |back: usize| words.get(at - back).copied().unwrap_or(0);
            let word = (before(3) ^ before(8) ^ before(14) ^ before(16)).rotate_left(1);
            words.push(word);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.into_iter().enumerate() {
            let (mixed, constant) = match at {
                0..20 => ((b & c) | (!b & d), 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d, e]) {
            *word = word.wrapping_add(add);
        }
    }
    let mut digest = [0; 20];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}
