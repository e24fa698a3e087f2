//! Suppressions: decisions to live with a finding, written in comments or in the metadata of resources, each with its
//! reason. They mark findings, which stay in the report; those that are wrong, past their day or of no use are told.

mod comment;
mod foreign;
mod metadata;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use ecow::{EcoString, eco_format};
use rayon::prelude::*;

use crate::catalogue::model::PolicyFile;
use crate::catalogue::nearest;
use crate::config::{Config, Date};
use crate::evaluate::{Code, Diagnostic};
use crate::graph::{Graph, NodeId};
use crate::judge::{Bench, Evidence, Finding, Suppressed};
use crate::source::{SourceId, SourceMap, Span};

/// What suppressions are looked for in, and held against.
pub struct Seen<'a> {
    /// The texts.
    pub sources: &'a SourceMap,
    /// The resources.
    pub graph: &'a Graph,
    /// All policies there are.
    pub policies: &'a [PolicyFile],
    /// Those that judged.
    pub bench: &'a Bench<'a>,
    /// Folders that nobody asked to check.
    pub outside: &'a BTreeSet<PathBuf>,
    /// What could not be read: what stands there may have had findings.
    pub errors: &'a [Diagnostic],
    /// What the project asks for, and its text.
    pub config: Option<(&'a Config, SourceId)>,
    /// Whether all that it is for was checked.
    pub is_whole: bool,
    /// Whether suppressions for other tools count.
    pub foreign: bool,
    /// The day it is.
    pub today: Date,
}

/// What a suppression says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    /// The policies, each with its place.
    policies: Vec<(EcoString, Span)>,
    /// Why.
    reason: EcoString,
    /// The last day on which it holds.
    until: Option<Date>,
}

/// A suppression and what it is for.
struct Suppression {
    written: Written,
    span: Span,
    scope: Scope,
    /// Whether it is written for another tool: that one may need it where nothing is found here.
    is_foreign: bool,
}

/// What a suppression is for.
enum Scope {
    /// What is found on a line, or in the resource that starts there.
    Line(SourceId, usize),
    /// What is found of a resource.
    Resource(NodeId),
    /// What is found of the resources that a place lies in.
    Around(Span),
    /// What a rule of phiguard.toml is for.
    Rule(usize),
}

/// Folders of what package managers and `terraform init` downloaded: what others wrote there decides nothing here.
const DOWNLOADED: &[&str] = &[".terraform", "node_modules"];

/// Marks the findings that are suppressed, and tells what is wrong with suppressions.
pub fn apply(seen: &Seen<'_>, findings: &mut [Finding<'_>]) -> Vec<Diagnostic> {
    let mut troubles = Vec::new();
    let suppressions = collect(seen, &mut troubles);
    if suppressions.is_empty() {
        return troubles;
    }
    let mut uses = Uses::default();
    let index = Index::new(seen, &suppressions);
    for finding in findings {
        let mut expired = Vec::new();
        for at in index.of(seen, finding) {
            let Some(suppression) = suppressions.get(at) else { continue };
            let Some((_, place)) =
                suppression.written.policies.iter().find(|(name, _)| name == finding.policy || name == finding.family)
            else {
                continue;
            };
            uses.used.insert(seen.place(*place));
            match suppression.written.until.filter(|until| *until < seen.today) {
                Some(until) => {
                    uses.expired.insert((at, until));
                    expired.push(Evidence { label: eco_format!("suppressed until {until}"), span: suppression.span });
                }
                None if finding.suppressed.is_none() => finding.suppressed = Some(suppression.mark()),
                None => {}
            }
        }
        if finding.suppressed.is_none() {
            finding.evidence.extend(expired);
        }
    }
    uses.tell(seen, &suppressions, &mut troubles);
    troubles
}

/// What the suppressions did.
#[derive(Default)]
struct Uses {
    /// The places of policies' names that met a finding. A file that is read twice counts once.
    used: BTreeSet<(PathBuf, u32)>,
    /// Those past their day that met one.
    expired: BTreeSet<(usize, Date)>,
}

impl Uses {
    fn tell(&self, seen: &Seen<'_>, suppressions: &[Suppression], troubles: &mut Vec<Diagnostic>) {
        for (at, until) in &self.expired {
            let Some(suppression) = suppressions.get(*at) else { continue };
            let message = eco_format!(
                "this suppression held until {until}, so what it suppressed is found again; mend that, or decide anew until when to live with it"
            );
            troubles.push(Diagnostic::at(Code::ExpiredSuppression, suppression.span, message));
        }
        let unread: BTreeSet<SourceId> =
            seen.errors.iter().filter(|error| error.code.is_unchecked()).map(|error| error.span.source).collect();
        for suppression in suppressions {
            for (name, place) in &suppression.written.policies {
                let is_rule = matches!(suppression.scope, Scope::Rule(_));
                let was_seen = !is_rule || (seen.is_whole && unread.is_empty());
                let is_told = !suppression.is_foreign
                    && was_seen
                    && seen.bench.has(name)
                    && !unread.contains(&place.source)
                    && !seen.is_outside(*place);
                if is_told && !self.used.contains(&seen.place(*place)) {
                    let message = eco_format!(
                        "{name} finds nothing here that this could suppress; remove it, or move it to the line of the finding, the line above it or above the resource"
                    );
                    troubles.push(Diagnostic::at(Code::UnusedSuppression, *place, message));
                }
            }
        }
    }
}

