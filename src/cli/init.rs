//! `phiguard init`: writes a phiguard.toml in which everything is commented out.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;

use super::{CLEAN, TROUBLE, output};
use crate::config;

/// Arguments of `init`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard init\n  phiguard init clinic")]
pub(super) struct Arguments {
    /// The folder (default: the working directory).
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// Writes the file, unless there is one, and answers with the exit code.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let path = arguments.folder.join(config::NAME);
    let opened = fs::OpenOptions::new().write(true).create_new(true).open(&path);
    let shown = path.strip_prefix(".").unwrap_or(&path).display();
    match opened.and_then(|mut file| file.write_all(config::sample().as_bytes())) {
        Ok(()) => match output::print(&format!("{shown} is written; everything in it is commented out\n")) {
            Ok(()) => CLEAN,
            Err(code) => code,
        },
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            output::complain(&format!("{shown} is there already, and is left as it is"));
            TROUBLE
        }
        Err(error) => {
            output::complain(&format!("{shown} cannot be written: {error}"));
            TROUBLE
        }
    }
}
