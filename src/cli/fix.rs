//! `check --fix` and `check --diff`: writes what mends findings, or shows it.

use std::fmt::Write as _;

use similar::TextDiff;

use super::{TROUBLE, output, spinner};
use crate::report::Report;
use crate::run::Request;
use crate::run::mend::{self, Changed, Mended, Told};
use crate::source::{read_raw, write_whole};

/// What to do with fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixing {
    /// Write them.
    Write,
    /// Show what would be written.
    Show,
}

/// Fixes that were not made are listed up to this many.
const LEFT_SHOWN: usize = 20;

/// Mends what a request finds, and answers with the report to print. With [`Fixing::Show`] nothing is written, and the
/// report is that of the texts as they are.
pub(super) fn run(request: &Request, fixing: Fixing, all: bool) -> Result<Report, u8> {
    let Mended { before, after, mended, left, unsafe_fixes, files } =
        spinner::with(|progress| mend::mend(request, progress, all)).map_err(|error| {
            output::complain(&error.to_string());
            TROUBLE
        })?;
    if fixing == Fixing::Show {
        output::print(&files.iter().map(diff).collect::<String>())?;
    } else {
        write(&files)?;
    }
    tell(&mended, &left, unsafe_fixes, fixing, files.len());
    Ok(match fixing {
        Fixing::Write => after.unwrap_or(before),
        Fixing::Show => before,
    })
}

/// Says on stderr what was mended and what was not.
fn tell(mended: &[Told], left: &[Told], unsafe_fixes: usize, fixing: Fixing, files: usize) {
    let (done, not) = if fixing == Fixing::Write { ("mended", "not mended") } else { ("would mend", "cannot mend") };
    let line = |told: &Told, word: &str| {
        output::say(&format!("{word} {}:{}: {} {}: {}", told.file, told.line, told.policy, told.address, told.words));
    };
    mended.iter().for_each(|told| line(told, done));
    left.iter().take(LEFT_SHOWN).for_each(|told| line(told, not));
    let mut words = format!("{done} {} in {}", count(mended.len(), "finding"), count(files, "file"));
    if left.len() > LEFT_SHOWN {
        let _ = write!(words, "; {} more that cannot be mended are not listed", left.len() - LEFT_SHOWN);
    }
    if unsafe_fixes > 0 {
        let _ = write!(words, "; {} more with --unsafe-fixes, which --diff shows first", unsafe_fixes);
    }
    output::say(&words);
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A unified diff of a file.
fn diff(file: &Changed) -> String {
    let (from, to) = (format!("a/{}", file.name), format!("b/{}", file.name));
    TextDiff::from_lines(file.before.as_ref(), file.after.as_ref()).unified_diff().header(&from, &to).to_string()
}

/// What a text may start with that is no part of it.
const MARK: &str = "\u{feff}";

/// Writes the files that are still what was read.
fn write(files: &[Changed]) -> Result<(), u8> {
    let mut failed = false;
    for file in files {
        let written = match read_raw(&file.path).map(String::from_utf8) {
            Ok(Ok(text)) if text == *file.before => write_whole(&file.path, &file.after).map_err(|e| e.to_string()),
            Ok(Ok(text)) if text.strip_prefix(MARK) == Some(&*file.before) => {
                write_whole(&file.path, &format!("{MARK}{}", file.after)).map_err(|error| error.to_string())
            }
            Ok(Ok(_)) => Err("it has changed meanwhile; run phiguard again".to_string()),
            Ok(Err(_)) => Err("it is not UTF-8; save it as UTF-8".to_string()),
            Err(error) => Err(error.message.to_string()),
        };
        if let Err(why) = written {
            output::complain(&format!("{} is left as it is: {why}", file.name));
            failed = true;
        }
    }
    if failed { Err(TROUBLE) } else { Ok(()) }
}
