//! Verification: walks the digest chains that have something new and stores what they prove.

mod beginning;
mod stops;

use crate::collect::collect_named;
use crate::services::Services;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::chain::{
    ChainDigest, ChainInput, ChainVerdict, CollectedFile, DIGEST_PERIOD, ObjectName, RecordedStop,
    verify_chain,
};
use orgtrail_domain::digest::{ListedFile, PreviousDigest, Problem, ProblemKind};
use orgtrail_domain::regions::OPT_IN;
use orgtrail_shared::organization::AccountKind;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_storage::Scope;
use orgtrail_storage::chains::{
    ChainDigestRow, ChainFileRow, ChainResult, ChainRow, CoverageRow, TrailKeyRow, TrailRow,
};
use orgtrail_storage::organizations::AccountRow;
use orgtrail_storage::sources::SourceRow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use stops::{TrailCall, TrailIdentity};

/// How long after the end of its hour a digest may arrive.
///
/// Source: CloudTrail User Guide: digests come hourly; log files within about 15 minutes, not guaranteed.
pub const GRACE: TimeDelta = TimeDelta::hours(2);

/// How often a chain without anything new is looked at again, because time itself turns *pending* into *missing*.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(5);

/// How many failed chains are named.
const FAILURES_SHOWN: usize = 5;

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerificationSummary {
    /// Chains that were walked.
    pub chains: u64,
    /// Chains that are not wholly proven.
    pub unproven: u64,
    /// Chains that could not be walked, or not wholly, and why. The others were.
    pub failures: Vec<ChainFailure>,
}

/// Why a chain could not be walked wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFailure {
    /// The account's number.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The trail; empty when no digest has named it.
    pub trail: String,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for ChainFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, region, trail, reason } = self;
        write!(formatter, "the chain {account}/{region}/{trail}: {reason}")
    }
}

impl VerificationSummary {
    /// All failures in one text of bounded length; `None` when there are none.
    pub fn failure(&self) -> Option<String> {
        let shown: Vec<String> =
            self.failures.iter().take(FAILURES_SHOWN).map(ToString::to_string).collect();
        let more = match self.failures.len() - shown.len() {
            0 => String::new(),
            more => format!("; and {more} more chains"),
        };
        (!shown.is_empty()).then(|| format!("{}{more}", shown.join("; ")))
    }
}

/// Verifies every chain that is due.
///
/// # Errors
///
/// When the database fails; chains that were done stay done. What keeps single chains from being walked is in the summary.
pub async fn verify_due_chains(services: &Services) -> anyhow::Result<VerificationSummary> {
    let now = services.clock.now();
    let sources = services.database.sources().await?;
    for source in sources.iter().filter(|source| source.kind != "loose" && source.expects_digests) {
        expect_silent_accounts(services, source).await?;
    }
    let chains = services.database.chains_to_verify(now - AGAIN_AFTER).await?;
    let mut context = ChainContext::default();
    for chain in &chains {
        context.load(services, chain.organization_id).await?;
    }
    // Stops count only when the files that hold them are proven, so the chains of those files come first, and once
    // more when what they proved makes a difference to themselves.
    let (witnesses, others) = context.split_witnesses(services, &chains).await?;
    let mut pass =
        Pass { services, sources: &sources, now, context, summary: VerificationSummary::default() };
    pass.run(&witnesses).await?;
    if pass.context.reload_calls(services).await? {
        pass.summary = VerificationSummary::default();
        pass.run(&witnesses).await?;
    }
    pass.run(&others).await?;
    Ok(pass.summary)
}

/// One run over the chains that are due.
struct Pass<'a> {
    services: &'a Services,
    sources: &'a [SourceRow],
    now: DateTime<Utc>,
    context: ChainContext,
    summary: VerificationSummary,
}

