//! The catalogue that the build checked and put into the program. A run reads only the kinds that it needs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::Catalogue;
use super::model::{KindFile, PolicyFile};
use super::needed::{self, Needed};
use super::secrets::Secrets;
use super::services::{Lookup, ServiceOf, Services};

/// What went wrong with the embedded data; a fault of the build.
pub type Broken = &'static str;

/// What is read on first use.
type Read<T> = Result<T, String>;

/// What the build writes: `KINDS`, the text of each kind; `TYPES`, which kinds have to do with a type;
/// `SERVICES_EXACT` and `SERVICES_PREFIX`.
mod built {
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

static BRIEF: LazyLock<Read<Vec<PolicyFile>>> =
    LazyLock::new(|| read(include_str!(concat!(env!("OUT_DIR"), "/brief.json"))));

static SECRETS: LazyLock<Read<Secrets>> =
    LazyLock::new(|| read(include_str!(concat!(env!("OUT_DIR"), "/secrets.json"))));

static KINDS: LazyLock<Vec<OnceLock<Read<KindFile>>>> =
    LazyLock::new(|| built::KINDS.iter().map(|_| OnceLock::new()).collect());

static CATALOGUE: LazyLock<Read<Catalogue>> = LazyLock::new(|| {
    let table = |rows: &[super::services::Row<'_>]| -> BTreeMap<String, ServiceOf> {
        let row = |&(type_, service, covered): &super::services::Row<'_>| {
            (type_.to_string(), ServiceOf { service: service.into(), covered: covered.into() })
        };
        rows.iter().map(row).collect()
    };
    Ok(Catalogue {
        kinds: built::KINDS.par_iter().map(|text| read(text)).collect::<Read<_>>()?,
        policies: BRIEF.clone()?,
        safeguards: read(include_str!(concat!(env!("OUT_DIR"), "/safeguards.json")))?,
        services: Services { exact: table(built::SERVICES_EXACT), prefix: table(built::SERVICES_PREFIX) },
        secrets: SECRETS.clone()?,
    })
});

static POLICIES: LazyLock<Read<BTreeMap<String, PolicyFile>>> =
    LazyLock::new(|| read(include_str!(concat!(env!("OUT_DIR"), "/policies.json"))));

fn read<T: DeserializeOwned>(text: &str) -> Read<T> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// All of it, the policies without their long texts. Read on first use.
pub fn catalogue() -> Result<&'static Catalogue, Broken> {
    CATALOGUE.as_ref().map_err(String::as_str)
}

/// What a run needs that meets these types, of a catalogue of its own or of the embedded one; of that, each kind is read
/// on its first use.
pub fn needed<'t>(
    own: Option<&'static Catalogue>,
    types: impl Iterator<Item = &'t str>,
) -> Result<Needed<'static>, Broken> {
    if let Some(own) = own {
        return Ok(Needed::all(own));
    }
    let wanted = wanted(types);
    let (policies, kinds) = rayon::join(|| BRIEF.as_deref().map_err(String::as_str), || kinds(&wanted));
    Ok(Needed {
        kinds: kinds?,
        policies: policies?,
        services: Lookup { exact: Cow::Borrowed(built::SERVICES_EXACT), prefix: Cow::Borrowed(built::SERVICES_PREFIX) },
        secrets: SECRETS.as_ref().map_err(String::as_str)?,
    })
}

/// The places of the kinds that have to do with these types.
fn wanted<'t>(types: impl Iterator<Item = &'t str>) -> BTreeSet<usize> {
    let mut wanted = BTreeSet::new();
    for type_ in types {
        if needed::is_extension(type_) {
            return (0..built::KINDS.len()).collect();
        }
        let key = needed::key(type_);
        let row =
            built::TYPES.binary_search_by(|(there, _)| (*there).cmp(&key)).ok().and_then(|at| built::TYPES.get(at));
        wanted.extend(row.into_iter().flat_map(|(_, kinds)| kinds.iter().copied()));
    }
    wanted
}

fn kinds(wanted: &BTreeSet<usize>) -> Result<Vec<&'static KindFile>, Broken> {
    let one = |at: &usize| -> Option<Result<&'static KindFile, Broken>> {
        let (cell, text) = (KINDS.get(*at)?, built::KINDS.get(*at)?);
        Some(cell.get_or_init(|| read(text)).as_ref().map_err(String::as_str))
    };
    // The order is that of the catalogue.
    wanted.par_iter().filter_map(one).collect()
}

/// What can be said without any resource: the policies, without their long texts and examples, and the services.
pub fn listed(own: Option<&'static Catalogue>) -> Result<Needed<'static>, Broken> {
    needed(own, std::iter::empty())
}

/// The policies with all their texts and examples, by id. Read on first use.
pub fn policies() -> Result<&'static BTreeMap<String, PolicyFile>, Broken> {
    POLICIES.as_ref().map_err(String::as_str)
}
