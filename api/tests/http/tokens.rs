//! Tokens that another program has signed (`fixtures/tokens.py`), and what is made of them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_api::{AccessOptions, ApiKeys, TokenOptions};
use windlass_shared::{Clock, ManualClock, SystemClock};

use crate::support::{Answer, Ask, House, KEY, greet};

pub(crate) fn fixtures() -> Value {
    serde_json::from_str(include_str!("../fixtures/tokens.json")).unwrap()
}

/// The token of this name.
pub(crate) fn token(name: &str) -> String {
    fixtures()["tokens"][name].as_str().unwrap_or_else(|| panic!("no token {name:?}")).to_owned()
}

/// A clock at so many seconds after the tokens were made.
pub(crate) fn clock(seconds: u64) -> Arc<ManualClock> {
    let made = fixtures()["made"].as_u64().unwrap() + seconds;
    let ahead = made * 1_000 - u64::try_from(SystemClock.now().as_millis()).unwrap();
    let clock = ManualClock::default();
    clock.advance(Duration::from_millis(ahead));
    Arc::new(clock)
}

pub(crate) fn secret() -> TokenOptions {
    TokenOptions::default().with_secret(&fixtures()["secret"].as_str().unwrap().into()).unwrap()
}

pub(crate) async fn house(tokens: TokenOptions, clock: Arc<ManualClock>) -> House {
    let access = AccessOptions { tokens, ..AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap()) };
    let house = House::with(access, clock);
    house.make_organization("acme").await;
    house
}

pub(crate) async fn shown(house: &House, token: &str) -> Answer {
    house.ask_with(token, Ask::get("/api/v1/jobs")).await
}

