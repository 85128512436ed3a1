//! Which requests reach s3s.

use super::check;
use http::Request;

const SCOPE: &str = "AKIA/20260101/us-east-1/s3/aws4_request";

#[test]
fn signature_version_4_passes() {
    assert_eq!(by_header(&authorization(SCOPE, "host;x-amz-date")), None);
    assert_eq!(by_query(&query(SCOPE, "604800", "host")), None);
    let key_with_slash = SCOPE.replace("AKIA", "some/key");
    assert_eq!(by_header(&authorization(&key_with_slash, "host;x-amz-date")), None);
}

#[test]
fn anonymous_requests_are_refused() {
    assert_eq!(by_query("prefix=a").as_deref(), Some("AccessDenied"));
}

#[test]
fn signature_version_2_is_refused_however_it_is_spelled() {
    let refused = Some("InvalidRequest");
    assert_eq!(by_header("AWS AKIA:c2lnbmF0dXJl").as_deref(), refused);
    assert_eq!(by_query("AWSAccessKeyId=AKIA&Signature=x&Expires=9999999999").as_deref(), refused);
    assert_eq!(by_query("%53ignature=x").as_deref(), refused);
    // Beside a proper claim s3s would look at the old one first.
    assert_eq!(
        by_query(&format!("{}&Signature=x", query(SCOPE, "60", "host"))).as_deref(),
        refused
    );
}

#[test]
fn another_scope_is_refused() {
    let malformed = Some("AuthorizationHeaderMalformed");
    for scope in [
        "AKIA/20260101/eu-west-1/s3/aws4_request",
        "AKIA/20260101/us-east-1/sts/aws4_request",
        "AKIA/20260101/us-east-1/s3/aws4",
        "us-east-1/s3/aws4_request",
        "",
    ] {
        let refusal = by_header(&authorization(scope, "host;x-amz-date"));
        assert_eq!(refusal.as_deref(), malformed, "{scope}");
        let refusal = by_query(&query(scope, "60", "host"));
        assert_eq!(refusal.as_deref(), Some("AuthorizationQueryParametersError"), "{scope}");
    }
}

#[test]
fn a_presigned_url_lives_at_most_seven_days() {
    for expires in ["604801", "0", "-1", "", "many"] {
        let refusal = by_query(&query(SCOPE, expires, "host"));
        assert_eq!(refusal.as_deref(), Some("AuthorizationQueryParametersError"), "{expires}");
    }
}

#[test]
fn a_parameter_given_twice_is_refused() {
    for extra in ["X-Amz-Expires=60", "X%2DAmz%2DCredential=x", "X-Amz-Signature=0"] {
        let refusal = by_query(&format!("{}&{extra}", query(SCOPE, "60", "host")));
        assert_eq!(refusal.as_deref(), Some("AuthorizationQueryParametersError"), "{extra}");
    }
}

#[test]
fn both_forms_at_once_are_refused() {
    let request = request()
        .uri(format!("/bucket/key?{}", query(SCOPE, "60", "host;x-amz-date")))
        .header("authorization", authorization(SCOPE, "host;x-amz-date"))
        .body(());
    assert_eq!(refusal(&request.unwrap()).as_deref(), Some("InvalidArgument"));
}

#[test]
fn a_header_that_means_something_must_be_signed() {
    assert_eq!(by_header(&authorization(SCOPE, "host")).as_deref(), Some("AccessDenied"));
    let no_host = by_header(&authorization(SCOPE, "x-amz-date"));
    assert_eq!(no_host.as_deref(), Some("AuthorizationHeaderMalformed"));
    let absent = by_header(&authorization(SCOPE, "host;x-amz-date;x-amz-acl"));
    assert_eq!(absent.as_deref(), Some("AuthorizationHeaderMalformed"));
}

#[test]
fn form_uploads_are_refused() {
    let request = request()
        .method("POST")
        .uri("/bucket")
        .header("authorization", authorization(SCOPE, "host;x-amz-date"))
        .header("content-type", "Multipart/Form-Data; boundary=x")
        .body(());
    assert_eq!(refusal(&request.unwrap()).as_deref(), Some("NotImplemented"));
}

fn request() -> http::request::Builder {
    Request::builder().header("host", "localhost").header("x-amz-date", "20260101T000000Z")
}

fn authorization(scope: &str, signed_headers: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed_headers}, Signature=00")
}

fn query(scope: &str, expires: &str, signed_headers: &str) -> String {
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date=20260101T000000Z\
         &X-Amz-Expires={expires}&X-Amz-SignedHeaders={signed_headers}&X-Amz-Signature=00",
        scope.replace('/', "%2F")
    )
}

/// The code with which a request is refused that has this Authorization.
fn by_header(authorization: &str) -> Option<String> {
    let request = request().uri("/bucket/key").header("authorization", authorization).body(());
    refusal(&request.unwrap())
}

/// The code with which a request is refused that has this query string.
fn by_query(query: &str) -> Option<String> {
    let request =
        Request::builder().header("host", "localhost").uri(format!("/bucket/key?{query}")).body(());
    refusal(&request.unwrap())
}

fn refusal(request: &Request<()>) -> Option<String> {
    check(request, "us-east-1").err().map(|error| error.code().as_str().to_owned())
}
