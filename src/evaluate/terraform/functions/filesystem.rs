//! Functions on paths and files. Only files under the roots are read, so that a configuration cannot have others
//! end up in a report.

use std::cell::Cell;
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, eco_format};

use super::arguments::{Answer, MAX_ELEMENTS, argument, mapping, text, unknown_like};
use super::hash::Algorithm;
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::elements;
use crate::value::Value;

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("abspath", 1, OnUnknown::Whole, abspath),
    Function::exactly("basename", 1, OnUnknown::Whole, basename),
    Function::exactly("dirname", 1, OnUnknown::Whole, dirname),
    Function::exactly("file", 1, OnUnknown::Whole, file),
    Function::exactly("filebase64", 1, OnUnknown::Whole, filebase64),
    Function::exactly("filebase64sha256", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Sha256, true)),
    Function::exactly("filebase64sha512", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Sha512, true)),
    Function::exactly("fileexists", 1, OnUnknown::Whole, fileexists),
    Function::exactly("filemd5", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Md5, false)),
    Function::exactly("fileset", 2, OnUnknown::Whole, fileset),
    Function::exactly("filesha1", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Sha1, false)),
    Function::exactly("filesha256", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Sha256, false)),
    Function::exactly("filesha512", 1, OnUnknown::Whole, |c, a| digest(c, a, Algorithm::Sha512, false)),
    Function::exactly("pathexpand", 1, OnUnknown::Whole, pathexpand),
    Function::exactly("templatefile", 2, OnUnknown::Handle, templatefile),
    Function::exactly("templatestring", 2, OnUnknown::Handle, templatestring),
];

/// Folders below a folder are listed down to this depth.
const MAX_DEPTH: usize = 32;

/// What a path leads to.
enum Place {
    /// A file or folder under the roots, or a place there where nothing is.
    Inside(PathBuf),
    /// A place that is not read, and why.
    Outside(EcoString),
}

/// Where a path leads. Terraform reads paths from the folder of the root module; of that it is only known that it
/// is the calling module's folder, or one above it, so that these are tried in turn.
fn place(context: &Context<'_>, path: &str) -> Place {
    if path.starts_with('~') {
        return Place::Outside(eco_format!("{path} is in the home folder of whoever runs the tool"));
    }
    let path = Path::new(path);
    let bases = context
        .module
        .ancestors()
        .take_while(|base| *base == context.module || context.roots.iter().any(|root| base.starts_with(root)));
    let mut candidates: Vec<PathBuf> = bases.map(|base| tidy(&base.join(path))).collect();
    if path.is_absolute() {
        candidates.truncate(1);
    }
    let mut missing = None;
    let mut refused = false;
    for candidate in candidates {
        if candidate.exists() {
            if within(context, &candidate) {
                return Place::Inside(candidate);
            }
            refused = true;
        } else if missing.is_none() && context.roots.iter().any(|root| candidate.starts_with(tidy(root))) {
            missing = Some(candidate);
        }
    }
    match missing {
        Some(path) if !refused => Place::Inside(path),
        _ => Place::Outside(eco_format!("{} is outside the scanned folders", path.display())),
    }
}

/// Whether what is there lies under a root, links followed.
fn within(context: &Context<'_>, path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else { return false };
    context.roots.iter().any(|root| root.canonicalize().is_ok_and(|root| real.starts_with(root)))
}

/// The path without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidied.components().next_back(), Some(Component::Normal(_))) => {
                tidied.pop();
            }
            Component::ParentDir if tidied.has_root() => {}
            other => tidied.push(other),
        }
    }
    tidied
}

/// The text of the file at the path that is the first argument; an unknown where it is not read.
fn content(context: &Context<'_>, arguments: &[Value]) -> Result<Result<String, Value>, EcoString> {
    let name = text(arguments, 0)?;
    let path = match place(context, &name) {
        Place::Inside(path) => path,
        Place::Outside(reason) => return Ok(Err(Value::unknown(reason))),
    };
    if !context.files.is_file(&path) {
        return Err(match path.is_dir() {
            true => eco_format!("{name} is a folder"),
            false => eco_format!("there is no file {name}; files that are made only on apply cannot be read"),
        });
    }
    Ok(Ok(context.files.read_text(&path)?))
}

