use super::super::canonical::{PathForm, request as canonical_request};
use super::*;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const OTHER_SERVICES: [&str; 4] = ["cloudtrail", "sts", "s3", "organizations"];

fn any_path() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "(/|/\\.|/\\.\\.|//|/[a-zA-Z0-9._~@:+$%é-]{1,4}|/%[0-9A-Fa-f]{2}){1,8}",
    ]
}

fn any_query() -> impl Strategy<Value = String> {
    "([a-zA-Z0-9._~é/-]{0,3}(%[0-9A-Fa-f]{2}|\\+|%)?=?[a-zA-Z0-9=:é/-]{0,4}&?){0,5}"
}

fn any_request() -> impl Strategy<Value = OwnedRequest> {
    let header = ("[Mm]y-[a-c]{1,2}", "[ \t]{0,2}([!-~é]{1,4}[ \t]{0,3}){0,3}");
    (
        select(vec!["GET", "POST", "PUT", "DELETE"]),
        any_path(),
        any_query(),
        prop::collection::vec(header, 0..4),
        prop::collection::vec(any::<u8>(), 0..20),
    )
        .prop_map(|(method, path, query, headers, body)| {
            let mut request =
                OwnedRequest { method: method.to_owned(), path, query, headers: Vec::new(), body };
            request.push("Host", "trail.example.com");
            for (name, value) in headers {
                request.push(&name, &value);
            }
            request
        })
}

fn any_signer() -> impl Strategy<Value = Signer> {
    (
        "[A-Z0-9]{16,20}",
        "[!-~]{1,80}",
        "[a-z]{2}-[a-z]{4,9}-[1-9]",
        select(OTHER_SERVICES.to_vec()),
        0_i64..4_000_000_000,
        prop::option::of("[A-Za-z0-9+/=]{1,40}"),
    )
        .prop_map(|(access_key_id, secret, region, service, seconds, session_token)| Signer {
            access_key_id,
            secret,
            region,
            service: service.to_owned(),
            date: DateTime::from_timestamp(seconds, 0).unwrap(),
            session_token,
        })
}

fn any_form() -> impl Strategy<Value = Form> {
    prop_oneof![Just(Form::Header), (60_u32..604_800).prop_map(Form::Presigned)]
}

fn rules_at(now: DateTime<Utc>) -> Rules<'static> {
    Rules { session_tokens: SessionTokens::CheckedByCaller, ..Rules::new(now, &OTHER_SERVICES) }
}

/// What someone on the way might do to a request.
#[derive(Clone, Copy, Debug)]
enum Change {
    Method,
    Path,
    Query,
    QueryOrigin,
    Header,
    DoubledHeader,
    Body,
    Date,
    Day,
    Region,
    Service,
    Signature,
    SignedHeaders,
    Token,
    Expiry,
    Secret,
}

impl Change {
    const ALL: [Self; 16] = [
        Self::Method,
        Self::Path,
        Self::Query,
        Self::QueryOrigin,
        Self::Header,
        Self::DoubledHeader,
        Self::Body,
        Self::Date,
        Self::Day,
        Self::Region,
        Self::Service,
        Self::Signature,
        Self::SignedHeaders,
        Self::Token,
        Self::Expiry,
        Self::Secret,
    ];

    /// Changes a signed request, or the secret that it is verified with. False where there is nothing to change.
    fn apply(self, request: &mut OwnedRequest, signer: &mut Signer, form: Form) -> bool {
        let date = signer.date.format("%Y%m%dT%H%M%SZ").to_string();
        let later = (signer.date + TimeDelta::seconds(1)).format("%Y%m%dT%H%M%SZ").to_string();
        let day = date[..8].to_owned();
        let scope = |day: &str, region: &str, service: &str| format!("/{day}/{region}/{service}/");
        let Signer { region, service, .. } = signer.clone();
        let here = scope(&day, &region, &service);
        match self {
            Self::Method => request.method.push('X'),
            Self::Path => request.path += "/x",
            Self::Query => request.query = format!("added&{}", request.query),
            Self::QueryOrigin => request.query += "&added=%00",
            Self::Header => request.header("host").push(b'x'),
            Self::DoubledHeader => request.push("HOST", "other.example.com"),
            Self::Body if service == "s3" && form != Form::Header => return false,
            Self::Body => request.body.push(0),
            Self::Date => claim_text(request, &date, &later),
            Self::Day => claim_text(request, &here, &scope("20990101", &region, &service)),
            Self::Region => claim_text(request, &here, &scope(&day, "xx-other-1", &service)),
            Self::Service => {
                let other = if service == "sts" { "cloudtrail" } else { "sts" };
                claim_text(request, &here, &scope(&day, &region, other));
            }
            Self::Signature => {
                let signature = hex::encode(request.read().unwrap().unwrap().signature);
                let first = if signature.starts_with('0') { "1" } else { "0" };
                claim_text(request, &signature, &format!("{first}{}", &signature[1..]));
            }
            Self::SignedHeaders => {
                request.push("added", "x");
                claim_text(request, "SignedHeaders=", "SignedHeaders=added;");
            }
            Self::Token if signer.session_token.is_none() => return false,
            Self::Token if form == Form::Header => {
                request.header("x-amz-security-token").push(b'x');
            }
            Self::Token => claim_text(request, "Security-Token=", "Security-Token=x"),
            Self::Expiry if form == Form::Header => return false,
            Self::Expiry => claim_text(request, "X-Amz-Expires=", "X-Amz-Expires=1"),
            Self::Secret => signer.secret.push('x'),
        }
        true
    }
}

