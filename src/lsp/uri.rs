//! Between the URIs of editors and the paths of files.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

/// The path of a `file` URI; none for what lies elsewhere, such as a buffer without a file.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    // A host other than this one is a share on the network, which is a path on Windows only.
    let path = match rest.strip_prefix('/') {
        Some(path) => path,
        None => rest.strip_prefix("localhost/")?,
    };
    let text = decoded(path)?;
    let is_drive = text.as_bytes().get(1) == Some(&b':') && text.starts_with(|first: char| first.is_ascii_alphabetic());
    Some(match is_drive && cfg!(windows) {
        true => PathBuf::from(text),
        false => PathBuf::from(format!("/{text}")),
    })
}

/// The URI of an absolute path.
pub(super) fn uri(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let mut out = String::from("file://");
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri(out)
}

/// The text with `%XX` taken for the bytes that they stand for; none where these are no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_way_there_and_back() {
        for (text, expected) in [
            ("/a/b c/main.tf", "file:///a/b%20c/main.tf"),
            ("/ä/100%.tf", "file:///%C3%A4/100%25.tf"),
            ("/a:b/x", "file:///a%3Ab/x"),
        ] {
            assert_eq!(uri(Path::new(text)).0, expected);
            assert_eq!(path(&Uri(expected.into())), Some(text.into()));
        }
        for (text, expected) in [
            ("file://localhost/a", Some("/a")),
            ("untitled:Untitled-1", None),
            ("file:///%zz", None),
            ("file:///%ff", None),
            ("file://host/a", None),
        ] {
            assert_eq!(path(&Uri(text.into())), expected.map(PathBuf::from), "{text}");
        }
    }
}
