//! phiguard reads infrastructure as code and says where it breaks the technical safeguards of the HIPAA
//! Security Rule. The modules are the stages of its pipeline, in order; none imports from a later one.

pub mod analyse;
pub mod catalogue;
pub mod condition;
pub mod discover;
pub mod evaluate;
pub mod graph;
pub mod judge;
pub mod normalize;
pub mod parse;
pub mod source;
pub mod value;
