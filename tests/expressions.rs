//! What expressions of Terraform are worth: the rows of expressions/, written from Terraform's documentation, and,
//! where a `terraform` of the release that is meant is on the machine, those rows and generated ones held against its
//! console.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use phiguard::evaluate::Dialect;
use phiguard::run::{Answer, Calculator, Request};
use phiguard::value::to_json;
use serde_json::Value as Json;

/// The release that the rows and the generated expressions are held against.
const RELEASE: &str = "Terraform v1.11";

/// Expressions that are generated for the console.
const GENERATED: usize = 400;

fn rows() -> Vec<Json> {
    let files = common::files_below(&common::root().join("tests/expressions"), &["jsonl"]);
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()).collect()
}

/// Asks for expressions in an empty folder.
fn ours<'t>(expressions: impl Iterator<Item = &'t str>) -> Vec<Json> {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    let request = Request { paths: vec![".".into()], base, ..Request::default() };
    let mut calculator = Calculator::new(&request, Dialect::Terraform).unwrap();
    expressions
        .map(|expression| match calculator.ask(expression, &serde_json::Map::new()).answer {
            Answer::Error(message) => serde_json::json!({"error": message.as_str()}),
            Answer::Value(value) if value.sensitive => serde_json::json!({"sensitive": true}),
            Answer::Value(value) if value.first_unknown().is_some() => serde_json::json!({"unknown": true}),
            Answer::Value(value) => serde_json::json!({"value": to_json(&value)}),
        })
        .collect()
}

