mod canonical;
mod claims;
mod properties;
mod rules;
mod vectors;

use super::testing::{Form, OwnedRequest, Signer, sign};
use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SERVICES: [&str; 3] = ["cloudtrail", "sts", S3];

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn rules() -> Rules<'static> {
    Rules::new(noon(), &SERVICES)
}

fn signer(service: &str) -> Signer {
    Signer {
        access_key_id: "AKIAEXAMPLEEXAMPLE12".to_owned(),
        secret: SECRET.to_owned(),
        region: "eu-west-1".to_owned(),
        service: service.to_owned(),
        date: noon(),
        session_token: None,
    }
}

/// A call to CloudTrail that nobody has signed yet.
fn unsigned() -> OwnedRequest {
    let mut request = OwnedRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
    };
    request.push("Host", "trail.example.com");
    request.push("Content-Type", "application/x-amz-json-1.1");
    request.push("X-Amz-Target", "CloudTrail_20131101.DescribeTrails");
    request
}

fn signed(service: &str, form: Form) -> OwnedRequest {
    let mut request = unsigned();
    sign(&mut request, &signer(service), form);
    request
}
