//! Writing to stdout and stderr. A reader that goes away (`| head`) ends the program quietly.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use super::{CLEAN, Colour, TROUBLE};
use crate::report::{Report, printable};

/// Prints to stdout. The answer is the exit code to end with when that fails.
pub(super) fn print(text: &str) -> Result<(), u8> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(CLEAN),
        Err(error) => {
            complain(&format!("the result cannot be written: {error}"));
            Err(TROUBLE)
        }
    }
}

/// Says something on stderr. Where even that fails there is nobody to tell.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "phiguard: {}", printable(message));
}

/// Says where nothing was read, or where a value that was given is nobody's: a report on something else than was meant
/// must not pass for clean. The answer is the exit code to end with for a wrong call.
pub(super) fn complain_of(report: &Report) -> Result<(), u8> {
    let dialects = "Terraform, CloudFormation, ARM or Bicep";
    if report.files == 0 && report.errors.is_empty() {
        complain(&format!("nothing here is {dialects}, so nothing was checked"));
    } else {
        report.unread.iter().for_each(|file| complain(&format!("{file} is not {dialects}, so it was not checked")));
    }
    report.undeclared.iter().for_each(|message| complain(message));
    if report.undeclared.is_empty() { Ok(()) } else { Err(TROUBLE) }
}

/// Empties the screen, where there is one.
pub(super) fn clear() {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        let _ = out.write_all(b"\x1b[2J\x1b[3J\x1b[H").and_then(|()| out.flush());
    }
}

/// Says on stderr what was done.
pub(super) fn say(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{message}");
}

/// Shows what is wrong with the arguments, or the help that was asked for.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { TROUBLE } else { CLEAN })
}

/// Whether to print in colour.
pub(super) fn in_colour(wanted: Colour) -> bool {
    match wanted {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let is_dumb = std::env::var_os("TERM").is_some_and(|kind| kind == "dumb");
            io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
        }
    }
}

/// The width of the terminal, or a width that reads well in a file.
pub(super) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or_else(terminal).unwrap_or(100).clamp(60, 140)
}
