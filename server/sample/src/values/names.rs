//! The things that accounts own: names that are made of words, and ids from small pools.

/// The people of the sample organization; none of them is real.
pub(super) const PEOPLE: [&str; 14] = [
    "anna.keller",
    "olga.brandt",
    "marco.silva",
    "priya.nair",
    "tom.becker",
    "lucy.chen",
    "jonas.weber",
    "sofia.rossi",
    "amir.hassan",
    "nina.larsen",
    "pedro.alves",
    "kate.murray",
    "yusuf.demir",
    "elena.popova",
];

/// Ids of which an account and Region has only so many: prefix, hexadecimal digits, how many.
pub(super) fn pool(kind: &str) -> Option<(&'static str, usize, u64)> {
    Some(match kind {
        "instance" => ("i-0", 16, 24),
        "volume" => ("vol-0", 16, 30),
        "subnet" => ("subnet-0", 16, 6),
        "vpc" => ("vpc-0", 16, 2),
        "sg" => ("sg-0", 16, 12),
        "eni" => ("eni-0", 16, 60),
        "ami" => ("ami-0", 16, 5),
        "snapshot" => ("snap-0", 16, 40),
        "route-table" => ("rtb-0", 16, 6),
        "endpoint" => ("vpce-0", 16, 3),
        "distribution" => ("E", 12, 2),
        "hosted-zone" => ("Z0", 18, 3),
        "saml-suffix" | "sso-suffix" => ("", 16, 1),
        "oidc" | "detector" => ("", 32, 1),
        "target-suffix" => ("", 16, 4),
        "secret-suffix" => ("", 6, 9),
        _ => return None,
    })
}

/// Names that are built from other values.
pub(super) fn template(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "kms-key" => "<kms-head>-5c1e-4b7a-9d20-<kms-tail>",
        "kms-head" => "a7<0|3|5|9>d41<b2|c8|e6>",
        "kms-tail" => "4f8e21<07|3b|9c>d5<a6|e0>",
        "bucket" => "exampleorg-<account-name>-<word>",
        "object" => "<raw|daily|exports|incoming>/<day-path>/<word>-<hex-12>.<json|parquet|csv|gz>",
        "function" => "<account-name>-<word>-<handler|worker|sync>",
        "table" => "<account-name>-<word>",
        "queue" => "<account-name>-<word>-events",
        "topic" => "<account-name>-<word>-notices",
        "secret" => "<account-name>/<word>/<database|api-token|signing>",
        "parameter" => "/<account-name>/<word>/<endpoint|feature-flags|limits|log-level>",
        "log-group" => "/aws/<lambda|ecs|eks>/<account-name>-<word>",
        "log-stream" => "<day-path>/[$LATEST]<hex-32>",
        "cluster" => "<account-name>-<blue|green>",
        "service" => "<word>",
        "stack" => "<account-name>-<word>-stack",
        "database" => "<account-name>-<word>-db",
        "repository" => "<account-name>/<word>",
        "alarm" => "<account-name>-<word>-<errors|latency|saturation>",
        "target-group" => "<word>-tg",
        "load-balancer" => "<account-name>-<public|internal>",
        "scaling-group" => "<account-name>-<word>-asg",
        "workload-role" => "<account-name>-<word>-<task|pod|function>",
        "any-role" => "<account-name>-<word>-<task|pod|function|deploy>",
        "policy" => "<account-name>-<word>-access",
        "crawler-table" => "<word>_<daily|hourly|snapshot>",
        "job" => "<account-name>-<word>-<train|tune|evaluate>",
        "sha" => "sha256:<hex-64>",
        "availability-zone" => "<region><a|b|c>",
        "instance-type" => "<t4g.micro|m7g.large|c7g.xlarge>",
        "token" => "<base64-160>",
        _ => return None,
    })
}
