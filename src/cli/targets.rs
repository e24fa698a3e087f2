//! Which formats a report is printed in, and where each goes: one to stdout, others into files.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use super::{TROUBLE, output};
use crate::report::{FORMATS, Format, Report, Style};
use crate::source::write_whole;

/// A format, and the file that it is printed into; stdout where there is none.
#[derive(Clone)]
pub(super) struct Target {
    format: &'static Format,
    file: Option<PathBuf>,
}

impl Target {
    /// The file, where there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

/// Reads `FORMAT` and `FORMAT=FILE`.
#[derive(Clone)]
pub(super) struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Target, Error> {
        let text = value.to_string_lossy();
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (&*text, None),
        };
        let refuse = |why: String| Error::raw(ErrorKind::InvalidValue, format!("{why}\n")).with_cmd(command);
        let Some(format) = FORMATS.iter().find(|format| format.name == name) else {
            let names = FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
            return Err(refuse(format!("there is no format \"{name}\"; there are {names}")));
        };
        match file {
            Some("") => Err(refuse(format!("\"{name}=\" names no file; write {name}=FILE"))),
            file => Ok(Target { format, file: file.map(PathBuf::from) }),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about))))
    }
}

/// The formats with their files, `--output` included.
pub(super) fn paired(formats: &[Target], output: Option<&Path>) -> Result<Vec<Target>, String> {
    let mut targets = formats.to_vec();
    let mut without: Vec<&mut Target> = targets.iter_mut().filter(|target| target.file.is_none()).collect();
    if let [first, second, ..] = without.as_slice() {
        let (first, second) = (first.format.name, second.format.name);
        let place = if output.is_some() { "the file of --output" } else { "stdout" };
        return Err(format!(
            "{place} takes one format, and there are {first} and {second}; give one a file: --format {second}=FILE"
        ));
    }
    match (without.first_mut(), output) {
        (Some(target), Some(file)) => target.file = Some(file.to_path_buf()),
        (None, Some(file)) => {
            return Err(format!("no format is left for --output {}; each has a file of its own", file.display()));
        }
        (_, None) => {}
    }
    let mut files: BTreeSet<&Path> = BTreeSet::new();
    for file in targets.iter().filter_map(|target| target.file.as_deref()) {
        if !files.insert(file) {
            return Err(format!("two formats go into {}; give each a file of its own", file.display()));
        }
    }
    Ok(targets)
}

/// Writes the files, then prints to stdout. The answer is the exit code to end with when something cannot be written.
pub(super) fn print(targets: &[Target], report: &Report, style: Style) -> Result<(), u8> {
    let mut written = Ok(());
    for Target { format, file } in targets {
        let Some(file) = file else { continue };
        let style = Style { colour: false, ..style };
        if let Err(error) = write_whole(file, &(format.write)(report, &style)) {
            output::complain(&format!("{} cannot be written: {error}", file.display()));
            written = Err(TROUBLE);
        }
    }
    for target in targets.iter().filter(|target| target.file.is_none()) {
        output::print(&(target.format.write)(report, &style))?;
    }
    written
}
