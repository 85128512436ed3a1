//! Images and artifacts on their way to production.

use super::Call;

const REPOSITORY: &[(&str, &str)] =
    &[("AWS::ECR::Repository", "arn:aws:ecr:<region>:<account>:repository/<@repository>")];

pub(crate) static GET_AUTHORIZATION_TOKEN: Call =
    Call::read("ecr", "GetAuthorizationToken").request(r#"{"registryIds":["<account>"]}"#);
pub(crate) static BATCH_GET_IMAGE: Call = Call::read("ecr", "BatchGetImage")
    .request(r#"{"registryId":"<account>","repositoryName":"<@repository>","imageIds":[{"imageTag":"<hex-12>"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json","application/vnd.oci.image.index.v1+json"]}"#)
    .resources(REPOSITORY);
pub(crate) static GET_DOWNLOAD_URL: Call = Call::read("ecr", "GetDownloadUrlForLayer")
    .request(r#"{"registryId":"<account>","repositoryName":"<@repository>","layerDigest":"<sha>"}"#)
    .resources(REPOSITORY);
pub(crate) static CHECK_LAYERS: Call = Call::read("ecr", "BatchCheckLayerAvailability")
    .request(r#"{"registryId":"<account>","repositoryName":"<@repository>","layerDigests":["<sha>","<sha#second>"]}"#)
    .resources(REPOSITORY);
pub(crate) static PUT_IMAGE: Call = Call::write("ecr", "PutImage")
    .request(r#"{"registryId":"<account>","repositoryName":"<@repository>","imageTag":"<hex-12>","imageManifestMediaType":"application/vnd.docker.distribution.manifest.v2+json","imageDigest":"<sha>"}"#)
    .response(r#"{"image":{"registryId":"<account>","repositoryName":"<@repository>","imageId":{"imageDigest":"<sha>","imageTag":"<hex-12>"},"imageManifestMediaType":"application/vnd.docker.distribution.manifest.v2+json"}}"#)
    .resources(REPOSITORY);
