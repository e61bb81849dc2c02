use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use windlass_api::{AccessOptions, ApiKeys, Roles, serve};
use windlass_shared::{Clock, ManualClock};

use crate::support::{Answer, Ask, House, KEY, greet};

const KEYS: &str = "/api/v1/keys";

fn id_of(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

async fn house() -> House {
    let house = House::new();
    house.make_organization("acme").await;
    house
}

fn enqueue(changes: Value) -> Ask {
    Ask::post("/api/v1/jobs", greet(changes).to_string())
}

fn jobs(answer: &Answer) -> usize {
    answer.body(200)["jobs"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_its_organization_only() {
    let house = house().await;
    let made = house.post(KEYS, json!({"name": "shop", "roles": ["teacher"], "organization": "acme"})).await;
    let key = made.body(201)["key"].as_str().unwrap();
    assert_eq!(key.len(), 55);
    assert_eq!(
        (&made.body["organization"], &made.body["created_by"]),
        (&json!("acme"), &json!("configuration"))
    );
    assert_eq!(made.header("location"), format!("{KEYS}/{}", id_of(key)));

    house.enqueued(greet(json!({}))).await;
    let own = house.ask_with(key, enqueue(json!({}))).await;
    let own = own.body(202)["id"].as_str().unwrap();
    let listed = house.ask_with(key, Ask::get("/api/v1/jobs")).await;
    assert_eq!(listed.body(200)["jobs"][0]["id"], own);
    assert_eq!((jobs(&listed), jobs(&house.get("/api/v1/jobs").await)), (1, 2));

    let listed = house.get(KEYS).await;
    assert_eq!(listed.body(200)["keys"][0]["prefix"], key[..12]);
    assert!(!listed.body.to_string().contains(&key[12..]), "{:?}", listed.body);
}

#[tokio::test]
async fn a_text_that_is_nearly_a_key_opens_nothing() {
    let house = house().await;
    let key = house.make_key(json!({"name": "shop", "roles": ["teacher"], "organization": "acme"})).await;
    let other = house.make_key(json!({"name": "other", "roles": ["teacher"], "organization": "acme"})).await;
    let mixed = format!("wl_{}_{}", id_of(&key), other.rsplit_once('_').unwrap().1);
    let last = if key.ends_with('A') { 'B' } else { 'A' };
    let changed = format!("{}{last}", &key[..key.len() - 1]);
    for wrong in
        [&key[..key.len() - 1], &format!("{key}A"), &mixed, &changed, &key.to_uppercase(), "wl_", "wl__"]
    {
        house.ask_with(wrong, Ask::get("/api/v1/kinds")).await.problem(401, "unauthorized");
    }
    house.ask_with(&key, Ask::get("/api/v1/kinds")).await.body(200);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_any_more_at_once_and_to_revoke_it_again_does_no_harm() {
    let house = house().await;
    let key = house.make_key(json!({"name": "shop", "roles": ["teacher"], "organization": "acme"})).await;
    house.ask_with(&key, enqueue(json!({}))).await.body(202);
    let path = format!("{KEYS}/{}", id_of(&key));
    for _ in 0..2 {
        house.order(Method::DELETE, &path).await.body(204);
        house.ask_with(&key, enqueue(json!({}))).await.problem(401, "unauthorized");
    }
    assert!(house.get(KEYS).await.body["keys"][0]["revoked_at"].is_string());
    for nobody in ["k7m2p9xa", "7", "%ff", "K7M2P9XA"] {
        house.order(Method::DELETE, &format!("{KEYS}/{nobody}")).await.problem(404, "unknown-key");
    }
}

#[tokio::test]
async fn a_key_ends_by_itself_also_while_it_is_remembered() {
    let clock = Arc::new(ManualClock::default());
    let access = AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap());
    let house = House::with(access, Arc::clone(&clock) as Arc<dyn Clock>);
    let end = clock.now().plus(Duration::from_mins(1));
    let key = json!({"name": "short", "roles": ["teacher"], "organization": "default", "expires_at": end});
    let key = house.make_key(key).await;
    house.ask_with(&key, enqueue(json!({}))).await.body(202);
    clock.advance(Duration::from_secs(61));
    house.ask_with(&key, enqueue(json!({}))).await.problem(401, "unauthorized");
    let past = json!({"name": "late", "roles": ["teacher"], "organization": "default", "expires_at": end});
    let refused = house.post(KEYS, past).await;
    assert_eq!(refused.problem(422, "invalid-request")["errors"][0]["path"], "/expires_at");
}

#[tokio::test]
async fn the_keys_of_a_suspended_organization_open_nothing_until_it_is_resumed() {
    let house = house().await;
    let key = house.make_key(json!({"name": "shop", "roles": ["teacher"], "organization": "acme"})).await;
    let suspend = async |suspended: bool| {
        let change = json!({"suspended": suspended});
        house.send(Method::PATCH, "/api/v1/organizations/acme", change).await.body(200);
        house.ask_with(&key, enqueue(json!({}))).await
    };
    suspend(true).await.problem(403, "organization-suspended");
    suspend(false).await.body(202);
}

#[tokio::test]
async fn a_key_for_some_queues_enqueues_sees_and_steers_there_only() {
    let house = house().await;
    let key =
        json!({"name": "greeter", "roles": ["teacher"], "organization": "acme", "queues": ["greetings"]});
    let key = house.make_key(key).await;
    let own = house.ask_with(&key, enqueue(json!({}))).await.body(202)["id"].as_str().unwrap().to_owned();
    let nothing = json!({"kind": "nothing.do"});
    let refused = house.ask_with(&key, Ask::post("/api/v1/jobs", nothing.to_string())).await;
    assert_eq!(refused.problem(403, "forbidden")["queue"], "default");
    let both = json!({"jobs": [nothing, greet(json!({}))]});
    let both = house.ask_with(&key, Ask::post("/api/v1/jobs/batch", both.to_string())).await;
    assert_eq!(both.body(202)["jobs"][0]["error"]["status"], 403);
    assert_eq!(both.body["jobs"][1]["state"], "available");

    let elsewhere = json!({"kind": "nothing.do", "tenant": "acme"});
    let elsewhere = house.enqueued(elsewhere).await;
    for ask in [
        Ask::get(&format!("/api/v1/jobs/{elsewhere}")),
        Ask::get(&format!("/api/v1/jobs/{elsewhere}/why")),
        Ask::post(&format!("/api/v1/jobs/{elsewhere}/cancel"), ""),
        Ask::get(&format!("/api/v1/jobs/{elsewhere}")).method(Method::DELETE),
    ] {
        house.ask_with(&key, ask).await.problem(404, "unknown-job");
    }
    for (query, expected) in [("", 2), ("?queue=greetings", 2), ("?queue=default", 0)] {
        let listed = house.ask_with(&key, Ask::get(&format!("/api/v1/jobs{query}"))).await;
        assert_eq!(jobs(&listed), expected, "{query}");
    }
    let bulk = |filter: Value| {
        let body = json!({"action": "cancel", "filter": filter});
        Ask::post("/api/v1/jobs/bulk", body.to_string())
    };
    house.ask_with(&key, bulk(json!({"queue": "default"}))).await.problem(403, "forbidden");
    house.ask_with(&key, bulk(json!({}))).await.body(202);
    let operation = house.get("/api/v1/jobs?kind=jobs.bulk").await;
    let filter = &operation.body(200)["jobs"][0]["args"]["filter"];
    assert_eq!(*filter, json!({"queue": "greetings", "tenant": "acme"}));
    house.ask_with(&key, Ask::post(&format!("/api/v1/jobs/{own}/cancel"), "")).await.body(200);
}

/// A house with a role that may make keys and otherwise read, and a key of that role.
async fn modest() -> (House, String) {
    let roles = Roles::default().with("secretary", ["keys.manage", "jobs.read"]).unwrap();
    let access = AccessOptions { roles, ..AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap()) };
    let house = House::with(access, Arc::new(ManualClock::default()));
    house.make_organization("acme").await;
    let key = house.make_key(json!({"name": "s", "roles": ["secretary"], "organization": "acme"})).await;
    (house, key)
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let (house, secretary) = modest().await;
    let wish = async |key: Value| house.ask_with(&secretary, Ask::post(KEYS, key.to_string())).await;
    for (role, permission) in
        [("teacher", "jobs.enqueue"), ("admin", "jobs.enqueue"), ("student", "jobs.read_own")]
    {
        let refused = wish(json!({"name": "x", "roles": [role]})).await;
        assert_eq!(refused.problem(403, "forbidden")["permission"], permission, "{role}");
    }
    let refused = wish(json!({"name": "x", "roles": ["operator"]})).await;
    assert_eq!(refused.problem(422, "invalid-request")["errors"][0]["path"], "/roles");
    wish(json!({"name": "x", "roles": ["secretary"], "organization": "default"}))
        .await
        .problem(403, "other-organization");
    let own = wish(json!({"name": "x", "roles": ["secretary"]})).await;
    assert_eq!(own.body(201)["organization"], "acme");
}

#[tokio::test]
async fn the_keys_of_others_are_not_listed_and_not_revoked() {
    let (house, secretary) = modest().await;
    let theirs = house.make_key(json!({"name": "x", "roles": ["teacher"], "organization": "default"})).await;
    let installation = house.make_key(json!({"name": "o", "roles": ["operator"]})).await;
    let listed = house.ask_with(&secretary, Ask::get(KEYS)).await;
    assert_eq!(listed.body(200)["keys"].as_array().unwrap().len(), 1);
    for key in [&theirs, &installation] {
        let path = format!("{KEYS}/{}", id_of(key));
        house.ask_with(&secretary, Ask::get(&path).method(Method::DELETE)).await.problem(404, "unknown-key");
        house.ask_with(key, Ask::get("/api/v1/kinds")).await.body(200);
    }
    assert_eq!(house.get(KEYS).await.body["keys"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_key_for_some_queues_makes_none_for_others() {
    let house = house().await;
    let key = json!({"name": "a", "roles": ["admin"], "organization": "acme", "queues": ["greetings"]});
    let key = house.make_key(key).await;
    let wish = async |queues: Value| {
        let wish = json!({"name": "x", "roles": ["teacher"], "queues": queues});
        house.ask_with(&key, Ask::post(KEYS, wish.to_string())).await
    };
    wish(json!([])).await.problem(422, "invalid-request");
    wish(json!(["greetings", "default"])).await.problem(403, "forbidden");
    wish(json!(["greetings"])).await.body(201);
}

#[tokio::test]
async fn an_operators_key_belongs_to_none_and_names_one() {
    let house = house().await;
    let key = house.make_key(json!({"name": "ops", "roles": ["operator"]})).await;
    house.ask_with(&key, enqueue(json!({"tenant": "acme"}))).await.body(202);
    let within = |path: &str| Ask::get(path).with("windlass-organization", "acme");
    assert_eq!(jobs(&house.ask_with(&key, within("/api/v1/jobs")).await), 1);
    let elsewhere = Ask::get("/api/v1/jobs").with("windlass-organization", "default");
    assert_eq!(jobs(&house.ask_with(&key, elsewhere).await), 0);
    house.ask_with(&key, Ask::get("/api/v1/queues")).await.body(200);
    for (wish, path) in [
        (json!({"name": "x", "roles": ["teacher"]}), "/organization"),
        (json!({"name": "x", "roles": ["operator"], "organization": "acme"}), "/roles"),
        (json!({"name": "x", "roles": ["teacher"], "organization": "nobody"}), "/organization"),
        (json!({"name": "x", "roles": ["teacher", "wizard"], "organization": "acme"}), "/roles/1"),
        (json!({"name": "x", "roles": [], "organization": "acme"}), "/roles"),
        (json!({"name": "", "roles": ["teacher"], "organization": "acme"}), "/name"),
        (json!({"name": "a\nb", "roles": ["teacher"], "organization": "acme"}), "/name"),
        (json!({"name": "x", "roles": ["teacher"], "organization": "a b"}), "/organization"),
        (json!({"name": "x", "roles": ["teacher"], "queues": ["a b"]}), "/queues/0"),
        (json!({"name": "x", "roles": ["teacher"], "colour": "red"}), "/colour"),
    ] {
        let refused = house.post(KEYS, &wish).await;
        assert_eq!(refused.problem(422, "invalid-request")["errors"][0]["path"], path, "{wish}");
    }
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    let house = house().await;
    for number in 0..5 {
        house
            .make_key(json!({"name": number.to_string(), "roles": ["teacher"], "organization": "acme"}))
            .await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("{KEYS}?limit=2{cursor}")).await;
        names.extend(page.body(200)["keys"].as_array().unwrap().iter().map(|key| key["name"].clone()));
        let Some(next) = page.body["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    names.sort_by_key(|name| name.as_str().unwrap().to_owned());
    assert_eq!(names, ["0", "1", "2", "3", "4"]);
    house.get(&format!("{KEYS}?cursor=nonsense!")).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn when_a_key_was_last_used_is_told_to_the_store_at_the_latest_when_the_server_ends() {
    let house = house().await;
    let key = house.make_key(json!({"name": "shop", "roles": ["teacher"], "organization": "acme"})).await;
    let last_used = async || house.get(KEYS).await.body["keys"][0]["last_used_at"].clone();
    assert_eq!(last_used().await, Value::Null);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
    let asking = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /api/v1/kinds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        shutdown.cancel();
    };
    let (served, ()) = tokio::join!(serve(listener, house.api(), shutdown.clone()), asking);
    served.unwrap();
    assert!(last_used().await.is_string());
}
