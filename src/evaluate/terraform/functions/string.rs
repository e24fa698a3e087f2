pub static FUNCTIONS: &[super::Function] = &[];
