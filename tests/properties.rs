//! Laws that hold for any input: of parsing, of the order of files and blocks, of fingerprints, and of conditions.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "properties/conditions.rs"]
mod conditions;
#[path = "properties/configurations.rs"]
mod configurations;
#[path = "properties/parsing.rs"]
mod parsing;

use proptest::test_runner::Config;

/// As many cases as PROPTEST_CASES says (256 by default), divided by what a case costs. What breaks a law becomes a
/// case of a table, rather than a file of seeds.
fn cases(cost: u32) -> Config {
    let default = Config::default();
    Config { cases: (default.cases / cost).max(8), failure_persistence: None, ..default }
}