fn file(context: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(content(context, arguments)?.map_or_else(|unknown| unknown, Value::string))
}

/// The bytes of the file; an unknown where it is not read.
fn bytes(context: &Context<'_>, arguments: &[Value]) -> Result<Result<Vec<u8>, Value>, EcoString> {
    let name = text(arguments, 0)?;
    if let Place::Inside(path) = place(context, &name)
        && let Ok(bytes) = context.files.read_raw(&path)
    {
        return Ok(Ok(bytes));
    }
    // Whoever reads the text says why the bytes cannot be had.
    Ok(content(context, arguments)?.map(String::into_bytes))
}

fn filebase64(context: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(bytes(context, arguments)?.map_or_else(|unknown| unknown, |bytes| Value::string(STANDARD.encode(bytes))))
}

fn digest(context: &Context<'_>, arguments: &[Value], algorithm: Algorithm, base64: bool) -> Answer {
    Ok(bytes(context, arguments)?.map_or_else(|unknown| unknown, |bytes| algorithm.of(&bytes, base64)))
}

fn fileexists(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let name = text(arguments, 0)?;
    match place(context, &name) {
        Place::Inside(path) if path.is_dir() => Err(eco_format!("{name} is a folder")),
        Place::Inside(path) => Ok(Value::bool(context.files.is_file(&path))),
        Place::Outside(reason) => Ok(Value::unknown(reason)),
    }
}

fn fileset(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let (name, pattern) = (text(arguments, 0)?, text(arguments, 1)?);
    let folder = match place(context, &name) {
        Place::Inside(path) => path,
        Place::Outside(reason) => return Ok(Value::unknown(reason)),
    };
    let pattern = regex::Regex::new(&glob(&pattern)?).map_err(|_| "the pattern is not valid")?;
    let mut found = Vec::new();
    let mut seen = 0;
    let mut pending = vec![(folder, String::new(), 0)];
    while let Some((folder, prefix, depth)) = pending.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            seen += 1;
            if seen > MAX_ELEMENTS {
                return Ok(Value::unknown(eco_format!("{name} has more than {MAX_ELEMENTS} files")));
            }
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < MAX_DEPTH {
                pending.push((entry.path(), format!("{path}/"), depth + 1));
            } else if pattern.is_match(&path) && context.files.is_file(&entry.path()) {
                found.push(Value::string(path));
            }
        }
    }
    Ok(elements::set_of_one_type(found))
}

/// The glob as a regular expression: `*` and `?` stay in one folder, `**` crosses them.
fn glob(pattern: &str) -> Result<String, EcoString> {
    let mut out = String::from("^");
    let mut rest = pattern.strip_prefix("./").unwrap_or(pattern);
    let mut depth = 0_usize;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            out.push_str("(?:[^/]+/)*");
            rest = after;
            continue;
        }
        if rest == "**" {
            out.push_str(".*");
            break;
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '*' => {
                rest = rest.trim_start_matches('*');
                out.push_str("[^/]*");
            }
            '?' => out.push_str("[^/]"),
            '[' => {
                let (class, after) = rest.split_once(']').ok_or("the pattern has a [ without a ]")?;
                let (not, class) = match class.strip_prefix(['!', '^']) {
                    Some(class) => ("^/", class),
                    None => ("", class),
                };
                let class: String = class.chars().map(|member| regex::escape(&member.to_string())).collect();
                out.push_str(&format!("[{not}{}]", class.replace("\\-", "-")));
                rest = after;
            }
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => {
                let literal = rest.chars().next().ok_or("the pattern ends in a backslash")?;
                out.push_str(&regex::escape(&literal.to_string()));
                rest = rest.get(literal.len_utf8()..).unwrap_or_default();
            }
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    if depth > 0 {
        return Err("the pattern has a { without a }".into());
    }
    out.push('$');
    Ok(out)
}

fn abspath(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let name = text(arguments, 0)?;
    let path = match place(context, &name) {
        Place::Inside(path) => path,
        Place::Outside(_) => tidy(&context.module.join(name.as_str())),
    };
    let path = std::path::absolute(&path).map_err(|error| eco_format!("{error}"))?;
    Ok(Value::string(slashed(&tidy(&path))))
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

fn basename(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let path = text(arguments, 0)?;
    let trimmed = path.trim_end_matches('/');
    Ok(Value::string(match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".",
        (_, true) => "/",
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }))
}

