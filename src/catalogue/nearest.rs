//! The name that somebody meant who wrote another.

/// The name that shares most with what was written, if it shares enough: whole words of ids, or nearly all letters.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let words = |text: &str| text.split(['-', '_']).map(str::to_string).collect::<Vec<_>>();
    let asked = words(wanted);
    names
        .map(|name| {
            let distance = distance(wanted, name);
            let close = if distance <= 2 && distance < name.chars().count().min(wanted.chars().count()) {
                4 - distance
            } else {
                0
            };
            let shared = words(name).iter().filter(|word| asked.iter().any(|one| similar(one, word))).count();
            (close, shared, name)
        })
        .max_by_key(|(close, shared, name)| (*close, *shared, std::cmp::Reverse(name.len())))
        .filter(|(close, shared, _)| close + shared > 0)
        .map(|(_, _, name)| name)
}

/// Whether two words are the same but for their ends.
fn similar(one: &str, other: &str) -> bool {
    let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    common >= 3 && common + 2 >= one.chars().count().min(other.chars().count())
}

/// How many letters have to be put in, left out, exchanged or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(MAX_LETTERS).collect();
    let start: Vec<usize> = (0..=other.len()).collect();
    let mut rows = [Vec::new(), start];
    let mut last: Option<char> = None;
    for (at, letter) in one.chars().take(MAX_LETTERS).enumerate() {
        let mut row = vec![at + 1];
        for (place, theirs) in other.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = cell(&rows[1], place) + usize::from(letter != *theirs);
            best = best.min(cell(&rows[1], place + 1) + 1).min(cell(&row, place) + 1);
            let is_swap = last == Some(*theirs) && place > 0 && other.get(place - 1) == Some(&letter);
            if is_swap {
                best = best.min(cell(&rows[0], place - 1) + 1);
            }
            row.push(best);
        }
        let [_, previous] = rows;
        rows = [previous, row];
        last = Some(letter);
    }
    let [_, row] = rows;
    row.last().copied().unwrap_or(0)
}

/// Letters beyond this are not compared.
const MAX_LETTERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let names = ["public-bucket", "weak-tls", "select", "ignore", "fail_on", "exclude"];
        let cases = [
            ("public-buckets", Some("public-bucket")),
            ("bucket-public", Some("public-bucket")),
            ("igonre", Some("ignore")),
            ("slect", Some("select")),
            ("fail-on", Some("fail_on")),
            ("weaktls", Some("weak-tls")),
            ("colour", None),
        ];
        for (written, meant) in cases {
            assert_eq!(nearest(written, names.into_iter()), meant, "{written}");
        }
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
