//! Functions on timestamps. The present time is not known before the run.

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, text};
use super::{Context, Function, OnUnknown};
use crate::value::Value;

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("formatdate", 2, OnUnknown::Whole, formatdate),
    Function::exactly("plantimestamp", 0, OnUnknown::Whole, now),
    Function::exactly("timeadd", 2, OnUnknown::Whole, timeadd),
    Function::exactly("timecmp", 2, OnUnknown::Whole, timecmp),
    Function::exactly("timestamp", 0, OnUnknown::Whole, now),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

const DAY: i64 = 24 * 60 * 60;

fn now(_: &Context<'_>, _: &[Value]) -> Answer {
    Ok(Value::unknown("the time is known only when the tool is run"))
}

/// A moment and the distance from UTC in which it was written.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds since 1970.
    seconds: i64,
    nanoseconds: i64,
    /// Seconds east of Greenwich.
    offset: i64,
}

/// The parts of a moment as its clock shows them.
struct Clock {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    weekday: usize,
}

impl Moment {
    /// Reads a timestamp of RFC 3339.
    pub fn parse(text: &str) -> Option<Moment> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let part = bytes.get(from..to)?;
            part.iter()
                .all(u8::is_ascii_digit)
                .then(|| part.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
        };
        let at = |place: usize, wanted: u8| bytes.get(place).is_some_and(|&byte| byte == wanted);
        let shape = at(4, b'-') && at(7, b'-') && at(10, b'T') && at(13, b':') && at(16, b':');
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let length = match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !shape || !(1..=12).contains(&month) || !(1..=length).contains(&day) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanoseconds = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let end = fraction.find(|character: char| !character.is_ascii_digit())?;
            let (digits, after) = fraction.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
            nanoseconds = eco_format!("{digits:0<9}").get(..9)?.parse().ok()?;
            rest = after;
        }
        let offset = match rest {
            "Z" => 0,
            _ => {
                let (east, zone) = match rest.strip_prefix('+') {
                    Some(zone) => (1, zone),
                    None => (-1, rest.strip_prefix('-')?),
                };
                let (hours, minutes) = zone.split_once(':').filter(|parts| parts.0.len() == 2 && parts.1.len() == 2)?;
                let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                east * (i64::from(hours) * 3600 + i64::from(minutes) * 60)
            }
        };
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Moment { seconds, nanoseconds, offset })
    }

    fn clock(self) -> Clock {
        let local = self.seconds + self.offset;
        let (days, time) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let weekday = usize::try_from(days.rem_euclid(7)).unwrap_or_default();
        Clock { year, month, day, hour: time / 3600, minute: time / 60 % 60, second: time % 60, weekday }
    }

    /// The distance from UTC with that text between hours and minutes.
    fn zone(self, between: &str) -> EcoString {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        eco_format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }

    fn zone_or(self, utc: &str, between: &str) -> EcoString {
        if self.offset == 0 { utc.into() } else { self.zone(between) }
    }

    /// The timestamp without fractions of a second.
    pub fn show(self) -> EcoString {
        let clock = self.clock();
        eco_format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
            clock.year,
            clock.month,
            clock.day,
            clock.hour,
            clock.minute,
            clock.second,
            self.zone_or("Z", ":")
        )
    }
}

/// Days since 1970, by counting years from March so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn moment(arguments: &[Value], at: usize) -> Result<Moment, EcoString> {
    let text = text(arguments, at)?;
    Moment::parse(&text).ok_or_else(|| eco_format!("argument {} is not an RFC 3339 timestamp", at + 1))
}

fn timecmp(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (a, b) = (moment(arguments, 0)?, moment(arguments, 1)?);
    Ok(Value::number((a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds)) as i64))
}

fn timeadd(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let start = moment(arguments, 0)?;
    let more = duration(&text(arguments, 1)?)
        .ok_or("the duration must be like 1h30m, with the units h, m, s, ms, us or ns")?;
    let total = i128::from(start.seconds) * 1_000_000_000 + i128::from(start.nanoseconds) + more;
    let seconds = i64::try_from(total.div_euclid(1_000_000_000)).map_err(|_| "the time is out of range")?;
    Ok(Value::string(Moment { seconds, nanoseconds: 0, ..start }.show()))
}

/// Nanoseconds of a duration as Go writes it.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0_f64;
    let mut whole = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at_checked(end)?;
        let end = after.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let unit: i64 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        match number.parse::<i64>() {
            Ok(number) => whole += i128::from(number) * i128::from(unit),
            Err(_) => total += number.parse::<f64>().ok()? * unit as f64,
        }
        rest = after;
    }
    let sum = whole + total as i128;
    // Go's durations end at 292 years.
    (sum <= i128::from(i64::MAX)).then_some(if negative { -sum } else { sum })
}

