//! Digests and identifiers. What is different on every run is not known before it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::eco_format;
use sha2::{Digest, Sha256, Sha512};

use super::arguments::{Answer, text};
use super::{Context, Function, OnUnknown};
use crate::evaluate::digest::{md5, sha1, uuid_v5};
use crate::value::Value;

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("base64sha256", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Sha256, true, arguments)),
    Function::exactly("base64sha512", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Sha512, true, arguments)),
    Function::between("bcrypt", 1, 2, OnUnknown::Whole, |_, arguments| differs("bcrypt", arguments)),
    Function::exactly("md5", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Md5, false, arguments)),
    Function::exactly("rsadecrypt", 2, OnUnknown::Whole, rsadecrypt),
    Function::exactly("sha1", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Sha1, false, arguments)),
    Function::exactly("sha256", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Sha256, false, arguments)),
    Function::exactly("sha512", 1, OnUnknown::Whole, |_, arguments| digest(Algorithm::Sha512, false, arguments)),
    Function::exactly("uuid", 0, OnUnknown::Whole, |_, arguments| differs("uuid", arguments)),
    Function::exactly("uuidv5", 2, OnUnknown::Whole, uuidv5),
];

/// A digest that Terraform offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The digest in hexadecimal or Base64.
    pub fn of(self, bytes: &[u8], base64: bool) -> Value {
        let digest: Vec<u8> = match self {
            Algorithm::Md5 => md5(bytes),
            Algorithm::Sha1 => sha1(bytes),
            Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
            Algorithm::Sha512 => Sha512::digest(bytes).to_vec(),
        };
        if base64 {
            return Value::string(STANDARD.encode(digest));
        }
        Value::string(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

fn digest(algorithm: Algorithm, base64: bool, arguments: &[Value]) -> Answer {
    Ok(algorithm.of(text(arguments, 0)?.as_bytes(), base64))
}

fn differs(name: &str, arguments: &[Value]) -> Answer {
    if !arguments.is_empty() {
        text(arguments, 0)?;
    }
    Ok(Value::unknown(eco_format!("{name} gives another result on every run")))
}

fn rsadecrypt(_: &Context<'_>, arguments: &[Value]) -> Answer {
    STANDARD.decode(text(arguments, 0)?.as_bytes()).map_err(|_| "the ciphertext must be Base64")?;
    text(arguments, 1)?;
    Ok(Value::unknown("nothing is decrypted").with_sensitive(true))
}

/// The namespaces that have names.
const NAMESPACES: &[(&str, u128)] = &[
    ("dns", 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8),
    ("url", 0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8),
    ("oid", 0x6ba7_b812_9dad_11d1_80b4_00c0_4fd4_30c8),
    ("x500", 0x6ba7_b814_9dad_11d1_80b4_00c0_4fd4_30c8),
];

fn uuidv5(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (space, name) = (text(arguments, 0)?, text(arguments, 1)?);
    let named = NAMESPACES.iter().find(|(named, _)| *named == space).map(|(_, bits)| *bits);
    let digits: String = space.chars().filter(|one| one.is_ascii_hexdigit()).collect();
    let written = || u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let space = named.or_else(written).ok_or("the namespace must be dns, url, oid, x500 or a UUID")?;
    Ok(Value::string(uuid_v5(space, &name)))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn digests_are_computed_where_they_can_be() {
        check(&[
            ("sha256(\"abc\")", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
            ("base64sha256(\"abc\")", "\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\""),
            ("substr(sha512(\"abc\"), 0, 16)", "\"ddaf35a193617aba\""),
            ("md5(\"abc\")", "\"900150983cd24fb0d6963f7d28e17f72\""),
            ("sha1(\"abc\")", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""),
            ("md5(null)", "error: null"),
            ("uuid()", "?"),
            ("bcrypt(\"x\", 4)", "?"),
            ("bcrypt(\"x\", 4, 5)", "error: does not take 3"),
            ("uuidv5(\"dns\", \"www.example.com\")", "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\""),
            (
                "uuidv5(\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\", \"www.example.com\")",
                "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\"",
            ),
            ("uuidv5(\"q\", \"x\")", "error: namespace"),
        ]);
    }
}
