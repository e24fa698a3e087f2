//! Policies that are judged once for an account: of what it needs, what is declared nowhere in the scan.

use ecow::{EcoString, eco_format};
use serde_json::Value as Json;

use super::{Judged, NodeLookup};
use crate::catalogue::model::PolicyFile;
use crate::catalogue::provider;
use crate::catalogue::requirement::{PIECES, Requirement};
use crate::condition::{self, Tested};
use crate::graph::NodeId;
use crate::value::Truth;

/// What a policy says of an account: that something is missing, or cannot be told to be there. None for an account of a
/// provider of which it asks nothing.
pub(super) fn outcome<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId) -> Option<Tested<'p>> {
    let met = asked(judged, policy, id).map(|(_, met)| met).reduce(Truth::and)?;
    Some(Tested { truth: !met, deciding: Vec::new() })
}

/// What is declared nowhere, in words.
pub(super) fn missing<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId) -> Vec<&'p str> {
    words(judged, policy, id, Truth::False)
}

/// Why an outcome is not known; None for what is no policy of accounts.
pub(super) fn not_known(judged: &Judged<'_, '_>, policy: &PolicyFile, id: NodeId) -> Option<EcoString> {
    let unknown = words(judged, policy, id, Truth::Unknown).join(", ");
    let why = match judged.has_gaps {
        true => "a part of the scan could not be read, and may declare",
        false => "it hangs on what is not known whether this is declared:",
    };
    (!unknown.is_empty()).then(|| eco_format!("{why} {unknown}"))
}

fn words<'p>(judged: &Judged<'_, '_>, policy: &'p PolicyFile, id: NodeId, truth: Truth) -> Vec<&'p str> {
    asked(judged, policy, id).filter(|(_, met)| *met == truth).map(|(one, _)| one.what.as_str()).collect()
}

/// What is asked of an account, and whether it is met.
fn asked<'p>(
    judged: &Judged<'_, '_>,
    policy: &'p PolicyFile,
    id: NodeId,
) -> impl Iterator<Item = (&'p Requirement, Truth)> {
    let pieces = policy.parameters.get(PIECES).and_then(Json::as_array);
    let account = judged.graph.resources.get(id).and_then(|account| provider(&account.type_));
    let is_asked = move |one: &&Requirement| {
        Some(one.provider.as_str()) == account
            && pieces.is_some_and(|pieces| pieces.iter().any(|piece| piece.as_str() == Some(&one.piece)))
    };
    policy.requires.iter().filter(is_asked).filter_map(move |one| {
        let node = judged.nodes.get(id)?;
        let seen = NodeLookup { judged, node, id, parameters: &policy.parameters, is_strict: false };
        let met = condition::evaluate(&one.met, &seen).map_or(Truth::False, |tested| tested.truth);
        // What is not here may be where nobody could look.
        Some((one, if judged.has_gaps && met == Truth::False { Truth::Unknown } else { met }))
    })
}
