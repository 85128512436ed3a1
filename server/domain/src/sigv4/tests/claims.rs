//! Reading claims.

use super::*;

#[test]
fn a_claim_says_who_signed_what_and_when() {
    let header = signed("cloudtrail", Form::Header).read().unwrap().unwrap();
    let presigned = signed("cloudtrail", Form::Presigned(900)).read().unwrap().unwrap();
    for claim in [&header, &presigned] {
        assert_eq!(claim.access_key_id(), "AKIAEXAMPLEEXAMPLE12");
        assert_eq!((claim.region(), claim.service()), ("eu-west-1", "cloudtrail"));
        assert_eq!(claim.date(), noon());
        assert_eq!(claim.session_token(), None);
    }
    assert_eq!(header.signed_headers(), ["content-type", "host", "x-amz-date", "x-amz-target"]);
    assert_eq!(presigned.signed_headers(), ["content-type", "host", "x-amz-target"]);
    assert_eq!((header.is_presigned(), header.expires()), (false, None));
    assert_eq!(
        (presigned.is_presigned(), presigned.expires()),
        (true, Some(TimeDelta::minutes(15)))
    );
}

#[test]
fn tokens_are_found_and_not_printed() {
    for form in [Form::Header, Form::Presigned(60)] {
        let mut request = unsigned();
        let token = Some("a+b/c==".to_owned());
        sign(&mut request, &Signer { session_token: token, ..signer("sts") }, form);
        let claim = request.read().unwrap().unwrap();
        assert_eq!(claim.session_token(), Some("a+b/c=="), "{form:?}");
        let printed = format!("{claim:?} {:?}", Secret::new(SECRET.to_owned()));
        assert!(!printed.contains("a+b/c==") && !printed.contains(SECRET), "{printed}");
        assert!(!printed.contains(&hex::encode(claim.signature)), "{printed}");
    }
}

#[test]
fn requests_without_a_claim_are_none() {
    let none = |request: &OwnedRequest| assert_eq!(request.read(), Ok(None), "{request:?}");
    none(&unsigned());
    for authorization in ["Bearer abc", "Basic YTpi", "", "AW", "\u{fc}"] {
        let mut request = unsigned();
        request.push("Authorization", authorization);
        none(&request);
    }
    let mut request = unsigned();
    request.query = "x-amz-signature=1&q=X-Amz-Signature&Signature=x".to_owned();
    none(&request);
}

#[test]
fn what_is_wrong_with_a_header_is_named() {
    let credential = "AKIAEXAMPLEEXAMPLE12/20261120/eu-west-1/cloudtrail/aws4_request";
    for (from, to, words) in [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Signature Version 4A is not supported"),
        ("AWS4-HMAC-SHA256", "AWS", "Signature Version 2 is not supported"),
        ("AWS4-HMAC-SHA256", "aws4-hmac-sha256", "the algorithm that is named is not supported"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", "the algorithm that is named is not supported"),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256", "the algorithm that is named is not supported"),
        ("Credential=", "credential=", "malformed"),
        ("Credential=", "Credential", "malformed"),
        ("Signature=", "", "malformed"),
        ("Signature=", "Signature=x, Signature=", "'Signature' is there twice"),
        (", Signature=", ",", "malformed"),
        ("Signature=", "SignedHeaders=", "'SignedHeaders' is there twice"),
        ("Signature=", "Signature=0", "64 hexadecimal digits"),
        (credential, "", "'Credential' is not"),
        ("/20261120", "", "'Credential' is not"),
        ("/20261120", "/x/20261120", "'Credential' is not"),
        ("AKIAEXAMPLEEXAMPLE12", "", "'Credential' is not"),
        ("eu-west-1", "eu west", "'Credential' is not"),
        ("eu-west-1", "\u{e9}", "'Credential' is not"),
        ("aws4_request", "aws4_request/x/y/z", "'Credential' is not"),
        ("AKIAEXAMPLEEXAMPLE12", &"A".repeat(600), "'Credential' is not"),
        ("content-type;host", "host;content-type", "'SignedHeaders' is not"),
        ("content-type;host", "host;host", "'SignedHeaders' is not"),
        ("content-type;host", "Host", "'SignedHeaders' is not"),
        ("content-type;host", ";host", "'SignedHeaders' is not"),
        ("content-type;host", "a b;host", "'SignedHeaders' is not"),
    ] {
        let mut request = signed("cloudtrail", Form::Header);
        request.rewrite("authorization", from, to);
        incomplete(&request, words);
    }
}

