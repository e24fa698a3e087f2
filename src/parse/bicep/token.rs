//! The tokens of Bicep, and the words that start declarations.

/// A token: what it is and which bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    /// One or more line breaks, with the blank and comment lines between them.
    NewLine,
    Identifier,
    Integer,
    /// A text without interpolation, delimiters included.
    String,
    /// From the opening quotes of a text to its first `${`.
    StringLeft,
    /// From a `}` to the next `${`.
    StringMiddle,
    /// From the last `}` to the closing quotes.
    StringRight,
    At,
    Comma,
    LeftParenthesis,
    RightParenthesis,
    LeftSquare,
    RightSquare,
    LeftBrace,
    RightBrace,
    Colon,
    DoubleColon,
    Dot,
    Ellipsis,
    Assign,
    Equal,
    Arrow,
    EqualIgnoringCase,
    NotEqual,
    NotEqualIgnoringCase,
    Exclamation,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    And,
    Or,
    Coalesce,
    Question,
    Pipe,
    Caret,
    /// A character that means nothing here.
    Unknown,
    /// A double quote, which other languages use around texts.
    DoubleQuote,
    /// A text that its line ends before it does.
    UnterminatedString,
    /// A text in three quotes that is never closed.
    UnterminatedMultiline,
    /// `/*` without `*/`.
    UnterminatedComment,
    /// `${` without `}`, noticed where the next declaration starts.
    UnterminatedHole,
}

/// The words that start a declaration.
pub(super) const KEYWORDS: &[&str] = &[
    "assert",
    "extends",
    "extension",
    "extensionConfig",
    "func",
    "import",
    "metadata",
    "module",
    "output",
    "param",
    "provider",
    "resource",
    "targetScope",
    "test",
    "type",
    "using",
    "var",
];

/// Whether a line that starts like this is surely the start of a declaration.
pub(super) fn starts_declaration(line: &str) -> bool {
    if let Some(rest) = line.strip_prefix('@') {
        return rest.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    let length = line.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (Some(word), Some(rest)) = (line.get(..length), line.get(length..)) else { return false };
    let follows = rest.trim_start_matches([' ', '\t']);
    KEYWORDS.contains(&word)
        && match word {
            "targetScope" => follows.starts_with('='),
            _ => {
                follows.len() < rest.len()
                    && follows.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '\'' | '*' | '{'))
            }
        }
}

impl Kind {
    /// The token in words, for messages.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Kind::End => "the end of the file",
            Kind::NewLine => "the end of the line",
            Kind::Identifier => "a name",
            Kind::Integer => "a number",
            Kind::String | Kind::StringLeft => "a string",
            Kind::StringMiddle | Kind::StringRight => "the \"}\" of an interpolation",
            Kind::At => "\"@\"",
            Kind::Comma => "\",\"",
            Kind::LeftParenthesis => "\"(\"",
            Kind::RightParenthesis => "\")\"",
            Kind::LeftSquare => "\"[\"",
            Kind::RightSquare => "\"]\"",
            Kind::LeftBrace => "\"{\"",
            Kind::RightBrace => "\"}\"",
            Kind::Colon => "\":\"",
            Kind::DoubleColon => "\"::\"",
            Kind::Dot => "\".\"",
            Kind::Ellipsis => "\"...\"",
            Kind::Assign => "\"=\"",
            Kind::Equal => "\"==\"",
            Kind::Arrow => "\"=>\"",
            Kind::EqualIgnoringCase => "\"=~\"",
            Kind::NotEqual => "\"!=\"",
            Kind::NotEqualIgnoringCase => "\"!~\"",
            Kind::Exclamation => "\"!\"",
            Kind::Less => "\"<\"",
            Kind::LessOrEqual => "\"<=\"",
            Kind::Greater => "\">\"",
            Kind::GreaterOrEqual => "\">=\"",
            Kind::Plus => "\"+\"",
            Kind::Minus => "\"-\"",
            Kind::Star => "\"*\"",
            Kind::Slash => "\"/\"",
            Kind::Percent => "\"%\"",
            Kind::And => "\"&&\"",
            Kind::Or => "\"||\"",
            Kind::Coalesce => "\"??\"",
            Kind::Question => "\"?\"",
            Kind::Pipe => "\"|\"",
            Kind::Caret => "\"^\"",
            Kind::Unknown => "a character that Bicep does not know",
            Kind::DoubleQuote => "a double quote",
            Kind::UnterminatedString | Kind::UnterminatedMultiline => "a string without an end",
            Kind::UnterminatedComment => "a comment without an end",
            Kind::UnterminatedHole => "an interpolation without an end",
        }
    }

    /// What is wrong with a token that can stand nowhere; None for all others.
    pub(super) fn fault(self) -> Option<&'static str> {
        match self {
            Kind::Unknown => Some("this character means nothing in Bicep; remove it"),
            Kind::DoubleQuote => Some("Bicep writes strings in single quotes; replace the double quotes"),
            Kind::UnterminatedString => Some("this string has no end on its line; close it with a single quote"),
            Kind::UnterminatedMultiline => Some("this string has no end; close it with three single quotes"),
            Kind::UnterminatedComment => Some("this comment has no end; close it with */"),
            Kind::UnterminatedHole => Some("an interpolation before this line has no end; close it with }"),
            _ => None,
        }
    }
}
