//! `--watch`: does the work again whenever a file below some folders changes, until it is stopped.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::{TROUBLE, output};

/// An editor writes a file in several steps, and a checkout many files: work starts after so long without a change.
const QUIET: Duration = Duration::from_millis(60);

/// Folders in which changes mean nothing.
const LEFT_OUT: &[&str] = &[".git", ".hg", ".svn", ".terraform", ".terragrunt-cache", "node_modules"];

/// What the temporary files of written reports start with.
const TEMPORARY: &str = ".phiguard-";

/// Does the work, and again after each change below one of `paths`; changes of `written` files are the work's own.
/// Answers only when nothing can be watched.
pub(super) fn repeat(paths: &[PathBuf], written: &[PathBuf], mut work: impl FnMut() -> u8) -> u8 {
    let (sender, changes) = mpsc::channel();
    let mut watcher = match notify::recommended_watcher(move |event| drop(sender.send(event))) {
        Ok(watcher) => watcher,
        Err(error) => return refused(&error),
    };
    for path in paths {
        let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) };
        if let Err(error) = watcher.watch(folder, RecursiveMode::Recursive) {
            return refused(&error);
        }
    }
    loop {
        work();
        output::complain("watching for changes; Ctrl-C stops it");
        if let Err(error) = wait(&changes, written) {
            return refused(&error);
        }
        output::clear();
    }
}

fn refused(error: &notify::Error) -> u8 {
    output::complain(&format!("changes cannot be watched: {error}"));
    TROUBLE
}

/// Waits for a change, and until no more follow.
fn wait(changes: &Receiver<notify::Result<Event>>, written: &[PathBuf]) -> notify::Result<()> {
    let gone = |_| notify::Error::generic("the watcher ended");
    while !matters(&changes.recv().map_err(gone)??, written) {}
    while let Ok(event) = changes.recv_timeout(QUIET) {
        event?;
    }
    Ok(())
}

/// Whether an event may change what is found.
fn matters(event: &Event, written: &[PathBuf]) -> bool {
    let counts = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let is_own = written.iter().any(|one| one == path) || name.is_some_and(|name| name.starts_with(TEMPORARY));
        !is_own && !path.components().any(|part| LEFT_OUT.iter().any(|name| part.as_os_str() == *name))
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| counts(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, ModifyKind};

    #[test]
    fn what_is_its_own_or_left_out_does_not_matter() {
        let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
        let written = [PathBuf::from("/r/report.json")];
        let modified = EventKind::Modify(ModifyKind::Any);
        for (kind, path, expected) in [
            (modified, "/r/main.tf", true),
            (modified, "/r/policies/wide.json", true),
            (EventKind::Access(AccessKind::Any), "/r/main.tf", false),
            (modified, "/r/report.json", false),
            (modified, "/r/.phiguard-x1", false),
            (modified, "/r/.git/index", false),
            (modified, "/r/clinic/.terraform/modules/a.tf", false),
        ] {
            assert_eq!(matters(&event(kind, path), &written), expected, "{path}");
        }
    }
}
