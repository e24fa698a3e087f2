//! The scalars of YAML, plain, quoted and in blocks, and the cursor that reads them.

use ecow::EcoString;

/// A place in a text.
#[derive(Clone)]
pub struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// The start of the text.
    pub fn new(text: &'t str) -> Self {
        Cursor { text, at: 0 }
    }

    /// What is still to be read.
    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether everything is read.
    pub fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    /// The offset of the next character.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Passes over that many bytes, which must be whole characters.
    pub fn advance(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// The column of the next character, counted from 0.
    pub fn column(&self) -> i64 {
        self.column_of(self.at)
    }

    /// The column of an offset.
    pub fn column_of(&self, at: usize) -> i64 {
        let before = self.text.get(..at).unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default().chars().count() as i64
    }

    /// Whether no line ends between that offset and here.
    pub fn same_line(&self, from: usize) -> bool {
        self.text.get(from..self.at).is_some_and(|between| !between.contains('\n'))
    }

    /// The number of the line, counted from 1.
    pub fn line(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().matches('\n').count() + 1
    }

    /// Passes over spaces and tabs.
    pub fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.advance(rest.len() - rest.trim_start_matches([' ', '\t']).len());
    }

    /// Passes over the rest of the line.
    pub fn skip_line(&mut self) {
        let rest = self.rest();
        self.advance(rest.find('\n').map_or(rest.len(), |end| end + 1));
    }

    /// Whether nothing but a comment is left on the line.
    pub fn at_line_end(&self) -> bool {
        let rest = self.rest();
        let before = self.text.get(..self.at).unwrap_or_default();
        rest.is_empty()
            || rest.starts_with('\n')
            || (rest.starts_with('#') && (before.is_empty() || before.ends_with([' ', '\t', '\n'])))
    }

    /// Whether the line has nothing but indentation so far.
    pub fn at_line_start(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        before.trim_end_matches([' ', '\t']).is_empty() || before.trim_end_matches([' ', '\t']).ends_with('\n')
    }

    /// Passes over blank lines, comments and the indentation of the next line. Tabs do not indent.
    pub fn skip_blank(&mut self) -> Result<(), EcoString> {
        loop {
            let start = self.at;
            self.skip_spaces();
            if !self.at_line_end() {
                let indentation = self.text.get(start..self.at).unwrap_or_default();
                let first = self.column_of(start) == 0;
                return if first && indentation.contains('\t') { Err("tabs cannot indent".into()) } else { Ok(()) };
            }
            if self.is_done() {
                return Ok(());
            }
            self.skip_line();
        }
    }

    /// Passes over spaces, line breaks and comments inside a flow.
    pub fn skip_flow_blank(&mut self) {
        loop {
            self.skip_spaces();
            if self.is_done() || !self.at_line_end() {
                return;
            }
            self.skip_line();
        }
    }

    /// Whether that indicator stands here: a character with a space or the end of the line behind it.
    pub fn at_indicator(&self, indicator: char) -> bool {
        self.rest()
            .strip_prefix(indicator)
            .is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\n']))
    }

    /// Whether a marker of documents stands here.
    pub fn at_marker(&self, marker: &str) -> bool {
        self.column() == 0
            && self
                .rest()
                .strip_prefix(marker)
                .is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\n']))
    }

    /// Whether what stands here no longer belongs to a block right of that column.
    pub fn ends_block(&self, column: i64) -> bool {
        self.is_done() || self.column() <= column || self.at_marker("---") || self.at_marker("...")
    }

    /// Reads up to the next space or indicator of a flow.
    pub fn word(&mut self) -> EcoString {
        let rest = self.rest();
        let end = rest.find([' ', '\t', '\n', ',', ']', '}']).unwrap_or(rest.len());
        self.advance(end);
        rest.get(..end).unwrap_or_default().into()
    }
}

/// A plain scalar up to the end of its line; None if none can start here.
pub fn plain_line<'t>(cursor: &mut Cursor<'t>, flow: bool) -> Option<&'t str> {
    let rest = cursor.rest();
    let first = rest.chars().next()?;
    let second = rest.chars().nth(1);
    let follows = second.is_some_and(|second| !(second.is_whitespace() || flow && ",[]{}".contains(second)));
    if ",[]{}#&*!|>'\"%@`".contains(first) || ("-?:".contains(first) && !follows) || first.is_whitespace() {
        return None;
    }
    let mut before = first;
    let mut end = rest.len();
    for (at, character) in rest.char_indices() {
        let after = rest.get(at + character.len_utf8()..).and_then(|rest| rest.chars().next());
        let stops = match character {
            '\n' => true,
            ':' => after.is_none_or(|after| after.is_whitespace() || (flow && ",[]{}".contains(after))),
            '#' => before.is_whitespace(),
            ',' | '[' | ']' | '{' | '}' => flow,
            _ => false,
        };
        if stops {
            end = at;
            break;
        }
        before = character;
    }
    let text = rest.get(..end).unwrap_or_default();
    cursor.advance(end);
    Some(text.trim_end_matches([' ', '\t']))
}

/// A plain scalar with the lines that continue it, which are indented deeper than `parent`.
pub fn plain(cursor: &mut Cursor<'_>, parent: i64, flow: bool) -> Result<EcoString, EcoString> {
    let mut text = EcoString::from(plain_line(cursor, flow).ok_or("no value can start with this character")?);
    while cursor.rest().starts_with('\n') {
        let mut ahead = cursor.clone();
        let mut breaks = 0;
        while ahead.rest().starts_with('\n') {
            breaks += 1;
            ahead.advance(1);
            ahead.skip_spaces();
        }
        let stops = ahead.is_done() || ahead.at_line_end() || (!flow && ahead.ends_block(parent));
        if stops || (flow && ahead.peek().is_some_and(|next| ",]}:".contains(next))) {
            break;
        }
        // A continuation may start with what could not start a scalar, so that it is read by hand.
        let start = ahead.position();
        let Some(more) = continuation(&mut ahead, flow) else { break };
        if ahead.position() == start {
            break;
        }
        push_breaks(&mut text, breaks);
        text.push_str(more);
        *cursor = ahead;
    }
    Ok(text)
}

