//! What a right signature isn't enough for.

use super::*;

#[test]
fn the_limits_are_those_of_aws() {
    assert_eq!(rules().clock_skew_max, TimeDelta::seconds(300));
    assert_eq!(rules().presigned_expiry_max, TimeDelta::seconds(604_800));
    assert_eq!(rules().session_tokens, SessionTokens::Refused);
}

#[test]
fn a_header_counts_five_minutes_around_its_time() {
    let request = signed("cloudtrail", Form::Header);
    for (seconds, verdict) in [
        (
            -301,
            Some(
                "it was signed at 2026-11-20T12:00:00Z, more than 300 seconds after 2026-11-20T11:54:59Z",
            ),
        ),
        (-300, None),
        (0, None),
        (300, None),
        (
            301,
            Some(
                "it was signed at 2026-11-20T12:00:00Z, more than 300 seconds before 2026-11-20T12:05:01Z",
            ),
        ),
    ] {
        expired(&request, seconds, verdict);
    }
}

#[test]
fn a_presigned_url_counts_until_it_expires() {
    let request = signed("cloudtrail", Form::Presigned(60));
    for (seconds, verdict) in [
        (-301, Some("more than 300 seconds after 2026-11-20T11:54:59Z")),
        (-300, None),
        (60, None),
        (
            61,
            Some(
                "the URL was signed at 2026-11-20T12:00:00Z for 60 seconds, and now it is 2026-11-20T12:01:01Z",
            ),
        ),
    ] {
        expired(&request, seconds, verdict);
    }
    let week = 7 * 24 * 60 * 60;
    assert_eq!(signed("sts", Form::Presigned(week)).check(SECRET, &rules()), Ok(()));
    let longer = signed("sts", Form::Presigned(week + 1)).check(SECRET, &rules()).unwrap_err();
    assert!(longer.to_string().contains("'X-Amz-Expires' is more than 604800"), "{longer}");
}

#[test]
fn a_wrong_scope_is_named() {
    let scoped = |from: &str, to: &str| {
        let mut request = signed("cloudtrail", Form::Header);
        request.rewrite("authorization", from, to);
        request.check(SECRET, &rules())
    };
    let service = Mismatch::Service {
        scoped: "ec2".to_owned(),
        expected: SERVICES.map(str::to_owned).to_vec(),
    };
    assert!(service.to_string().contains("'cloudtrail' or 'sts' or 's3', not 'ec2'"), "{service}");
    assert_eq!(scoped("/cloudtrail/", "/ec2/"), Err(service.into()));
    let terminator = Mismatch::Terminator("aws5_request".to_owned());
    assert_eq!(scoped("aws4_request", "aws5_request"), Err(terminator.into()));
    for day in ["20261119", "2026112", "202611200", "x"] {
        let date =
            Mismatch::Date { scoped: day.to_owned(), requested: "20261120T120000Z".to_owned() };
        assert_eq!(scoped("/20261120/", &format!("/{day}/")), Err(date.into()), "{day}");
    }
    assert_eq!(scoped("eu-west-1", "eu-west-2"), Err(Mismatch::Signature.into()));
}

#[test]
fn session_tokens_are_refused_unless_the_caller_knows_them() {
    for form in [Form::Header, Form::Presigned(60)] {
        let mut request = unsigned();
        let token = Some("token".to_owned());
        sign(&mut request, &Signer { session_token: token, ..signer("sts") }, form);
        let refused = request.check(SECRET, &rules());
        assert_eq!(refused, Err(SignatureError::InvalidClientTokenId), "{form:?}");
        let known = Rules { session_tokens: SessionTokens::CheckedByCaller, ..rules() };
        assert_eq!(request.check(SECRET, &known), Ok(()), "{form:?}");
    }
}

#[test]
fn host_and_amz_headers_must_be_signed() {
    for form in [Form::Header, Form::Presigned(60)] {
        let mut added = signed("cloudtrail", form);
        added.push("X-Amz-Anything", "x");
        let unsigned_header = Mismatch::UnsignedHeader("x-amz-anything".to_owned());
        assert_eq!(added.check(SECRET, &rules()), Err(unsigned_header.into()), "{form:?}");

        let mut traced = signed("cloudtrail", form);
        traced.push("X-Amzn-Trace-Id", "Root=1");
        traced.push("User-Agent", "aws-cli");
        assert_eq!(traced.check(SECRET, &rules()), Ok(()), "{form:?}");

        let mut absent = signed("cloudtrail", form);
        absent.headers.retain(|(name, _)| name != "Content-Type");
        let absent_header = Mismatch::AbsentHeader("content-type".to_owned());
        assert_eq!(absent.check(SECRET, &rules()), Err(absent_header.into()), "{form:?}");

        let mut hostless = unsigned();
        hostless.headers.retain(|(name, _)| name != "Host");
        sign(&mut hostless, &signer("cloudtrail"), form);
        hostless.push("Host", "trail.example.com");
        let no_host = Mismatch::UnsignedHeader("host".to_owned());
        assert_eq!(hostless.check(SECRET, &rules()), Err(no_host.into()), "{form:?}");
    }
}

