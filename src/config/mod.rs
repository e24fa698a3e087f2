//! What a project asks of phiguard.

mod date;

pub use date::Date;
