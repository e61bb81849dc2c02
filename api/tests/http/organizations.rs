use axum::http::Method;
use serde_json::json;

use crate::support::{Ask, House};

const ORGANIZATIONS: &str = "/api/v1/organizations";

#[tokio::test]
async fn an_organization_is_made_renamed_suspended_and_resumed() {
    let house = House::new();
    let made = house.post(ORGANIZATIONS, json!({"id": "acme", "name": "Acme"})).await;
    assert_eq!(made.body(201)["name"], "Acme");
    assert_eq!(made.header("location"), "/api/v1/organizations/acme");
    house
        .post(ORGANIZATIONS, json!({"id": "acme", "name": "Other"}))
        .await
        .problem(409, "organization-exists");
    let path = format!("{ORGANIZATIONS}/acme");
    let change = async |change| house.send(Method::PATCH, &path, change).await.body(200).clone();
    let suspended = change(json!({"name": "Acme Inc.", "suspended": true})).await;
    assert_eq!(suspended["name"], "Acme Inc.");
    assert!(suspended["suspended_at"].is_string());
    assert_eq!(change(json!({"suspended": true})).await, suspended, "it keeps its time");
    assert_eq!(change(json!({"suspended": false})).await["suspended_at"], json!(null));
    assert_eq!(house.get(&path).await.body(200)["name"], "Acme Inc.");
}

#[tokio::test]
async fn organizations_are_listed_by_id_page_by_page() {
    let house = House::new();
    for id in ["b", "c", "a"] {
        house.make_organization(id).await;
    }
    let ids = |body: &serde_json::Value| {
        let listed = body["organizations"].as_array().unwrap().iter();
        listed.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = house.get(&format!("{ORGANIZATIONS}?limit=2")).await;
    assert_eq!((ids(first.body(200)), &first.body["next"]), (vec!["a".into(), "b".into()], &json!("b")));
    let rest = house.get(&format!("{ORGANIZATIONS}?cursor=b")).await;
    assert_eq!((ids(rest.body(200)), &rest.body["next"]), (vec!["c".into(), "default".into()], &json!(null)));
}

#[tokio::test]
async fn what_cannot_be_is_422_and_what_is_not_there_404() {
    let house = House::new();
    for (wish, path) in [
        (json!({"id": "a b", "name": "A"}), "/id"),
        (json!({"id": "a", "name": ""}), "/name"),
        (json!({"id": "a", "name": "x".repeat(101)}), "/name"),
        (json!({"id": "a", "name": "a\u{0}b"}), "/name"),
        (json!({"id": "a", "name": "A", "colour": "red"}), "/colour"),
    ] {
        let refused = house.post(ORGANIZATIONS, wish).await;
        assert_eq!(refused.problem(422, "invalid-request")["errors"][0]["path"], path);
    }
    for id in ["nobody", "%ff", "a%20b"] {
        let path = format!("{ORGANIZATIONS}/{id}");
        house.get(&path).await.problem(404, "unknown-organization");
        house
            .send(Method::PATCH, &path, json!({"suspended": true}))
            .await
            .problem(404, "unknown-organization");
    }
}

#[tokio::test]
async fn who_belongs_to_one_sees_that_one_and_changes_none() {
    let house = House::new();
    for id in ["acme", "other"] {
        house.make_organization(id).await;
    }
    let admin = house.make_key(json!({"name": "a", "roles": ["admin"], "organization": "acme"})).await;
    let listed = house.ask_with(&admin, Ask::get(ORGANIZATIONS)).await;
    assert_eq!(listed.body(200)["organizations"].as_array().unwrap().len(), 1);
    house.ask_with(&admin, Ask::get(&format!("{ORGANIZATIONS}/acme"))).await.body(200);
    house
        .ask_with(&admin, Ask::get(&format!("{ORGANIZATIONS}/other")))
        .await
        .problem(404, "unknown-organization");
    let change = Ask::post(&format!("{ORGANIZATIONS}/acme"), r#"{"name":"x"}"#).method(Method::PATCH);
    assert_eq!(
        house.ask_with(&admin, change).await.problem(403, "forbidden")["permission"],
        "organizations.manage"
    );
    let teacher = house.make_key(json!({"name": "t", "roles": ["teacher"], "organization": "acme"})).await;
    let refused = house.ask_with(&teacher, Ask::get(ORGANIZATIONS)).await;
    assert_eq!(refused.problem(403, "forbidden")["permission"], "organization.read");
}
