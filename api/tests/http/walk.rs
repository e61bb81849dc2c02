//! Every route of the document, with each role, and with what belongs to another organization.
//!
//! The walk knows no route by itself, so a new one is walked from the day it is there.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use crate::conformity;
use crate::support::{Answer, Ask, House, KEY, greet};

/// What each role may, as the permissions are called in the document. `jobs.read_own` opens what `jobs.read` does, for one's own.
const ROLES: [(&str, &[&str]); 3] = [
    ("student", &["jobs.read"]),
    ("teacher", &["jobs.read", "jobs.enqueue", "jobs.manage"]),
    (
        "admin",
        &["jobs.read", "jobs.enqueue", "jobs.manage", "keys.manage", "audit.read", "organization.read"],
    ),
];

/// A route of the document.
struct Route {
    method: Method,
    path: String,
    /// The permission that it needs, where it needs one.
    permission: Option<String>,
    /// A body that it takes.
    body: Option<Value>,
}

impl Route {
    /// This route with parts of its path filled in.
    fn ask(&self, parts: &BTreeMap<&str, String>) -> Ask {
        let mut path = self.path.clone();
        for (name, value) in parts {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "the walk does not know what to put into {path}");
        let body = self.body.as_ref().map_or(String::new(), Value::to_string);
        Ask::post(&path, body).method(self.method.clone())
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Every route that asks for a key.
async fn guarded(house: &House) -> Vec<Route> {
    let document = conformity::document(house.router()).await;
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"] == json!([]) {
                continue;
            }
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            assert_eq!(
                operation.get("requestBody").is_some(),
                !example.is_null(),
                "{method} {path}: an example"
            );
            routes.push(Route {
                method: method.to_ascii_uppercase().parse().unwrap(),
                path: path.clone(),
                permission: operation["security"][0]["key"][0].as_str().map(str::to_owned),
                body: (!example.is_null()).then(|| example.clone()),
            });
        }
    }
    assert!(routes.len() > 30, "{}", routes.len());
    routes
}

