//! phiguard reads infrastructure as code and says where it breaks the technical safeguards of the HIPAA
//! Security Rule. The modules are the stages of its pipeline; none imports from a later one.

// In order: what all stages share, then the stages.
pub mod source;
pub mod value;

pub mod catalogue;
pub mod condition;

pub mod config;

pub mod discover;

pub mod parse;

pub mod evaluate;

pub mod graph;

pub mod normalize;

pub mod analyse;

pub mod judge;

pub mod suppress;

pub mod compare;

pub mod fix;

pub mod report;

pub mod run;

pub mod lsp;

pub mod cli;
