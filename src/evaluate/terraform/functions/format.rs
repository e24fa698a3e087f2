//! `format` and `formatlist`: Go's verbs as Terraform understands them.

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, bool_of, check_count, encoded, number_of, text, unknown_like};
use super::pieces::Pieces;
use super::string::clusters;
use super::{Context, Function, OnUnknown, json};
use crate::value::{Data, Known, ListKind, Number, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::at_least("format", 1, OnUnknown::Handle, format),
    Function::at_least("formatlist", 1, OnUnknown::Handle, formatlist),
];

/// Wider fields and longer fractions than this are refused.
const MAX_WIDTH: usize = 10_000;

fn format(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let Some((layout, rest)) = arguments.split_first() else { return Err("a format is needed".into()) };
    if layout.is_unknown() {
        return Ok(unknown_like(layout));
    }
    let layout = text(arguments, 0)?;
    filled(&layout, &rest.iter().collect::<Vec<_>>())
}

fn formatlist(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let Some((layout, rest)) = arguments.split_first() else { return Err("a format is needed".into()) };
    if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown() && encoded(argument).is_none()) {
        // Any of them might be a list, so that not even the number of results is known.
        let text = matches!(&unknown.data, Data::Unknown(inner) if matches!(inner.known, Known::Template(_)));
        if !text || layout.is_unknown() {
            return Ok(unknown_like(unknown));
        }
    }
    let layout = text(arguments, 0)?;
    let mut count = None;
    for list in rest.iter().filter_map(Value::as_list) {
        if count.is_some_and(|count| count != list.len()) {
            return Err("the lists must have the same length".into());
        }
        count = Some(list.len());
    }
    let count = count.unwrap_or(1);
    check_count(count)?;
    let mut items = Vec::with_capacity(count);
    for at in 0..count {
        let row: Vec<&Value> = rest
            .iter()
            .filter_map(|argument| match argument.as_list() {
                Some(list) => list.get(at),
                None => Some(argument),
            })
            .collect();
        items.push(filled(&layout, &row)?);
    }
    Ok(Value::list(items, ListKind::List))
}

/// A verb with its flags, as in `%-08.3f`.
#[derive(Default)]
struct Verb {
    sharp: bool,
    zero: bool,
    minus: bool,
    plus: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

fn filled(layout: &str, arguments: &[&Value]) -> Answer {
    let mut pieces = Pieces::default();
    let (mut next, mut used) = (0, 0);
    let mut rest = layout;
    while let Some((before, after)) = rest.split_once('%') {
        pieces.text(before);
        if let Some(after) = after.strip_prefix('%') {
            pieces.text("%");
            rest = after;
            continue;
        }
        let (verb, after) = verb(after)?;
        let at = verb.argument.unwrap_or(next);
        let value = arguments.get(at).ok_or_else(|| {
            eco_format!("%{} needs argument {}, and there are {}", verb.letter, at + 1, arguments.len())
        })?;
        verb.write(value, &mut pieces)?;
        next = at + 1;
        used = used.max(next);
        rest = after;
    }
    pieces.text(rest);
    if used < arguments.len() {
        return Err(eco_format!("the format uses {used} of {} arguments", arguments.len()));
    }
    pieces.finish()
}

/// The verb at the start of the text, and what follows it.
fn verb(text: &str) -> Result<(Verb, &str), EcoString> {
    let mut verb = Verb::default();
    let mut rest = text;
    loop {
        let flag = match rest.chars().next() {
            Some('#') => &mut verb.sharp,
            Some('0') => &mut verb.zero,
            Some('-') => &mut verb.minus,
            Some('+') => &mut verb.plus,
            Some(' ') => &mut verb.space,
            _ => break,
        };
        *flag = true;
        rest = rest.get(1..).unwrap_or_default();
    }
    let (width, after) = digits(rest)?;
    verb.width = width.unwrap_or(0);
    rest = after;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after)?;
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (number, after) = digits(after)?;
        let at = number.and_then(|number| number.checked_sub(1));
        verb.argument = Some(at.ok_or("the arguments of a format are numbered from 1")?);
        rest = after.strip_prefix(']').ok_or("the format has a [ without a ]")?;
    }
    verb.letter = rest.chars().next().ok_or("the format ends in the middle of a verb")?;
    if !"vtbdoxXeEfgGsq".contains(verb.letter) {
        return Err(eco_format!("the format has an unknown verb %{}", verb.letter));
    }
    Ok((verb, rest.get(1..).unwrap_or_default()))
}

