//! GitHub's workflow commands: the runner shows each as a note beside the line that it names.

use super::excerpt::printable;
use super::place::Place;
use super::told;
use super::{Report, Style};
use crate::catalogue::model::Severity;

/// Prints the errors, then the findings, the worst first: GitHub shows ten notes of a level for each step.
pub(super) fn write(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    for error in told::errors(report) {
        let level = if error.unchecked { "error" } else { "warning" };
        out.push_str(&command(level, &error.place, error.whole, &format!("error {}", error.code), &error.message));
    }
    for told in told::worst_first(report, style) {
        let level = match told.severity() {
            Some(Severity::Critical | Severity::High) => "error",
            Some(Severity::Medium) => "warning",
            Some(Severity::Low) | None => "notice",
        };
        let title = format!("{} {}", told.word(), told.finding.policy);
        let message = format!("{}: {}\n{}", told.address, told.message, told.remedy());
        out.push_str(&command(level, &told.place, false, &title, &message));
    }
    out
}

fn command(level: &str, place: &Place, whole: bool, title: &str, message: &str) -> String {
    let (start, end) = (place.range.start, place.range.end);
    let lines = match (whole, start.line == end.line) {
        (true, _) => String::new(),
        (false, true) => {
            format!(",line={},endLine={},col={},endColumn={}", start.line, end.line, start.column, end.column)
        }
        // The runner refuses columns where the lines differ.
        (false, false) => format!(",line={},endLine={}", start.line, end.line),
    };
    format!("::{level} file={}{lines},title={}::{}\n", property(&place.file), property(title), data(message))
}

/// A text as it may stand after the second pair of colons. The log of a job is shown as a terminal shows it.
fn data(text: &str) -> String {
    printable(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

/// A text as it may stand in a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_a_file_is_called_commands_nothing() {
        assert_eq!(data("100 %\r\nof it\u{1b}[31m"), "100 %25%0D%0Aof it\u{241b}[31m");
        assert_eq!(property("a,b::error file=c"), "a%2Cb%3A%3Aerror file=c");
    }
}
