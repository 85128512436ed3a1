//! S3.

use super::Call;

const READ_EXTRA: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"SSEApplied":"Default_SSE_S3","AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64-76>","bytesTransferredOut":<number-900000>}"#;
const WRITE_EXTRA: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":<number-900000>,"SSEApplied":"Default_SSE_S3","AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64-76>","bytesTransferredOut":0}"#;
const PLAIN_EXTRA: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64-76>","bytesTransferredOut":<number-2000>}"#;
const SERVICE_EXTRA: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64-76>","bytesTransferredOut":<number-900>}"#;
const OBJECT: &[(&str, &str)] = &[
    ("AWS::S3::Object", "arn:aws:s3:::<@bucket>/<object>"),
    ("AWS::S3::Bucket", "arn:aws:s3:::<@bucket>"),
];
const BUCKET: &[(&str, &str)] = &[("AWS::S3::Bucket", "arn:aws:s3:::<@bucket>")];
const ANY_BUCKET: &[(&str, &str)] = &[("AWS::S3::Bucket", "arn:aws:s3:::<bucket>")];

pub(crate) static GET_OBJECT: Call = Call::read("s3", "GetObject")
    .data()
    .request(r#"{"bucketName":"<@bucket>","Host":"<@bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#)
    .extra(READ_EXTRA)
    .resources(OBJECT);
pub(crate) static HEAD_OBJECT: Call = Call::read("s3", "HeadObject")
    .data()
    .request(r#"{"bucketName":"<@bucket>","Host":"<@bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#)
    .extra(PLAIN_EXTRA)
    .resources(OBJECT);
pub(crate) static PUT_OBJECT: Call = Call::write("s3", "PutObject")
    .data()
    .request(r#"{"bucketName":"<@bucket>","Host":"<@bucket>.s3.<region>.amazonaws.com","key":"<object>","x-amz-server-side-encryption":"AES256"}"#)
    .response(r#"{"x-amz-server-side-encryption":"AES256","x-amz-version-id":"<base64-32>"}"#)
    .extra(WRITE_EXTRA)
    .resources(OBJECT);
pub(crate) static DELETE_OBJECT: Call = Call::write("s3", "DeleteObject")
    .data()
    .request(r#"{"bucketName":"<@bucket>","Host":"<@bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#)
    .extra(PLAIN_EXTRA)
    .resources(OBJECT);
pub(crate) static LIST_OBJECTS: Call = Call::read("s3", "ListObjects")
    .data()
    .request(r#"{"list-type":"2","bucketName":"<@bucket>","prefix":"<raw|daily|exports>/","Host":"<@bucket>.s3.<region>.amazonaws.com","encoding-type":"url"}"#)
    .extra(PLAIN_EXTRA)
    .resources(&[
        ("AWS::S3::Object", "arn:aws:s3:::<@bucket>/"),
        ("AWS::S3::Bucket", "arn:aws:s3:::<@bucket>"),
    ]);
pub(crate) static LIST_BUCKETS: Call = Call::read("s3", "ListBuckets")
    .request(r#"{"Host":"s3.<region>.amazonaws.com"}"#)
    .extra(PLAIN_EXTRA);
pub(crate) static GET_BUCKET_ACL_BY_SERVICE: Call = Call::read("s3", "GetBucketAcl")
    .request(r#"{"bucketName":"<@bucket>","Host":"<@bucket>.s3.<region>.amazonaws.com","acl":""}"#)
    .extra(SERVICE_EXTRA)
    .resources(BUCKET);
pub(crate) static GET_BUCKET_ACL: Call = Call::read("s3", "GetBucketAcl")
    .request(r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","acl":""}"#)
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static GET_BUCKET_LOCATION: Call = Call::read("s3", "GetBucketLocation")
    .request(r#"{"bucketName":"<bucket>","location":"","Host":"s3.<region>.amazonaws.com"}"#)
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static GET_BUCKET_POLICY: Call = Call::read("s3", "GetBucketPolicy")
    .request(r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#)
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static GET_BUCKET_ENCRYPTION: Call = Call::read("s3", "GetBucketEncryption")
    .request(
        r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","encryption":""}"#,
    )
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static GET_BUCKET_VERSIONING: Call = Call::read("s3", "GetBucketVersioning")
    .request(
        r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","versioning":""}"#,
    )
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static GET_PUBLIC_ACCESS_BLOCK: Call = Call::read("s3", "GetBucketPublicAccessBlock")
    .request(r#"{"publicAccessBlock":"","bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com"}"#)
    .extra(PLAIN_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static PUT_BUCKET_POLICY: Call = Call::write("s3", "PutBucketPolicy")
    .request(r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::<bucket>","arn:aws:s3:::<bucket>/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]},"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#)
    .extra(WRITE_EXTRA)
    .resources(ANY_BUCKET);
pub(crate) static CREATE_BUCKET: Call = Call::write("s3", "CreateBucket")
    .request(r#"{"CreateBucketConfiguration":{"LocationConstraint":"<region>","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"},"bucketName":"<bucket>-<hex-8>","Host":"s3.<region>.amazonaws.com"}"#)
    .extra(WRITE_EXTRA)
    .resources(&[("AWS::S3::Bucket", "arn:aws:s3:::<bucket>-<hex-8>")]);
