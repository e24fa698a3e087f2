//! The functions of ARM and Bicep: one table, one row each. A row says how many arguments a function takes and
//! what it does with unknown ones; the call merges origins, references and marks of the arguments.

mod arguments;
mod array;
mod cidr;
mod compare;
mod date;
mod encoding;
mod format;
mod hash;
mod lambda;
mod logical;
mod numeric;
mod object;
mod scope;
mod string;
#[cfg(test)]
mod testing;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::choice;
use crate::source::Span;
use crate::value::{Origin, Value};

pub use compare::{equal, less, property};
pub use format::{interpolate, text_of};
pub use scope::{Deployment, NAME_END, Scope, ScopeFunction, find_scope};

/// The value of a call, or why there is none.
pub type Answer = Result<Value, EcoString>;

/// A built-in function.
pub struct Function {
    /// Its name; upper and lower case do not matter.
    pub name: &'static str,
    /// How many arguments it needs.
    pub minimum: usize,
    /// How many it takes; None for any number.
    pub maximum: Option<usize>,
    /// What happens when an argument is not known.
    pub unknown: OnUnknown,
    /// Computes the result from the arguments.
    pub run: fn(&[Value]) -> Answer,
}

/// What a call does with arguments that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// An unknown anywhere in an argument makes the result unknown.
    Whole,
    /// Only an argument that is itself unknown makes the result unknown; unknown elements are carried along.
    Top,
    /// The function decides.
    Handle,
}

/// A built-in function that takes functions.
pub struct LambdaFunction {
    /// Its name; upper and lower case do not matter.
    pub name: &'static str,
    /// How many values it takes, before its lambdas.
    pub values: usize,
    /// How many lambdas it needs, and how many it takes.
    pub lambdas: (usize, usize),
    /// Computes the result.
    pub run: fn(&[Value], &[&Callback<'_>]) -> Answer,
}

/// A lambda of a call. It is given all that the function may hand it (the item, then its position) and uses
/// as many of these as it has parameters.
pub type Callback<'a> = dyn Fn(&[Value]) -> Answer + 'a;

/// All functions that take values only, by subject.
pub static TABLES: &[&[Function]] = &[
    array::FUNCTIONS,
    cidr::FUNCTIONS,
    date::FUNCTIONS,
    encoding::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    logical::FUNCTIONS,
    numeric::FUNCTIONS,
    object::FUNCTIONS,
    string::FUNCTIONS,
];

/// The function of that name, whatever its upper and lower case.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: std::sync::LazyLock<FxHashMap<String, &'static Function>> = std::sync::LazyLock::new(|| {
        let rows = TABLES.iter().flat_map(|table| table.iter());
        rows.map(|function| (function.name.to_ascii_lowercase(), function)).collect()
    });
    BY_NAME.get(&name.to_ascii_lowercase()).copied()
}

/// The function of that name that takes lambdas, whatever its upper and lower case.
pub fn find_lambda(name: &str) -> Option<&'static LambdaFunction> {
    lambda::FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// Calls a function; the result has the history of the arguments.
pub fn call(function: &Function, arguments: &[Value], span: Span) -> Answer {
    check_count(function.name, (function.minimum, function.maximum), arguments)?;
    let answer = choice::over(arguments, &|arguments| run(function, arguments));
    with_name(answer, function.name, arguments, span)
}

/// Calls a function that depends on where the template is deployed to.
pub fn call_scope(function: &ScopeFunction, deployment: &Deployment, arguments: &[Value], span: Span) -> Answer {
    check_count(function.name, function.counts, arguments)?;
    with_name((function.run)(deployment, arguments), function.name, arguments, span)
}

