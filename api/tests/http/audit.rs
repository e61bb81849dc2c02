use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Ask, House, greet};

const AUDIT: &str = "/api/v1/audit";

async fn entries(house: &House, query: &str) -> Vec<Value> {
    house.get(&format!("{AUDIT}{query}")).await.body(200)["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whatever_is_done_is_told_with_who_did_it_to_what_and_how_it_ended() {
    let house = House::new();
    house.make_organization("acme").await;
    let admin = house.make_key(json!({"name": "a", "roles": ["admin"], "organization": "acme"})).await;
    let enqueue = Ask::post("/api/v1/jobs", greet(json!({})).to_string());
    let job = house.ask_with(&admin, enqueue).await.body(202)["id"].as_str().unwrap().to_owned();
    let cancel = || Ask::post(&format!("/api/v1/jobs/{job}/cancel"), "").with("x-request-id", "trace-1");
    house.ask_with(&admin, cancel()).await.body(200);
    let all = entries(&house, "").await;
    let actions: Vec<_> = all.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["jobs.cancel", "keys.create", "organizations.create"],
        "the newest first, no enqueue"
    );
    let cancelled = &all[0];
    let key = admin.split('_').nth(1).unwrap();
    assert_eq!(cancelled["actor"], format!("key:{key}"));
    assert_eq!((&cancelled["subject"], &cancelled["organization"]), (&json!(job), &json!("acme")));
    assert_eq!((&cancelled["request_id"], &cancelled["outcome"]), (&json!("trace-1"), &json!(200)));
    assert_eq!(cancelled["details"], json!({"kind": "greeting.send", "state": "available"}));
    assert_eq!(all[1]["actor"], "configuration");
    assert!(!all[1].to_string().contains(&admin[12..]));
}

#[tokio::test]
async fn every_order_has_its_entry() {
    let house = House::new();
    let job = house.enqueued(greet(json!({}))).await;
    let (job, queue) = (format!("/api/v1/jobs/{job}"), "/api/v1/queues/greetings");
    for (method, path, body, action, status) in [
        (Method::PATCH, job.clone(), json!({"priority": 1}), "jobs.reprioritize", 200),
        (Method::POST, format!("{job}/cancel"), json!({}), "jobs.cancel", 200),
        (Method::POST, format!("{job}/retry"), json!({}), "jobs.retry", 200),
        (Method::DELETE, job.clone(), json!({}), "jobs.delete", 204),
        (
            Method::POST,
            "/api/v1/jobs/bulk".to_owned(),
            json!({"action": "cancel", "filter": {}}),
            "jobs.bulk",
            202,
        ),
        (Method::PATCH, queue.to_owned(), json!({"max_depth": 9}), "queues.set_policy", 200),
        (Method::POST, format!("{queue}/pause"), json!({}), "queues.pause", 204),
        (Method::POST, format!("{queue}/resume"), json!({}), "queues.resume", 200),
        (Method::POST, format!("{queue}/drain"), json!({}), "queues.drain", 204),
        (Method::POST, format!("{queue}/undrain"), json!({}), "queues.undrain", 204),
        (Method::PUT, format!("{queue}/limits/queue"), json!({"concurrency": 1}), "queues.set_limit", 204),
        (Method::DELETE, format!("{queue}/limits/queue"), json!({}), "queues.remove_limit", 204),
        (Method::PUT, format!("{queue}/tenants/acme"), json!({"weight": 2}), "queues.set_tenant", 204),
        (Method::DELETE, format!("{queue}/tenants/acme"), json!({}), "queues.remove_tenant", 204),
        (
            Method::POST,
            "/api/v1/organizations".to_owned(),
            json!({"id": "a", "name": "A"}),
            "organizations.create",
            201,
        ),
        (
            Method::PATCH,
            "/api/v1/organizations/a".to_owned(),
            json!({"suspended": true}),
            "organizations.suspend",
            200,
        ),
        (
            Method::PATCH,
            "/api/v1/organizations/a".to_owned(),
            json!({"suspended": false}),
            "organizations.resume",
            200,
        ),
        (
            Method::POST,
            "/api/v1/keys".to_owned(),
            json!({"name": "k", "roles": ["operator"]}),
            "keys.create",
            201,
        ),
    ] {
        house.send(method, &path, body).await.body(status);
        let newest = &entries(&house, "?limit=1").await[0];
        assert_eq!((&newest["action"], &newest["outcome"]), (&json!(action), &json!(status)));
    }
    let key = house.get("/api/v1/keys").await.body["keys"][0]["id"].as_str().unwrap().to_owned();
    house.order(Method::DELETE, &format!("/api/v1/keys/{key}")).await.body(204);
    let newest = &entries(&house, "?limit=1").await[0];
    assert_eq!((&newest["action"], &newest["subject"]), (&json!("keys.revoke"), &json!(key)));
}

#[tokio::test]
async fn what_was_refused_by_the_state_of_things_is_told_as_such() {
    let house = House::new();
    let job = house.enqueued(greet(json!({}))).await;
    house.claimed().await;
    house.order(Method::DELETE, &format!("/api/v1/jobs/{job}")).await.problem(409, "wrong-state");
    assert_eq!(entries(&house, "").await[0]["outcome"], 409);
}

#[tokio::test]
async fn entries_are_filtered_and_come_page_by_page() {
    let house = House::new();
    for id in ["a", "b", "c", "d", "e"] {
        house.make_organization(id).await;
    }
    house.order(Method::POST, "/api/v1/queues/greetings/drain").await;
    let count = async |query: &str| entries(&house, query).await.len();
    assert_eq!(count("?action=organizations.create").await, 5);
    assert_eq!(count("?action=queues.drain&subject=greetings&actor=configuration").await, 1);
    assert_eq!(count("?subject=c").await, 1);
    assert_eq!(count("?actor=user:ada").await, 0);
    assert_eq!(count("?from=2999-01-01T00:00:00Z").await, 0);
    assert_eq!(count("?before=2000-01-01T00:00:00Z").await, 0);
    let (mut subjects, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("{AUDIT}?limit=2&action=organizations.create{cursor}")).await;
        subjects.extend(
            page.body(200)["entries"].as_array().unwrap().iter().map(|entry| entry["subject"].clone()),
        );
        let Some(next) = page.body["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    subjects.sort_by_key(Value::to_string);
    assert_eq!(subjects, ["a", "b", "c", "d", "e"]);
    for query in ["?cursor=nonsense", "?limit=0", "?from=yesterday", "?colour=red", "?actor=a%00b"] {
        house.get(&format!("{AUDIT}{query}")).await.problem(422, "invalid-request");
    }
}

#[tokio::test]
async fn an_organization_reads_its_own_entries_and_who_may_not_none() {
    let house = House::new();
    for id in ["acme", "other"] {
        house.make_organization(id).await;
    }
    let key = async |role: &str| {
        house.make_key(json!({"name": role, "roles": [role], "organization": "acme"})).await
    };
    let (admin, teacher) = (key("admin").await, key("teacher").await);
    house.order(Method::POST, "/api/v1/queues/greetings/drain").await;
    let read = house.ask_with(&admin, Ask::get(AUDIT)).await;
    let subjects: Vec<_> =
        read.body(200)["entries"].as_array().unwrap().iter().map(|entry| &entry["subject"]).collect();
    assert_eq!(subjects, ["teacher", "admin", "acme"]);
    let refused = house.ask_with(&teacher, Ask::get(AUDIT)).await;
    assert_eq!(refused.problem(403, "forbidden")["permission"], "audit.read");
}
