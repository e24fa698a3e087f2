//! Reading files: size limit, UTF-8, byte order mark, and errors that say what to do.

use std::fs;
use std::io::Read;
use std::path::Path;

use ecow::{EcoString, eco_format};

/// Files above this many bytes are not read: 8 MiB is a hundred times the largest template that deploys.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Why a file could not be read. The fault lies with the scanned tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// The kind of trouble.
    pub kind: ReadErrorKind,
    /// What happened and what to do.
    pub message: EcoString,
}

/// The kinds of trouble in reading a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// The system refused.
    Unreadable,
    /// Above [`MAX_FILE_BYTES`].
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
}

/// Reads a text file; a byte order mark is dropped.
pub fn read(path: &Path) -> Result<String, ReadError> {
    String::from_utf8(read_bytes(path, MAX_FILE_BYTES)?).map_err(|error| ReadError {
        kind: ReadErrorKind::NotUtf8,
        message: eco_format!(
            "is not UTF-8 (byte {} is the first that is not); save it as UTF-8",
            error.utf8_error().valid_up_to()
        ),
    })
}

/// A text, and where the first byte stood that was not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text; what was not UTF-8 is U+FFFD.
    pub text: String,
    /// The offset in `text` of the first such place.
    pub first_bad: Option<usize>,
}

/// Reads a file whose sound parts are wanted even where others are not UTF-8; a byte order mark is dropped.
pub(super) fn read_decoded(path: &Path) -> Result<Decoded, ReadError> {
    read_decoded_within(path, MAX_FILE_BYTES)
}

/// The same for a file that may be larger than others.
pub fn read_decoded_within(path: &Path, limit: u64) -> Result<Decoded, ReadError> {
    let mut bytes = read_bytes(path, limit)?;
    if std::str::from_utf8(&bytes).is_err() {
        replace_surrogates(&mut bytes);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, first_bad: None },
        Err(error) => Decoded {
            text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            first_bad: Some(error.utf8_error().valid_up_to()),
        },
    })
}

/// Halves of surrogate pairs, which some editors write, become U+FFFD: Terraform takes them too.
fn replace_surrogates(bytes: &mut [u8]) {
    for at in 0..bytes.len() {
        if let Some(half @ [0xed, 0xa0..=0xbf, 0x80..=0xbf]) = bytes.get_mut(at..at + 3) {
            half.copy_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// The first bytes of a file, to tell what it is.
pub(super) fn read_head(path: &Path, bytes: usize) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::with_capacity(bytes);
    fs::File::open(path).map_err(unreadable)?.take(bytes as u64).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

fn unreadable(error: std::io::Error) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Unreadable,
        message: eco_format!("cannot be read: {error}; check that the file exists and that you may read it"),
    }
}

/// Reads the bytes of a file as they are.
pub fn read_raw(path: &Path) -> Result<Vec<u8>, ReadError> {
    read_whole(path, MAX_FILE_BYTES)
}

/// Reads the bytes of a text; a byte order mark is dropped.
fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = read_whole(path, limit)?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(bytes)
}

fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::with_capacity(length.min(limit) as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError {
            kind: ReadErrorKind::TooLarge,
            message: eco_format!(
                "is larger than {} MiB and is not checked; split it, or list it in .phiguardignore",
                limit / (1024 * 1024)
            ),
        });
    }
    Ok(bytes)
}

/// Reads a text file for an expression that asks for it.
pub fn read_text(path: &Path) -> Result<String, EcoString> {
    read(path).map_err(|error| eco_format!("{} {error}", path.display()))
}

/// Whether there is anything at that path.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether there is a file at that path.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}
