//! Cancellations, heard while something else is worked on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use lsp_server::RequestId;
use serde_json::Value as Json;

/// More requests than this are not remembered as cancelled.
const MAX_CANCELLED: usize = 1024;

/// The requests that nobody waits for any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Cancelled(Arc<Mutex<BTreeSet<RequestId>>>);

impl Cancelled {
    /// Remembers the request that a cancellation names.
    pub(super) fn add(&self, parameters: &Json) {
        let id = parameters.get("id").cloned().and_then(|id| serde_json::from_value(id).ok());
        if let (Some(id), Ok(mut all)) = (id, self.0.lock()) {
            // What was answered before its cancellation came is never asked for again.
            if all.len() >= MAX_CANCELLED {
                all.pop_first();
            }
            all.insert(id);
        }
    }

    /// Whether a request was cancelled; it is forgotten then.
    pub(super) fn take(&self, id: &RequestId) -> bool {
        self.0.lock().is_ok_and(|mut all| all.remove(id))
    }
}