/// Calls a function that takes lambdas.
pub fn call_lambda(function: &LambdaFunction, values: &[Value], lambdas: &[&Callback<'_>], span: Span) -> Answer {
    check_count(function.name, (function.values, Some(function.values)), values)?;
    if lambdas.len() < function.lambdas.0 || lambdas.len() > function.lambdas.1 {
        return Err(eco_format!("{} does not take {} lambdas", function.name, lambdas.len()));
    }
    with_name((function.run)(values, lambdas), function.name, values, span)
}

fn check_count(name: &str, (least, most): (usize, Option<usize>), arguments: &[Value]) -> Result<(), EcoString> {
    let count = arguments.len();
    if count < least || most.is_some_and(|most| count > most) {
        return Err(eco_format!("{name} does not take {count} arguments"));
    }
    Ok(())
}

/// The answer of a named function with the history of the arguments.
fn with_name(answer: Answer, name: &str, arguments: &[Value], span: Span) -> Answer {
    with_history(answer.map_err(|why| eco_format!("{name}: {why}")), arguments, span)
}

/// The answer with the steps, references and marks of the arguments.
pub(super) fn with_history(answer: Answer, arguments: &[Value], span: Span) -> Answer {
    let mut value = answer?;
    let mut origin = Origin::at(span);
    let mut sensitive = false;
    for argument in arguments {
        argument.each_reference(&mut |reference| origin.push_reference(reference.clone()));
        for step in argument.origin.steps() {
            origin.push_step(step.clone());
        }
        sensitive |= argument.sensitive;
    }
    origin.absorb(&value.origin);
    value.origin = origin;
    Ok(value.with_sensitive(sensitive))
}

fn run(function: &Function, arguments: &[Value]) -> Answer {
    let blocking = match function.unknown {
        OnUnknown::Whole => arguments.iter().find_map(Value::first_unknown),
        OnUnknown::Top => arguments.iter().find(|argument| argument.is_unknown()),
        OnUnknown::Handle => None,
    };
    match blocking {
        Some(unknown) => Ok(unknown_like(Some(unknown))),
        None => (function.run)(arguments),
    }
}

/// An unknown for the reason of another.
fn unknown_like(unknown: Option<&Value>) -> Value {
    Value::unknown(unknown.and_then(Value::unknown_reason).unwrap_or_default())
}

impl Function {
    /// A row for a function with a fixed number of arguments.
    const fn exactly(name: &'static str, count: usize, unknown: OnUnknown, run: fn(&[Value]) -> Answer) -> Self {
        Function { name, minimum: count, maximum: Some(count), unknown, run }
    }

    /// A row for a function with some arguments that may be left out.
    const fn between(
        name: &'static str,
        counts: (usize, usize),
        unknown: OnUnknown,
        run: fn(&[Value]) -> Answer,
    ) -> Self {
        Function { name, minimum: counts.0, maximum: Some(counts.1), unknown, run }
    }

    /// A row for a function with any number of arguments from a least one on.
    const fn at_least(name: &'static str, count: usize, unknown: OnUnknown, run: fn(&[Value]) -> Answer) -> Self {
        Function { name, minimum: count, maximum: None, unknown, run }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{arm, bicep, check};
    use super::{LambdaFunction, TABLES, lambda};
    use crate::value::to_json;

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<String> =
            TABLES.iter().flat_map(|table| table.iter()).map(|it| it.name.to_lowercase()).collect();
        names.extend(lambda::FUNCTIONS.iter().map(|it: &LambdaFunction| it.name.to_lowercase()));
        names.sort();
        let mut once = names.clone();
        once.dedup();
        assert_eq!(names, once);
    }

    #[test]
    fn case_does_not_matter_and_counts_do() {
        assert_eq!(to_json(&arm("CONCAT('a', 'b')").unwrap()), "ab");
        check(&[("toLower()", "!toLower does not take 0 arguments"), ("split('a')", "!split does not take 1")]);
    }

    #[test]
    fn what_is_not_known_stays_so_unless_the_rest_decides() {
        check(&[
            ("toLower(unknown)", r#"{"$unknown":"test"}"#),
            ("false && unknown", "false"),
            ("unknown || true", "true"),
            ("true && unknown", r#"{"$unknown":"test"}"#),
            ("contains([1, unknown], 1)", "true"),
            ("contains([1, unknown], 2)", r#"{"$unknown":"test"}"#),
            ("[1, unknown] == [2, unknown]", "false"),
            ("length([1, unknown])", "2"),
            ("empty('a${unknown}')", "false"),
            ("empty('${unknown}')", r#"{"$unknown":"test"}"#),
            ("'a${unknown}' ?? 'b'", r#"{"$unknown":"test"}"#),
            ("null ?? unknown ?? 'b'", r#"{"$unknown":"test"}"#),
            ("concat([1], [unknown])[0]", "1"),
            ("union({ a: unknown }, { b: 1 })", r#"{"a":{"$unknown":"test"},"b":1}"#),
            ("map([1, unknown], x => x)", r#"[1,{"$unknown":"test"}]"#),
            ("filter([1, unknown], x => x == 1)", r#"{"$unknown":"test"}"#),
            ("newGuid()", r#"{"$unknown":"newGuid differs at each deployment"}"#),
        ]);
        let text = bicep("concat('a', format('{0}-{1}', unknown, 'b'))").unwrap();
        let crate::value::Data::Unknown(unknown) = &text.data else { panic!("{text:?}") };
        let crate::value::Known::Template(parts) = &unknown.known else { panic!("{text:?}") };
        assert_eq!(parts.len(), 3, "the known parts are kept");
    }

    #[test]
    fn arrays_and_objects() {
        check(&[
            ("array('a')", r#"["a"]"#),
            ("contains({ Key: 1 }, 'kEY')", "true"),
            ("contains('abc', 'B')", "false"),
            ("first([])", "null"),
            ("first('é')", r#""é""#),
            ("last([1, 2])", "2"),
            ("flatten([[1], [], [[2]]])", "[1,[2]]"),
            ("indexFromEnd([1, 2], 3)", "!indexFromEnd: the array has no such element"),
            ("tryIndexFromEnd([1, 2], 0)", "null"),
            ("intersection([1, 2, 2], [2, 3])", "[2]"),
            ("intersection({ a: 1, b: 2 }, { A: 1, b: 3 })", r#"{"a":1}"#),
            ("length('a😀')", "3"),
            ("range(-1, 2)", "[-1,0]"),
            ("range(0, 10001)", "!range: the count must"),
            ("range(2147483647, 2)", "!range: the range ends"),
            ("skip([1, 2], 1)", "[2]"),
            ("skip('ab', -1)", r#""ab""#),
            ("take('ab', 9)", r#""ab""#),
            ("tryGet({ a: { b: [1] } }, 'a', 'b', 0)", "1"),
            ("tryGet([1], 'a')", "null"),
            ("union([1, 2], [2, 3])", "[1,2,3]"),
            ("union({ a: { b: 1 } }, { A: { c: 2 } })", r#"{"a":{"b":1,"c":2}}"#),
            ("union({}, [])", "!union: needs an object, not an array"),
            ("items({ b: 1, A: 2 })", r#"[{"key":"A","value":2},{"key":"b","value":1}]"#),
            ("json('{\"a\": [1, null]}')", r#"{"a":[1,null]}"#),
            ("json('{a}')", "!json: the text is not JSON"),
            ("shallowMerge([{ a: 1 }, { a: 2, b: 3 }])", r#"{"a":2,"b":3}"#),
        ]);
        assert_eq!(arm("createObject('a')").unwrap_err(), "createObject: needs a value for each key");
    }

    #[test]
    fn strings() {
        check(&[
            ("startsWith('Abc', 'aB')", "true"),
            ("endsWith('Abc', 'X')", "false"),
            ("indexOf('aXbx', 'X')", "1"),
            ("lastIndexOf('aXbx', 'X')", "3"),
            ("indexOf('abc', 'z')", "-1"),
            ("indexOf(['a', 'B'], 'b')", "-1"),
            ("join(['a', 1, true], '-')", r#""a-1-True""#),
            ("padLeft(7, 3, '0')", r#""007""#),
            ("padLeft('a', 3, '00')", "!padLeft: the padding must be one character"),
            ("replace('aab', 'a', 'xy')", r#""xyxyb""#),
            ("split('a,b;c', [',', ';'])", r#"["a","b","c"]"#),
            ("split('', ',')", r#"[""]"#),
            ("substring('abc', 1)", r#""bc""#),
            ("substring('abc', 1, 3)", "!substring: the part does not lie"),
            ("trim(' \\t a ')", r#""a""#),
            ("string({ a: 'é', b: [1, true, null] })", r#""{\"a\":\"é\",\"b\":[1,true,null]}""#),
            ("string(true)", r#""True""#),
            ("'${{ a: 'b', '!c': [2, true] }}${null}${1}'", r#""{'a':'b','!c':[2,true]}1""#),
            ("format('{{{0,-3}|{1,3}|{0:N0}}}', 1234, 'x')", r#""{1234|  x|1,234}""#),
            ("format('{0:D3} {0:000} {0:X4} {1:F1}', 42, -1)", r#""042 042 002A -1.0""#),
            ("format('{1}', 'a')", "!format: argument 3 is missing"),
            ("format('{', 'a')", "!format: a brace"),
            ("base64ToJson(base64('[1]'))", "[1]"),
            ("base64ToString('***')", "!base64ToString: the text is not base64"),
            ("dataUriToString('data:;base64,SGk=')", r#""Hi""#),
            ("uri('http://a.b/c/d', 'e/../f?g')", r#""http://a.b/c/f?g""#),
            ("uri('http://a.b', '/c')", r#""http://a.b/c""#),
            ("uriComponent('é*-_.~')", r#""%C3%A9%2A-_.~""#),
            ("uriComponentToString('100%25%')", r#""100%%""#),
        ]);
    }

    #[test]
    fn numbers_logic_and_names() {
        check(&[
            ("-7 / 2", "-3"),
            ("-7 % 2", "-1"),
            ("1 / 0", "!div: a number cannot be divided by zero"),
            ("9223372036854775807 + 1", "!add: the result has more than 64 bits"),
            ("int('-12')", "-12"),
            ("int('1.5x')", "!int: \"1.5x\" is not an integer"),
            ("max([1, 3], 2)", "3"),
            ("min(4, 2)", "2"),
            ("bool('TRUE')", "true"),
            ("bool(0)", "false"),
            ("'a' < 'b'", "true"),
            ("1 < 'b'", "!less: needs two numbers or two strings, not a string"),
            ("coalesce(null, '')", r#""""#),
            ("fail('stop')", "!fail: stop"),
            ("uniqueString('hello', 'world')", r#""a7wkljktk6wne""#),
            ("uniqueString('abcdefgh')", r#""q7ncvd5x2rx4e""#),
            ("guid('rg', 'owner')", r#""57995161-3051-5d57-8b73-71209f4b686e""#),
        ]);
    }

    #[test]
    fn sha1_agrees_at_every_length_of_padding() {
        // Lengths around the end of a block, where the padding takes a block of its own.
        let expected = [
            (39, "145f2e07-ff6d-5a5e-8311-18b1497e30a2"),
            (40, "90d26bde-94b5-54f1-8ef2-c7bfc09a8a5b"),
            (47, "55347530-a47e-5e1f-9f57-ff5f49a1f0bc"),
            (48, "772aeb11-c3c8-5fe5-ad79-241d71e3b899"),
            (120, "f958a608-78b8-51fd-ab32-7d95ecd7a744"),
        ];
        for (length, expected) in expected {
            let found = bicep(&format!("guid('{}')", "a".repeat(length))).unwrap();
            assert_eq!(found.as_str(), Some(expected), "{length}");
        }
    }

    #[test]
    fn lambdas() {
        check(&[
            ("map(['a', 'b'], (x, i) => '${x}${i}')", r#"["a0","b1"]"#),
            ("filter([1, 2, 3], x => x > 1)", "[2,3]"),
            ("filter([1], x => x)", "!filter: needs a lambda that answers with a bool"),
            ("reduce([1, 2, 3], 10, (a, b) => a + b)", "16"),
            ("sort([3, 1, 2], (a, b) => a < b)", "[1,2,3]"),
            ("sort([3, 1, 2], (a, b) => true)", "[2,1,3]"),
            ("toObject(['a', 'b'], x => x, x => [x])", r#"{"a":["a"],"b":["b"]}"#),
            ("groupBy([1, 2, 3], x => string(x % 2))", r#"{"1":[1,3],"0":[2]}"#),
            ("mapValues({ a: 1 }, x => x + 1)", r#"{"a":2}"#),
        ]);
    }

    #[test]
    fn dates_and_ranges_of_addresses() {
        check(&[
            ("dateTimeFromEpoch(0)", r#""1970-01-01T00:00:00Z""#),
            ("dateTimeFromEpoch(-62135596800)", r#""0001-01-01T00:00:00Z""#),
            ("dateTimeToEpoch('2000-02-29T01:00:00+01:00')", "951782400"),
            ("dateTimeToEpoch('2001-02-29')", "!dateTimeToEpoch: "),
            ("dateTimeAdd('2023-01-31', 'P1M')", r#""2023-02-28T00:00:00Z""#),
            ("dateTimeAdd('2024-02-29T12:00:00Z', '-P1Y')", r#""2023-02-28T12:00:00Z""#),
            ("dateTimeAdd('2023-12-31 23:59:59Z', 'PT1S', 'yyyy-MM-dd')", r#""2024-01-01""#),
            ("dateTimeAdd('2023-12-31', 'P1')", "!dateTimeAdd: "),
            ("cidrSubnet('10.144.0.0/20', 24, 15)", r#""10.144.15.0/24""#),
            ("cidrSubnet('10.144.0.0/20', 24, 16)", "!cidrSubnet: "),
            ("cidrSubnet('::/0', 0, 0)", r#""::/0""#),
            ("cidrHost('10.0.0.4/31', 0)", r#""10.0.0.4""#),
            ("cidrHost('10.0.0.0/30', 9)", "!cidrHost: "),
            ("parseCidr('10.144.3.7/24').lastUsable", r#""10.144.3.254""#),
            ("cidrHost('nope', 0)", "!cidrHost: \"nope\" is no range"),
        ]);
    }
}