/// What `x-amz-content-sha256` may say. A signed request has the header before it is signed.
#[test]
fn bodies_are_what_was_signed_or_may_stay_unsigned() {
    let (header, url) = (Form::Header, Form::Presigned(60));
    let unsigned_body = || Err(Mismatch::UnsignedBody.into());
    let other_body = || Err(SignatureError::ContentSha256Mismatch);
    let mismatch = || Err(Mismatch::Signature.into());
    let real = unsigned().payload();
    let empty = OwnedRequest { body: Vec::new(), ..unsigned() }.payload();
    for (service, form, payload, verdict) in [
        ("cloudtrail", header, real, Ok(())),
        ("cloudtrail", header, empty, mismatch()),
        ("cloudtrail", header, Payload::Unhashed, unsigned_body()),
        ("cloudtrail", url, real, Ok(())),
        ("cloudtrail", url, empty, mismatch()),
        ("cloudtrail", url, Payload::Unhashed, unsigned_body()),
        ("s3", header, real, Ok(())),
        ("s3", header, empty, other_body()),
        ("s3", header, Payload::Unhashed, other_body()),
        ("s3", url, real, Ok(())),
        ("s3", url, Payload::Unhashed, Ok(())),
    ] {
        let found = signed(service, form).check_with(payload, SECRET, &rules());
        assert_eq!(found, verdict, "{service} {form:?} {payload:?}");
    }
}

#[test]
fn the_content_header_is_believed_only_where_aws_does() {
    let mut request = signed("s3", Form::Header);
    request.headers.retain(|(name, _)| name != "X-Amz-Content-Sha256");
    request.rewrite("authorization", "x-amz-content-sha256;", "");
    refused(&request, "'x-amz-content-sha256' is missing");

    for (service, form, value, words) in [
        ("cloudtrail", Form::Header, "UNSIGNED-PAYLOAD", "the body must be signed"),
        ("cloudtrail", Form::Presigned(60), "UNSIGNED-PAYLOAD", "the body must be signed"),
        ("cloudtrail", Form::Header, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "chunk by chunk"),
        ("s3", Form::Presigned(60), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "chunk by chunk"),
        ("cloudtrail", Form::Header, "", "the body is not the one"),
        ("cloudtrail", Form::Presigned(60), "unsigned-payload", "the body is not the one"),
        ("s3", Form::Presigned(60), &"0".repeat(64), "the body is not the one"),
    ] {
        let mut request = unsigned();
        request.push("X-Amz-Content-Sha256", value);
        sign(&mut request, &signer(service), form);
        refused(&request, words);
    }
}

#[test]
fn a_body_may_stay_unsigned_in_s3() {
    for (service, form) in [("s3", Form::Header), ("s3", Form::Presigned(60))] {
        let mut request = unsigned();
        request.push("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
        sign(&mut request, &signer(service), form);
        for payload in [request.payload(), Payload::Unhashed] {
            let verdict = request.check_with(payload, SECRET, &rules());
            assert_eq!(verdict, Ok(()), "{service} {form:?} {payload:?}");
        }
    }
}

/// The words of a refusal are no help in forging.
#[test]
fn refusals_tell_neither_the_signature_nor_the_secret() {
    let request = signed("cloudtrail", Form::Header);
    let right = hex::encode(request.read().unwrap().unwrap().signature);
    let mut forged = request.clone();
    forged.rewrite("authorization", &right, &"0".repeat(64));
    let error = forged.check(SECRET, &rules()).unwrap_err();
    let words = format!("{error} {error:?}");
    assert!(!words.contains(&right) && !words.contains(SECRET), "{words}");
}

#[track_caller]
fn refused(request: &OwnedRequest, expected: &str) {
    let words = request.check(SECRET, &rules()).unwrap_err().to_string();
    assert!(words.contains(expected), "{words:?} lacks {expected:?}");
}

#[track_caller]
fn expired(request: &OwnedRequest, seconds: i64, expected: Option<&str>) {
    let rules = Rules { now: noon() + TimeDelta::seconds(seconds), ..rules() };
    let verdict = request.check(SECRET, &rules);
    let Some(expected) = expected else { return assert_eq!(verdict, Ok(()), "{seconds}") };
    let error = verdict.unwrap_err();
    assert!(matches!(error, SignatureError::RequestExpired(_)), "{error:?}");
    assert!(error.to_string().contains(expected), "{error} lacks {expected:?}");
}