#[test]
fn what_is_wrong_with_a_query_is_named() {
    for (from, to, words) in [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Signature Version 4A is not supported"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "", "'X-Amz-Algorithm' is missing"),
        ("X-Amz-Date", "X-Amz-Dat", "'X-Amz-Date' is missing"),
        ("X-Amz-Date", "X-Amz-Date=x&X-Amz-Date", "'X-Amz-Date' is there twice"),
        (
            "X-Amz-Signature",
            "X%2DAmz-Signature=&X-Amz-Signature",
            "'X-Amz-Signature' is there twice",
        ),
        ("X-Amz-Credential", "X-Amz-Security-Token", "'X-Amz-Credential' is missing"),
        ("X-Amz-Signature=", "X-Amz-Signature=%ff", "'X-Amz-Signature' is not text"),
        ("Expires=60", "Expires=0", "'X-Amz-Expires' is not"),
        ("Expires=60", "Expires=-60", "'X-Amz-Expires' is not"),
        ("Expires=60", "Expires=%2B60", "'X-Amz-Expires' is not"),
        ("Expires=60", "Expires=", "'X-Amz-Expires' is not"),
        ("Expires=60", "Expires=99999999999", "'X-Amz-Expires' is not"),
        ("X-Amz-Date=20261120T120000Z", "X-Amz-Date=20261320T120000Z", "'X-Amz-Date' is not"),
        ("X-Amz-Date=20261120T120000Z", "X-Amz-Date=+2026120T120000Z", "'X-Amz-Date' is not"),
        ("X-Amz-Date=20261120T120000Z", "X-Amz-Date=2026-11-20T12:00:00Z", "'X-Amz-Date' is not"),
        ("X-Amz-Date", "AWSAccessKeyId=x&X-Amz-Date", "Signature Version 2 is not supported"),
    ] {
        let mut request = signed("cloudtrail", Form::Presigned(60));
        assert!(request.query.contains(from), "{} lacks {from}", request.query);
        request.query = request.query.replace(from, to);
        incomplete(&request, words);
    }
    let mut request = unsigned();
    request.query = "AWSAccessKeyId=AKIA&Signature=x".to_owned();
    incomplete(&request, "Signature Version 2 is not supported");
}

#[test]
fn claims_made_twice_are_refused() {
    let mut twice = signed("cloudtrail", Form::Header);
    twice.push("authorization", "Bearer abc");
    incomplete(&twice, "'authorization' is there twice");

    let mut both = signed("cloudtrail", Form::Presigned(60));
    both.push("Authorization", "Bearer abc");
    incomplete(&both, "both in the query and in the header");

    let mut dated_twice = signed("cloudtrail", Form::Header);
    dated_twice.push("x-amz-date", "20261120T120000Z");
    incomplete(&dated_twice, "'x-amz-date' is there twice");

    let mut undated = signed("cloudtrail", Form::Header);
    undated.headers.retain(|(name, _)| name != "X-Amz-Date");
    incomplete(&undated, "'X-Amz-Date' is missing");

    let mut with_token = signed("cloudtrail", Form::Presigned(60));
    with_token.push("x-amz-security-token", "x");
    incomplete(&with_token, "session token in the query");

    let mut binary = signed("cloudtrail", Form::Header);
    binary.header("authorization").push(0xff);
    incomplete(&binary, "'authorization' is not text");
}

#[track_caller]
fn incomplete(request: &OwnedRequest, expected: &str) {
    let error = request.read().unwrap_err();
    let SignatureError::IncompleteSignature(words) = &error else { panic!("{error:?}") };
    assert!(words.contains(expected), "{words:?} lacks {expected:?}");
}