#[tokio::test]
async fn a_token_lets_its_bearer_in_with_the_rights_of_the_roles_in_it() {
    let house = house(secret(), clock(1)).await;
    let enqueue = || Ask::post("/api/v1/jobs", greet(json!({})).to_string());
    for (name, reads, enqueues, lists_keys) in [
        ("student", true, false, false),
        ("teacher", true, true, false),
        ("two_roles", true, true, false),
        ("admin", true, true, true),
        ("operator", true, true, true),
        ("unknown_role", false, false, false),
        ("no_roles", false, false, false),
    ] {
        let token = token(name);
        let may = async |ask| house.ask_with(&token, ask).await.status.is_success();
        assert_eq!(may(Ask::get("/api/v1/jobs")).await, reads, "{name} reads");
        assert_eq!(may(enqueue()).await, enqueues, "{name} enqueues");
        assert_eq!(may(Ask::get("/api/v1/keys")).await, lists_keys, "{name} lists keys");
        assert!(may(Ask::get("/api/v1/kinds")).await, "{name} sees the kinds");
    }
    let refused = house.ask_with(&token("student"), enqueue()).await;
    assert_eq!(refused.problem(403, "forbidden")["permission"], "jobs.enqueue");
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_401_and_says_why() {
    let strict = secret().issued_by("https://issuer.example").meant_for("windlass");
    let house = house(strict, clock(1)).await;
    for (name, why) in [
        ("wrong_secret", "signature"),
        ("forged_claims", "signature"),
        ("cut_signature", "signature"),
        ("no_signature", "signature"),
        ("none", "signed in a way"),
        ("none_in_capitals", "signed in a way"),
        ("hs512", "signed in a way"),
        ("rs256", "signed in a way"),
        ("hs256_with_public_pem", "signature"),
        ("critical", "extension"),
        ("wrong_issuer", "issuer"),
        ("no_issuer", "issuer"),
        ("wrong_audience", "audience"),
        ("no_audience", "audience"),
        ("no_organization", "organization"),
        ("organization_is_no_name", "organization"),
        ("organization_is_no_text", "organization"),
        ("no_sub", "`sub`"),
        ("long_sub", "`sub`"),
        ("control_in_sub", "`sub`"),
        ("no_exp", "`exp`"),
        ("exp_is_a_text", "no number"),
        ("later", "not valid yet"),
        ("huge", "8192 bytes"),
    ] {
        let answer = shown(&house, &token(name)).await;
        let problem = answer.problem(401, "unauthorized");
        assert!(problem["detail"].as_str().unwrap().contains(why), "{name}: {problem}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer error="invalid_token""#, "{name}");
    }
    for name in ["teacher", "audiences"] {
        shown(&house, &token(name)).await.body(200);
    }
}

#[tokio::test]
async fn what_is_no_token_at_all_is_401() {
    let house = house(secret(), clock(1)).await;
    let teacher = token("teacher");
    let (message, _) = teacher.rsplit_once('.').unwrap();
    for text in
        ["ey..", "eyJ.eyJ.eyJ", "ey.ey.ey.ey", message, "eyJhbGciOiJIUzI1NiJ9.e30.", &"ey".repeat(5_000)]
    {
        shown(&house, text).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart_and_no_more() {
    let clock = clock(1);
    let house = house(secret(), Arc::clone(&clock)).await;
    let teacher = token("teacher");
    let at = async |seconds: u64| {
        clock.advance(Duration::from_secs(seconds));
        shown(&house, &teacher).await.status.as_u16()
    };
    // It ends 600 s after it was made.
    assert_eq!(at(600).await, 200);
    assert_eq!(at(50).await, 200);
    assert_eq!(at(10).await, 401);
    // It begins when it was made.
    clock.step_back(Duration::from_secs(661 + 50));
    assert_eq!(at(0).await, 200);
    clock.step_back(Duration::from_secs(15));
    assert_eq!(at(0).await, 401);
}

#[tokio::test]
async fn a_token_of_an_organization_that_is_suspended_or_unknown_is_403() {
    let house = house(secret(), clock(1)).await;
    house.make_organization("suspended").await;
    shown(&house, &token("of_suspended")).await.body(200);
    let suspended = json!({"suspended": true});
    house.send(axum::http::Method::PATCH, "/api/v1/organizations/suspended", suspended).await.body(200);
    let refused = shown(&house, &token("of_suspended")).await;
    assert_eq!(refused.problem(403, "organization-suspended")["organization"], "suspended");
    shown(&house, &token("of_nobody")).await.problem(403, "organization-unknown");
    house.make_organization("nobody").await;
    shown(&house, &token("of_nobody")).await.body(200);
}

#[tokio::test]
async fn an_operator_reaches_every_organization_whatever_theirs_is_and_others_only_their_own() {
    let house = house(secret(), clock(1)).await;
    let enqueue = |tenant: &str| Ask::post("/api/v1/jobs", greet(json!({"tenant": tenant})).to_string());
    for name in ["operator", "operator_of_acme"] {
        house.ask_with(&token(name), enqueue("other")).await.body(202);
    }
    let teacher = token("teacher");
    house.ask_with(&teacher, enqueue("acme")).await.body(202);
    house.ask_with(&teacher, enqueue("other")).await.problem(403, "other-organization");
    let named = Ask::get("/api/v1/jobs").with("windlass-organization", "other");
    house.ask_with(&teacher, named).await.problem(403, "other-organization");
    let listed = |answer: &Answer| answer.body(200)["jobs"].as_array().unwrap().len();
    assert_eq!(listed(&shown(&house, &teacher).await), 1);
    assert_eq!(listed(&shown(&house, &token("operator")).await), 3);
}

#[tokio::test]
async fn claims_may_have_other_names_with_dots_and_inside_of_others() {
    let tokens = secret().with_claims("https://example.org/org", "realm_access.roles");
    let house = house(tokens, clock(1)).await;
    shown(&house, &token("nested")).await.body(200);
    shown(&house, &token("teacher")).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn without_a_secret_and_a_key_set_no_token_is_accepted() {
    let house = house(TokenOptions::default(), clock(1)).await;
    for name in ["teacher", "rs256", "none"] {
        shown(&house, &token(name)).await.problem(401, "unauthorized");
    }
}

#[test]
fn a_secret_that_could_be_guessed_and_an_address_that_leads_nowhere_are_refused() {
    assert!(TokenOptions::default().with_secret(&"x".repeat(31).into()).is_err());
    for url in ["", "issuer.example", "ftp://issuer.example/keys", "file:///etc/passwd", "http://"] {
        assert!(TokenOptions::default().with_key_set(url).is_err(), "{url}");
    }
}
