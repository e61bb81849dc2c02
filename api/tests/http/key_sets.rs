//! Tokens that are signed with keys which their issuer publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::{Notify, RwLock};
use tokio_util::task::TaskTracker;
use windlass_api::TokenOptions;

use crate::support::House;
use crate::tokens::{clock, fixtures, house, shown, token};

const HOUR: Duration = Duration::from_hours(1);

/// An issuer that publishes its keys.
#[derive(Clone, Default)]
struct Issuer {
    /// What is answered; nothing while the issuer is ill.
    set: Arc<Mutex<Option<String>>>,
    fetched: Arc<AtomicUsize>,
    /// Told whenever somebody asks.
    asked: Arc<Notify>,
    /// Nothing is answered while somebody has it for writing.
    gate: Arc<RwLock<()>>,
}

impl Issuer {
    /// One that publishes the set of this name, at the address that is answered too.
    async fn publishing(set: &str) -> (Self, String) {
        let issuer = Self::default();
        issuer.publish(set);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let app = Router::new().route("/keys", get(keys)).with_state(issuer.clone());
        TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
        (issuer, url)
    }

    fn publish(&self, set: &str) {
        self.answer(Some(fixtures()["sets"][set].to_string()));
    }

    fn answer(&self, text: Option<String>) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

async fn keys(State(issuer): State<Issuer>) -> Result<String, StatusCode> {
    issuer.fetched.fetch_add(1, Ordering::SeqCst);
    issuer.asked.notify_one();
    let _open = issuer.gate.read().await;
    let set = issuer.set.lock().unwrap_or_else(PoisonError::into_inner).clone();
    set.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn open(url: &str, pause: Duration, refresh: Duration) -> House {
    let tokens = TokenOptions::default().with_key_set_asked_every(url, pause, refresh).unwrap();
    house(tokens, clock(1)).await
}

async fn status(house: &House, name: &str) -> u16 {
    shown(house, &token(name)).await.status.as_u16()
}

#[tokio::test]
async fn a_token_signed_with_a_published_key_lets_in_and_the_set_is_fetched_once() {
    let (issuer, url) = Issuer::publishing("first").await;
    let house = open(&url, HOUR, HOUR).await;
    assert_eq!(issuer.fetched(), 0, "nobody has come yet");
    for _ in 0..3 {
        assert_eq!(status(&house, "rs256").await, 200);
    }
    assert_eq!(status(&house, "rs256_without_kid").await, 200, "there is one key only");
    assert_eq!(issuer.fetched(), 1);
}

#[tokio::test]
async fn what_is_not_signed_with_that_very_key_in_that_very_way_is_401() {
    let (_, url) = Issuer::publishing("first").await;
    let house = open(&url, HOUR, HOUR).await;
    for name in [
        "rs256_stranger",
        "rs256_second",
        "rs512",
        "ps256",
        "none",
        "teacher",
        "hs256_with_public_pem",
        "hs256_with_public_der",
        "hs256_with_modulus",
    ] {
        assert_eq!(status(&house, name).await, 401, "{name}");
    }
    assert_eq!(status(&house, "rs256").await, 200);
}

#[tokio::test]
async fn a_published_key_is_no_secret_where_secrets_are_accepted_too() {
    let (_, url) = Issuer::publishing("first").await;
    let both = crate::tokens::secret().with_key_set(&url).unwrap();
    let house = house(both, clock(1)).await;
    for (name, expected) in [
        ("teacher", 200),
        ("rs256", 200),
        ("hs256_with_public_pem", 401),
        ("hs256_with_public_der", 401),
        ("hs256_with_modulus", 401),
        ("none", 401),
    ] {
        assert_eq!(status(&house, name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn many_tokens_with_unknown_keys_lead_to_one_fetch_only() {
    let (issuer, url) = Issuer::publishing("first").await;
    let house = open(&url, HOUR, HOUR).await;
    let fixtures = fixtures();
    let unknown = fixtures["tokens"]["rs256_unknown_kid"].as_array().unwrap();
    let asked = unknown.iter().chain(unknown).map(|token| shown(&house, token.as_str().unwrap()));
    for answer in futures_util::future::join_all(asked).await {
        answer.problem(401, "unauthorized");
    }
    assert_eq!(issuer.fetched(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_when_the_first_token_comes_that_is_signed_with_it() {
    let (issuer, url) = Issuer::publishing("first").await;
    let house = open(&url, Duration::ZERO, HOUR).await;
    assert_eq!(status(&house, "rs256").await, 200);
    issuer.publish("rotated");
    assert_eq!(status(&house, "rs256_second").await, 200);
    assert_eq!(status(&house, "rs256").await, 200, "the old key is still there");
    assert_eq!(status(&house, "rs256_without_kid").await, 401, "which of two keys is not said");
    assert_eq!(issuer.fetched(), 3);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_opens_nothing_when_the_set_has_been_fetched_anew() {
    let (issuer, url) = Issuer::publishing("rotated").await;
    let house = open(&url, Duration::ZERO, Duration::ZERO).await;
    assert_eq!(status(&house, "rs256").await, 200);
    issuer.publish("second");
    assert_eq!(status(&house, "rs256").await, 401);
    assert_eq!(status(&house, "rs256_second").await, 200);
}

#[tokio::test]
async fn while_the_issuer_is_away_its_known_keys_hold_and_without_any_it_is_503() {
    let (issuer, url) = Issuer::publishing("first").await;
    let house = open(&url, Duration::ZERO, Duration::ZERO).await;
    issuer.answer(None);
    shown(&house, &token("rs256")).await.problem(503, "token-keys-unavailable");
    issuer.publish("first");
    assert_eq!(status(&house, "rs256").await, 200);
    for ill in [None, Some("not JSON".to_owned()), Some("{}".to_owned()), Some("x".repeat(300 << 10))] {
        issuer.answer(ill);
        assert_eq!(status(&house, "rs256").await, 200);
    }
    assert!(issuer.fetched() >= 6);
}

#[tokio::test]
async fn keys_for_other_purposes_are_passed_over() {
    let (issuer, url) = Issuer::publishing("first").await;
    let mut set = fixtures()["sets"]["first"].clone();
    let keys = set["keys"].as_array_mut().unwrap();
    for (member, value) in [("use", "enc"), ("alg", "RS512"), ("kty", "EC"), ("n", "not base64!")] {
        let mut other = keys[0].clone();
        other[member] = value.into();
        other["kid"] = format!("other-{member}").into();
        keys.push(other);
    }
    keys.push(serde_json::json!({"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}));
    keys.push(serde_json::json!(7));
    issuer.answer(Some(set.to_string()));
    let house = open(&url, HOUR, HOUR).await;
    assert_eq!(status(&house, "rs256").await, 200);
    assert_eq!(status(&house, "rs256_without_kid").await, 200, "no other one can be meant");
}

#[tokio::test]
async fn a_caller_who_hangs_up_keeps_the_keys_from_nobody() {
    let (issuer, url) = Issuer::publishing("first").await;
    let house = open(&url, HOUR, HOUR).await;
    let stranger = token("rs256_stranger");
    let held = issuer.gate.write().await;
    tokio::select! {
        answer = shown(&house, &stranger) => panic!("the issuer has not answered yet: {answer:?}"),
        () = issuer.asked.notified() => {}
    }
    drop(held);
    assert_eq!(status(&house, "rs256").await, 200);
    assert_eq!(issuer.fetched(), 1, "it was fetched for everybody");
}

#[tokio::test]
async fn what_is_secret_in_the_address_of_a_key_set_is_not_shown() {
    let url = "http://windlass:hush@127.0.0.1:1/keys?signature=quiet";
    let shown = format!("{:?}", TokenOptions::default().with_key_set(url).unwrap());
    assert!(shown.contains("127.0.0.1") && !shown.contains("hush") && !shown.contains("quiet"), "{shown}");
    for url in ["ftp://windlass:hush@keys?signature=quiet", "windlass:hu?sh@keys?signature=quiet"] {
        let shown = TokenOptions::default().with_key_set(url).unwrap_err().to_string();
        assert!(!shown.contains("hu") && !shown.contains("quiet"), "{shown}");
    }
}