/// Replaces a text of the claim, wherever the claim stands.
fn claim_text(request: &mut OwnedRequest, from: &str, to: &str) {
    for (name, value) in &mut request.headers {
        if name == "Authorization" || name == "X-Amz-Date" {
            *value = String::from_utf8(value.clone()).unwrap().replace(from, to).into_bytes();
        }
    }
    let encode = |text: &str| text.replace('/', "%2F").replace(';', "%3B");
    request.query = request.query.replace(&encode(from), &encode(to));
}

proptest! {
    /// Who holds the secret gets in: two writings of the specification agree on every request.
    #[test]
    fn what_is_signed_verifies(
        mut request in any_request(), signer in any_signer(), form in any_form(),
    ) {
        sign(&mut request, &signer, form);
        prop_assert_eq!(request.check(&signer.secret, &rules_at(signer.date)), Ok(()));
    }

    /// Nobody on the way can make another request of it.
    #[test]
    fn every_change_is_refused(
        mut request in any_request(), mut signer in any_signer(), form in any_form(),
        change in select(Change::ALL.to_vec()),
    ) {
        sign(&mut request, &signer, form);
        let before = format!("{request:?} {signer:?}");
        if change.apply(&mut request, &mut signer, form) {
            let after = format!("{request:?} {signer:?}");
            prop_assert_ne!(before, after, "nothing was changed");
            let verdict = request.check(&signer.secret, &rules_at(signer.date));
            prop_assert!(verdict.is_err(), "{:?} is not noticed", change);
        }
    }

    /// One byte of a claim, changed to any other, never makes a request of somebody else's.
    #[test]
    fn a_changed_byte_changes_nothing_or_is_refused(
        mut request in any_request(), signer in any_signer(), at in any::<Index>(), byte in any::<u8>(),
    ) {
        sign(&mut request, &signer, Form::Header);
        let before = request.read().unwrap().unwrap();
        let authorization = request.header("authorization");
        let place = at.index(authorization.len());
        authorization[place] = byte;
        if request.check(&signer.secret, &rules_at(signer.date)).is_ok() {
            let mut after = request.read().unwrap().unwrap();
            // The access key's name isn't signed: it only says which secret is to be taken.
            after.access_key_id.clone_from(&before.access_key_id);
            prop_assert_eq!(after, before);
        }
    }

    /// Neither order of parameters nor spelling of a header's name matters, since proxies change them.
    #[test]
    fn what_proxies_do_is_forgiven(mut request in any_request(), signer in any_signer()) {
        sign(&mut request, &signer, Form::Header);
        let mut pieces: Vec<&str> = request.query.split('&').collect();
        pieces.reverse();
        request.query = pieces.join("&");
        for (name, value) in &mut request.headers {
            *name = name.to_ascii_uppercase();
            *value = [b" ".as_slice(), value, b" "].concat();
        }
        prop_assert_eq!(request.check(&signer.secret, &rules_at(signer.date)), Ok(()));
    }

    /// A path means the same as its canonical form, so canonical forms are their own.
    #[test]
    fn normal_paths_stay(path in "(/[a-zA-Z0-9._~-]{1,5}x){0,4}/?") {
        let request = SignedRequest { method: "GET", path: &path, query: "", headers: &[] };
        let of = |form| canonical_request(&request, form, &[], &[], "");
        prop_assert_eq!(of(PathForm::Normalized), of(PathForm::Sent));
    }

    /// No text ends the process, and none is a signature by chance.
    #[test]
    fn any_text_is_refused_or_no_claim(
        query in "(\\PC|[&=%+]|X-Amz-(Algorithm=AWS4-HMAC-SHA256|Date=20260101T000000Z|Expires=1)&?){0,30}",
        authorization in "(AWS4-HMAC-SHA256 )?(\\PC|[,=/; ]|Credential=a/20260101/b/sts/aws4_request|Signature=|SignedHeaders=){0,20}",
        path in "\\PC{0,20}", value in prop::collection::vec(any::<u8>(), 0..20),
        has_authorization in any::<bool>(),
    ) {
        let mut request = OwnedRequest { path, query, ..unsigned() };
        request.headers.push(("X-Amz-Date".to_owned(), value));
        if has_authorization {
            request.push("Authorization", &authorization);
        }
        if let Ok(Some(_)) = request.read() {
            prop_assert!(request.check(SECRET, &rules_at(noon())).is_err());
        }
    }
}
