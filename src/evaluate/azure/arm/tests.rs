//! Templates as users write them, and the resources that they deploy.
