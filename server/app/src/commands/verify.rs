//! `orgtrail verify`: the fail-closed check.

use super::exit;
use super::output::{open, organization, say};
use crate::config::InstallationConfig;
use crate::services::Services;
use crate::verification::{ChainFailure, last_closed_hour, verify_due_chains};
use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use orgtrail_domain::inflate::inflate;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::proof::{CellState, FileVerdict};
use orgtrail_shared::time::{TimeRange, parse_time, to_display};
use orgtrail_storage::Scope;
use orgtrail_storage::custody::ArchivedFile;
use orgtrail_storage::organizations::AccountRow;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many archived objects are read at once.
const READS: usize = 16;

#[derive(Args)]
pub(super) struct Arguments {
    /// Account to check; all accounts when absent. May be repeated
    #[arg(long = "account")]
    accounts: Vec<AccountId>,
    /// First time of delivery to check; each account's joining when absent
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    from: Option<DateTime<Utc>>,
    /// End of the time to check, exclusive; the last hour whose digest is due when absent
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    to: Option<DateTime<Utc>>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What the check found.
#[derive(Serialize)]
struct Report {
    /// Whether everything that was expected in the range is there and unaltered.
    proven: bool,
    to: DateTime<Utc>,
    accounts: Vec<AccountReport>,
    /// Chains that could not be walked, or not wholly.
    failures: Vec<String>,
    /// Archived objects whose bytes are not what was archived.
    archive_problems: Vec<String>,
    /// How many archived objects were read and hashed.
    objects_checked: u64,
}

#[derive(Serialize)]
struct AccountReport {
    account: String,
    name: String,
    from: DateTime<Utc>,
    proven: bool,
    /// Hours by state.
    hours: BTreeMap<&'static str, i64>,
    /// Log files by verdict.
    files: BTreeMap<String, i64>,
    /// What is not proven.
    findings: Vec<FindingReport>,
}

#[derive(Serialize)]
struct FindingReport {
    region: String,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    state: CellState,
    reason: String,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let report = check(&config, &arguments, &services).await;
    installation.close().await;
    let report = report?;
    if arguments.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.proven { exit::DONE } else { exit::FOUND })
}

async fn check(
    config: &InstallationConfig,
    arguments: &Arguments,
    services: &Services,
) -> anyhow::Result<Report> {
    let organization = organization(config, services).await?;
    let scope = Scope::organization(organization.organization_id);
    let verified = verify_due_chains(services).await.context("could not walk the digest chains")?;
    let to = arguments.to.unwrap_or_else(|| last_closed_hour(services.clock.now()));
    let all = services.database.accounts(&scope).await?;
    for wanted in &arguments.accounts {
        if !all.iter().any(|account| account.number == wanted.as_str()) {
            bail!("there is no account {wanted} in {}", organization.id);
        }
    }
    let wanted = |account: &&AccountRow| {
        arguments.accounts.is_empty()
            || arguments.accounts.iter().any(|id| id.as_str() == account.number)
    };
    let mut accounts = Vec::new();
    let mut ids = Vec::new();
    for account in all.iter().filter(wanted) {
        if let Some(report) = check_account(services, &scope, account, arguments.from, to).await? {
            accounts.push(report);
            ids.push(account.account_id);
        }
    }
    if accounts.is_empty() && !arguments.accounts.is_empty() {
        bail!("nothing is known about the account in this range; nothing is proven");
    }
    let (objects_checked, archive_problems) =
        check_archive(services, organization.organization_id, &ids, arguments.from, to).await?;
    let is_wanted = |failure: &&ChainFailure| {
        arguments.accounts.is_empty()
            || arguments.accounts.iter().any(|id| id.as_str() == failure.account)
    };
    let failures: Vec<String> =
        verified.failures.iter().filter(is_wanted).map(ToString::to_string).collect();
    let proven = !accounts.is_empty()
        && failures.is_empty()
        && archive_problems.is_empty()
        && accounts.iter().all(|account| account.proven);
    Ok(Report { proven, to, accounts, failures, archive_problems, objects_checked })
}

