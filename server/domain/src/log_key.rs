//! The keys under which CloudTrail delivers: parser and printer side by side.
//!
//! Source: CloudTrail User Guide, "CloudTrail log file name format" and "digest file structure".

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use orgtrail_shared::ids::{AccountId, OrganizationId, Region};

/// The kind of delivery, which is the folder after the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Folder {
    /// Management and data events.
    CloudTrail,
    /// Digests.
    Digest,
    /// Insights events.
    Insight,
    /// Network activity events.
    NetworkActivity,
    /// Aggregated events.
    Aggregated,
}

impl Folder {
    const ALL: [Self; 5] =
        [Self::CloudTrail, Self::Digest, Self::Insight, Self::NetworkActivity, Self::Aggregated];

    /// The folder's name, which is also the second part of the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "CloudTrail",
            Self::Digest => "CloudTrail-Digest",
            Self::Insight => "CloudTrail-Insight",
            Self::NetworkActivity => "CloudTrail-NetworkActivity",
            Self::Aggregated => "CloudTrail-Aggregated",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|folder| folder.name() == name)
    }
}

/// Where an object of the layout lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Everything before `AWSLogs/`, without the joining slash; empty when there is nothing.
    pub prefix: String,
    /// The organization in the path, for an organization trail.
    pub organization: Option<OrganizationId>,
    /// The account whose activity it is.
    pub account: AccountId,
    /// The Region whose activity it is.
    pub region: Region,
    /// The day in the path, which is the day of delivery.
    pub day: NaiveDate,
}

/// The key of a log file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogKey {
    /// Where it lies.
    pub place: Place,
    /// What kind of events it holds.
    pub folder: Folder,
    /// The minute of delivery.
    pub delivered_at: DateTime<Utc>,
    /// The part that tells files of one minute apart.
    pub unique: String,
}

/// The key of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DigestKey {
    /// Where it lies; the Region is the one whose logs it covers.
    pub place: Place,
    /// The trail's name.
    pub trail: String,
    /// The trail's home Region.
    pub home_region: Region,
    /// `digestEndTime`.
    pub ends_at: DateTime<Utc>,
    /// Whether it belongs to the backfill chain.
    pub is_backfill: bool,
}

/// What an object's key says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A log file.
    Log(LogKey),
    /// A digest.
    Digest(DigestKey),
    /// A zero-byte marker that stands for a folder.
    FolderMarker,
    /// Anything else.
    Foreign,
}

impl ObjectKind {
    /// Reads a key; whatever does not follow the layout is [`ObjectKind::Foreign`].
    pub fn parse(key: &str) -> Self {
        if key.ends_with('/') {
            return Self::FolderMarker;
        }
        parse_log(key)
            .map(Self::Log)
            .or_else(|| parse_digest(key).map(Self::Digest))
            .unwrap_or(Self::Foreign)
    }

    /// The account in the key.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Log(key) => Some(&key.place),
            Self::Digest(key) => Some(&key.place),
            Self::FolderMarker | Self::Foreign => None,
        }
    }
}

/// Splits a key into its place, its folder and its file name, each checked against the others.
fn split(key: &str) -> Option<(Place, Folder, &str)> {
    // The prefix may itself hold `AWSLogs/`; the last occurrence that parses is the layout's.
    key.match_indices("AWSLogs/")
        .filter(|(at, _)| *at == 0 || key.as_bytes()[at - 1] == b'/')
        .map(|(at, _)| at)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find_map(|at| split_at(key, at))
}

fn split_at(key: &str, at: usize) -> Option<(Place, Folder, &str)> {
    let prefix = key[..at].strip_suffix('/').unwrap_or(&key[..at]).to_owned();
    let mut parts: Vec<&str> = key[at..].split('/').skip(1).collect();
    let organization = match parts.first()?.parse::<OrganizationId>() {
        Ok(id) => {
            parts.remove(0);
            Some(id)
        }
        Err(_) => None,
    };
    let [account, folder, region, year, month, day, name] = parts[..] else { return None };
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    let (account, region) = (account.parse().ok()?, region.parse().ok()?);
    Some((Place { prefix, organization, account, region, day }, Folder::parse(folder)?, name))
}

fn parse_log(key: &str) -> Option<LogKey> {
    let (place, folder, name) = split(key)?;
    if folder == Folder::Digest {
        return None;
    }
    let stem = name.strip_suffix(".json.gz").or_else(|| name.strip_suffix(".json"))?;
    let start = format!("{}_{}_{}_", place.account, folder.name(), place.region);
    let (time, unique) = stem.strip_prefix(&start)?.split_once('_')?;
    let delivered_at =
        NaiveDateTime::parse_from_str(&format!("{time}+00"), "%Y%m%dT%H%MZ+%S").ok()?;
    (!unique.is_empty()).then(|| LogKey {
        place,
        folder,
        delivered_at: delivered_at.and_utc(),
        unique: unique.to_owned(),
    })
}

fn parse_digest(key: &str) -> Option<DigestKey> {
    let (place, folder, name) = split(key)?;
    if folder != Folder::Digest {
        return None;
    }
    let stem = name.strip_suffix(".json.gz").or_else(|| name.strip_suffix(".json"))?;
    let (stem, is_backfill) =
        stem.strip_suffix("_backfill").map_or((stem, false), |stem| (stem, true));
    let start = format!("{}_{}_{}_", place.account, folder.name(), place.region);
    // A trail's name may hold underscores, so home Region and time are taken from the end.
    let (rest, time) = stem.strip_prefix(&start)?.rsplit_once('_')?;
    let (trail, home_region) = rest.rsplit_once('_')?;
    let ends_at = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").ok()?.and_utc();
    let (trail, home_region) = (trail.to_owned(), home_region.parse().ok()?);
    (!trail.is_empty()).then_some(DigestKey { place, trail, home_region, ends_at, is_backfill })
}

impl Place {
    /// The folder in which one day's objects of a kind lie, with the final slash.
    pub fn day_prefix(&self, folder: Folder) -> String {
        format!(
            "{}{}/{}/{}/",
            account_prefix(&self.prefix, self.organization.as_ref(), &self.account),
            folder.name(),
            self.region,
            self.day.format("%Y/%m/%d"),
        )
    }
}

/// The folder of one account, with the final slash.
pub fn account_prefix(
    prefix: &str,
    organization: Option<&OrganizationId>,
    account: &AccountId,
) -> String {
    let join = if prefix.is_empty() { "" } else { "/" };
    let organization = organization.map_or_else(String::new, |id| format!("{id}/"));
    format!("{prefix}{join}AWSLogs/{organization}{account}/")
}

impl std::fmt::Display for LogKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = &self.place;
        write!(
            formatter,
            "{}{}_{}_{}_{}_{}.json.gz",
            place.day_prefix(self.folder),
            place.account,
            self.folder.name(),
            place.region,
            self.delivered_at.format("%Y%m%dT%H%MZ"),
            self.unique,
        )
    }
}

impl std::fmt::Display for DigestKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = &self.place;
        write!(
            formatter,
            "{}{}_{}_{}_{}_{}_{}{}.json.gz",
            place.day_prefix(Folder::Digest),
            place.account,
            Folder::Digest.name(),
            place.region,
            self.trail,
            self.home_region,
            self.ends_at.format("%Y%m%dT%H%M%SZ"),
            if self.is_backfill { "_backfill" } else { "" },
        )
    }
}

#[cfg(test)]
mod tests;
