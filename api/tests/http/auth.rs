use crate::support::{Ask, House, KEY};

#[tokio::test]
async fn everything_below_api_v1_asks_for_a_key() {
    let house = House::new();
    for ask in [
        Ask::post("/api/v1/jobs", r#"{"kind":"nothing.do"}"#),
        Ask::post("/api/v1/jobs/batch", r#"{"jobs":[{"kind":"nothing.do"}]}"#),
        Ask::get("/api/v1/jobs/0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007"),
        Ask::get("/api/v1/kinds"),
        Ask::get("/api/v1/jobs"),
        Ask::post("/api/v1/jobs/bulk", "{}"),
        Ask::post("/api/v1/jobs/0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007/cancel", ""),
        Ask::post("/api/v1/batches", "{}"),
        Ask::get("/api/v1/queues"),
        Ask::post("/api/v1/queues/greetings/pause", ""),
    ] {
        let none = house.ask_as(None, ask).await;
        none.problem(401, "unauthorized");
        assert_eq!(none.header("www-authenticate"), "Bearer");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn only_the_very_key_opens() {
    let house = House::new();
    for wrong in [
        "",
        KEY,
        "Bearer",
        "Bearer ",
        "Bearer a-key-for-these-test",
        "Bearer a-key-for-these-testss",
        "Bearer A-KEY-FOR-THESE-TESTS",
        "Basic a-key-for-these-tests",
        "Bearer a-key-for-these-tests, Bearer other",
    ] {
        let answer = house.ask_as(Some(wrong), Ask::post("/api/v1/jobs", r#"{"kind":"nothing.do"}"#)).await;
        answer.problem(401, "unauthorized");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        assert!(!answer.body.to_string().contains(KEY));
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    let house = House::new();
    let answer = house.ask_as(Some(&format!("bEARER {KEY}")), Ask::get("/api/v1/kinds")).await;
    assert_eq!(answer.status, 200);
}
