//! The suite over the embedded store, and over another store if the environment names one.

use crate::suite::{Capabilities, check_s3_store};
use crate::world::{World, client};

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_is_an_s3_store() {
    let world = World::start().await;
    check_s3_store(&world.client(), &Capabilities::EMBEDDED).await;
    world.stop().await;
}

/// Set `ORGTRAIL_S3_ENDPOINT`, `_ACCESS_KEY`, `_SECRET_KEY`, `_REGION` and, for stores with known gaps,
/// `ORGTRAIL_S3_KIND` (`aws` or `ceph`).
#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_the_environment_is_an_s3_store() {
    let Some(endpoint) = variable("ORGTRAIL_S3_ENDPOINT") else {
        println!("ORGTRAIL_S3_ENDPOINT is not set: nothing but the embedded store was tested");
        return;
    };
    let id = variable("ORGTRAIL_S3_ACCESS_KEY").expect("ORGTRAIL_S3_ACCESS_KEY is set");
    let secret = variable("ORGTRAIL_S3_SECRET_KEY").expect("ORGTRAIL_S3_SECRET_KEY is set");
    let region = variable("ORGTRAIL_S3_REGION").unwrap_or_else(|| "us-east-1".to_owned());
    let capabilities = match variable("ORGTRAIL_S3_KIND").as_deref() {
        None | Some("aws") => Capabilities::AWS,
        Some("ceph") => Capabilities::CEPH,
        Some(other) => panic!("ORGTRAIL_S3_KIND is `aws` or `ceph`, not `{other}`"),
    };
    check_s3_store(&client(&endpoint, &id, &secret, &region), &capabilities).await;
}

#[expect(clippy::disallowed_methods, reason = "tests have no command line to read settings from")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
