//! What was made of texts, kept from one run to the next, so that a file that is as it was is not parsed again.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use super::SourceId;

/// What is kept. Clones share it.
#[derive(Clone, Default)]
pub struct Kept(Arc<Shelf>);

#[derive(Default)]
struct Shelf {
    files: Mutex<FxHashMap<PathBuf, File>>,
    made: AtomicUsize,
}

/// What was made of a file.
struct File {
    /// Places in what was made are places in this source.
    source: SourceId,
    text: Arc<str>,
    made: Arc<dyn Any + Send + Sync>,
}

impl Kept {
    /// What was made of a file before, where its text and its source are the same; else what is made now.
    pub(super) fn get_or_make<T: Clone + Send + Sync + 'static>(
        &self,
        path: &Path,
        source: SourceId,
        text: &str,
        make: impl FnOnce() -> T,
    ) -> T {
        let before = self.0.files.lock().ok().and_then(|files| {
            let file = files.get(path).filter(|file| file.source == source && *file.text == *text)?;
            Arc::clone(&file.made).downcast::<T>().ok()
        });
        if let Some(before) = before {
            return (*before).clone();
        }
        let made = make();
        self.0.made.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut files) = self.0.files.lock() {
            let file = File { source, text: text.into(), made: Arc::new(made.clone()) };
            files.insert(path.to_path_buf(), file);
        }
        made
    }

    /// How many times something was made.
    pub fn count(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Kept({})", self.count())
    }
}
