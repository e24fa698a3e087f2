//! Which accounts a run judges: one for all that it reads, or one for each environment that asks for it.

use std::collections::BTreeSet;

use super::Request;
use super::environments::Task;
use crate::evaluate::Resource;
use crate::graph;

/// The accounts that are judged: those of all resources where a profile is asked for, else those of each environment that
/// asks for one.
pub(super) fn judged(request: &Request, tasks: &[Task<'_>], resources: &[Resource]) -> Vec<Resource> {
    if !request.selected().profiles.is_empty() {
        return graph::accounts(resources, |_| true);
    }
    let asking: BTreeSet<usize> =
        tasks.iter().filter(|task| task.has_profile()).map(|task| task.values.position).collect();
    let of = |position: usize| {
        let is_of = move |one: &Resource| tasks.get(one.project).is_some_and(|task| task.values.position == position);
        graph::accounts(resources, is_of)
    };
    asking.into_iter().flat_map(of).collect()
}
