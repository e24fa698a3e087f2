//! From byte offsets to lines and columns. The only place that converts positions.

/// A position as users count: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// How editors count the columns of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// In bytes.
    Utf8,
    /// In the units of UTF-16, of which characters beyond the first plane have two.
    #[default]
    Utf16,
    /// In characters.
    Utf32,
}

impl Encoding {
    fn length(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A position as editors count: lines and columns from 0, columns in their encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0.
    pub column: u32,
}

/// Where the lines of a text start.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines; `\n` and `\r\n` end one.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        LineIndex { starts }
    }

    /// The position of a byte offset; an offset past the end is the end.
    pub fn locate(&self, text: &str, offset: u32) -> LineColumn {
        let offset = offset.min(text.len() as u32);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        LineColumn { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }

    /// The position of a byte offset as editors count; an offset past the end is the end.
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = offset.min(text.len() as u32);
        let line = self.line(offset);
        let start = self.start(line).unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        let column: usize = before.chars().map(|character| encoding.length(character)).sum();
        Position { line: line as u32, column: column as u32 }
    }

    /// The byte offset of a position as editors count. A column past the end of its line is the end of the line, one
    /// within a character its start; a line past the last is the end of the text.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(start) = self.start(position.line as usize) else { return text.len() };
        let start = start as usize;
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let mut column = 0;
        for (at, character) in line.char_indices() {
            column += encoding.length(character);
            if column > position.column as usize {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The byte offset at which a line, counted from 0, starts.
    pub fn start(&self, line: usize) -> Option<u32> {
        self.starts.get(line).copied()
    }

    /// The line, counted from 0, that holds a byte offset.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\r\nè = \"x\"\n";
        let lines = LineIndex::new(text);
        let at = text.find('x').unwrap() as u32;
        assert_eq!(lines.locate(text, at), LineColumn { line: 2, column: 6 });
        assert_eq!(lines.locate(text, 999), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn positions_count_as_the_editor_does() {
        let text = "a\r\nè𝄞 = \"x\"\n";
        let lines = LineIndex::new(text);
        let at = text.find('x').unwrap();
        for (encoding, column) in [(Encoding::Utf8, 10), (Encoding::Utf16, 7), (Encoding::Utf32, 6)] {
            let position = Position { line: 1, column };
            assert_eq!(lines.position(text, at as u32, encoding), position, "{encoding:?}");
            assert_eq!(lines.offset(text, position, encoding), at, "{encoding:?}");
        }
        for (line, column, offset) in [(0, 9, 1), (9, 0, text.len()), (1, 2, 5), (1, 99, text.len() - 1)] {
            assert_eq!(lines.offset(text, Position { line, column }, Encoding::Utf16), offset, "{line}:{column}");
        }
    }
}
