//! `phiguard completions` and `phiguard man`: what shells and `man` read about the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{CLEAN, TROUBLE, output};

/// Arguments of `completions`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard completions bash\n  phiguard completions zsh")]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  phiguard man\n  phiguard man check")]
pub(super) struct ManArguments {
    /// The command (default: the program as a whole).
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints the completions, and answers with the exit code.
pub(super) fn run(arguments: &Arguments, mut command: Command) -> u8 {
    let mut out = Vec::new();
    let name = command.get_name().to_string();
    clap_complete::generate(arguments.shell, &mut command, name, &mut out);
    printed(&out)
}

/// Prints a page of the manual, and answers with the exit code.
pub(super) fn man(arguments: &ManArguments, mut command: Command) -> u8 {
    // What all commands share is worked out when the tree is built.
    command.build();
    let page = match &arguments.command {
        None => Some(command),
        Some(name) => command.find_subcommand(name).cloned().map(|found| {
            let full = format!("phiguard-{name}");
            found.name(full.clone()).display_name(full).bin_name(format!("phiguard {name}"))
        }),
    };
    let Some(page) = page else {
        output::complain("there is no such command; `phiguard --help` lists them");
        return TROUBLE;
    };
    let mut out = Vec::new();
    match clap_mangen::Man::new(page).render(&mut out) {
        Ok(()) => printed(&out),
        Err(error) => {
            output::complain(&format!("the page cannot be written: {error}"));
            TROUBLE
        }
    }
}

fn printed(text: &[u8]) -> u8 {
    match output::print(&String::from_utf8_lossy(text)) {
        Ok(()) => CLEAN,
        Err(code) => code,
    }
}
