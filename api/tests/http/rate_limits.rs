use std::num::NonZeroU32;
use std::sync::Arc;

use serde_json::json;
use windlass_api::{AccessOptions, ApiKeys, Rate, RateLimits};
use windlass_shared::SystemClock;

use crate::support::{Answer, Ask, House, KEY};

const KINDS: &str = "/api/v1/kinds";

/// So slow that nothing comes back while a test runs.
fn rate(burst: u32) -> Rate {
    Rate { per_second: NonZeroU32::MIN, burst: NonZeroU32::new(burst).unwrap() }
}

fn house(limits: RateLimits) -> House {
    let access = AccessOptions { limits, ..AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap()) };
    House::with(access, Arc::new(SystemClock))
}

#[tokio::test]
async fn without_limits_nothing_is_said_of_any() {
    let answer = House::new().get(KINDS).await;
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
}

#[tokio::test]
async fn who_asks_too_often_is_429_and_told_when_to_come_again() {
    let house = house(RateLimits { key: Some(rate(30)), organization: None });
    for left in (0..30).rev() {
        let answer = house.get(KINDS).await;
        answer.body(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=30;w=30");
        let said = answer.header("ratelimit");
        let tail = said.strip_prefix("\"key\";r=").unwrap().split_once(";t=").unwrap();
        // A slow machine may have been given a few back meanwhile.
        assert!(tail.0.parse::<u32>().unwrap() >= left, "{said}");
    }
    let refused = used_up(&house, KEY).await;
    assert_eq!(refused.problem(429, "rate-limited")["limit"], "key");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), "\"key\";r=0;t=1");
    assert_eq!(refused.header("ratelimit-policy"), "\"key\";q=30;w=30");
}

async fn used_up(house: &House, key: &str) -> Answer {
    for _ in 0..100 {
        let answer = house.ask_with(key, Ask::get(KINDS)).await;
        if answer.status != 200 {
            return answer;
        }
    }
    panic!("nothing limits this key")
}

#[tokio::test]
async fn each_key_has_its_own_and_an_organization_one_for_all_of_its_keys() {
    let house = house(RateLimits { key: Some(rate(40)), organization: Some(rate(20)) });
    let mut keys = Vec::new();
    for (name, organization) in [("a", "acme"), ("b", "acme"), ("c", "other")] {
        if name != "b" {
            house.make_organization(organization).await;
        }
        let key = json!({"name": name, "roles": ["teacher"], "organization": organization});
        keys.push(house.make_key(key).await);
    }
    assert_eq!(used_up(&house, &keys[0]).await.problem(429, "rate-limited")["limit"], "organization");
    let neighbour = used_up(&house, &keys[1]).await;
    assert_eq!(neighbour.problem(429, "rate-limited")["limit"], "organization");
    let other = house.ask_with(&keys[2], Ask::get(KINDS)).await;
    other.body(200);
    assert_eq!(other.header("ratelimit-policy"), "\"key\";q=40;w=40, \"organization\";q=20;w=20");
    assert!(other.header("ratelimit").contains("\"organization\";r=19"), "{other:?}");
}

async fn guess(house: &House, key: &str, address: [u8; 4]) -> Answer {
    house.ask_with(key, Ask::get(KINDS).from((address, 40_000).into())).await
}

#[tokio::test]
async fn who_guesses_keys_is_made_to_wait_and_whoever_is_known_is_not() {
    let house = House::new();
    let known = house.make_key(json!({"name": "k", "roles": ["operator"]})).await;
    let new = house.make_key(json!({"name": "n", "roles": ["operator"]})).await;
    let (guesser, other) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    guess(&house, &known, guesser).await.body(200);
    let mut tries = 0;
    let refused = loop {
        let answer = guess(&house, "wl_aaaaaaaa_guess", guesser).await;
        if answer.status != 401 {
            break answer;
        }
        tries += 1;
        assert!(tries < 40, "nobody is made to wait");
    };
    assert!(tries >= 20, "{tries}");
    assert_eq!(refused.problem(429, "rate-limited")["limit"], "failures");
    assert!(!refused.header("retry-after").is_empty());
    // Whoever was let in before goes on, and so does the key of the configuration.
    guess(&house, &known, guesser).await.body(200);
    guess(&house, KEY, guesser).await.body(200);
    guess(&house, &new, other).await.body(200);
    // A key that comes for the first time may have to queue up, and is let in all the same.
    let newest = house.make_key(json!({"name": "m", "roles": ["operator"]})).await;
    guess(&house, &newest, guesser).await.body(200);
}