fn digits(text: &str) -> Result<(Option<usize>, &str), EcoString> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).unwrap_or(("", text));
    if number.is_empty() {
        return Ok((None, rest));
    }
    match number.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok((Some(number), rest)),
        _ => Err(eco_format!("the format has the number {number}; at most {MAX_WIDTH} is understood")),
    }
}

impl Verb {
    fn write(&self, value: &Value, pieces: &mut Pieces) -> Result<(), EcoString> {
        let plain = self.width == 0 && self.precision.is_none() && !self.sharp;
        if value.is_unknown() && plain && matches!(self.letter, 's' | 'v') {
            return pieces.value(value);
        }
        if !value.is_wholly_known() {
            pieces.hole(value);
            return Ok(());
        }
        if value.is_null() {
            // Terraform leaves a null without a type open until apply.
            pieces.hole(&Value::unknown("a null has no text"));
            return Ok(());
        }
        pieces.mark(super::arguments::holds_sensitive(value));
        let text = self.text(value).map_err(|message| eco_format!("%{}: {message}", self.letter))?;
        pieces.text(&text);
        Ok(())
    }

    fn text(&self, value: &Value) -> Result<EcoString, EcoString> {
        Ok(match self.letter {
            't' => eco_format!("{}", bool_of(value)?),
            's' | 'q' => {
                let mut text = super::arguments::text_of(value)?;
                if let Some(most) = self.precision.filter(|&most| most > 0) {
                    text = clusters(&text).take(most).collect();
                }
                self.padded(if self.letter == 'q' { json::json_text(&Value::string(text))? } else { text })
            }
            'v' => match &value.data {
                Data::String(text) if !self.sharp => self.padded(text.clone()),
                Data::Number(number) if !self.sharp => self.padded(float(*number, 'g', None)),
                _ => self.padded(json::json_text(value)?),
            },
            'b' | 'd' | 'o' | 'x' | 'X' => self.integer(number_of(value)?)?,
            letter => {
                let number = number_of(value)?;
                let unsigned = Number::from_f64(number.as_f64().abs()).unwrap_or(number);
                self.signed(number.as_f64() < 0.0, "", float(unsigned, letter, self.precision), self.zero)
            }
        })
    }

    fn integer(&self, number: Number) -> Result<EcoString, EcoString> {
        let (negative, magnitude) = match number {
            Number::Int(value) => (value < 0, u128::from(value.unsigned_abs())),
            Number::Float(value) if value.fract() == 0.0 && value.abs() < 1e38 => (value < 0.0, value.abs() as u128),
            Number::Float(_) => return Err(eco_format!("a whole number is needed, and this is {number}")),
        };
        let (prefix, digits) = match self.letter {
            'b' => ("0b", format!("{magnitude:b}")),
            'o' => ("0", format!("{magnitude:o}")),
            'x' => ("0x", format!("{magnitude:x}")),
            'X' => ("0X", format!("{magnitude:X}")),
            _ => ("", magnitude.to_string()),
        };
        let least = self.precision.unwrap_or(0);
        let digits = eco_format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
        let prefix = if self.sharp { prefix } else { "" };
        Ok(self.signed(negative, prefix, digits, self.zero && self.precision.is_none()))
    }

    /// The digits behind their sign and prefix, filled up to the width.
    fn signed(&self, negative: bool, prefix: &str, digits: EcoString, zeros: bool) -> EcoString {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let missing = self.width.saturating_sub(sign.len() + prefix.len() + digits.len());
        if self.minus {
            eco_format!("{sign}{prefix}{digits}{}", " ".repeat(missing))
        } else if zeros {
            eco_format!("{sign}{prefix}{}{digits}", "0".repeat(missing))
        } else {
            eco_format!("{}{sign}{prefix}{digits}", " ".repeat(missing))
        }
    }

