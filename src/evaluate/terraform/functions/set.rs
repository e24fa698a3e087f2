//! Functions that treat lists as sets.

use super::arguments::{Answer, check_count, holds_sensitive, sequence, unknown_like};
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::{elements, operators};
use crate::value::{ListKind, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::at_least("setintersection", 1, OnUnknown::Whole, setintersection),
    Function::at_least("setproduct", 2, OnUnknown::Top, setproduct),
    Function::exactly("setsubtract", 2, OnUnknown::Top, setsubtract),
    Function::at_least("setunion", 1, OnUnknown::Top, setunion),
];

/// The arguments as sequences whose elements all have one type.
fn of_one_type(arguments: &[Value]) -> Result<Vec<Vec<Value>>, ecow::EcoString> {
    let mut lengths = Vec::with_capacity(arguments.len());
    let mut all = Vec::new();
    for at in 0..arguments.len() {
        let list = sequence(arguments, at)?;
        lengths.push(list.items.len());
        // Each is a set before they are brought together.
        all.extend(elements::converted(list.items.to_vec()).ok_or("the elements have no type in common")?);
    }
    check_count(all.len())?;
    let mut all = elements::converted(all).ok_or("the elements have no type in common")?.into_iter();
    Ok(lengths.into_iter().map(|length| all.by_ref().take(length).collect()).collect())
}

fn setintersection(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut sets = of_one_type(arguments)?.into_iter();
    let mut kept = sets.next().unwrap_or_default();
    for set in sets {
        kept.retain(|item| set.contains(item));
    }
    Ok(elements::set_of_one_type(kept))
}

fn setsubtract(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let sets = of_one_type(arguments)?;
    let [from, taken] = sets.as_slice() else { return Err("two sets are needed".into()) };
    let mut kept = Vec::new();
    for item in from {
        let mut open = None;
        let mut found = false;
        for other in taken {
            match operators::equal(item, other) {
                Some(true) => found = true,
                Some(false) => {}
                None => open = Some(if item.first_unknown().is_some() { item } else { other }),
            }
        }
        match open {
            _ if found => {}
            Some(unknown) => return Ok(unknown_like(unknown)),
            None => kept.push(item.clone()),
        }
    }
    Ok(elements::set_of_one_type(kept))
}

fn setunion(_: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(elements::set_of_one_type(of_one_type(arguments)?.into_iter().flatten().collect()))
}

fn setproduct(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut sets = true;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for at in 0..arguments.len() {
        let list = sequence(arguments, at)?;
        sets &= list.kind == ListKind::Set;
        check_count(rows.len().saturating_mul(list.items.len()))?;
        let items = elements::converted(list.items.to_vec()).ok_or("the elements have no type in common")?;
        rows = rows
            .iter()
            .flat_map(|row| {
                items.iter().map(move |item| {
                    let mut longer = row.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let sensitive = row.iter().any(holds_sensitive);
            Value::list(row, ListKind::Tuple).with_sensitive(sensitive)
        })
        .collect();
    Ok(if sets { elements::set_of_one_type(rows) } else { Value::list(rows, ListKind::List) })
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn sets_are_sorted_and_have_one_type() {
        check(&[
            ("setunion([\"b\", \"a\"], [1])", "[\"1\",\"a\",\"b\"]"),
            ("setintersection([3, 2, 1], [1, 3])", "[1,3]"),
            ("setsubtract([\"a\", \"b\"], [\"b\", \"c\"])", "[\"a\"]"),
            ("setsubtract([\"a\"], [var.open])", "?"),
            ("setproduct([1, 2], [\"x\"])", "[[1,\"x\"],[2,\"x\"]]"),
            ("setproduct(range(200), range(200))", "error: elements"),
        ]);
    }
}
