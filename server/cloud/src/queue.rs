//! A queue of Amazon SQS that tells of new objects.

use crate::credentials::{StoreAccess, sqs_client};
use crate::error::{CloudError, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use std::collections::HashMap;
use std::time::Duration;

/// How many messages one request receives or deletes at most; it is the service's limit.
pub const MESSAGES_AT_ONCE: usize = 10;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What tells it from other messages, however often it arrives.
    pub id: String,
    /// What this arrival is deleted by.
    pub receipt: String,
    /// Its text.
    pub body: String,
}

/// How full a queue is, about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that somebody works on.
    pub in_flight: u64,
    /// The queue that messages go to that nobody understands.
    pub dead_letter_queue: Option<String>,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue at `url`. Nothing is asked yet.
    pub async fn open(access: &StoreAccess, url: String) -> Self {
        Self { client: sqs_client(access).await, url }
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for messages, at most so long, and gives back those that came.
    ///
    /// # Errors
    ///
    /// [`CloudError`]; messages that were sent nevertheless arrive again.
    pub async fn receive(&self, wait: Duration) -> Result<Vec<Message>> {
        let what = format!("could not read the queue {}", self.url);
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(10)
            .wait_time_seconds(i32::try_from(wait.as_secs().min(20)).unwrap_or(20))
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(what, error))?;
        let messages = answer.messages.unwrap_or_default().into_iter().filter_map(|message| {
            Some(Message {
                id: message.message_id?,
                receipt: message.receipt_handle?,
                body: message.body.unwrap_or_default(),
            })
        });
        Ok(messages.collect())
    }

    /// Deletes messages by the receipts of their last arrival. Gives back how many could not be deleted; they arrive
    /// again.
    pub async fn delete(&self, receipts: &[String]) -> u64 {
        let mut failed = 0;
        for batch in receipts.chunks(MESSAGES_AT_ONCE) {
            let entries: Vec<_> = batch
                .iter()
                .enumerate()
                .filter_map(|(place, receipt)| {
                    DeleteMessageBatchRequestEntry::builder()
                        .id(place.to_string())
                        .receipt_handle(receipt)
                        .build()
                        .ok()
                })
                .collect();
            let request = self.client.delete_message_batch().queue_url(&self.url);
            let deleted = match request.set_entries(Some(entries)).send().await {
                Ok(answer) => answer.successful.len(),
                Err(error) => {
                    let what = format!("could not delete messages of {}", self.url);
                    let error = CloudError::from_sdk(what, error);
                    tracing::warn!(%error, "messages arrive again");
                    0
                }
            };
            failed += batch.len().saturating_sub(deleted) as u64;
        }
        failed
    }

    /// How full the queue is.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn depth(&self) -> Result<QueueDepth> {
        let attributes = self.attributes(&self.url).await?;
        let number = |name: &QueueAttributeName| {
            attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
        Ok(QueueDepth {
            waiting: number(&QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            dead_letter_queue: policy.and_then(|policy| dead_letter_queue(&self.url, policy)),
        })
    }

    /// About how many messages lie in another queue of the same account of access, such as that of dead letters.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn count_of(&self, url: &str) -> Result<u64> {
        let attributes = self.attributes(url).await?;
        let number = attributes.get(&QueueAttributeName::ApproximateNumberOfMessages);
        Ok(number.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn attributes(&self, url: &str) -> Result<HashMap<QueueAttributeName, String>> {
        let what = format!("could not ask about the queue {url}");
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(what, error))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}

/// The URL of the dead-letter queue that a redrive policy names by its ARN. Both lie at the same endpoint.
fn dead_letter_queue(url: &str, policy: &str) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    let arn = policy.get("deadLetterTargetArn")?.as_str()?;
    let mut parts = arn.rsplit(':');
    let (name, account) = (parts.next()?, parts.next()?);
    let endpoint = url.trim_end_matches('/').rsplitn(3, '/').nth(2)?;
    Some(format!("{endpoint}/{account}/{name}"))
}

/// The Region that a queue's URL names, when it is one of AWS.
pub fn region_of(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let mut parts = host.split('.');
    match (parts.next()?, parts.next()?) {
        ("sqs", region) if host.contains(".amazonaws.") => Some(region),
        (region, "queue") if host.contains(".amazonaws.") => Some(region),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_queue_lies_beside_its_queue() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}"#;
        for (url, expected) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/111122223333/logs",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/dead",
            ),
            ("http://127.0.0.1:5000/111122223333/logs/", "http://127.0.0.1:5000/111122223333/dead"),
        ] {
            assert_eq!(dead_letter_queue(url, policy).as_deref(), Some(expected));
        }
        assert_eq!(dead_letter_queue("https://sqs.example.com/1/q", "no policy"), None);
    }

    #[test]
    fn a_queue_of_aws_names_its_region() {
        for (url, region) in [
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/logs", Some("eu-west-1")),
            ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/logs", Some("cn-north-1")),
            ("https://us-east-1.queue.amazonaws.com/111122223333/logs", Some("us-east-1")),
            ("https://sqs.internal.example.com/111122223333/logs", None),
            ("http://127.0.0.1:5000/111122223333/logs", None),
        ] {
            assert_eq!(region_of(url), region, "{url}");
        }
    }
}