fn continuation<'t>(cursor: &mut Cursor<'t>, flow: bool) -> Option<&'t str> {
    if flow {
        return plain_line(cursor, flow);
    }
    let rest = cursor.rest();
    let end = rest.find('\n').unwrap_or(rest.len());
    let line = rest.get(..end)?;
    let line = line.split(" #").next().unwrap_or(line);
    let colon = line.ends_with(':') || line.contains(": ");
    cursor.advance(end);
    (!colon).then(|| line.trim_end())
}

/// One line break folds into a space, more of them into one less.
fn push_breaks(text: &mut EcoString, breaks: usize) {
    match breaks {
        0 | 1 => text.push(' '),
        _ => (1..breaks).for_each(|_| text.push('\n')),
    }
}

/// A scalar in single or double quotes.
pub fn quoted(cursor: &mut Cursor<'_>) -> Result<EcoString, EcoString> {
    let quote = cursor.peek().unwrap_or('"');
    cursor.advance(1);
    let mut text = EcoString::new();
    loop {
        let character = cursor.peek().ok_or("a quote is not closed")?;
        cursor.advance(character.len_utf8());
        match character {
            '\'' if quote == '\'' && cursor.rest().starts_with('\'') => {
                cursor.advance(1);
                text.push('\'');
            }
            _ if character == quote => return Ok(text),
            '\\' if quote == '"' => escape(cursor, &mut text)?,
            '\n' => {
                let kept = text.trim_end_matches([' ', '\t']).len();
                text.truncate(kept);
                let mut breaks = 1;
                cursor.skip_spaces();
                while cursor.rest().starts_with('\n') {
                    breaks += 1;
                    cursor.advance(1);
                    cursor.skip_spaces();
                }
                push_breaks(&mut text, breaks);
            }
            _ => text.push(character),
        }
    }
}

fn escape(cursor: &mut Cursor<'_>, text: &mut EcoString) -> Result<(), EcoString> {
    let letter = cursor.peek().ok_or("a quote is not closed")?;
    cursor.advance(letter.len_utf8());
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\n' => {
            cursor.skip_spaces();
            return Ok(());
        }
        _ => {
            text.push(match letter {
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                't' | '\t' => '\t',
                'n' => '\n',
                'v' => '\u{b}',
                'f' => '\u{c}',
                'r' => '\r',
                'e' => '\u{1b}',
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                ' ' | '"' | '\'' | '/' | '\\' => letter,
                _ => return Err("there is an unknown escape".into()),
            });
            return Ok(());
        }
    };
    let code = cursor.rest().get(..digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    text.push(code.and_then(char::from_u32).ok_or("an escape stands for no character")?);
    cursor.advance(digits);
    Ok(())
}

/// A block of text after `|` or `>`.
pub fn block(cursor: &mut Cursor<'_>, parent: i64) -> Result<EcoString, EcoString> {
    let folds = cursor.peek() == Some('>');
    cursor.advance(1);
    let (mut keep, mut strip, mut given) = (false, false, None);
    while let Some(character) = cursor.peek() {
        match character {
            '+' => keep = true,
            '-' => strip = true,
            '1'..='9' => given = character.to_digit(10),
            _ => break,
        }
        cursor.advance(1);
    }
    cursor.skip_spaces();
    if !cursor.at_line_end() {
        return Err("there is something behind the sign of a block of text".into());
    }
    cursor.skip_line();
    let base = usize::try_from(parent.max(0)).unwrap_or(0);
    let mut indent = given.map(|more| base + more as usize);
    let least = usize::try_from(parent + 1).unwrap_or(0);
    let mut lines: Vec<&str> = Vec::new();
    while !cursor.is_done() {
        let rest = cursor.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let blank = spaces == line.len();
        if !blank && (spaces < indent.unwrap_or(least) || cursor.at_marker("---") || cursor.at_marker("...")) {
            break;
        }
        if !blank {
            indent.get_or_insert(spaces);
        }
        lines.push(line);
        cursor.skip_line();
    }
    let indent = indent.unwrap_or(least);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    let full = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let (body, trailing) = lines.split_at_checked(full).unwrap_or_default();
    let mut text = if folds { folded(body) } else { body.join("\n").into() };
    if keep {
        (0..trailing.len() + usize::from(!body.is_empty())).for_each(|_| text.push('\n'));
    } else if !strip && !body.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

fn folded(lines: &[&str]) -> EcoString {
    let mut text = EcoString::new();
    let mut breaks = 0;
    let mut before_indented = true;
    for (at, line) in lines.iter().enumerate() {
        let indented = line.starts_with([' ', '\t']);
        if line.is_empty() {
            breaks += 1;
            continue;
        }
        if at > 0 {
            breaks += 1;
            // Lines that are indented further keep their line breaks.
            if indented || before_indented || text.is_empty() {
                let count = if text.is_empty() { breaks - 1 } else { breaks };
                (0..count).for_each(|_| text.push('\n'));
            } else {
                push_breaks(&mut text, breaks);
            }
        }
        breaks = 0;
        before_indented = indented;
        text.push_str(line);
    }
    text
}