fn formatdate(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let layout = text(arguments, 0)?;
    let moment = moment(arguments, 1)?;
    let clock = moment.clock();
    let mut out = EcoString::new();
    let mut rest = layout.as_str();
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let (literal, after) = literal(rest.get(1..).unwrap_or_default())?;
            out.push_str(&literal);
            rest = after;
            continue;
        }
        let end = if letter.is_ascii_alphabetic() {
            rest.find(|character| character != letter).unwrap_or(rest.len())
        } else {
            letter.len_utf8()
        };
        let (token, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push_str(&part(token, moment, &clock)?);
        rest = after;
    }
    Ok(Value::string(out))
}

/// A text in single quotes, after the first of them; two quotes stand for one.
fn literal(text: &str) -> Result<(EcoString, &str), EcoString> {
    let mut out = EcoString::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'').ok_or("the format has a quote that is not closed")?;
        out.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok((out, after)),
        }
    }
}

fn part(token: &str, moment: Moment, clock: &Clock) -> Result<EcoString, EcoString> {
    let month = usize::try_from(clock.month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    let weekday = WEEKDAYS.get(clock.weekday).copied().unwrap_or_default();
    let twelve = (clock.hour + 11) % 12 + 1;
    let morning = clock.hour < 12;
    Ok(match token {
        "YYYY" => eco_format!("{:04}", clock.year),
        "YY" => eco_format!("{:02}", clock.year % 100),
        "MMMM" => month.into(),
        "MMM" => month.get(..3).unwrap_or(month).into(),
        "MM" => eco_format!("{:02}", clock.month),
        "M" => eco_format!("{}", clock.month),
        "DD" => eco_format!("{:02}", clock.day),
        "D" => eco_format!("{}", clock.day),
        "EEEE" => weekday.into(),
        "EEE" => weekday.get(..3).unwrap_or(weekday).into(),
        "hh" => eco_format!("{:02}", clock.hour),
        "h" => eco_format!("{}", clock.hour),
        "HH" => eco_format!("{twelve:02}"),
        "H" => eco_format!("{twelve}"),
        "AA" => if morning { "AM" } else { "PM" }.into(),
        "aa" => if morning { "am" } else { "pm" }.into(),
        "mm" => eco_format!("{:02}", clock.minute),
        "m" => eco_format!("{}", clock.minute),
        "ss" => eco_format!("{:02}", clock.second),
        "s" => eco_format!("{}", clock.second),
        "Z" => moment.zone_or("Z", ":"),
        "ZZZ" => moment.zone_or("UTC", ""),
        "ZZZZ" => moment.zone(""),
        "ZZZZZ" => moment.zone(":"),
        _ if token.starts_with(|character: char| character.is_ascii_alphabetic()) => {
            return Err(eco_format!("the format has no verb {token}; put text in single quotes"));
        }
        _ => token.into(),
    })
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn times_are_computed() {
        check(&[
            (
                "formatdate(\"EEEE, D MMMM YYYY 'at' H:mm aa ZZZ\", \"2024-02-29T13:07:09Z\")",
                "\"Thursday, 29 February 2024 at 1:07 pm UTC\"",
            ),
            ("formatdate(\"YY/MM/DD hh.mm.ss Z\", \"1999-12-31T00:00:05-03:30\")", "\"99/12/31 00.00.05 -03:30\""),
            ("formatdate(\"'it''s' h\", \"1999-12-31T04:00:05Z\")", "\"it's 4\""),
            ("formatdate(\"W\", \"1999-12-31T04:00:05Z\")", "error: no verb W"),
            ("formatdate(\"D\", \"1999-02-29T04:00:05Z\")", "error: RFC 3339"),
            ("timeadd(\"2023-12-31T23:30:00+01:00\", \"45m\")", "\"2024-01-01T00:15:00+01:00\""),
            ("timeadd(\"2024-03-01T00:00:00Z\", \"-1h30m\")", "\"2024-02-29T22:30:00Z\""),
            ("timeadd(\"2024-03-01T00:00:00Z\", \"1w\")", "error: units"),
            ("timecmp(\"2024-01-01T00:00:00Z\", \"2024-01-01T01:00:00+01:00\")", "0"),
            ("timecmp(\"2024-01-01T00:00:00.5Z\", \"2024-01-01T00:00:00Z\")", "1"),
            ("timestamp()", "?"),
        ]);
    }
}
