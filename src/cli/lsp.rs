//! `phiguard lsp`: the language server, on stdin and stdout.

use clap::Args;

use super::{CLEAN, TROUBLE, output};
use crate::lsp;

/// Arguments of `lsp`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard lsp\n  phiguard lsp --threads 2")]
pub(super) struct Arguments {
    /// Talk over stdin and stdout; there is no other way, and editors say so all the same.
    #[arg(long, hide = true)]
    stdio: bool,
    /// Use this many threads (default: one a processor).
    #[arg(long, value_name = "N", env = "PHIGUARD_THREADS")]
    threads: Option<usize>,
}

/// Serves until the client says so, and gives the exit code: 2 where it left without a word.
pub(super) fn run(arguments: &Arguments) -> u8 {
    match lsp::serve(arguments.threads) {
        Ok(lsp::Ended::AsAgreed) => CLEAN,
        Ok(lsp::Ended::Abruptly) => TROUBLE,
        Err(error) => {
            output::complain(&error.to_string());
            TROUBLE
        }
    }
}
