//! The contents of the index that came from a source, key by key.

use orgtrail_storage::Database;
use orgtrail_storage::reconciliation::ContentRow;
use std::collections::VecDeque;

/// How many rows are read at once.
pub(super) const PAGE: i64 = 2000;

/// Reads the contents of a source in the order of keys, all contents of a key together.
pub(super) struct KnownByKey<'a> {
    database: &'a Database,
    source_id: i32,
    page_rows: i64,
    page: VecDeque<ContentRow>,
    after: Option<(String, i32)>,
    is_over: bool,
}

impl<'a> KnownByKey<'a> {
    pub(super) fn new(database: &'a Database, source_id: i32, page_rows: i64) -> Self {
        Self { database, source_id, page_rows, page: VecDeque::new(), after: None, is_over: false }
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
            let rows = self.database.contents_by_key(self.source_id, after, self.page_rows).await?;
            self.is_over = rows.is_empty();
            self.after = rows.last().map(|row| (row.content.key.clone(), row.object_id));
            self.page.extend(rows);
        }
        Ok(self.page.front())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_storage::testing::world;

    #[tokio::test]
    async fn the_contents_of_a_key_come_together_wherever_a_page_ends() {
        let world = world().await;
        let mut batch = Vec::new();
        for (key, contents) in [("a", 1), ("b", 3), ("c", 2), ("d", 1)] {
            for content in 0..contents {
                let mut object = world.object(key, Vec::new());
                object.observation.etag = format!("content {content}");
                batch.push(object);
            }
        }
        world.commit(&batch).await;
        for page_rows in 1..=8 {
            let mut known = KnownByKey::new(&world.database, world.source_id, page_rows);
            let mut groups = Vec::new();
            loop {
                let group = known.next().await.unwrap();
                let Some(first) = group.first() else { break };
                assert!(group.iter().all(|row| row.content.key == first.content.key));
                groups.push((first.content.key.clone(), group.len()));
            }
            let expected = [("a", 1), ("b", 3), ("c", 2), ("d", 1)];
            assert_eq!(groups, expected.map(|(key, count)| (key.to_owned(), count)), "{page_rows}");
        }
    }
}