fn dirname(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let path = text(arguments, 0)?;
    let folder = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("");
    let folder = slashed(&tidy(Path::new(folder)));
    Ok(Value::string(if folder.is_empty() { ".".into() } else { folder }))
}

fn pathexpand(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let path = text(arguments, 0)?;
    if path == "~" || path.starts_with("~/") {
        return Ok(Value::unknown(eco_format!("{path} is in the home folder of whoever runs the tool")));
    }
    Ok(Value::string(path))
}

fn templatefile(context: &Context<'_>, arguments: &[Value]) -> Answer {
    if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
        return Ok(unknown_like(unknown));
    }
    match content(context, arguments)? {
        Ok(text) => render(context, &text, arguments),
        Err(unknown) => Ok(unknown),
    }
}

fn templatestring(context: &Context<'_>, arguments: &[Value]) -> Answer {
    if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
        return Ok(unknown_like(unknown));
    }
    render(context, &text(arguments, 0)?, arguments)
}

fn render(context: &Context<'_>, text: &str, arguments: &[Value]) -> Answer {
    thread_local! {
        static INSIDE: Cell<bool> = const { Cell::new(false) };
    }
    /// Leaves the template however its rendering ends.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            INSIDE.set(false);
        }
    }
    let variables = mapping(arguments, 1)?;
    if INSIDE.replace(true) {
        return Err("a template cannot render another one".into());
    }
    let _leave = Leave;
    let rendered = (context.template)(text, variables)?;
    let sensitive = argument(arguments, 1)?.sensitive;
    Ok(rendered.with_sensitive(sensitive))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::answer_in;

    #[test]
    fn files_are_read_below_the_roots_only() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().canonicalize().unwrap().join("stack");
        let put = |name: &str, bytes: &[u8]| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes).unwrap();
        };
        put("a.txt", b"text\n");
        put("mark.txt", b"\xef\xbb\xbfx");
        put("raw.bin", b"\x00\xff");
        put("d/b.txt", b"");
        put("d/e/c.json", b"{}");
        put("t.tftpl", b"%{ for p in ports }${p};%{ endfor }");
        put("loop.tftpl", b"${templatefile(\"loop.tftpl\", {})}");
        put("../outside.txt", b"no");
        let table = [
            ("file(\"a.txt\")", "\"text\\n\""),
            ("file(\"${path.module}/d/../a.txt\")", "\"text\\n\""),
            ("file(\"../outside.txt\")", "?"),
            ("file(\"/etc/hostname\")", "?"),
            ("file(\"~/x\")", "?"),
            ("fileexists(\"d/b.txt\")", "true"),
            ("fileexists(\"nope\")", "false"),
            ("fileexists(\"../outside.txt\")", "?"),
            ("filebase64(\"mark.txt\")", "\"77u/eA==\""),
            ("filesha256(\"raw.bin\")", "\"06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8\""),
            ("fileset(\".\", \"**/*.{txt,json}\")", r#"["a.txt","d/b.txt","d/e/c.json","mark.txt"]"#),
            ("fileset(\"d\", \"?.txt\")", "[\"b.txt\"]"),
            ("fileset(\".\", \"[!b-z]*.txt\")", "[\"a.txt\"]"),
            ("templatefile(\"t.tftpl\", { ports = [1, 2] })", "\"1;2;\""),
            ("templatestring(\"$${x}!\", { x = \"y\" })", "\"y!\""),
            ("basename(\"/a/b/\")", "\"b\""),
            ("dirname(\"a//b/../c\")", "\"a\""),
            ("pathexpand(\"~/x\")", "?"),
        ];
        for (expression, expected) in table {
            assert_eq!(answer_in(&root, expression), expected, "{expression}");
        }
        for (expression, words) in [
            ("file(\"nope\")", "no file"),
            ("file(\"d\")", "folder"),
            ("templatefile(\"loop.tftpl\", {})", "another one"),
        ] {
            let answer = answer_in(&root, expression);
            assert!(answer.starts_with("error: ") && answer.contains(words), "{expression}: {answer}");
        }
    }
}