    fn padded(&self, text: EcoString) -> EcoString {
        let missing = self.width.saturating_sub(clusters(&text).count());
        if missing == 0 {
            return text;
        }
        let filling = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { eco_format!("{text}{filling}") } else { eco_format!("{filling}{text}") }
    }
}

/// A number in the form of the verbs e, f and g.
fn float(number: Number, letter: char, precision: Option<usize>) -> EcoString {
    let text = match letter {
        'f' => match number {
            Number::Int(whole) => {
                let fraction = "0".repeat(precision.unwrap_or(6));
                let point = if fraction.is_empty() { "" } else { "." };
                eco_format!("{whole}{point}{fraction}")
            }
            Number::Float(value) => eco_format!("{value:.*}", precision.unwrap_or(6)),
        },
        'e' | 'E' => exponent(&format!("{:.*e}", precision.unwrap_or(6), number.as_f64())),
        _ => general(number, precision),
    };
    if letter.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

fn general(number: Number, precision: Option<usize>) -> EcoString {
    let value = number.as_f64();
    let scientific = match precision {
        Some(precision) => format!("{value:.*e}", precision.max(1) - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32;
    // Go writes an exponent from 10^precision on; without a precision, from 10^6 on.
    let most = precision.map_or(6, |precision| precision.max(1) as i32);
    if power < -4 || power >= most {
        return exponent(&format!("{mantissa}e{power}"));
    }
    match number {
        Number::Int(whole) if precision.is_none() => eco_format!("{whole}"),
        _ => eco_format!("{value:.*}", usize::try_from(digits - 1 - power).unwrap_or(0)),
    }
}

/// Rust's `1e5` as Go's `1e+05`.
fn exponent(text: &str) -> EcoString {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    eco_format!("{mantissa}e{sign}{power:0>2}")
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn verbs_are_go_verbs() {
        check(&[
            ("format(\"%s=%d %%\", \"a\", \"3\")", "\"a=3 %\""),
            ("format(\"%5d|%-5d|%05d|%+d|% d\", 7, 7, -7, 7, 7)", "\"    7|7    |-0007|+7| 7\""),
            ("format(\"%x %X %#x %o %b\", 254, 254, 254, 9, 5)", "\"fe FE 0xfe 11 101\""),
            ("format(\"%.2f %6.1f %e\", 2, 3.25, 1500)", "\"2.00    3.2 1.500000e+03\""),
            ("format(\"%g %g %.2g\", 0.5, 2000000, 123)", "\"0.5 2e+06 1.2e+02\""),
            ("format(\"%q %v %#v\", \"a<b\", \"x\", \"x\")", "\"\\\"a\\\\u003cb\\\" x \\\"x\\\"\""),
            ("format(\"%v %t\", [1, \"a\"], \"true\")", "\"[1,\\\"a\\\"] true\""),
            ("format(\"%-4s|%4s|%.1s\", \"ab\", \"é\", \"xyz\")", "\"ab  |   é|x\""),
            ("format(\"%[2]s%[1]s\", \"a\", \"b\")", "\"ba\""),
            ("format(\"%d\", 1.5)", "error: whole"),
            ("format(\"%s\")", "error: argument 1"),
            ("format(\"x\", 1)", "error: uses 0 of 1"),
            ("format(\"%z\", 1)", "error: unknown verb"),
            ("format(\"%99999d\", 1)", "error: at most"),
            ("format(\"%s\", null)", "?"),
            ("formatlist(\"%s-%s\", [\"a\", \"b\"], \"c\")", "[\"a-c\",\"b-c\"]"),
            ("formatlist(\"%s\", [var.open, \"b\"])[1]", "\"b\""),
            ("formatlist(\"%s%s\", [1], [1, 2])", "error: same length"),
        ]);
    }
}