#[test]
fn rows_are_worth_what_the_documentation_says() {
    let rows = rows();
    assert!(rows.len() > 300, "{} rows", rows.len());
    let answers = ours(rows.iter().map(|row| row["expr"].as_str().unwrap()));
    let mut wrong = String::new();
    for (row, answer) in rows.iter().zip(answers) {
        let fits =
            ["error", "unknown", "sensitive"].iter().all(|what| row.get(what).is_some() == answer.get(what).is_some())
                && same(row.get("value"), answer.get("value"));
        if !fits {
            writeln!(wrong, "{row}\n  is {answer}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Equality where 1 and 1.0 are one number.
fn same(one: Option<&Json>, other: Option<&Json>) -> bool {
    match (one, other) {
        (Some(Json::Array(a)), Some(Json::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b)))
        }
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            a.len() == b.len() && a.iter().all(|(key, a)| same(Some(a), b.get(key)))
        }
        (Some(Json::Number(a)), Some(Json::Number(b))) => a.as_f64() == b.as_f64(),
        (one, other) => one == other,
    }
}

#[test]
fn the_console_of_terraform_agrees() {
    let Ok(version) = Command::new("terraform").arg("version").output() else { return };
    if !String::from_utf8_lossy(&version.stdout).starts_with(RELEASE) {
        return;
    }
    let mut expressions: Vec<String> = rows()
        .iter()
        .filter(|row| row.get("value").is_some())
        .map(|row| row["expr"].as_str().unwrap().to_string())
        .collect();
    let mut generator = Generator(0x5eed_cafe);
    expressions.extend((0..GENERATED).map(|_| generator.expression(3)));
    // One line of ASCII for each, whatever is in the value, and a word where it has none.
    let wrapped: Vec<String> =
        expressions.iter().map(|one| format!("base64encode(try(jsonencode({one}), \"no value\"))")).collect();
    let theirs = console(&wrapped);
    assert_eq!(theirs.len(), wrapped.len());
    let mut wrong = String::new();
    for ((expression, answer), theirs) in expressions.iter().zip(ours(wrapped.iter().map(String::as_str))).zip(theirs) {
        if answer["value"].as_str() != Some(theirs.trim_matches('"')) {
            writeln!(wrong, "{expression}\n  console {}, here {}", decoded(&theirs), answer).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the console says of each expression. It answers one line a run, and takes no more than 64 KiB of it.
fn console(expressions: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    expressions.chunks(100).flat_map(|some| console_run(folder.path(), &format!("[{}]\n", some.join(", ")))).collect()
}

fn console_run(folder: &std::path::Path, line: &str) -> Vec<String> {
    let mut child = Command::new("terraform")
        .args(["console", "-no-color"])
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", if cfg!(windows) { "NUL" } else { "/dev/null" })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let items = text.lines().filter_map(|line| line.trim().strip_suffix(','));
    items.map(str::to_string).collect()
}

fn decoded(text: &str) -> String {
    let wrapped = format!("base64decode({text})");
    ours(std::iter::once(wrapped.as_str()))[0].to_string()
}

/// Makes expressions that have a value as often as not, the same on every run.
struct Generator(u64);

impl Generator {
    fn pick(&mut self, of: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % of as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.pick(of.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        match self.pick(5) {
            0 => self.number(depth),
            1 => self.text(depth),
            2 => self.bool(depth),
            3 => self.list(depth),
            _ => self.map(depth),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["0", "1", "2", "7", "-3", "1.5", "100", "\"4\""]).into();
        }
        let deeper = depth - 1;
        match self.pick(8) {
            0 => format!("({} {} {})", self.number(deeper), self.one(&["+", "-", "*"]), self.number(deeper)),
            1 => format!("length({})", self.list(deeper)),
            2 => format!("{}({}, {})", self.one(&["max", "min"]), self.number(deeper), self.number(deeper)),
            3 => format!("{}({})", self.one(&["abs", "ceil", "floor", "signum"]), self.number(deeper)),
            4 => format!("({} ? {} : {})", self.bool(deeper), self.number(deeper), self.number(deeper)),
            5 => format!("tonumber({})", self.text(deeper)),
            6 => format!("({} % 4)", self.number(deeper)),
            _ => self.number(0),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .one(&["\"\"", "\"a\"", "\"b c\"", "\"Phi\"", "\"x-y-z\"", "\"é\"", "\"10\"", "\"true\""])
                .into();
        }
        let deeper = depth - 1;
        match self.pick(9) {
            0 => format!("\"${{{}}}-${{{}}}\"", self.text(deeper), self.number(deeper)),
            1 => {
                let function =
                    self.one(&["upper", "lower", "title", "strrev", "trimspace", "base64encode", "md5", "sha1"]);
                format!("{function}({})", self.text(deeper))
            }
            2 => format!("join({}, {})", self.text(0), self.list(deeper)),
            3 => format!("replace({}, {}, {})", self.text(deeper), self.text(0), self.text(0)),
            4 => format!("substr({}, {}, {})", self.text(deeper), self.pick(3), self.pick(4)),
            5 => format!("format(\"%v/%s\", {}, {})", self.number(deeper), self.text(deeper)),
            6 => format!("jsonencode({})", self.expression(deeper)),
            7 => format!("coalesce({}, {})", self.text(deeper), self.text(deeper)),
            _ => self.text(0),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["true", "false"]).into();
        }
        let deeper = depth - 1;
        match self.pick(7) {
            0 => format!("!{}", self.bool(deeper)),
            1 => format!("({} {} {})", self.bool(deeper), self.one(&["&&", "||", "==", "!="]), self.bool(deeper)),
            2 => format!("({} {} {})", self.number(deeper), self.one(&["<", ">=", "==", "!="]), self.number(deeper)),
            3 => format!("contains({}, {})", self.list(deeper), self.text(deeper)),
            4 => format!("can(tonumber({}))", self.text(deeper)),
            5 => format!("({} == {})", self.expression(deeper), self.expression(deeper)),
            _ => self.bool(0),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .one(&["[]", "[\"a\"]", "[\"b\", \"a\", \"b\"]", "[1, 2]", "[\"x\", 1]", "[true, null]"])
                .into();
        }
        let deeper = depth - 1;
        match self.pick(10) {
            0 => format!("[{}, {}]", self.expression(deeper), self.expression(deeper)),
            1 => format!("concat({}, {})", self.list(deeper), self.list(deeper)),
            2 => format!(
                "{}({})",
                self.one(&["distinct", "reverse", "flatten", "sort", "tolist", "compact"]),
                self.list(deeper)
            ),
            3 => format!("[for x in {} : {}]", self.list(deeper), self.one(&["x", "\"<${x}>\"", "[x]", "x == \"a\""])),
            4 => format!("[for x in {} : x if x != \"a\"]", self.list(deeper)),
            5 => format!("tolist(toset({}))", self.list(deeper)),
            6 => format!("{}({})", self.one(&["keys", "values"]), self.map(deeper)),
            7 => format!("split({}, {})", self.one(&["\"-\"", "\" \""]), self.text(deeper)),
            8 => format!(
                "tolist({}({}, {}))",
                self.one(&["setunion", "setsubtract", "setintersection"]),
                self.list(deeper),
                self.list(deeper)
            ),
            _ => self.list(0),
        }
    }

    fn map(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .one(&["{}", "{ a = 1 }", "{ b = \"x\", a = \"y\" }", "{ \"k v\" = [1] }", "{ n = null }"])
                .into();
        }
        let deeper = depth - 1;
        match self.pick(6) {
            0 => format!("merge({}, {})", self.map(deeper), self.map(deeper)),
            1 => format!("{{ a = {}, c = {} }}", self.expression(deeper), self.expression(deeper)),
            2 => format!("{{ for x in {} : \"k${{x}}\" => {} }}", self.list(deeper), self.one(&["x", "1", "[x]"])),
            3 => format!("{{ for k, v in {} : upper(k) => {} }}", self.map(deeper), self.one(&["v", "k", "[v, k]"])),
            4 => format!("tomap({})", self.map(deeper)),
            _ => self.map(0),
        }
    }
}
