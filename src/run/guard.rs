//! Threads with deep stacks, and faults of phiguard's own: a unit of work that panics costs that unit, is reported,
//! and says nothing on stderr.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// The stack of a thread, in bytes: deep expressions are limited by their depth, far below this.
const STACK: usize = 64 * 1024 * 1024;

/// Threads to do work on; as many as there are processors, where no number is given.
pub fn threads(count: Option<usize>) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(count.unwrap_or(0)).build()
}

/// Lets panics pass in silence from now on: they are caught and become errors of the report.
pub fn with_quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// Does a unit of work; the answer to a panic is what it said.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let said = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
        said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
    })
}
