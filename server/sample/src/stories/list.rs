//! The stories in words.

use super::{Chain, LOST_PLACE, Moments, leaked_key};
use crate::organization;
use crate::time::to_utc;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::time::TimeRange;

/// Something that happens in the sample on purpose, and how to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// A line for a list.
    pub title: &'static str,
    /// What happened, in a few sentences.
    pub description: &'static str,
    /// The account in which it happened.
    pub account: AccountId,
    /// When it happened.
    pub range: TimeRange,
    /// A search that finds it within the range.
    pub query: String,
}

fn story(
    title: &'static str,
    description: &'static str,
    account: &str,
    span: (i64, i64),
    terms: &str,
) -> Story {
    let account = organization::account(account).account_id();
    let range =
        TimeRange::new(to_utc(span.0), to_utc(span.1)).expect("stories end after they begin");
    let query = format!("account:{account} {terms}").trim_end().to_owned();
    Story { title, description, account, range, query }
}

/// All stories, in the order of their time.
pub(crate) fn stories(moments: &Moments, chains: &[Chain], anchor: i64) -> Vec<Story> {
    let lost = chains.iter().find_map(|chain| moments.lost_window(chain));
    let lost =
        lost.map_or((moments.lost_at, moments.lost_at + 1), |window| (window.start, window.end));
    let (lost_account, lost_region) = LOST_PLACE;
    let Moments { began_at, joined_at, stopped_at, restarted_at, leaked_at, .. } = *moments;
    let altered_at = leaked_at + leaked_key::ALTERED_AFTER;
    vec![
        story(
            "An account joined midway",
            "The account `ml-research` was made and moved to its unit. Its digest chain begins then; nothing is due before.",
            "org-management",
            (joined_at - 300, joined_at + 300),
            "event:CreateAccount,CreateAccountResult,MoveAccount",
        ),
        story(
            "Logging was stopped for 71 minutes",
            "An administrator of the management account stopped the organization trail and started it again. No account has log files in between, and every chain begins anew.",
            "org-management",
            (stopped_at - 600, restarted_at + 600),
            "event:StopLogging,StartLogging",
        ),
        story(
            "A digest was deleted",
            "One hourly digest of `data-lake` in eu-west-1 is not there; the next one still refers to it. The log files of that hour can't be proven.",
            lost_account,
            lost,
            &format!("region:{lost_region} -proof:verified"),
        ),
        story(
            "A leaked access key",
            "The key of the IAM user `ci-publisher` of `web-shop` was used from an address that nobody had used before: enumeration with many denials, a new user `svc-cdn-sync` with administrator rights, an attempt to stop the organization trail (refused) and the reading of customer exports.",
            leaked_key::PLACE.0,
            (leaked_at - 60, leaked_at + leaked_key::LENGTH + 60),
            &format!("ip:{}", leaked_key::ADDRESS),
        ),
        story(
            "A log file was altered after delivery",
            "Somebody removed the intruder's calls from one log file of `web-shop`. Its hash is no longer the one that the signed digest lists.",
            leaked_key::PLACE.0,
            (altered_at - 900, altered_at + 900),
            "proof:hash-differs",
        ),
        story(
            "A suspended account is still watched",
            "The account `legacy-crm` is suspended. Little happens in it, and its digests arrive every hour all the same.",
            "legacy-crm",
            (began_at, anchor),
            "",
        ),
        story(
            "Roles assumed from other accounts",
            "Pipelines, auditors and jobs of other accounts assume roles in `payments`. Both accounts get a record of each call, with one `sharedEventID`; the access key in the answer leads on.",
            "payments",
            (began_at, anchor),
            "event:AssumeRole principal-type:AWSAccount",
        ),
    ]
}
