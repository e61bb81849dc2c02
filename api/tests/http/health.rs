use serde_json::json;

use crate::support::{Ask, House};

#[tokio::test]
async fn a_living_house_is_live_and_ready_without_a_key() {
    let house = House::new();
    for (path, status) in [("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = house.ask_as(None, Ask::get(path)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, json!({ "status": status }));
    }
}

#[tokio::test]
async fn kinds_are_listed_with_what_an_enqueuer_needs_to_know() {
    let answer = House::new().get("/api/v1/kinds").await;
    let kinds = answer.body["kinds"].as_array().unwrap();
    let names: Vec<_> = kinds.iter().map(|kind| kind["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["greeting.send", "jobs.bulk", "nothing.do"]);
    let greet = &kinds[0];
    assert_eq!(greet["queue"], "greetings");
    assert_eq!(greet["summary"], "Greets somebody.");
    assert_eq!(greet["max_attempts"], 3);
    assert_eq!(greet["timeout_ms"], 600_000);
    assert_eq!(greet["schema"]["properties"]["name"]["type"], "string");
}
