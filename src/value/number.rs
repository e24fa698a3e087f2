//! Numbers: whole ones exact, others as 64-bit floats, printed the way infrastructure languages print them.

use std::cmp::Ordering;
use std::fmt;

/// A number. A float that is whole and small enough is always kept as an integer, so that equality is simple.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other number; never NaN.
    Float(f64),
}

impl Number {
    /// The number for a float; None for NaN and the infinities.
    pub fn from_f64(value: f64) -> Option<Number> {
        if !value.is_finite() {
            return None;
        }
        // Beyond 2^63 an f64 no longer converts to i64 without loss.
        if value.fract() == 0.0 && value.abs() < 9.2e18 {
            return Some(Number::Int(value as i64));
        }
        Some(Number::Float(value))
    }

    /// Reads a decimal number.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(value) = text.parse::<i64>() {
            return Some(Number::Int(value));
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
        if !plain || text.is_empty() {
            return None;
        }
        text.parse::<f64>().ok().and_then(Number::from_f64)
    }

    /// The nearest float.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    /// The integer, if it is whole and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Number::Int(value) => Some(value),
            Number::Float(_) => None,
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::Int(value)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            (a, b) => a.as_f64().total_cmp(&b.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(value) => write!(f, "{value}"),
            Number::Float(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn whole_floats_are_integers() {
        assert_eq!(Number::parse("2190.0"), Some(Number::Int(2190)));
        assert_eq!(Number::parse("1e3").map(|n| n.to_string()), Some("1000".into()));
        assert_eq!(Number::parse("1.5").map(|n| n.to_string()), Some("1.5".into()));
    }

    #[test]
    fn words_are_no_numbers() {
        assert_eq!(Number::parse("inf"), None);
        assert_eq!(Number::parse(""), None);
        assert_eq!(Number::parse("0x10"), None);
    }
}