async fn check_account(
    services: &Services,
    scope: &Scope,
    account: &AccountRow,
    from: Option<DateTime<Utc>>,
    to: DateTime<Utc>,
) -> anyhow::Result<Option<AccountReport>> {
    let joined = account.memberships.first().map(|membership| membership.joined_at);
    let earliest = DateTime::from_timestamp(1_356_998_400, 0).unwrap_or_default();
    let start = from.or(joined).unwrap_or(earliest);
    let Ok(range) = TimeRange::new(start, to) else { return Ok(None) };
    let rows = services
        .database
        .coverage(scope, range.start(), range.end(), Some(account.account_id))
        .await?;
    let files =
        services.database.verdict_counts(account.account_id, range.start(), range.end()).await?;
    if rows.is_empty() && account.memberships.is_empty() && files.is_empty() {
        return Ok(None);
    }
    let (mut hours, mut findings) = (BTreeMap::<&'static str, i64>::new(), Vec::new());
    let is_silent = rows.is_empty();
    for (place, row) in rows {
        let state = CellState::from_name(&row.state).unwrap_or(CellState::Unknown);
        let part = TimeRange::new(row.starts_at, row.ends_at)
            .ok()
            .and_then(|row| row.intersection(&range));
        let Some(part) = part else { continue };
        *hours.entry(state.name()).or_default() += part.length().num_hours().max(1);
        if !state.is_proven() {
            let (from, to) = (part.start(), part.end());
            let (region, reason) = (place.region, row.reason);
            findings.push(FindingReport { region, from, to, state, reason });
        }
    }
    if is_silent {
        // Fail closed: an account that is expected and has said nothing proves nothing.
        findings.push(FindingReport {
            region: String::new(),
            from: range.start(),
            to: range.end(),
            state: CellState::Unknown,
            reason: "no digest and no log file was ever collected for this account".to_owned(),
        });
    }
    let outside = services.database.unlisted_outside(scope, range.start(), range.end()).await?;
    findings.extend(outside.into_iter().filter(|row| row.account_id == account.account_id).map(
        |row| FindingReport {
            from: row.first_at,
            to: row.last_at + TimeDelta::minutes(1),
            state: CellState::Unexpected,
            reason: row.reason(),
            region: row.region,
        },
    ));
    let files: BTreeMap<String, i64> = files.into_iter().collect();
    let all_verified = files.keys().all(|verdict| verdict == FileVerdict::Verified.name());
    Ok(Some(AccountReport {
        account: account.number.clone(),
        name: account.name.clone(),
        from: range.start(),
        proven: findings.is_empty() && all_verified,
        hours,
        files,
        findings,
    }))
}

/// Reads every archived object of the range and hashes it again.
async fn check_archive(
    services: &Services,
    organization_id: i32,
    accounts: &[i32],
    from: Option<DateTime<Utc>>,
    to: DateTime<Utc>,
) -> anyhow::Result<(u64, Vec<String>)> {
    let files = services.database.archived_files(organization_id, accounts, from, to).await?;
    let bar = ProgressBar::new(files.len() as u64);
    let mut problems = Vec::new();
    let count = files.len() as u64;
    let mut checks = stream::iter(files.into_iter().map(|file| check_file(services, file)))
        .buffer_unordered(READS);
    while let Some(problem) = checks.next().await {
        bar.inc(1);
        problems.extend(problem);
    }
    bar.finish_and_clear();
    problems.sort();
    Ok((count, problems))
}

async fn check_file(services: &Services, file: ArchivedFile) -> Option<String> {
    let named = |reason: String| {
        Some(format!("s3://{}/{}: {reason}", file.object.archive_bucket, file.object.archive_key))
    };
    let body = match services.records.stored_bytes(&file.object).await {
        Ok(body) => body,
        Err(error) => return named(format!("{error:#}")),
    };
    let expected = file.content_sha256?;
    let inflated = tokio::task::spawn_blocking(move || inflate(&body)).await;
    match inflated {
        Ok(Ok(inflated)) if inflated.sha256.as_slice() == expected => None,
        Ok(Ok(_)) => {
            named("its uncompressed bytes have another hash than when it was collected".to_owned())
        }
        Ok(Err(error)) => named(error.to_string()),
        Err(error) => named(error.to_string()),
    }
}

fn print(report: &Report) {
    for account in &report.accounts {
        let mark =
            if account.proven { CellState::Proven.glyph() } else { CellState::Missing.glyph() };
        let files: i64 = account.files.values().sum();
        say(format!(
            "{mark} {} {}: from {}, {files} log files",
            account.account,
            account.name,
            to_display(account.from),
        ));
        for finding in &account.findings {
            say(format!(
                "    {} {:<12} {} – {}  {}  {}",
                finding.state.glyph(),
                finding.state.name(),
                to_display(finding.from),
                to_display(finding.to),
                finding.region,
                finding.reason,
            ));
        }
        for (verdict, count) in &account.files {
            if let Ok(known) = verdict.parse::<FileVerdict>()
                && known != FileVerdict::Verified
            {
                say(format!("    {count} log files: {}", known.in_words()));
            }
        }
    }
    for failure in &report.failures {
        say(format!("! {failure}"));
    }
    for problem in &report.archive_problems {
        say(format!("! archive: {problem}"));
    }
    let end = to_display(report.to);
    if report.proven {
        say(format!(
            "everything expected until {end} is there and unaltered ({} archived objects hashed again)",
            report.objects_checked
        ));
    } else {
        say(format!("NOT everything expected until {end} is proven"));
    }
}