impl Suppression {
    fn mark(&self) -> Suppressed {
        Suppressed {
            reason: self.written.reason.clone(),
            until: self.written.until.map(|until| eco_format!("{until}")),
            span: self.span,
        }
    }
}

impl Seen<'_> {
    /// The file and offset of a place.
    fn place(&self, span: Span) -> (PathBuf, u32) {
        (self.sources.get(span.source).map(|source| source.path.clone()).unwrap_or_default(), span.start)
    }

    /// Whether a place lies where nobody asked to look.
    fn is_outside(&self, span: Span) -> bool {
        let path = self.sources.get(span.source).map(|source| source.path.as_path());
        path.is_some_and(|path| self.outside.iter().any(|folder| path.starts_with(folder)))
    }

    fn line(&self, source: SourceId, offset: u32) -> usize {
        self.sources.get(source).map_or(0, |source| source.lines().line(offset))
    }

    /// What is wrong with a suppression that can be read: it needs a reason, and policies that there are.
    fn check(&self, written: &mut Written, span: Span, troubles: &mut Vec<Diagnostic>) {
        if written.reason.trim().is_empty() {
            let message = "this suppression gives no reason, so it suppresses nothing; add reason=\"...\": why is it \
                           safe to live with this?";
            troubles.push(Diagnostic::at(Code::InvalidSuppression, span, message));
            written.policies.clear();
        }
        let locked =
            |name: &EcoString| self.config.is_some_and(|(config, _)| config.locked.iter().any(|id| *name == *id));
        let known = |name: &EcoString| self.policies.iter().any(|policy| policy.id == *name);
        written.policies.retain(|(name, place)| {
            let is_known = known(name);
            if !is_known {
                let ids = self.policies.iter().map(|policy| policy.id.as_str());
                let near = nearest(name, ids).map(|near| eco_format!("is it {near}? ")).unwrap_or_default();
                let message = eco_format!("there is no policy \"{name}\"; {near}`phiguard policies` lists them");
                troubles.push(Diagnostic::at(Code::InvalidSuppression, *place, message));
            }
            let is_locked = locked(name);
            if is_locked {
                let message = eco_format!("{name} is locked in phiguard.toml, so nobody may suppress it");
                troubles.push(Diagnostic::at(Code::InvalidSuppression, *place, message));
            }
            is_known && !is_locked
        });
    }
}

/// All suppressions that can be understood, in the order of their sources.
fn collect(seen: &Seen<'_>, troubles: &mut Vec<Diagnostic>) -> Vec<Suppression> {
    let all: Vec<_> = seen.sources.iter().collect();
    let found: Vec<_> = all
        .into_par_iter()
        .filter(|(_, source)| !is_downloaded(&source.path))
        .flat_map_iter(|(id, source)| comment::read(id, source).into_iter().map(move |directive| (id, directive)))
        .collect();
    let mut suppressions = Vec::new();
    let mut add = |span: Span, scope: Scope, read: Result<Written, (Span, EcoString)>| match read {
        Err((at, message)) => troubles.push(Diagnostic::at(Code::InvalidSuppression, at, message)),
        Ok(mut written) => {
            seen.check(&mut written, span, troubles);
            if !written.policies.is_empty() {
                suppressions.push(Suppression { written, span, scope, is_foreign: false });
            }
        }
    };
    for (id, directive) in found {
        add(directive.span, Scope::Line(id, directive.line), directive.read);
    }
    for (id, resource) in seen.graph.resources.iter().enumerate() {
        for (span, read) in metadata::read(resource) {
            add(span, Scope::Resource(id), read);
        }
    }
    for (at, rule) in seen.config.iter().flat_map(|(config, _)| &config.rules).enumerate() {
        let span =
            |range: &Range<usize>| seen.config.map_or(Span::NONE, |(_, id)| Span::new(id, range.start, range.end));
        let (name, place) = &rule.policy;
        let policies = vec![(name.into(), span(place))];
        let written = Written { policies, reason: rule.reason.as_str().into(), until: rule.until };
        suppressions.push(Suppression { written, span: span(place), scope: Scope::Rule(at), is_foreign: false });
    }
    if seen.foreign {
        suppressions.extend(foreign(seen));
    }
    suppressions
}

