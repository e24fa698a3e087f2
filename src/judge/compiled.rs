//! What is found in a template that was compiled from a source beside it: it is told once, on the source.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::{Evidence, Finding, Judged, Outcome};

/// A template that was compiled, as projects: the template and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The template.
    pub template: usize,
    /// What it is compiled from.
    pub source: usize,
}

/// What two findings have in common that say the same of one resource in two dialects: names that are not known are
/// compared with any.
type Key<'f> = (usize, &'f str, Outcome, EcoString);

/// The findings without those of a template that its source has too; these get it as evidence. What only the template
/// has, it may have been compiled from something else since, stays.
pub fn compiled<'p>(findings: Vec<Finding<'p>>, judged: &Judged<'_, '_>, pairs: &[Compiled]) -> Vec<Finding<'p>> {
    if pairs.is_empty() {
        return findings;
    }
    let resource = |finding: &Finding<'_>| judged.graph.resources.get(finding.resource);
    let key = |finding: &Finding<'p>, project: usize| -> Option<Key<'p>> {
        Some((project, finding.policy, finding.outcome, resource(finding)?.type_.to_ascii_lowercase()))
    };
    let source_of = |finding: &Finding<'_>| {
        let project = resource(finding)?.project;
        pairs.iter().find(|pair| pair.template == project).map(|pair| pair.source)
    };
    let mut open: BTreeMap<Key<'p>, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let project = resource(finding).map(|resource| resource.project);
        let is_source = project.is_some_and(|project| pairs.iter().any(|pair| pair.source == project));
        if let Some(key) = project.filter(|_| is_source).and_then(|project| key(finding, project)) {
            open.entry(key).or_default().push(at);
        }
    }
    let name = |at: usize| {
        let known = findings.get(at).and_then(resource).and_then(|resource| resource.name.as_deref());
        known.map(str::to_ascii_lowercase)
    };
    let mut told: BTreeMap<usize, Vec<Evidence>> = BTreeMap::new();
    let mut twice: Vec<bool> = vec![false; findings.len()];
    for (at, finding) in findings.iter().enumerate() {
        let found = source_of(finding).and_then(|source| key(finding, source)).and_then(|key| open.get_mut(&key));
        let Some(candidates) = found else { continue };
        let own = name(at);
        let equal = candidates.iter().position(|there| name(*there) == own);
        let place = equal.or_else(|| candidates.iter().position(|there| own.is_none() || name(*there).is_none()));
        let Some(place) = place else { continue };
        let there = candidates.remove(place);
        let template = judged.sources.name(finding.span);
        let label = eco_format!("the same in {template}, which is compiled from this");
        told.entry(there).or_default().push(Evidence { label, span: finding.span });
        if let Some(twice) = twice.get_mut(at) {
            *twice = true;
        }
    }
    let kept = findings.into_iter().zip(twice).enumerate().filter(|(_, (_, twice))| !twice);
    kept.map(|(at, (mut finding, _))| {
        finding.evidence.extend(told.remove(&at).unwrap_or_default());
        finding
    })
    .collect()
}
