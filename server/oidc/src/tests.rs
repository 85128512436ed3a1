//! Against a provider that does what no honest one does.

use crate::{Identified, OidcError, Outbound, Pending, Provider, ProviderSettings, issuer_of};
use chrono::TimeDelta;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_issuer::{CLIENT_SECRET, Issuer, Script, Signing};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn outbound(allowed: &[&str]) -> Outbound {
    Outbound::new(Arc::new(allowed.iter().map(|host| (*host).to_owned()).collect())).unwrap()
}

fn settings(issuer: &Issuer) -> ProviderSettings {
    ProviderSettings {
        issuer: issuer.url(),
        client_id: "orgtrail".to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned()),
        redirect_uri: "https://orgtrail.example.com/sign-in/callback".to_owned(),
        api_audience: Some("https://orgtrail.example.com".to_owned()),
        groups_claim: "groups".to_owned(),
        scopes: vec!["profile".to_owned()],
    }
}

async fn discover(settings: ProviderSettings) -> Result<Provider, OidcError> {
    Provider::discover(settings, outbound(&["127.0.0.1"]), SystemClock.now()).await
}

async fn provider(issuer: &Issuer) -> Provider {
    discover(settings(issuer)).await.unwrap()
}

async fn sign_in(
    provider: &Provider,
    issuer: &Issuer,
    claims: Value,
) -> Result<Identified, OidcError> {
    let begun = provider.begin().await;
    let (code, state) = issuer.sign_in(&begun.address, claims);
    assert_eq!(state, begun.pending.state);
    provider.finish(code, begun.pending, SystemClock.now()).await
}

fn alice() -> Value {
    json!({"sub": "0001", "preferred_username": "alice", "groups": ["security", "all"]})
}

fn script(claims: Value) -> Script {
    let Value::Object(claims) = claims else { unreachable!("claims are an object") };
    Script { claims, ..Script::default() }
}

#[tokio::test]
async fn somebody_comes_back_with_name_and_groups() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    let found = sign_in(&provider, &issuer, alice()).await.unwrap();
    assert_eq!((found.subject.as_str(), found.name.as_str()), ("0001", "alice"));
    assert_eq!(found.groups, ["security", "all"]);
    // Groups that the token doesn't hold are asked for.
    let more: Map<String, Value> =
        json!({"groups": ["from-there"], "email": "bob@example.com"}).as_object().unwrap().clone();
    issuer.follow(Script { user_info: more, ..Script::default() });
    let found = sign_in(&provider, &issuer, json!({"sub": "0002"})).await.unwrap();
    assert_eq!(
        (found.name.as_str(), found.groups),
        ("bob@example.com", vec!["from-there".to_owned()])
    );
    // The answer about somebody else is nobody's.
    let other = json!({"sub": "0003", "groups": ["administrators"]}).as_object().unwrap().clone();
    issuer.follow(Script { user_info: other, ..Script::default() });
    assert!(sign_in(&provider, &issuer, json!({"sub": "0002"})).await.is_err());
}

#[tokio::test]
async fn what_is_forged_old_or_for_others_is_refused() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    let now = SystemClock.now().timestamp();
    let forged = |signing| Script { signing, ..Script::default() };
    for (what, script) in [
        ("another key", forged(Signing::OtherKey)),
        ("no signature", forged(Signing::Nothing)),
        ("the public key as a secret", forged(Signing::PublicKeyAsSecret)),
        ("the client's secret", forged(Signing::ClientSecret)),
        ("another issuer", script(json!({"iss": "https://evil.example.com"}))),
        ("another audience", script(json!({"aud": "another-client"}))),
        ("one more audience", script(json!({"aud": ["orgtrail", "another-client"]}))),
        ("no audience", script(json!({"aud": null}))),
        ("expired", script(json!({"exp": now - 120, "iat": now - 400}))),
        ("too old", script(json!({"iat": now - 3_600}))),
        ("from the future", script(json!({"iat": now + 600}))),
        ("another nonce", script(json!({"nonce": "of another sign-in"}))),
        ("no nonce", script(json!({"nonce": null}))),
        ("no subject", script(json!({"sub": null}))),
        ("an empty subject", script(json!({"sub": ""}))),
        ("another access token", script(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}))),
    ] {
        issuer.follow(script);
        let refused = sign_in(&provider, &issuer, alice()).await;
        assert!(matches!(refused, Err(OidcError::Refused(_))), "{what}: {refused:?}");
    }
    // A clock that is a little off is no forgery.
    for claims in [json!({"exp": now - 30}), json!({"iat": now + 30})] {
        issuer.follow(script(claims.clone()));
        assert!(sign_in(&provider, &issuer, alice()).await.is_ok(), "{claims}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_whoever_asked_for_it() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    let begun = provider.begin().await;
    let (code, _) = issuer.sign_in(&begun.address, alice());
    let other = provider.begin().await.pending;
    let stolen = provider.finish(code, other, SystemClock.now()).await;
    assert!(matches!(stolen, Err(OidcError::Refused(_))), "{stolen:?}");
    let (code, _) = issuer.sign_in(&begun.address, alice());
    let again = begun.pending.clone();
    assert!(provider.finish(code.clone(), begun.pending, SystemClock.now()).await.is_ok());
    let replayed = provider.finish(code, again, SystemClock.now()).await;
    assert!(matches!(replayed, Err(OidcError::Refused(_))), "{replayed:?}");
}

#[tokio::test]
async fn new_keys_are_asked_for_once_and_old_ones_end() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    assert_eq!(issuer.times_asked(), 1);
    let old = issuer.access_token(&json!({"sub": "0001"}));
    issuer.rotate();
    assert!(sign_in(&provider, &issuer, alice()).await.is_ok());
    assert_eq!(issuer.times_asked(), 2, "an unknown key makes us ask");
    assert!(sign_in(&provider, &issuer, alice()).await.is_ok());
    assert_eq!(issuer.times_asked(), 2);
    let refused = provider.read_bearer(&old, SystemClock.now()).await;
    assert!(matches!(refused, Err(OidcError::Refused(_))), "{refused:?}");
    assert_eq!(issuer.times_asked(), 2, "tokens can't make us ask at every request");
    // A key that the provider takes back ends though nobody names a new one.
    let known = issuer.access_token(
        &json!({"sub": "0001", "groups": [], "exp": SystemClock.now().timestamp() + 9_000}),
    );
    issuer.rotate();
    assert!(provider.read_bearer(&known, SystemClock.now()).await.is_ok());
    let later = SystemClock.now() + TimeDelta::minutes(61);
    assert!(provider.read_bearer(&known, later).await.is_err());
    // A provider that is silent is believed as before.
    let fresh = issuer.access_token(
        &json!({"sub": "1", "groups": [], "exp": SystemClock.now().timestamp() + 90_000}),
    );
    issuer.follow(Script { fails_with: Some(503), ..Script::default() });
    assert!(provider.read_bearer(&fresh, SystemClock.now() + TimeDelta::hours(4)).await.is_ok());
}