impl Pass<'_> {
    /// Walks chains. A chain that fails keeps no other from being walked.
    async fn run(&mut self, chains: &[&ChainRow]) -> anyhow::Result<()> {
        let sources = self.sources;
        for chain in chains {
            let source = sources.iter().find(|source| source.source_id == chain.source_id);
            let Some(source) = source else { continue };
            let reason = match self.verify(source, chain).await {
                Ok(reason) => reason,
                Err(error) => {
                    // The mark was cleared before the chain was read; whatever came is still to be looked at.
                    self.services.database.mark_stale(chain.chain_id).await?;
                    Some(format!("{error:#}"))
                }
            };
            let account = self.context.accounts.get(&chain.account_id);
            self.summary.failures.extend(reason.map(|reason| ChainFailure {
                account: account.map(|account| account.number.clone()).unwrap_or_default(),
                region: chain.region.clone(),
                trail: chain.trail.clone(),
                reason,
            }));
        }
        Ok(())
    }

    /// Walks one chain and stores what it proves. Gives back what could not be looked at.
    async fn verify(
        &mut self,
        source: &SourceRow,
        chain: &ChainRow,
    ) -> anyhow::Result<Option<String>> {
        let database = &self.services.database;
        let (verdict, unfetchable) = if chain.is_shadowed {
            database.begin_verification(chain.chain_id).await?;
            (ChainVerdict::default(), Vec::new())
        } else {
            Box::pin(verify_one(self.services, source, chain, &mut self.context)).await?
        };
        database.save_verification(chain, &to_result(&verdict), self.now).await?;
        self.summary.chains += 1;
        self.summary.unproven += u64::from(!verdict.is_proven());
        let count = unfetchable.len();
        Ok(unfetchable.first().map(|(name, reason)| {
            format!(
                "{count} objects that digests name could not be fetched, such as {name}: {reason}"
            )
        }))
    }
}

/// An account that delivers nothing, or nothing from a Region, has no chain there; its silence must be seen, so it gets
/// one.
async fn expect_silent_accounts(services: &Services, source: &SourceRow) -> anyhow::Result<()> {
    let database = &services.database;
    let (organization_id, source_id) = (source.organization_id, source.source_id);
    for (trail, region) in database.expected_regions(source_id, &OPT_IN).await? {
        database.ensure_expected_chains(organization_id, source_id, &region, &trail).await?;
    }
    Ok(())
}

/// What is the same for all chains of an organization.
#[derive(Default)]
struct ChainContext {
    accounts: HashMap<i32, AccountRow>,
    /// By organization: the number of the management account.
    management: HashMap<i32, String>,
    /// By organization: calls that may have stopped or started a trail.
    calls: HashMap<i32, Vec<TrailCall>>,
    /// By source: finding out reads every digest of it, which is too much for every chain.
    trails: HashMap<i32, Vec<TrailRow>>,
    /// By source and trail, for the same reason.
    keys: HashMap<(i32, String), Vec<TrailKeyRow>>,
}

impl ChainContext {
    async fn load(&mut self, services: &Services, organization_id: i32) -> anyhow::Result<()> {
        if self.calls.contains_key(&organization_id) {
            return Ok(());
        }
        let scope = Scope::organization(organization_id);
        for account in services.database.accounts(&scope).await? {
            if account.kind == AccountKind::Management {
                self.management.insert(organization_id, account.number.clone());
            }
            self.accounts.insert(account.account_id, account);
        }
        self.calls.insert(organization_id, stops::trail_calls(services, &scope).await?);
        Ok(())
    }

    /// Reads the calls again, and tells whether anything about them has changed.
    async fn reload_calls(&mut self, services: &Services) -> anyhow::Result<bool> {
        let mut calls = HashMap::new();
        for id in self.calls.keys() {
            calls.insert(*id, stops::trail_calls(services, &Scope::organization(*id)).await?);
        }
        let has_changed = calls != self.calls;
        self.calls = calls;
        Ok(has_changed)
    }

