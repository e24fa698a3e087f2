//! The structure of a YAML document: blocks, flows, anchors and merges. What a scalar means is for the caller to say.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::arguments::Answer;
use super::yaml_scalar::{self, Cursor};
use crate::evaluate::terraform::operators;
use crate::value::{Data, ListKind, Map, Value};

/// Nodes nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// A document may stand for this many nodes, those that aliases repeat included.
const MAX_NODES: usize = 100_000;

/// A scalar as it is written.
pub struct Scalar {
    /// Its text, escapes and folding resolved.
    pub text: EcoString,
    /// Whether it stands in quotes or is a block of text, and so is always a string.
    pub quoted: bool,
    /// Its tag, short: `!!int`.
    pub tag: Option<EcoString>,
}

/// The value of a document.
pub fn read(text: &str, resolve: &dyn Fn(&Scalar) -> Answer) -> Answer {
    let text = text.replace("\r\n", "\n");
    let mut reader = Reader {
        cursor: Cursor::new(text.strip_prefix('\u{feff}').unwrap_or(&text)),
        resolve,
        anchors: FxHashMap::default(),
        nodes: 0,
        depth: 0,
    };
    let value = reader.document();
    value.map_err(|message| eco_format!("the string is not YAML: line {}: {message}", reader.cursor.line()))
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    resolve: &'t dyn Fn(&Scalar) -> Answer,
    anchors: FxHashMap<EcoString, (Value, usize)>,
    nodes: usize,
    depth: usize,
}

/// The anchor and tag before a node.
#[derive(Default)]
struct Properties {
    anchor: Option<EcoString>,
    tag: Option<EcoString>,
}