#[tokio::test]
async fn access_tokens_are_read_as_strictly() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    let good = json!({"sub": "0001", "preferred_username": "alice", "groups": ["security"]});
    let token = issuer.access_token(&good);
    assert_eq!(issuer_of(&token), Some(issuer.url()));
    let found = provider.read_bearer(&token, SystemClock.now()).await.unwrap();
    assert_eq!((found.name.as_str(), found.groups), ("alice", vec!["security".to_owned()]));
    let now = SystemClock.now().timestamp();
    for claims in [
        json!({"aud": "orgtrail"}),
        json!({"aud": null}),
        json!({"iss": "https://evil.example.com"}),
        json!({"exp": now - 120}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"iat": now + 600}),
        json!({"iat": null}),
        json!({"nbf": now + 600}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
    ] {
        issuer.follow(script(claims.clone()));
        let refused = provider.read_bearer(&issuer.access_token(&good), SystemClock.now()).await;
        assert!(matches!(refused, Err(OidcError::Refused(_))), "{claims}: {refused:?}");
    }
    for signing in
        [Signing::OtherKey, Signing::Nothing, Signing::PublicKeyAsSecret, Signing::ClientSecret]
    {
        issuer.follow(Script { signing, ..Script::default() });
        let refused = provider.read_bearer(&issuer.access_token(&good), SystemClock.now()).await;
        assert!(matches!(refused, Err(OidcError::Refused(_))), "{signing:?}: {refused:?}");
    }
    for text in ["", "a.b.c", "....", CLIENT_SECRET] {
        assert!(provider.read_bearer(text, SystemClock.now()).await.is_err());
        assert_eq!(issuer_of(text), None);
    }
    let settings = ProviderSettings { api_audience: None, ..settings(&issuer) };
    issuer.follow(Script::default());
    let provider = discover(settings).await.unwrap();
    assert!(provider.read_bearer(&token, SystemClock.now()).await.is_err(), "no audience is ours");
}

#[tokio::test]
async fn a_provider_can_not_lead_us_elsewhere() {
    let issuer = Issuer::start().await;
    let refused =
        Provider::discover(settings(&issuer), outbound(&[]), SystemClock.now()).await.err();
    assert!(
        matches!(&refused, Some(OidcError::Unreachable { reason, .. }) if reason.contains("https")),
        "{refused:?}"
    );
    for url in
        ["https://127.0.0.1", "https://[::1]:4433", "https://169.254.169.254", "https://localhost"]
    {
        let settings = ProviderSettings { issuer: url.to_owned(), ..settings(&issuer) };
        let refused = Provider::discover(settings, outbound(&[]), SystemClock.now()).await.err();
        let words = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(words.contains("not a public address"), "{url}: {words}");
    }
    // The description of an allowed provider names a host that isn't.
    let description = json!({"jwks_uri": "https://169.254.169.254/keys"});
    let description = description.as_object().unwrap().clone();
    issuer.follow(Script { description, ..Script::default() });
    let refused = discover(settings(&issuer)).await.err().unwrap().to_string();
    assert!(refused.contains("not a public address"), "{refused}");
    // Another issuer's description.
    let description = json!({"issuer": "https://evil.example.com"}).as_object().unwrap().clone();
    issuer.follow(Script { description, ..Script::default() });
    assert!(matches!(discover(settings(&issuer)).await, Err(OidcError::Unreachable { .. })));
    issuer.follow(Script { fails_with: Some(500), ..Script::default() });
    assert!(matches!(discover(settings(&issuer)).await, Err(OidcError::Unreachable { .. })));
    let settings = ProviderSettings { issuer: "no url".to_owned(), ..settings(&issuer) };
    assert!(matches!(discover(settings).await, Err(OidcError::Settings(_))));
}

#[tokio::test]
async fn a_silent_provider_is_told_apart_from_a_refusal() {
    let issuer = Issuer::start().await;
    let provider = provider(&issuer).await;
    let begun = provider.begin().await;
    let (code, _) = issuer.sign_in(&begun.address, alice());
    issuer.follow(Script { fails_with: Some(503), ..Script::default() });
    let failed = provider.finish(code, begun.pending, SystemClock.now()).await;
    assert!(failed.is_err(), "{failed:?}");
    let pending = Pending { state: String::new(), nonce: String::new(), verifier: String::new() };
    assert!(provider.finish("unknown".to_owned(), pending, SystemClock.now()).await.is_err());
}