    /// The chains of the files that hold calls, and all others.
    async fn split_witnesses<'a>(
        &self,
        services: &Services,
        chains: &'a [ChainRow],
    ) -> anyhow::Result<(Vec<&'a ChainRow>, Vec<&'a ChainRow>)> {
        let mut objects: Vec<i32> =
            self.calls.values().flatten().map(TrailCall::object_id).collect();
        objects.sort_unstable();
        objects.dedup();
        let places = services.database.places_of_files(&objects).await?;
        Ok(chains.iter().partition(|chain| {
            places.contains(&(chain.source_id, chain.account_id, chain.region.clone()))
        }))
    }

    async fn trails(&mut self, services: &Services, source_id: i32) -> anyhow::Result<&[TrailRow]> {
        Ok(match self.trails.entry(source_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                free.insert(services.database.trails_of_source(source_id).await?)
            }
        })
    }

    async fn stops(
        &mut self,
        services: &Services,
        chain: &ChainRow,
    ) -> anyhow::Result<Vec<RecordedStop>> {
        let calls = self.calls.get(&chain.organization_id).map_or(&[][..], Vec::as_slice);
        if !calls.iter().any(|call| call.may_name(&chain.trail)) {
            return Ok(Vec::new());
        }
        let keys = match self.keys.entry((chain.source_id, chain.trail.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                free.insert(services.database.trail_keys(chain.source_id, &chain.trail).await?)
            }
        };
        let account = self.accounts.get(&chain.account_id).map(|account| account.number.as_str());
        let management = self.management.get(&chain.organization_id).map(String::as_str);
        let identity = identity(chain, keys, account, management);
        Ok(identity.map(|trail| stops::stops_of(calls, &trail)).unwrap_or_default())
    }
}

/// Whose trail it is, as the keys of trusted digests tell. `None` when they don't agree, or the owner isn't known: then
/// nobody can tell which calls are about this trail, and none is believed.
///
/// Source: CloudTrail User Guide, "Creating a trail for an organization": the management account owns the trail, also
/// when a delegated administrator made it. Other trails deliver for their owner alone.
fn identity(
    chain: &ChainRow,
    keys: &[TrailKeyRow],
    account: Option<&str>,
    management: Option<&str>,
) -> Option<TrailIdentity> {
    let is_of_organization = keys.iter().any(|key| key.is_of_organization);
    let mut homes: Vec<&str> = keys
        .iter()
        .filter(|key| key.is_of_organization == is_of_organization)
        .filter(|key| is_of_organization || key.account_id == chain.account_id)
        .map(|key| key.home_region.as_str())
        .collect();
    homes.sort_unstable();
    homes.dedup();
    let [home_region] = homes[..] else { return None };
    let owner = if is_of_organization { management } else { account };
    Some(TrailIdentity {
        name: chain.trail.clone(),
        owner: owner?.to_owned(),
        home_region: home_region.to_owned(),
    })
}

/// Walks a chain, and gives back what could not be fetched for it, with the reasons.
async fn verify_one(
    services: &Services,
    source: &SourceRow,
    chain: &ChainRow,
    context: &mut ChainContext,
) -> anyhow::Result<(ChainVerdict, Vec<(ObjectName, String)>)> {
    let mut verdict = ChainVerdict::default();
    let mut unfetchable: Vec<(ObjectName, String)> = Vec::new();
    // What a digest names is fetched by name; each round either finds objects or learns that they can't be had.
    for _ in 0..5 {
        services.database.begin_verification(chain.chain_id).await?;
        verdict = walk(services, source, chain, context, &unfetchable).await?;
        let tried: HashSet<&ObjectName> = unfetchable.iter().map(|(name, _)| name).collect();
        let names: Vec<(String, String)> = verdict
            .to_fetch
            .iter()
            .filter(|name| !tried.contains(name))
            .map(|name| (name.bucket.clone(), name.key.clone()))
            .collect();
        if names.is_empty() {
            break;
        }
        let rest = collect_named(services, source, &names).await;
        // What was fetched may be older than all that was known of the trail.
        context.trails.remove(&chain.source_id);
        let now = services.clock.now();
        for (bucket, key) in rest.absent {
            services
                .database
                .note_absent(chain.organization_id, chain.source_id, &bucket, &key, now)
                .await?;
        }
        let failed = rest.unfetchable.into_iter();
        unfetchable
            .extend(failed.map(|((bucket, key), reason)| (ObjectName { bucket, key }, reason)));
    }
    Ok((verdict, unfetchable))
}

