//! What a plain scalar is worth: YAML 1.1, which CloudFormation reads, without its dates.

use crate::parse::tree::NodeKind;
use crate::value::Number;

/// The value of a scalar without quotes or tag.
pub(super) fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => NodeKind::Bool(false),
        _ => match number(text) {
            Some(number) => NodeKind::Number(number),
            None => NodeKind::String(text.into()),
        },
    }
}

/// The number that a text writes.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let whole = if let Some(rest) = digits.strip_prefix("0b") {
        radix(rest, 2)
    } else if let Some(rest) = digits.strip_prefix("0x") {
        radix(rest, 16)
    } else if digits.len() > 1 && digits.starts_with('0') && !digits.contains('.') {
        radix(digits, 8)
    } else if digits.contains(':') {
        sixties(digits)
    } else if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        digits.replace('_', "").parse().ok()
    } else {
        return float(text, digits);
    };
    whole.map(|value: i64| Number::Int(if text.starts_with('-') { -value } else { value })).or_else(|| {
        // Whole, but too large for 64 bits.
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| Number::parse(text))
            .flatten()
            .filter(|_| !digits.starts_with('0'))
    })
}

fn radix(digits: &str, base: u32) -> Option<i64> {
    i64::from_str_radix(&digits.replace('_', ""), base).ok()
}

/// `190:20:30`, in base sixty.
fn sixties(text: &str) -> Option<i64> {
    if text.starts_with('0') {
        return None;
    }
    text.split(':').enumerate().try_fold(0i64, |sum, (at, part)| {
        let value: i64 = part.replace('_', "").parse().ok()?;
        if at > 0 && (value > 59 || part.len() > 2) {
            return None;
        }
        sum.checked_mul(60)?.checked_add(value)
    })
}

/// A decimal with a point; an exponent has a sign.
fn float(text: &str, digits: &str) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let is_sound = are_digits(whole)
        && are_digits(fraction)
        && (whole.len() + fraction.len() > 0)
        && exponent.is_none_or(|exponent| {
            exponent.strip_prefix(['-', '+']).is_some_and(|digits| !digits.is_empty() && are_digits(digits))
        });
    if !is_sound {
        return None;
    }
    text.replace('_', "").parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        for (text, expected) in [
            ("0", Some("0")),
            ("-3", Some("-3")),
            ("+12", Some("12")),
            ("1_000", Some("1000")),
            ("0777", Some("511")),
            ("0o17", None),
            ("089", None),
            ("0x1F", Some("31")),
            ("0b11", Some("3")),
            ("1.5", Some("1.5")),
            (".5", Some("0.5")),
            ("1.", Some("1")),
            ("1.5e+3", Some("1500")),
            ("1e3", None),
            ("22:30", Some("1350")),
            ("2012-10-17", None),
            ("10.0.0.0", None),
            ("0.0.0.0/0", None),
            (".", None),
            ("-", None),
            ("99999999999999999999", Some("99999999999999999999")),
        ] {
            let found = number(text).map(|number| number.to_string());
            if text.len() < 20 {
                assert_eq!(found.as_deref(), expected, "{text}");
            } else {
                assert!(found.is_some());
            }
        }
    }

    #[test]
    fn words_are_booleans_and_nulls() {
        assert_eq!(plain("yes"), NodeKind::Bool(true));
        assert_eq!(plain("Off"), NodeKind::Bool(false));
        assert_eq!(plain("y"), NodeKind::String("y".into()));
        assert_eq!(plain("~"), NodeKind::Null);
        assert_eq!(plain("nULL"), NodeKind::String("nULL".into()));
    }
}
