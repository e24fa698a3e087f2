//! Texts that are read in place of those on the disk: what a fix would write, before it is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The texts that stand in for files, by path.
pub type Texts = BTreeMap<PathBuf, Arc<str>>;

static TEXTS: RwLock<Option<Texts>> = RwLock::new(None);
static TURN: Mutex<()> = Mutex::new(());

/// Does something while texts stand in for files. One such work is done at a time; what reads files meanwhile, on
/// whatever thread, sees these texts.
pub fn reading<T>(texts: Texts, work: impl FnOnce() -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    /// Takes the texts away also when the work panics.
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            set(None);
        }
    }
    let _ended = Ended;
    set(Some(texts));
    work()
}

fn set(texts: Option<Texts>) {
    *TEXTS.write().unwrap_or_else(PoisonError::into_inner) = texts;
}

/// The text that stands in for a file, if one does.
pub(super) fn of(path: &Path) -> Option<Arc<str>> {
    TEXTS.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(path).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_for_a_file_until_the_work_is_done() {
        let path = PathBuf::from("/no/such/main.tf");
        let texts = Texts::from([(path.clone(), Arc::from("a = 1"))]);
        let read = || crate::source::read(&path).ok();
        assert_eq!(reading(texts, read).as_deref(), Some("a = 1"));
        assert_eq!(read(), None);
    }
}