async fn walk(
    services: &Services,
    source: &SourceRow,
    chain: &ChainRow,
    context: &mut ChainContext,
    unfetchable: &[(ObjectName, String)],
) -> anyhow::Result<ChainVerdict> {
    let database = &services.database;
    let digests: Vec<ChainDigest> =
        database.chain_digests(chain).await?.into_iter().map(to_chain_digest).collect();
    let listed_elsewhere = database.listed_by_other_trails(chain).await?;
    let files: Vec<CollectedFile> = database
        .chain_files(chain)
        .await?
        .into_iter()
        .filter(|file| !listed_elsewhere.contains(&file.object_id))
        .map(to_collected_file)
        .collect();
    let absent: Vec<ObjectName> = database
        .absent_objects(chain.source_id)
        .await?
        .into_iter()
        .map(|(bucket, key)| ObjectName { bucket, key })
        .collect();
    // Digests of other accounts tell of the trail's life, too: an account whose own were lost was due all the same.
    let trails = context.trails(services, chain.source_id).await?;
    let began = beginning::of_chain(database, chain, &digests, trails).await?;
    let stops = context.stops(services, chain).await?;
    let account = context.accounts.get(&chain.account_id);
    let memberships = account.map_or(&[][..], |account| &account.memberships);
    Ok(verify_chain(&ChainInput {
        digests: &digests,
        files: &files,
        absent: &absent,
        unfetchable,
        memberships,
        trail_began_at: source.trail_began_at.or(began),
        stops: &stops,
        expects_digests: source.expects_digests,
        now: services.clock.now(),
        grace: GRACE,
    }))
}

fn to_chain_digest(row: ChainDigestRow) -> ChainDigest {
    let problem = row.own_problem.map(|(kind, words)| Problem {
        kind: ProblemKind::from_name(&kind).unwrap_or(ProblemKind::Altered),
        words,
    });
    ChainDigest {
        id: row.object_id,
        bucket: row.bucket,
        key: row.key,
        start: row.starts_at,
        end: row.ends_at,
        sha256: row.sha256.unwrap_or_default(),
        signature: row.signature,
        previous: row.previous.and_then(|(bucket, key, sha256, signature)| {
            Some(PreviousDigest { bucket, key, sha256: sha256?, signature })
        }),
        problem,
        is_backfill: row.is_backfill,
        listed: row
            .files
            .into_iter()
            .map(|(bucket, key, sha256)| ListedFile {
                bucket,
                key,
                sha256,
                newest_event_at: None,
                oldest_event_at: None,
            })
            .collect(),
        is_replaced: row.is_replacement,
    }
}

fn to_collected_file(row: ChainFileRow) -> CollectedFile {
    CollectedFile {
        id: row.object_id,
        bucket: row.bucket,
        key: row.key,
        delivered_at: row.delivered_at,
        sha256: row.sha256,
        is_replacement: row.is_replacement,
    }
}

fn to_result(verdict: &ChainVerdict) -> ChainResult {
    ChainResult {
        files: verdict
            .files
            .iter()
            .map(|finding| (finding.file_id, finding.verdict.name().to_owned(), digest_of(finding)))
            .collect(),
        digests: verdict
            .digests
            .iter()
            .map(|finding| (finding.digest_id, finding.problem.clone()))
            .collect(),
        intervals: verdict
            .intervals
            .iter()
            .map(|interval| CoverageRow {
                starts_at: interval.range.start(),
                ends_at: interval.range.end(),
                state: interval.state.name().to_owned(),
                reason: interval.reason.clone(),
            })
            .collect(),
    }
}

/// The digest that speaks for a file; one that merely covers its time is not shown as its proof.
fn digest_of(finding: &orgtrail_domain::chain::FileFinding) -> Option<i32> {
    match finding.verdict {
        FileVerdict::Verified | FileVerdict::HashDiffers | FileVerdict::DigestInvalid => {
            finding.digest_id
        }
        FileVerdict::Missing
        | FileVerdict::ChangedAfterCollection
        | FileVerdict::NotListed
        | FileVerdict::NoDigestYet
        | FileVerdict::NoDigestExpected => None,
    }
}

/// The end of the last hour whose digest is due: younger hours can't be proven yet, whoever asks.
pub fn last_closed_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let due = (now - DIGEST_PERIOD - GRACE).timestamp();
    DateTime::from_timestamp(due.div_euclid(3600) * 3600, 0).unwrap_or(now)
}
