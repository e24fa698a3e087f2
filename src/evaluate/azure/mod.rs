//! What ARM templates and Bicep share: their functions over values.

pub mod functions;