impl Reader<'_> {
    fn document(&mut self) -> Answer {
        self.cursor.skip_blank()?;
        while self.cursor.rest().starts_with('%') {
            self.cursor.skip_line();
            self.cursor.skip_blank()?;
        }
        let marked = self.cursor.at_marker("---");
        if marked {
            self.cursor.advance(3);
            self.cursor.skip_blank()?;
        }
        if self.cursor.is_done() {
            return if marked { Ok(Value::null()) } else { Err("the document is empty".into()) };
        }
        let value = self.node(-1, true)?;
        self.cursor.skip_blank()?;
        if self.cursor.at_marker("...") {
            self.cursor.advance(3);
            self.cursor.skip_blank()?;
        }
        if self.cursor.is_done() { Ok(value) } else { Err("there is more after the end of the value".into()) }
    }

    /// A node further right than `parent`. `fresh` when a block mapping may start here.
    fn node(&mut self, parent: i64, fresh: bool) -> Answer {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deep".into());
        }
        let outcome = self.deeper(parent, fresh);
        self.depth -= 1;
        outcome
    }

    fn count(&mut self, nodes: usize) -> Result<(), EcoString> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err("it has too many nodes".into()) } else { Ok(()) }
    }

    fn deeper(&mut self, parent: i64, fresh: bool) -> Answer {
        let before = self.nodes;
        self.count(1)?;
        let start = self.cursor.position();
        let properties = self.properties()?;
        let mut fresh = fresh;
        if self.cursor.at_line_end() && (properties.anchor.is_some() || properties.tag.is_some()) {
            self.cursor.skip_blank()?;
            fresh = true;
            let list_of_parent = self.cursor.at_indicator('-') && self.cursor.column() == parent;
            if self.cursor.ends_block(parent) && !list_of_parent {
                return self.finish(properties, Value::null(), before);
            }
        }
        if fresh && self.is_key() {
            // Properties on the line of a key belong to the key, which has no use for them.
            let of_key = self.cursor.same_line(start);
            let column = if of_key { self.cursor.column_of(start) } else { self.cursor.column() };
            let value = self.block_mapping(column)?;
            let properties = if of_key { Properties::default() } else { properties };
            return self.finish(properties, value, before);
        }
        let value = match self.cursor.peek() {
            Some('-') if fresh && self.cursor.at_indicator('-') => self.block_sequence()?,
            Some('-') if self.cursor.at_indicator('-') => return Err("a list cannot start here".into()),
            Some('?') if self.cursor.at_indicator('?') => return Err("keys after ? are not supported".into()),
            Some('[' | '{') => self.flow()?,
            Some('*') => return self.alias(),
            Some('|' | '>') => {
                let text = yaml_scalar::block(&mut self.cursor, parent)?;
                self.scalar(text, true, &properties)?
            }
            Some('"' | '\'') => {
                let text = yaml_scalar::quoted(&mut self.cursor)?;
                self.scalar(text, true, &properties)?
            }
            _ => {
                let text = yaml_scalar::plain(&mut self.cursor, parent, false)?;
                if self.cursor.rest().starts_with(':') {
                    return Err("a mapping cannot start here".into());
                }
                self.scalar(text, false, &properties)?
            }
        };
        self.finish(properties, value, before)
    }

    fn finish(&mut self, properties: Properties, value: Value, before: usize) -> Answer {
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(anchor, (value.clone(), self.nodes - before));
        }
        Ok(value)
    }

    fn scalar(&mut self, text: EcoString, quoted: bool, properties: &Properties) -> Answer {
        (self.resolve)(&Scalar { text, quoted, tag: properties.tag.clone() })
    }

    fn properties(&mut self) -> Result<Properties, EcoString> {
        let mut properties = Properties::default();
        loop {
            match self.cursor.peek() {
                Some('&') => {
                    self.cursor.advance(1);
                    properties.anchor = Some(self.cursor.word());
                }
                Some('!') => properties.tag = Some(self.cursor.word().replace("tag:yaml.org,2002:", "!")),
                _ => return Ok(properties),
            }
            self.cursor.skip_spaces();
        }
    }

    fn alias(&mut self) -> Answer {
        self.cursor.advance(1);
        let name = self.cursor.word();
        let Some((value, nodes)) = self.anchors.get(&name).cloned() else {
            return Err(eco_format!("there is no anchor {name}"));
        };
        self.count(nodes)?;
        Ok(value)
    }

    /// Whether a key of a block mapping stands here: a scalar on one line with a colon behind it.
    fn is_key(&self) -> bool {
        let mut probe = self.cursor.clone();
        let start = probe.position();
        let read = match probe.peek() {
            Some('"' | '\'') => yaml_scalar::quoted(&mut probe).is_ok(),
            Some('[' | '{' | '|' | '>' | '&' | '!') | None => false,
            Some('*') => {
                probe.word();
                true
            }
            Some('-') if probe.at_indicator('-') => false,
            Some('?') if probe.at_indicator('?') => false,
            _ => yaml_scalar::plain_line(&mut probe, false).is_some(),
        };
        probe.skip_spaces();
        read && probe.same_line(start) && probe.at_indicator(':')
    }

    fn key(&mut self) -> Answer {
        let properties = self.properties()?;
        match self.cursor.peek() {
            Some('"' | '\'') => {
                let text = yaml_scalar::quoted(&mut self.cursor)?;
                self.scalar(text, true, &properties)
            }
            Some('*') => self.alias(),
            _ => {
                let text = yaml_scalar::plain_line(&mut self.cursor, false).ok_or("a key is needed")?;
                self.scalar(text.into(), false, &properties)
            }
        }
    }

    fn block_mapping(&mut self, column: i64) -> Answer {
        let mut map = Map::new();
        loop {
            let plain = !matches!(self.cursor.peek(), Some('"' | '\''));
            let merges = plain && self.cursor.rest().starts_with("<<");
            let key = self.key()?;
            self.cursor.skip_spaces();
            if !self.cursor.at_indicator(':') {
                return Err("a key needs a colon behind it".into());
            }
            self.cursor.advance(1);
            self.cursor.skip_spaces();
            let value = if self.cursor.at_line_end() {
                self.cursor.skip_blank()?;
                let list_of_parent = self.cursor.at_indicator('-') && self.cursor.column() == column;
                if self.cursor.ends_block(column) && !list_of_parent {
                    self.count(1)?;
                    (self.resolve)(&Scalar { text: EcoString::new(), quoted: false, tag: None })?
                } else {
                    self.node(column, true)?
                }
            } else {
                self.node(column, false)?
            };
            put(&mut map, &key, value, merges)?;
            self.cursor.skip_spaces();
            if !self.cursor.at_line_end() && !self.cursor.at_line_start() {
                return Err("there is something behind the value".into());
            }
            self.cursor.skip_blank()?;
            if self.cursor.ends_block(column - 1) {
                break;
            }
            if self.cursor.column() != column {
                return Err("the line is indented differently from its neighbours".into());
            }
        }
        map.sort();
        Ok(Value::map(map))
    }

    fn block_sequence(&mut self) -> Answer {
        let column = self.cursor.column();
        let mut items = Vec::new();
        while self.cursor.column() == column && self.cursor.at_indicator('-') && !self.cursor.at_marker("---") {
            self.cursor.advance(1);
            self.cursor.skip_spaces();
            if self.cursor.at_line_end() {
                self.cursor.skip_blank()?;
            }
            if self.cursor.ends_block(column) {
                self.count(1)?;
                items.push((self.resolve)(&Scalar { text: EcoString::new(), quoted: false, tag: None })?);
            } else {
                items.push(self.node(column, true)?);
            }
            self.cursor.skip_blank()?;
        }
        if !self.cursor.ends_block(column) {
            return Err("the line is indented differently from its neighbours".into());
        }
        Ok(Value::list(items, ListKind::Tuple))
    }

    fn flow(&mut self) -> Answer {
        let is_map = self.cursor.peek() == Some('{');
        let close = if is_map { '}' } else { ']' };
        self.cursor.advance(1);
        let mut items = Vec::new();
        let mut map = Map::new();
        loop {
            self.cursor.skip_flow_blank();
            if self.cursor.peek() == Some(close) {
                self.cursor.advance(1);
                break;
            }
            let merges = self.cursor.rest().starts_with("<<");
            let key = self.flow_node()?;
            self.cursor.skip_flow_blank();
            let pair = self.cursor.peek() == Some(':');
            let value = if pair {
                self.cursor.advance(1);
                self.cursor.skip_flow_blank();
                self.flow_node()?
            } else {
                Value::null()
            };
            if is_map {
                put(&mut map, &key, value, merges)?;
            } else if pair {
                let mut single = Map::new();
                put(&mut single, &key, value, false)?;
                items.push(Value::map(single));
            } else {
                items.push(key);
            }
            self.cursor.skip_flow_blank();
            match self.cursor.peek() {
                Some(',') => self.cursor.advance(1),
                Some(found) if found == close => {}
                _ => return Err(eco_format!("a comma or {close} is missing")),
            }
        }
        if !is_map {
            return Ok(Value::list(items, ListKind::Tuple));
        }
        map.sort();
        Ok(Value::map(map))
    }

    fn flow_node(&mut self) -> Answer {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deep".into());
        }
        let before = self.nodes;
        self.count(1)?;
        let properties = self.properties()?;
        self.cursor.skip_flow_blank();
        let value = match self.cursor.peek() {
            Some('[' | '{') => self.flow()?,
            Some('*') => self.alias()?,
            Some('"' | '\'') => {
                let text = yaml_scalar::quoted(&mut self.cursor)?;
                self.scalar(text, true, &properties)?
            }
            Some(',' | ']' | '}' | ':') => self.scalar(EcoString::new(), false, &properties)?,
            _ => {
                let text = yaml_scalar::plain(&mut self.cursor, -1, true)?;
                self.scalar(text, false, &properties)?
            }
        };
        self.depth -= 1;
        self.finish(properties, value, before)
    }
}

/// Puts a value under a key; a merged mapping only gives what is not there yet.
fn put(map: &mut Map, key: &Value, value: Value, merges: bool) -> Result<(), EcoString> {
    if !merges {
        let key = operators::to_text(key).ok_or("a key must be a string")?;
        map.insert(key, value);
        return Ok(());
    }
    match &value.data {
        Data::Map(merged) => {
            for (key, entry) in &merged.entries {
                map.entries.entry(key.clone()).or_insert_with(|| entry.clone());
            }
            Ok(())
        }
        Data::List(list) if list.items.iter().all(|item| item.as_map().is_some()) => {
            list.items.iter().try_for_each(|item| put(map, key, item.clone(), true))
        }
        _ => Err("only mappings can be merged".into()),
    }
}
