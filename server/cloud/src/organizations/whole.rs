//! An answer without a body is no answer: to the SDK it is one without entries, after which everything would seem to be gone.

use aws_sdk_organizations::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_organizations::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_organizations::error::BoxError;

/// Refuses successes that say nothing. The protocol's smallest answer is `{}`.
#[derive(Debug)]
pub(super) struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // A body that did not come whole has no bytes: such an attempt failed already, and may be repeated.
        let is_empty = response.body().bytes().is_some_and(|body| body.trim_ascii().is_empty());
        if response.status().is_success() && is_empty {
            return Err("the service answered with nothing".into());
        }
        Ok(())
    }
}
