//! The file system as a run sees it: the texts of files that are open in an editor lie over what is on the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::files::{self, Decoded, ReadError};
use super::{Kept, SourceId};

/// Where a run reads its files. Cheap to clone; a clone does not see what is opened later.
#[derive(Clone, Debug, Default)]
pub struct Files {
    open: Arc<FxHashMap<PathBuf, Arc<str>>>,
    kept: Option<Kept>,
}

impl Files {
    /// The same, with what is made of the texts kept for the next run.
    pub fn keeping(self, kept: Kept) -> Self {
        Files { kept: Some(kept), ..self }
    }

    /// What is made of a text; where that is kept and nothing changed, what was made before.
    pub fn make<T: Clone + Send + Sync + 'static>(
        &self,
        path: &Path,
        source: SourceId,
        text: &str,
        make: impl FnOnce() -> T,
    ) -> T {
        match &self.kept {
            Some(kept) => kept.get_or_make(path, source, text, make),
            None => make(),
        }
    }

    /// Lays the text of a file over what is on the disk.
    pub fn open(&mut self, path: PathBuf, text: Arc<str>) {
        Arc::make_mut(&mut self.open).insert(path, text);
    }

    /// Takes the text of a file away again.
    pub fn close(&mut self, path: &Path) {
        Arc::make_mut(&mut self.open).remove(path);
    }

    /// The text that was laid over a file.
    pub fn opened(&self, path: &Path) -> Option<&Arc<str>> {
        // Most runs have nothing open, and paths are long to hash.
        if self.open.is_empty() { None } else { self.open.get(path) }
    }

    /// Reads a text file; a byte order mark is dropped.
    pub fn read(&self, path: &Path) -> Result<String, ReadError> {
        self.opened(path).map_or_else(|| files::read(path), |text| Ok(text.to_string()))
    }

    /// Reads a text file for an expression that asks for it.
    pub fn read_text(&self, path: &Path) -> Result<String, EcoString> {
        self.opened(path).map_or_else(|| files::read_text(path), |text| Ok(text.to_string()))
    }

    /// Reads a file whose sound parts are wanted even where others are not UTF-8; a byte order mark is dropped.
    pub fn read_decoded(&self, path: &Path) -> Result<Decoded, ReadError> {
        self.opened(path).map_or_else(|| files::read_decoded(path), |text| Ok(decoded(text)))
    }

    /// The same for a file that may be larger than others.
    pub fn read_decoded_within(&self, path: &Path, limit: u64) -> Result<Decoded, ReadError> {
        self.opened(path).map_or_else(|| files::read_decoded_within(path, limit), |text| Ok(decoded(text)))
    }

    /// The first bytes of a file, to tell what it is.
    pub fn read_head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, ReadError> {
        let head = |text: &Arc<str>| Ok(text.bytes().take(bytes).collect());
        self.opened(path).map_or_else(|| files::read_head(path, bytes), head)
    }

    /// Reads the bytes of a file as they are.
    pub fn read_raw(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.opened(path).map_or_else(|| files::read_raw(path), |text| Ok(text.as_bytes().to_vec()))
    }

    /// Whether there is a file at that path.
    pub fn is_file(&self, path: &Path) -> bool {
        self.opened(path).is_some() || files::is_file(path)
    }
}

fn decoded(text: &Arc<str>) -> Decoded {
    Decoded { text: text.to_string(), first_bad: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_lies_over_the_disk_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.tf");
        super::super::write_whole(&path, "saved").unwrap();
        let mut files = Files::default();
        let before = files.clone();
        files.open(path.clone(), "edited".into());
        assert_eq!((files.read(&path).unwrap(), before.read(&path).unwrap()), ("edited".into(), "saved".into()));
        let unsaved = folder.path().join("new.tf");
        files.open(unsaved.clone(), "new".into());
        assert!(files.is_file(&unsaved) && !before.is_file(&unsaved));
        files.close(&path);
        assert_eq!(files.read_text(&path).unwrap(), "saved");
    }
}
