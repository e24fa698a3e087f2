//! Kleene's three-valued logic: what is not known stays not known unless the rest decides.

/// True, false, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It may hold or not.
    Unknown,
}

impl Truth {
    /// Both hold.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// At least one holds.
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, Truth::False) => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth;
    use proptest::prelude::*;

    fn truth() -> impl Strategy<Value = Truth> {
        prop_oneof![Just(Truth::True), Just(Truth::False), Just(Truth::Unknown)]
    }

    /// The values that an unknown may turn out to have.
    fn outcomes(truth: Truth) -> Vec<bool> {
        match truth {
            Truth::True => vec![true],
            Truth::False => vec![false],
            Truth::Unknown => vec![true, false],
        }
    }

    proptest! {
        #[test]
        fn logic_agrees_with_every_way_the_unknowns_may_turn_out(a in truth(), b in truth()) {
            for (result, operator) in [
                (a.and(b), (|x, y| x && y) as fn(bool, bool) -> bool),
                (a.or(b), |x, y| x || y),
            ] {
                let possible: Vec<bool> = outcomes(a)
                    .into_iter()
                    .flat_map(|x| outcomes(b).into_iter().map(move |y| operator(x, y)))
                    .collect();
                let expected = if possible.iter().all(|&p| p) {
                    Truth::True
                } else if possible.iter().all(|&p| !p) {
                    Truth::False
                } else {
                    Truth::Unknown
                };
                prop_assert_eq!(result, expected);
            }
        }

        #[test]
        fn de_morgan_holds(a in truth(), b in truth()) {
            prop_assert_eq!(!a.and(b), (!a).or(!b));
            prop_assert_eq!(!a.or(b), (!a).and(!b));
            prop_assert_eq!(!!a, a);
        }
    }
}
