use axum::http::Method;
use serde_json::json;

use crate::support::{Ask, House, greet};

const JOBS: &str = "/api/v1/jobs";

#[tokio::test]
async fn an_unknown_kind_is_404_with_the_nearest_names() {
    let house = House::new();
    for (kind, nearest) in [
        ("greetings.send", json!(["greeting.send"])),
        ("nothing.due", json!(["nothing.do"])),
        ("xxxx", json!([])),
        ("", json!([])),
        ("../{a}", json!([])),
    ] {
        let answer = house.post(JOBS, json!({"kind": kind, "args": {}})).await;
        let problem = answer.problem(404, "unknown-kind");
        assert_eq!((&problem["kind"], &problem["nearest"]), (&json!(kind), &nearest));
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn args_against_the_schema_are_422_with_the_path_of_each_fault() {
    let house = House::new();
    let answer = house.post(JOBS, greet(json!({"args": {"name": 7, "x": "a secret"}}))).await;
    let problem = answer.problem(422, "invalid-args");
    let paths: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"/args/name") && paths.contains(&"/args"), "{paths:?}");
    assert!(!problem.to_string().contains("a secret"));

    for args in [json!(null), json!([]), json!("x"), json!({})] {
        let answer = house.post(JOBS, greet(json!({ "args": args }))).await;
        assert_eq!(answer.problem(422, "invalid-args")["errors"][0]["path"], "/args");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn an_option_that_does_not_hold_is_422_with_its_path() {
    let house = House::new();
    let many_tags: Vec<_> = (0..17).map(|number| format!("tag{number}")).collect();
    for (options, path) in [
        (json!({"priority": 10}), "/priority"),
        (json!({"priority": -1}), "/priority"),
        (json!({"priority": 1.5}), "/priority"),
        (json!({"priority": "high"}), "/priority"),
        (json!({"run_at": "tomorrow"}), "/run_at"),
        (json!({"run_at": 1_700_000_000}), "/run_at"),
        (json!({"delay_ms": -1}), "/delay_ms"),
        (json!({"delay_ms": u64::MAX}), "/delay_ms"),
        (json!({"delay_ms": 1, "run_at": "2999-01-01T00:00:00Z"}), "/delay_ms"),
        (json!({"max_attempts": 0}), "/max_attempts"),
        (json!({"max_attempts": 1_001}), "/max_attempts"),
        (json!({"timeout_ms": 0}), "/timeout_ms"),
        (json!({"timeout_ms": 86_400_001}), "/timeout_ms"),
        (json!({"expires_in_ms": 1, "expires_at": "2999-01-01T00:00:00Z"}), "/expires_in_ms"),
        (json!({"expires_in_ms": u64::MAX}), "/expires_in_ms"),
        (json!({"expires_in_ms": 5, "delay_ms": 10}), ""),
        (json!({"backoff": {"type": "sometimes"}}), "/backoff/type"),
        (json!({"backoff": {"type": "fixed", "wait_ms": 5, "jitter": true}}), "/backoff"),
        (json!({"backoff": {"type": "fixed", "wait_ms": u64::MAX}}), "/backoff"),
        (json!({"backoff": {"type": "list", "waits_ms": vec![1; 101]}}), "/backoff"),
        (json!({"limit_key": "a:b:c"}), "/limit_key"),
        (json!({"unique": {}}), "/unique"),
        (json!({"unique": {"until": "later"}}), "/unique/until"),
        (json!({"unique": {"until": "period"}}), "/unique/period_ms"),
        (json!({"unique": {"until": "period", "period_ms": 0}}), "/unique/period_ms"),
        (json!({"unique": {"until": "finish", "period_ms": 5}}), "/unique/period_ms"),
        (json!({"unique": {"until": "finish", "on_conflict": "fight"}}), "/unique/on_conflict"),
        (json!({"unique": {"until": "finish", "args": ["nmae"]}}), "/unique/args"),
        (json!({"unique": {"until": "finish", "key": "x"}}), "/unique/key"),
        (json!({"batch": "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007"}), "/batch"),
        (json!({"kind": "jobs.bulk"}), "/kind"),
        (json!({"tags": ["a", "b c"]}), "/tags/1"),
        (json!({"tags": "a"}), "/tags"),
        (json!({"tags": many_tags}), "/tags"),
        (json!({"kind": 7}), "/kind"),
        (json!({"kind": null}), "/kind"),
        (json!({"tenant": "{x}"}), "/tenant"),
        (json!({"queue": "email"}), "/queue"),
        (json!({"a/b~c": 1}), "/a~1b~0c"),
    ] {
        let answer = house.post(JOBS, greet(options)).await;
        let problem = answer.problem(422, "invalid-request");
        assert_eq!(problem["errors"][0]["path"], path, "{problem}");
        assert!(problem["errors"][0]["message"].is_string());
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn json_of_another_shape_is_422() {
    let house = House::new();
    for body in [json!([]), json!(null), json!(7), json!("job"), json!({}), json!({"args": {}})] {
        let answer = house.post(JOBS, &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], "", "{body}");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn malformed_json_is_400_with_line_and_column() {
    let house = House::new();
    for (body, line, column) in [
        ("{\n  \"kind\": nothing.do\n}", 2, 12),
        ("", 1, 0),
        ("{\"kind\": \"nothing.do\"", 1, 21),
        ("{\"kind\": \"nothing.do\"} {}", 1, 24),
        ("kind=nothing.do", 1, 1),
        ("{\"kind\": \"\\ud800\"}", 1, 17),
    ] {
        let answer = house.post(JOBS, body).await;
        let problem = answer.problem(400, "invalid-json");
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&json!(line), &json!(column)),
            "{body} {problem}"
        );
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_400_with_their_place() {
    let house = House::new();
    let body = b"{\"kind\": \"nothing.do\",\n \"args\": {\"\xff\": 1}}".to_vec();
    let answer = house.ask(Ask::post(JOBS, body)).await;
    let problem = answer.problem(400, "invalid-json");
    assert_eq!((&problem["line"], &problem["column"]), (&json!(2), &json!(12)));
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn no_depth_of_nesting_overflows_the_stack() {
    let house = House::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = |depth: usize| format!("{}0{}", open.repeat(depth), close.repeat(depth));
        let job = |nested: String| {
            format!(r#"{{"kind":"greeting.send","args":{{"name":"Ada","nested":{nested}}}}}"#)
        };
        assert_eq!(house.post(JOBS, job(deep(100))).await.status, 202);
        house.post(JOBS, job(deep(50_000))).await.problem(400, "invalid-json");
        house.post(JOBS, open.repeat(150_000)).await.problem(400, "invalid-json");
    }
    assert_eq!(house.jobs().await, 2);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let house = House::new();
    let body = format!("{}{}", " ".repeat(8 << 20), greet(json!({})));
    let answer = house.post(JOBS, body).await;
    assert_eq!(answer.problem(413, "body-too-large")["limit_bytes"], 8 << 20);
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn args_over_what_a_job_carries_are_413() {
    let house = House::new();
    let answer = house.post(JOBS, greet(json!({"args": {"name": "x".repeat(64 << 10)}}))).await;
    let problem = answer.problem(413, "args-too-large");
    assert_eq!(problem["limit_bytes"], 64 << 10);
    assert!(problem["bytes"].as_u64().unwrap() > 64 << 10);
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_body_that_says_it_is_something_else_is_415() {
    let house = House::new();
    for name in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""]
    {
        let ask = Ask::post(JOBS, greet(json!({})).to_string()).with("content-type", name);
        house.ask(ask).await.problem(415, "unsupported-media-type");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_400() {
    let house = House::new();
    let long: &'static str = "x".repeat(256).leak();
    let ask = || Ask::post(JOBS, greet(json!({})).to_string());
    for ask in [
        ask().with("idempotency-key", ""),
        ask().with("idempotency-key", long),
        ask().with("idempotency-key", "schlüssel"),
        ask().with("idempotency-key", "a").with("idempotency-key", "b"),
    ] {
        let answer = house.ask(ask).await;
        assert_eq!(answer.problem(400, "invalid-header")["header"], "Idempotency-Key");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_job_that_is_not_there_is_404() {
    let house = House::new();
    for id in ["0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007", "7", "%00", "%ff", "a%20b", "batch"] {
        let answer = house.get(&format!("{JOBS}/{id}")).await;
        if id == "batch" {
            answer.problem(405, "method-not-allowed");
        } else {
            answer.problem(404, "unknown-job");
        }
    }
}

#[tokio::test]
async fn an_unknown_route_is_404_and_a_wrong_method_405() {
    let house = House::new();
    for path in ["/", "/api", "/api/v1", "/api/v1/job", "/api/v2/jobs", "/health"] {
        house.get(path).await.problem(404, "not-found");
    }
    for (method, path, allowed) in [
        (Method::PUT, JOBS, "POST"),
        (Method::GET, "/api/v1/jobs/bulk", "POST"),
        (Method::POST, "/api/v1/queues", "GET"),
        (Method::GET, "/api/v1/queues/greetings/drain", "POST"),
        (Method::POST, "/api/v1/queues/greetings/limits/queue", "PUT"),
        (Method::POST, "/api/v1/kinds", "GET"),
        (Method::DELETE, "/health/live", "GET"),
    ] {
        let answer = house.ask(Ask::get(path).method(method)).await;
        answer.problem(405, "method-not-allowed");
        assert!(answer.header("allow").contains(allowed), "{answer:?}");
    }
}
