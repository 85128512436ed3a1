//! The contents of the index that came from a source, key by key.

use crate::services::Services;
use orgtrail_storage::reconciliation::ContentRow;
use std::collections::VecDeque;

/// How many rows are read at once.
const PAGE: i64 = 2000;

/// Reads the contents of a source in the order of keys, all contents of a key together.
pub(super) struct KnownByKey<'a> {
    services: &'a Services,
    source_id: i32,
    page: VecDeque<ContentRow>,
    after: Option<(String, i32)>,
    is_over: bool,
}

impl<'a> KnownByKey<'a> {
    pub(super) fn new(services: &'a Services, source_id: i32) -> Self {
        Self { services, source_id, page: VecDeque::new(), after: None, is_over: false }
    }

    /// All contents of the next key; none at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Vec<ContentRow>> {
        let mut group: Vec<ContentRow> = Vec::new();
        while let Some(row) = self.peek().await? {
            if group.first().is_some_and(|first| first.content.key != row.content.key) {
                break;
            }
            group.extend(self.page.pop_front());
        }
        Ok(group)
    }

    async fn peek(&mut self) -> anyhow::Result<Option<&ContentRow>> {
        if self.page.is_empty() && !self.is_over {
            let after = self.after.as_ref().map(|(key, id)| (key.as_str(), *id));
            let rows = self.services.database.contents_by_key(self.source_id, after, PAGE).await?;
            self.is_over = rows.is_empty();
            self.after = rows.last().map(|row| (row.content.key.clone(), row.object_id));
            self.page.extend(rows);
        }
        Ok(self.page.front())
    }
}
