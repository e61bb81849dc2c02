use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_queue::EnqueueOptions;

use crate::support::{Greet, House, greet};

const JOBS: &str = "/api/v1/jobs";

fn ids(page: &Value) -> Vec<String> {
    page["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_filter_leaves_out_what_does_not_match() {
    let house = House::new();
    let first = house.enqueued(greet(json!({"tags": ["a"]}))).await;
    let later = house.enqueued(greet(json!({"delay_ms": 3_600_000}))).await;
    let other = house.enqueued(json!({"kind": "nothing.do"})).await;
    let created = house.get(&format!("{JOBS}/{first}")).await.body["created_at"].as_str().unwrap().to_owned();
    for (query, expected) in [
        (String::new(), vec![&first, &later, &other]),
        ("?state=scheduled".to_owned(), vec![&later]),
        ("?kind=greeting.send".to_owned(), vec![&first, &later]),
        ("?queue=default".to_owned(), vec![&other]),
        ("?tag=a&state=available".to_owned(), vec![&first]),
        (format!("?created_before={created}"), vec![]),
        (format!("?created_from={created}&tag=a"), vec![&first]),
        ("?state=running".to_owned(), vec![]),
    ] {
        let answer = house.get(&format!("{JOBS}{query}")).await;
        let found: BTreeSet<_> = ids(answer.body(200)).into_iter().collect();
        assert_eq!(found, expected.into_iter().cloned().collect(), "{query}");
        assert_eq!(answer.body["next"], Value::Null);
    }
}

#[tokio::test]
async fn the_cursor_of_a_page_leads_to_the_next_until_the_end() {
    let house = House::new();
    let mut expected = BTreeSet::new();
    for _ in 0..7 {
        expected.insert(house.enqueued(greet(json!({}))).await);
    }
    let (mut found, mut cursor, mut pages) = (BTreeSet::new(), String::new(), 0);
    loop {
        let page = house.get(&format!("{JOBS}?limit=3{cursor}")).await;
        let page = page.body(200);
        let ids = ids(page);
        assert!(ids.len() <= 3);
        assert!(ids.into_iter().all(|id| found.insert(id)), "a job is on two pages");
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, expected);
    assert!(pages >= 3);
}

#[tokio::test]
async fn a_query_that_cannot_be_is_422_with_the_name_of_the_parameter() {
    let house = House::new();
    for (query, parameter) in [
        ("state=done", "state"),
        ("kind={x}", "kind"),
        ("created_from=yesterday", "created_from"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%7B%7D", "cursor"),
        ("tenant=other", "tenant"),
        ("colour=red", "colour"),
        ("state=running&state=available", "state"),
    ] {
        let answer = house.get(&format!("{JOBS}?{query}")).await;
        let problem = answer.problem(422, "invalid-request");
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}: {problem}");
    }
}

#[tokio::test]
async fn jobs_of_another_tenant_are_not_listed() {
    let house = House::within("default");
    let args = Greet { name: "Ada".to_owned(), nested: None };
    let options = EnqueueOptions { tenant: "other".parse().unwrap(), ..EnqueueOptions::default() };
    house.client.enqueue(&args, options).await.unwrap();
    let own = house.enqueued(greet(json!({}))).await;
    assert_eq!(ids(house.get(JOBS).await.body(200)), [own]);
}
