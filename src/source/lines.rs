//! From byte offsets to lines and columns. The only place that converts positions.

/// A position as users count: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
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

    /// The position of a byte offset as editors count: from 0, in UTF-16 units.
    pub fn locate_utf16(&self, text: &str, offset: u32) -> (u32, u32) {
        let offset = offset.min(text.len() as u32);
        let line = self.line(offset);
        let start = self.start(line).unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        (line as u32, before.encode_utf16().count() as u32)
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
        assert_eq!(lines.locate_utf16(text, at), (1, 5));
        assert_eq!(LineIndex::new("\u{1f3e5}x").locate_utf16("\u{1f3e5}x", 4), (0, 2));
    }
}
