//! S3's operations. Each is a function in a file of its own; here they are only tied to the trait.
//!
//! What isn't here answers `NotImplemented`, which is s3s's default.

pub(crate) mod access;
pub(crate) mod body;
mod buckets;
mod checksum_fields;
mod conditions;
mod copy_object;
mod delete_objects;
mod headers;
mod list_objects;
mod multipart_complete;
mod multipart_list;
mod multipart_upload;
mod put_object;
mod read_object;
mod upload_part_copy;

use crate::keys::KeyRing;
use crate::store::Inner;
use chrono::{DateTime, Utc};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput,
    DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput,
    GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
    ListPartsOutput, PutObjectInput, PutObjectOutput, Timestamp, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};
use std::sync::Arc;
use std::time::SystemTime;

/// The store as S3 sees it.
pub(crate) struct Wire {
    pub(crate) store: Arc<Inner>,
    pub(crate) keys: KeyRing,
    pub(crate) region: Arc<str>,
}

/// Turns a time into S3's.
fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp::from(SystemTime::from(time))
}

/// Ties operations to the functions that do them.
macro_rules! operations {
    ($($name:ident($input:ty) -> $output:ty = $function:path;)*) => {
        #[async_trait::async_trait]
        impl S3 for Wire {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $function(self, request).await
            })*
        }
    };
}

operations! {
    list_buckets(ListBucketsInput) -> ListBucketsOutput = buckets::list_buckets;
    create_bucket(CreateBucketInput) -> CreateBucketOutput = buckets::create_bucket;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = buckets::head_bucket;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = buckets::delete_bucket;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = buckets::get_bucket_location;
    put_object(PutObjectInput) -> PutObjectOutput = put_object::put_object;
    get_object(GetObjectInput) -> GetObjectOutput = read_object::get_object;
    head_object(HeadObjectInput) -> HeadObjectOutput = read_object::head_object;
    list_objects(ListObjectsInput) -> ListObjectsOutput = list_objects::list_objects;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list_objects::list_objects_v2;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete_objects::delete_object;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete_objects::delete_objects;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy_object::copy_object;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput =
        multipart_upload::create_multipart_upload;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart_upload::upload_part;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput =
        upload_part_copy::upload_part_copy;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput =
        multipart_complete::complete_multipart_upload;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput =
        multipart_upload::abort_multipart_upload;
    list_parts(ListPartsInput) -> ListPartsOutput = multipart_list::list_parts;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput =
        multipart_list::list_multipart_uploads;
}