/// What parts of paths stand for, when jobs, batches, keys and organizations are these.
fn parts(path: &str, ids: &BTreeMap<&'static str, String>) -> BTreeMap<&'static str, String> {
    let family = path.split('/').nth(3).unwrap();
    let mut parts = BTreeMap::from([
        ("queue", "greetings".to_owned()),
        ("scope", "queue".to_owned()),
        ("tenant", "acme".to_owned()),
    ]);
    parts.extend(ids.get(family).map(|id| ("id", id.clone())));
    parts
}

/// A job, a batch, a key and the organization itself, by the first part of their paths.
async fn belongings(house: &House, organization: &'static str) -> BTreeMap<&'static str, String> {
    house.make_organization(organization).await;
    let job = house.enqueued(greet(json!({ "tenant": organization }))).await;
    let within = |ask: Ask| house.ask(ask.with("windlass-organization", organization));
    let batch = within(Ask::post("/api/v1/batches", json!({"jobs": [greet(json!({}))]}).to_string())).await;
    let key = json!({"name": "theirs", "roles": ["teacher"], "organization": organization});
    let key = house.post("/api/v1/keys", key).await;
    BTreeMap::from([
        ("jobs", job),
        ("batches", batch.body(202)["id"].as_str().unwrap().to_owned()),
        ("keys", key.body(201)["id"].as_str().unwrap().to_owned()),
        ("organizations", organization.to_owned()),
    ])
}

/// Ids of the same form that nothing has.
fn nothings() -> BTreeMap<&'static str, String> {
    let uuid = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007".to_owned();
    BTreeMap::from([
        ("jobs", uuid.clone()),
        ("batches", uuid),
        ("keys", "zzzzzzzz".to_owned()),
        ("organizations", "nobody".to_owned()),
    ])
}

#[tokio::test]
async fn without_a_key_nothing_is_told_by_any_route() {
    let house = House::new();
    let theirs = belongings(&house, "theirs").await;
    for route in guarded(&house).await {
        for ids in [&theirs, &nothings()] {
            let ask = || route.ask(&parts(&route.path, ids));
            for wrong in
                ["a-key-of-somebody-elses", "wl_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
            {
                house.ask_with(wrong, ask()).await.problem(401, "unauthorized");
            }
            let answer = house.ask_as(None, ask()).await;
            assert_eq!(
                answer.problem(401, "unauthorized")["detail"].as_str().unwrap().matches("theirs").count(),
                0
            );
        }
    }
}

#[tokio::test]
async fn each_role_gets_through_where_it_has_the_permission_and_nowhere_else() {
    let house = House::new();
    house.make_organization("acme").await;
    let (mut passed, mut refused) = (0, 0);
    for (role, permissions) in ROLES {
        let key = house.make_key(json!({"name": role, "roles": [role], "organization": "acme"})).await;
        for route in guarded(&house).await {
            let answer = house.ask_with(&key, route.ask(&parts(&route.path, &nothings()))).await;
            let may = route.permission.as_deref().is_none_or(|needed| permissions.contains(&needed));
            if may {
                passed += 1;
                let known = ![401, 403].contains(&answer.status.as_u16()) || is_about_organizations(&answer);
                assert!(known && answer.status.as_u16() < 500, "{role}: {}: {answer:?}", route.name());
            } else {
                refused += 1;
                let problem = answer.problem(403, "forbidden");
                let named = problem["permission"].as_str().unwrap();
                assert_eq!(Some(named), route.permission.as_deref(), "{role}: {}", route.name());
            }
        }
    }
    assert!(passed > 20 && refused > 40, "{passed} passed, {refused} refused");
}

/// An administrator may make a key, but none that can more than they can.
fn is_about_organizations(answer: &Answer) -> bool {
    answer.body["type"].as_str().is_some_and(|problem| problem.ends_with("other-organization"))
}

#[tokio::test]
async fn the_operator_gets_through_everywhere() {
    let house = House::new();
    let theirs = belongings(&house, "theirs").await;
    for route in guarded(&house).await {
        let answer = house.ask_with(KEY, route.ask(&parts(&route.path, &theirs))).await;
        assert!(![401, 403].contains(&answer.status.as_u16()), "{}: {answer:?}", route.name());
        assert!(answer.status.as_u16() < 500, "{}: {answer:?}", route.name());
    }
}

#[tokio::test]
async fn what_is_another_organizations_looks_like_what_does_not_exist() {
    let house = House::new();
    let theirs = belongings(&house, "theirs").await;
    let looks = ["/api/v1/jobs/", "/api/v1/batches/", "/api/v1/organizations/"];
    let before = looked_at(&house, &looks, &theirs).await;
    house.make_organization("acme").await;
    let mut compared = 0;
    for (role, permissions) in ROLES {
        let key = house.make_key(json!({"name": role, "roles": [role], "organization": "acme"})).await;
        for route in guarded(&house).await.iter().filter(|route| route.path.contains("{id}")) {
            if !route.permission.as_deref().is_none_or(|needed| permissions.contains(&needed)) {
                continue;
            }
            compared += 1;
            let foreign = told(&house, &key, route, &theirs).await;
            let missing = told(&house, &key, route, &nothings()).await;
            assert_eq!(foreign, missing, "{role}: {}", route.name());
            assert_eq!(foreign.0, 404, "{role}: {}", route.name());
        }
    }
    assert!(compared > 15, "{compared}");
    assert_eq!(looked_at(&house, &looks, &theirs).await, before);
}

/// What is told about an id, with the id itself left out.
async fn told(
    house: &House,
    key: &str,
    route: &Route,
    ids: &BTreeMap<&'static str, String>,
) -> (u16, String, Vec<String>) {
    let parts = parts(&route.path, ids);
    let answer = house.ask_with(key, route.ask(&parts)).await;
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status.as_u16(), answer.body.to_string().replace(&parts["id"], "ID"), headers)
}

async fn looked_at(house: &House, looks: &[&str], ids: &BTreeMap<&'static str, String>) -> Vec<Value> {
    let mut seen = Vec::new();
    for look in looks {
        let id = &ids[look.split('/').nth(3).unwrap()];
        seen.push(house.get(&format!("{look}{id}")).await.body(200).clone());
    }
    seen
}

#[tokio::test]
async fn nobody_steps_into_another_organization_by_naming_it() {
    let house = House::new();
    let theirs = belongings(&house, "theirs").await;
    house.make_organization("acme").await;
    for (role, _) in ROLES {
        let key = house.make_key(json!({"name": role, "roles": [role], "organization": "acme"})).await;
        for route in guarded(&house).await {
            for organization in ["theirs", "nobody"] {
                let ask = route.ask(&parts(&route.path, &theirs)).with("windlass-organization", organization);
                house.ask_with(&key, ask).await.problem(403, "other-organization");
            }
        }
    }
}

#[tokio::test]
async fn a_list_tells_nothing_of_another_organization() {
    let house = House::new();
    let theirs = belongings(&house, "theirs").await;
    house.make_organization("acme").await;
    let mut looked = 0;
    for (role, permissions) in ROLES {
        let key = house.make_key(json!({"name": role, "roles": [role], "organization": "acme"})).await;
        for route in guarded(&house)
            .await
            .iter()
            .filter(|route| route.method == Method::GET && !route.path.contains('{'))
        {
            if !route.permission.as_deref().is_none_or(|needed| permissions.contains(&needed)) {
                continue;
            }
            looked += 1;
            let body = house.ask_with(&key, route.ask(&BTreeMap::new())).await.body(200).to_string();
            for (what, id) in &theirs {
                assert!(!body.contains(id.as_str()), "{role}: {} tells of {what}", route.name());
            }
        }
    }
    assert!(looked > 5, "{looked}");
}

#[tokio::test]
async fn a_queue_that_a_key_is_not_for_looks_like_one_that_does_not_exist() {
    let house = House::new();
    let key =
        house.make_key(json!({"name": "one queue", "roles": ["operator"], "queues": ["greetings"]})).await;
    let mut compared = 0;
    for route in guarded(&house).await.iter().filter(|route| route.path.contains("{queue}")) {
        compared += 1;
        let asked = async |queue: &str| {
            let mut parts = parts(&route.path, &nothings());
            parts.insert("queue", queue.to_owned());
            let answer = house.ask_with(&key, route.ask(&parts)).await;
            (answer.status.as_u16(), answer.body.to_string().replace(queue, "QUEUE"))
        };
        let (foreign, missing) = (asked("maintenance").await, asked("nowhere").await);
        assert_eq!(foreign, missing, "{}", route.name());
        assert_eq!(foreign.0, 404, "{}", route.name());
        assert!(asked("greetings").await.0 < 300, "{}", route.name());
    }
    assert!(compared > 9, "{compared}");
}
