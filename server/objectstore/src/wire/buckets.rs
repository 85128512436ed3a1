//! Operations on buckets.

use super::conditions::no_such_bucket;
use super::{Wire, headers, timestamp};
use crate::error::Error;
use orgtrail_storage::object_store::{Bucket as BucketRow, BucketCreation, BucketDeletion};
use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// The Region that S3 answers with nothing for.
const REGION_WITHOUT_CONSTRAINT: &str = "us-east-1";

/// How many buckets a page may have.
const BUCKETS_MAX: i32 = 10_000;

/// Lists the buckets that the caller's key is for.
pub(super) async fn list_buckets(
    wire: &Wire,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let input = request.input;
    let key = request.credentials.and_then(|credentials| wire.keys.lookup(&credentials.access_key));
    let prefix = input.prefix.clone().unwrap_or_default();
    // The token is the last name of the page before; names are no secret to who may list them.
    let after = input.continuation_token.unwrap_or_default();
    let limit = input.max_buckets.unwrap_or(BUCKETS_MAX);
    if !(1..=BUCKETS_MAX).contains(&limit) {
        return Err(s3_error!(
            InvalidArgument,
            "Argument max-buckets must be between 1 and {BUCKETS_MAX}"
        ));
    }
    let is_shown = |bucket: &BucketRow| {
        key.as_ref().is_some_and(|key| key.covers(&bucket.name))
            && bucket.name.starts_with(&prefix)
            && bucket.name > after
    };
    let rows = wire.store.metadata.list_buckets().await.map_err(Error::from)?;
    let mut shown: Vec<BucketRow> = rows.into_iter().filter(is_shown).collect();
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = shown.len() > limit;
    shown.truncate(limit);
    let last = shown.last().map(|bucket| bucket.name.clone());
    let buckets = shown.into_iter().map(|bucket| Bucket {
        bucket_region: Some(wire.region.to_string()),
        creation_date: Some(timestamp(bucket.created_at)),
        name: Some(bucket.name),
    });
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        continuation_token: last.filter(|_| has_more),
        prefix: input.prefix,
        ..ListBucketsOutput::default()
    }))
}

/// Makes a bucket.
pub(super) async fn create_bucket(
    wire: &Wire,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object Lock is not implemented."));
    }
    let configuration = input.create_bucket_configuration;
    if let Some(constraint) = configuration.and_then(|found| found.location_constraint)
        && constraint.as_str() != &*wire.region
    {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
            constraint.as_str()
        ));
    }
    let now = wire.store.clock.now();
    match wire.store.metadata.create_bucket(&input.bucket, now).await.map_err(Error::from)? {
        BucketCreation::New => {
            let location = Some(format!("/{}", input.bucket));
            Ok(S3Response::new(CreateBucketOutput { location }))
        }
        BucketCreation::AlreadyKnown => Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        )),
    }
}

/// Says whether a bucket exists.
pub(super) async fn head_bucket(
    wire: &Wire,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    require(wire, &request.input.bucket).await?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(wire.region.to_string()),
        ..HeadBucketOutput::default()
    }))
}

/// Deletes an empty bucket.
pub(super) async fn delete_bucket(
    wire: &Wire,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let deleted = wire.store.metadata.delete_bucket(&request.input.bucket).await;
    match deleted.map_err(Error::from)? {
        BucketDeletion::Deleted => Ok(S3Response::new(DeleteBucketOutput {})),
        BucketDeletion::NotEmpty => {
            Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"))
        }
        BucketDeletion::NoSuchBucket => Err(no_such_bucket()),
    }
}

/// Says where a bucket is: where all are.
pub(super) async fn get_bucket_location(
    wire: &Wire,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    require(wire, &request.input.bucket).await?;
    let region = wire.region.to_string();
    let has_constraint = region != REGION_WITHOUT_CONSTRAINT;
    let location_constraint = has_constraint.then(|| BucketLocationConstraint::from(region));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}

/// Refuses if a bucket does not exist.
pub(super) async fn require(wire: &Wire, bucket: &str) -> S3Result<()> {
    match wire.store.metadata.lookup_bucket(bucket).await.map_err(Error::from)? {
        Some(_) => Ok(()),
        None => Err(no_such_bucket()),
    }
}
