//! Digests that languages prescribe and that nothing should rest on any more: MD5, SHA-1, and the UUIDs that are
//! made of the latter. Sources: RFC 1321, RFC 3174, RFC 9562.

/// The MD5 digest.
pub fn md5(data: &[u8]) -> Vec<u8> {
    /// How far each round turns, step by step.
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(data, u64::to_le_bytes).chunks_exact(64) {
        let words: Vec<u32> = block.chunks_exact(4).map(|word| number(word.iter().rev())).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for at in 0..64usize {
            let (mixed, word) = match at / 16 {
                0 => ((b & c) | (!b & d), at),
                1 => ((d & b) | (!d & c), 5 * at + 1),
                2 => (b ^ c ^ d, 3 * at + 5),
                _ => (c ^ (b | !d), 7 * at),
            };
            let word = words.get(word % 16).copied().unwrap_or(0);
            // The constants are the sines of the steps.
            let constant = (((at + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let turn = TURNS.get(at / 16).and_then(|turns| turns.get(at % 4)).copied().unwrap_or(0);
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turn)));
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d]) {
            *word = word.wrapping_add(add);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The SHA-1 digest.
pub fn sha1(data: &[u8]) -> Vec<u8> {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(data, u64::to_be_bytes).chunks_exact(64) {
        let mut words: Vec<u32> = block.chunks_exact(4).map(|word| number(word.iter())).collect();
        for at in 16..80usize {
            let before = [3, 8, 14, 16].iter().filter_map(|back| words.get(at - back));
            words.push(before.fold(0, |all, word| all ^ word).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.into_iter().enumerate() {
            let (mixed, constant) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999_u32),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
            (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d, e]) {
            *word = word.wrapping_add(add);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The UUID of version 5 of a name in a namespace.
pub fn uuid_v5(namespace: u128, name: &str) -> String {
    let digest = sha1(&[&namespace.to_be_bytes(), name.as_bytes()].concat());
    let mut bits = digest.iter().take(16).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    bits = (bits & !(0xf << 76)) | (5 << 76);
    bits = (bits & !(0b11 << 62)) | (0b10 << 62);
    let part = |shift: u32, digits: u32| (bits >> shift) & ((1u128 << (4 * digits)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
}

/// The data with a bit after it, zeros, and its length in bits: whole blocks of 64 bytes.
fn padded(data: &[u8], length: fn(u64) -> [u8; 8]) -> Vec<u8> {
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize((data.len() + 9).next_multiple_of(64) - 8, 0);
    padded.extend(length((data.len() as u64).wrapping_mul(8)));
    padded
}

fn number<'b>(bytes: impl Iterator<Item = &'b u8>) -> u32 {
    bytes.fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_their_standards() {
        let long = "1234567890".repeat(8);
        for (text, md, sha) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (&long, "57edf4a22be3c955ac49da2e2107b67a", "50abf5706a150990a08b2c5ea40fa0e585554732"),
        ] {
            assert_eq!(hex(&md5(text.as_bytes())), md, "{text}");
            assert_eq!(hex(&sha1(text.as_bytes())), sha, "{text}");
        }
        let dns = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
        assert_eq!(uuid_v5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
