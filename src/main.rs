//! The command line of phiguard.

fn main() {}