/// The suppressions for other tools. What is locked is not theirs to suppress.
fn foreign(seen: &Seen<'_>) -> Vec<Suppression> {
    let crosswalk = foreign::Crosswalk::new(seen.policies);
    let all: Vec<_> = seen.sources.iter().collect();
    let own = all.into_par_iter().filter(|(_, source)| !is_downloaded(&source.path));
    let mut found: Vec<_> = own.flat_map_iter(|(id, source)| foreign::in_comments(id, source, &crosswalk)).collect();
    for (id, resource) in seen.graph.resources.iter().enumerate() {
        found.extend(foreign::in_metadata(id, resource, &crosswalk));
    }
    let is_locked =
        |name: &EcoString| seen.config.is_some_and(|(config, _)| config.locked.iter().any(|id| *name == *id));
    let open = found.into_iter().map(|mut one| {
        one.written.policies.retain(|(name, _)| !is_locked(name));
        Suppression { written: one.written, span: one.span, scope: one.scope, is_foreign: true }
    });
    open.filter(|suppression| !suppression.written.policies.is_empty()).collect()
}

/// Whether a file is one that package managers brought.
fn is_downloaded(path: &Path) -> bool {
    path.components().any(|part: Component<'_>| DOWNLOADED.iter().any(|name| part.as_os_str() == *name))
}

/// The suppressions by what they are for.
struct Index {
    lines: BTreeMap<(SourceId, usize), Vec<usize>>,
    resources: BTreeMap<NodeId, Vec<usize>>,
    /// Those that lie in what they are for, each with its place.
    around: Vec<(usize, Span)>,
    /// Those of rules, each with its rule.
    rules: Vec<(usize, usize)>,
    /// The headers and declarations of the resources in the sources that have suppressions on lines.
    blocks: BTreeMap<SourceId, BTreeSet<(Span, Span)>>,
}

impl Index {
    fn new(seen: &Seen<'_>, suppressions: &[Suppression]) -> Index {
        let mut index = Index {
            lines: BTreeMap::new(),
            resources: BTreeMap::new(),
            around: Vec::new(),
            rules: Vec::new(),
            blocks: BTreeMap::new(),
        };
        for (at, suppression) in suppressions.iter().enumerate() {
            match suppression.scope {
                Scope::Line(source, line) => {
                    index.lines.entry((source, line)).or_default().push(at);
                    index.blocks.entry(source).or_default();
                }
                Scope::Resource(id) => index.resources.entry(id).or_default().push(at),
                Scope::Around(span) => index.around.push((at, span)),
                Scope::Rule(rule) => index.rules.push((at, rule)),
            }
        }
        for resource in &seen.graph.resources {
            if let Some(blocks) = index.blocks.get_mut(&resource.span.source) {
                blocks.insert((resource.header, resource.span));
            }
        }
        index
    }

    /// The suppressions that may be for a finding, in their order.
    fn of(&self, seen: &Seen<'_>, finding: &Finding<'_>) -> BTreeSet<usize> {
        let mut lines: BTreeSet<(SourceId, usize)> = BTreeSet::new();
        let mut on = |span: Span| {
            lines.insert((span.source, seen.line(span.source, span.start)));
        };
        let own = seen.graph.resources.get(finding.resource);
        let mut places = vec![finding.span];
        // A finding that is shown where a module is called stands in the module all the same.
        if let Some(own) = own.filter(|own| own.span.source != finding.span.source) {
            let inside = |evidence: &&Evidence| is_within(evidence.span, own.span);
            places.extend(finding.evidence.iter().filter(inside).map(|evidence| evidence.span));
        }
        let around = self.blocks.get(&finding.span.source).into_iter().flatten().copied();
        let around = around.filter(|(_, span)| is_within(finding.span, *span));
        for (header, span) in own.map(|own| (own.header, own.span)).into_iter().chain(around) {
            on(header);
            on(span);
        }
        places.into_iter().for_each(on);
        let of_lines = lines.iter().filter_map(|line| self.lines.get(line)).flatten();
        let of_resource = self.resources.get(&finding.resource).into_iter().flatten();
        let is_for = |rule: usize| {
            let rule = seen.config.and_then(|(config, _)| config.rules.get(rule));
            let places = [finding.span].into_iter().chain(own.map(|own| own.header));
            let files = places.filter_map(|place| seen.sources.get(place.source));
            let files: Vec<&Path> = files.map(|source| source.path.as_path()).collect();
            rule.zip(own).is_some_and(|(rule, own)| rule.is_for(&own.address, &files))
        };
        let of_rules = self.rules.iter().filter(|(_, rule)| is_for(*rule)).map(|(at, _)| at);
        let inside = |place: Span| own.is_some_and(|own| is_within(place, own.span));
        let around = self.around.iter().filter(|(_, place)| inside(*place)).map(|(at, _)| at);
        of_lines.chain(of_resource).chain(around).chain(of_rules).copied().collect()
    }
}

fn is_within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}
