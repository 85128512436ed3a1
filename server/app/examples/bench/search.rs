//! Asking the classes of questions: cold and warm, one and eight at once, and while more is taken in.

use crate::Places;
use crate::opened::{Opened, acting};
use anyhow::Context;
use futures::future::try_join_all;
use orgtrail_server::access::Caller;
use orgtrail_server::audit::Origin;
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::search;
use orgtrail_server::services::Services;
use orgtrail_shared::console::{Reads, Role, SearchRequest};
use orgtrail_shared::page::PageSize;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::users::{NewUser, UserRow};
use serde_json::{Value, json};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Name, question, and how many days it looks at; none for all.
const CLASSES: [(&str, &str, Option<i64>); 11] = [
    ("latest, no filter", "", None),
    ("one account", "account:777788889999", Some(7)),
    ("one name and its errors", "event:GetObject is:failed", None),
    ("one network", "ip:192.0.2.0/24", None),
    ("one principal type", "principal-type:Root", None),
    ("three filters", "account:345678901234 is:write region:us-east-1", None),
    ("nothing matches", "event:NoSuchCall", None),
    ("everything, 7 days", "", Some(7)),
    ("one name, 7 days", "event:GetObject", Some(7)),
    ("free text, rare", "svc-cdn-sync", Some(3)),
    ("free text, common", "AccessDenied", Some(30)),
];

/// How many ask at once.
const CLIENTS: usize = 8;

/// What is asked about a question.
#[derive(Clone, Copy)]
enum Part {
    Page,
    Counts,
}

pub(crate) async fn run(places: &Places, rounds: usize) -> anyhow::Result<Value> {
    let opened = Box::pin(Opened::new(places)).await?;
    let result = Box::pin(measure(&opened, places, rounds.max(3))).await;
    opened.close().await;
    result
}

async fn measure(opened: &Opened, places: &Places, rounds: usize) -> anyhow::Result<Value> {
    let user = analyst(&opened.services, opened.organization_id).await?;
    let caller = Caller::new(&opened.services, user, None, Origin::local("bench")).await?;
    let asker = Asker { opened, caller: &caller };
    let mut cold = Vec::new();
    for class in 0..CLASSES.len() {
        cold.push((asker.ask(class, Part::Page).await?, asker.ask(class, Part::Counts).await?));
    }
    let mut classes = Vec::new();
    for (class, (name, query, days)) in CLASSES.iter().enumerate() {
        let one = asker.repeat(class, Part::Page, rounds).await?;
        let counts = asker.repeat(class, Part::Counts, rounds.div_ceil(2)).await?;
        let clients = (0..CLIENTS).map(|_| asker.repeat(class, Part::Page, rounds.div_ceil(2)));
        let eight = try_join_all(clients).await?.concat();
        classes.push(json!({
            "name": name, "query": query, "days": days,
            "cold": {"page_ms": cold[class].0, "counts_ms": cold[class].1},
            "page_ms": spread(one), "counts_ms": spread(counts), "eight_ms": spread(eight),
        }));
    }
    let source = opened.source(places, "later").await?;
    let shutdown = CancellationToken::new();
    let more = collect_source(&opened.services, &source, Reach::Everything, None, &shutdown);
    let asking = async {
        let mut times = vec![Vec::new(); CLASSES.len()];
        for round in 0..rounds * CLASSES.len() {
            let class = round % CLASSES.len();
            times[class].push(asker.ask(class, Part::Page).await?);
        }
        anyhow::Ok(times)
    };
    let started = Instant::now();
    let (taken, times) =
        tokio::try_join!(async { more.await.map(|sum| (sum, started.elapsed())) }, asking)?;
    for (class, times) in classes.iter_mut().zip(times) {
        class["meanwhile_ms"] = spread(times);
    }
    Ok(json!({
        "classes": classes,
        "meanwhile": {
            "events": taken.0.events, "wall_s": taken.1.as_secs_f64(),
            "asked_for_s": started.elapsed().as_secs_f64(),
        },
    }))
}

struct Asker<'a> {
    opened: &'a Opened,
    caller: &'a Caller,
}

impl Asker<'_> {
    /// Asks once and gives back how many milliseconds it took.
    async fn ask(&self, class: usize, part: Part) -> anyhow::Result<f64> {
        let (_, query, days) = CLASSES[class];
        let to = self.opened.about.anchor;
        let days = days.unwrap_or(self.opened.about.days).min(self.opened.about.days);
        let request = SearchRequest {
            query: query.to_owned(),
            range: TimeRange::new(to - chrono::TimeDelta::days(days), to)?,
            reads: Reads::Show,
            scope: String::new(),
        };
        let services = &self.opened.services;
        let started = Instant::now();
        match part {
            Part::Page => {
                search::search(services, self.caller, &request, PageSize::default(), None).await?;
            }
            Part::Counts => {
                search::histogram(services, self.caller, &request).await?;
                search::facets(services, self.caller, &request).await?;
            }
        }
        Ok(started.elapsed().as_secs_f64() * 1e3)
    }

    async fn repeat(&self, class: usize, part: Part, rounds: usize) -> anyhow::Result<Vec<f64>> {
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            times.push(self.ask(class, part).await?);
        }
        Ok(times)
    }
}

/// Somebody who sees everything.
async fn analyst(services: &Services, organization_id: i32) -> anyhow::Result<UserRow> {
    let user = NewUser {
        organization_id,
        name: "bench".to_owned(),
        password_hash: String::new(),
        is_service: false,
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: None,
    };
    let mut acting = acting(services, Some(organization_id)).await?;
    acting.upsert_user(&user, services.clock.now()).await?;
    acting.commit(Value::Null).await?;
    services.database.lookup_user("bench").await?.context("the analyst is gone")
}

fn spread(mut times: Vec<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    json!({"p50": quantile(&times, 0.5), "p95": quantile(&times, 0.95)})
}

fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a short list"
    )]
    let index = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(index).copied()
}
