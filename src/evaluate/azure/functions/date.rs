//! Dates and durations, by the Gregorian calendar and ISO 8601.

use ecow::{EcoString, eco_format};

use super::arguments::{string, text, whole};
use super::{Answer, Function, OnUnknown};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::between("dateTimeAdd", (2, 3), OnUnknown::Whole, add),
    Function::exactly("dateTimeFromEpoch", 1, OnUnknown::Whole, |arguments| {
        let seconds = whole(arguments, 0)?;
        if !(EARLIEST..=LATEST).contains(&seconds) {
            return Err("the date lies outside the years 1 to 9999".into());
        }
        string(Moment::from_epoch(seconds).iso())
    }),
    Function::exactly("dateTimeToEpoch", 1, OnUnknown::Whole, |arguments| {
        let written = text(arguments, 0)?;
        let seconds = parse(written).ok_or_else(|| eco_format!("\"{written}\" is no date of ISO 8601"))?;
        Ok(Value::number(seconds))
    }),
    Function::between("utcNow", (0, 1), OnUnknown::Whole, |_| Ok(Value::unknown("utcNow differs at each deployment"))),
];

const DAY: i64 = 86_400;
/// The first second of the year 1 and the last of the year 9999.
const EARLIEST: i64 = -62_135_596_800;
const LATEST: i64 = 253_402_300_799;

/// A moment in UTC.
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// Seconds since midnight.
    seconds: i64,
}

impl Moment {
    fn from_epoch(epoch: i64) -> Moment {
        // Years are counted from March, so that the leap day is a year's last.
        let days = epoch.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Moment {
            year: year + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
            seconds: epoch.rem_euclid(DAY),
        }
    }

    fn epoch(&self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        days * DAY + self.seconds
    }

    fn clock(&self) -> (i64, i64, i64) {
        (self.seconds / 3_600, self.seconds / 60 % 60, self.seconds % 60)
    }

    fn iso(&self) -> EcoString {
        let (hour, minute, second) = self.clock();
        let (year, month, day) = (self.year, self.month, self.day);
        eco_format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// The moment in a format of .NET; None where that has parts which are not known here.
    fn format(&self, pattern: &str) -> Option<EcoString> {
        let (hour, minute, second) = self.clock();
        let mut text = EcoString::new();
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            let length = rest.len() - rest.trim_start_matches(first).len();
            let (run, after) = rest.split_at(length);
            rest = after;
            match (first, run.chars().count()) {
                ('y', 4) => text.push_str(&format!("{:04}", self.year)),
                ('y', 2) => text.push_str(&format!("{:02}", self.year % 100)),
                ('M', 2) => text.push_str(&format!("{:02}", self.month)),
                ('d', 2) => text.push_str(&format!("{:02}", self.day)),
                ('H', 2) => text.push_str(&format!("{hour:02}")),
                ('m', 2) => text.push_str(&format!("{minute:02}")),
                ('s', 2) => text.push_str(&format!("{second:02}")),
                ('-' | ':' | '.' | ' ' | 'T' | 'Z' | '_' | ',', _) => text.push_str(run),
                _ => return None,
            }
        }
        Some(text)
    }
}

/// Seconds since 1970 of a date with or without a time and a zone.
fn parse(text: &str) -> Option<i64> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let mut parts = date.split('-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || year < 1 || parts.next().is_some() {
        return None;
    }
    let mut moment = Moment { year, month, day, seconds: 0 };
    if rest.is_empty() {
        return Some(moment.epoch());
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone);
    // Fractions of a second are dropped: no duration here has any.
    let mut parts = time.split('.').next()?.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    moment.seconds = hour * 3_600 + minute * 60 + second;
    let offset = match zone.get(..1) {
        None | Some("Z" | "z") => 0,
        Some(sign) => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let offset = number(hours)? * 3_600 + number(minutes)? * 60;
            if sign == "-" { -offset } else { offset }
        }
    };
    Some(moment.epoch() - offset)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// The months and seconds of a duration such as `P1Y2M3DT4H5M6S`.
fn duration(text: &str) -> Option<(i64, i64)> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty() && !rest.ends_with('T'))?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let (mut months, mut seconds) = (0i64, 0i64);
    for (part, is_time) in [(days, false), (time, true)] {
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (count, unit) = (number(rest.get(..end)?)?, rest.get(end..end + 1)?);
            rest = rest.get(end + 1..)?;
            match (unit, is_time) {
                ("Y", false) => months += count * 12,
                ("M", false) => months += count,
                ("W", false) => seconds += count * 7 * DAY,
                ("D", false) => seconds += count * DAY,
                ("H", true) => seconds += count * 3_600,
                ("M", true) => seconds += count * 60,
                ("S", true) => seconds += count,
                _ => return None,
            }
        }
    }
    Some((sign * months, sign * seconds))
}

fn add(arguments: &[Value]) -> Answer {
    let (base, added) = (text(arguments, 0)?, text(arguments, 1)?);
    let base = parse(base).ok_or_else(|| eco_format!("\"{base}\" is no date of ISO 8601"))?;
    let (months, seconds) = duration(added).ok_or_else(|| eco_format!("\"{added}\" is no duration of ISO 8601"))?;
    let mut moment = Moment::from_epoch(base);
    if months != 0 {
        let total = moment.year * 12 + moment.month - 1 + months;
        (moment.year, moment.month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        // The last day of January plus a month is the last day of February.
        let next = Moment { year: moment.year, month: moment.month, day: 1, seconds: 0 }.epoch() + 31 * DAY;
        let beyond = Moment::from_epoch(next);
        let longest = if beyond.month == moment.month { 31 } else { 31 - (beyond.day - 1) };
        moment.day = moment.day.min(longest);
    }
    let epoch = moment.epoch() + seconds;
    if !(EARLIEST..=LATEST).contains(&epoch) {
        return Err("the date lies outside the years 1 to 9999".into());
    }
    let moment = Moment::from_epoch(epoch);
    if arguments.len() < 3 {
        return string(moment.iso());
    }
    let pattern = text(arguments, 2)?;
    match moment.format(pattern) {
        Some(text) => string(text),
        None => Ok(Value::unknown(eco_format!("the format \"{pattern}\" is not computed"))),
    }
}
