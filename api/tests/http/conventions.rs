//! What holds for every answer, whatever is asked.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use serde_json::json;
use tower::ServiceExt;
use windlass_api::CorsOrigins;

use crate::support::{Ask, Door, House, KEY, greet};

const DOCUMENT: &str = "/openapi.json";
const KINDS: &str = "/api/v1/kinds";
const PAGE: &str = "https://app.example.com";

/// Asks with the key and answers the body as it came.
async fn raw(door: &Door, request: axum::http::request::Builder) -> (u16, HeaderMap, Vec<u8>) {
    door.store().await;
    let request = request.header("authorization", format!("Bearer {KEY}")).body(Body::empty()).unwrap();
    let (parts, body) = door.router().oneshot(request).await.unwrap().into_parts();
    (parts.status.as_u16(), parts.headers, to_bytes(body, 10 << 20).await.unwrap().to_vec())
}

#[tokio::test]
async fn what_a_caller_has_already_is_not_sent_again() {
    let house = House::new();
    let location = format!("/api/v1/jobs/{}", house.enqueued(greet(json!({}))).await);
    house.completed().await;
    for path in [DOCUMENT, KINDS, &location] {
        let first = house.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(first.status == 200 && tag.starts_with('"'), "{path}: {first:?}");
        let (weak, other) = (format!("W/{tag}"), "\"something-else\"".to_owned());
        for (given, status) in [(&tag, 304), (&weak, 304), (&other, 200), (&format!("{other}, {tag}"), 304)] {
            let (answered, headers, body) =
                raw(&house, Request::get(path).header("if-none-match", given)).await;
            assert_eq!(answered, status, "{path} {given}");
            assert_eq!(headers["etag"], tag.as_str(), "{path} {given}");
            assert_eq!(body.is_empty(), status == 304, "{path} {given}");
        }
    }
}

#[tokio::test]
async fn a_job_that_has_not_ended_has_no_tag_and_another_content_another_one() {
    let house = House::new();
    let waiting = house.enqueued(greet(json!({}))).await;
    assert_eq!(house.get(&format!("/api/v1/jobs/{waiting}")).await.header("etag"), "");
    house.completed().await;
    let first = house.get(&format!("/api/v1/jobs/{waiting}")).await.header("etag").to_owned();
    let second = house.enqueued(greet(json!({}))).await;
    house.completed().await;
    assert_ne!(house.get(&format!("/api/v1/jobs/{second}")).await.header("etag"), first);
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_take_it_and_small_ones_are_not() {
    let house = House::new();
    let (_, plain, body) = raw(&house, Request::get(DOCUMENT)).await;
    assert!(!plain.contains_key("content-encoding") && plain["etag"].to_str().unwrap().starts_with('"'));
    let (_, packed, smaller) = raw(&house, Request::get(DOCUMENT).header("accept-encoding", "gzip")).await;
    assert_eq!(packed["content-encoding"], "gzip");
    assert!(packed["vary"].to_str().unwrap().to_lowercase().contains("accept-encoding"));
    assert!(smaller.len() * 4 < body.len(), "{} of {}", smaller.len(), body.len());
    // The bytes are others, so the strong tag would lie.
    assert_eq!(packed["etag"], format!("W/{}", plain["etag"].to_str().unwrap()).as_str());
    let (_, small, _) = raw(&house, Request::get("/health/live").header("accept-encoding", "gzip")).await;
    assert!(!small.contains_key("content-encoding"), "{small:?}");
}

#[tokio::test]
async fn every_answer_is_kept_by_nobody_and_is_what_it_is_said_to_be() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    for path in
        ["/api/v1/jobs", &format!("/api/v1/jobs/{id}"), "/api/v1/jobs/none", "/nowhere", "/health/live"]
    {
        let answer = house.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let house = House::new();
    for path in [DOCUMENT, KINDS, "/api/v1/jobs", "/health/live", "/docs/"] {
        let (status, get, _) = raw(&house, Request::get(path)).await;
        let (same, head, body) = raw(&house, Request::head(path)).await;
        assert_eq!((status, same, body.len()), (200, 200, 0), "{path}");
        for header in ["content-type", "etag", "content-length"] {
            assert_eq!(get.get(header), head.get(header), "{path} {header}");
        }
    }
}

#[tokio::test]
async fn a_method_that_does_nothing_is_405_and_told_which_ones_do() {
    let house = House::new();
    let answer = house.order(Method::PUT, "/api/v1/jobs").await;
    answer.problem(405, "method-not-allowed");
    let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn no_page_may_ask_unless_it_is_named() {
    let house = House::new();
    let preflight = || {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/v1/jobs")
            .header("origin", PAGE)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,idempotency-key")
    };
    let (status, headers, _) = raw(&house, preflight()).await;
    assert_eq!(status, 405);
    assert!(!headers.contains_key("access-control-allow-origin"));

    let open = house.open_to(CorsOrigins::new([PAGE]).unwrap());
    let (status, headers, _) = raw(&open, preflight()).await;
    assert_eq!((status, headers["access-control-allow-origin"].to_str().unwrap()), (200, PAGE));
    assert!(headers["access-control-allow-headers"].to_str().unwrap().contains("idempotency-key"));
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let (_, headers, _) = raw(&open, Request::get("/api/v1/jobs").header("origin", PAGE)).await;
    assert_eq!(headers["access-control-allow-origin"], PAGE);
    assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("retry-after"));
    let (_, headers, _) =
        raw(&open, Request::get("/api/v1/jobs").header("origin", "https://evil.example")).await;
    assert!(!headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_with_its_limit() {
    let house = House::new();
    let long = house.get(&format!("/api/v1/jobs?tag={}", "x".repeat(9_000))).await;
    assert_eq!(long.problem(414, "uri-too-long")["limit_bytes"], 8_192);
    let many: String = "x".repeat(33_000);
    let (status, _, body) = raw(&house, Request::get("/health/live").header("x-much", many)).await;
    assert_eq!(status, 431, "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn a_query_that_is_no_text_or_has_too_many_parameters_is_422() {
    let house = House::new();
    let many = "p=1&".repeat(51);
    for query in ["tag=%ff", "cursor=%c3%28", "%80=1", &many] {
        house.get(&format!("/api/v1/jobs?{query}")).await.problem(422, "invalid-request");
    }
    assert_eq!(house.get("/api/v1/jobs?tag=%61").await.status, 200);
    for path in ["/api/v1/jobs/%ff", "/api/v1/jobs/%00", "/api/v1/batches/%c3%28", "/api/v1/queues/%ff"] {
        assert_eq!(house.get(path).await.status, 404, "{path}");
    }
    for scope in ["%ff", "tenant:%ff"] {
        let answer = house.order(Method::DELETE, &format!("/api/v1/queues/greetings/limits/{scope}")).await;
        assert_eq!(answer.status, 404, "{scope}");
    }
}

#[tokio::test]
async fn json_that_is_nested_too_deeply_is_400_and_harms_nothing() {
    let house = House::new();
    for (open, close, depth) in [("[", "]", 200), ("[", "]", 100_000), ("{\"a\":", "}", 100_000)] {
        let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let job = format!(r#"{{"kind":"greeting.send","args":{{"name":"Ada","nested":{deep}}}}}"#);
        for path in ["/api/v1/jobs", "/api/v1/batches"] {
            house.post(path, &job).await.problem(400, "invalid-json");
        }
        house.post("/api/v1/jobs/batch", format!(r#"{{"jobs":[{job}]}}"#)).await.problem(400, "invalid-json");
    }
    // As deep as it may be, it comes back whole.
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    let id = house
        .post(
            "/api/v1/jobs",
            format!(r#"{{"kind":"greeting.send","args":{{"name":"Ada","nested":{deep}}}}}"#),
        )
        .await;
    let id = id.body(202)["id"].as_str().unwrap().to_owned();
    assert_eq!(house.get(&format!("/api/v1/jobs/{id}")).await.body(200)["args"]["nested"].to_string(), deep);
}

#[tokio::test]
async fn the_page_of_the_document_needs_nothing_from_elsewhere() {
    let house = House::new();
    let moved = house.ask_as(None, Ask::get("/docs")).await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (308, "/docs/"));
    let (status, headers, page) = raw(&house, Request::get("/docs/")).await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html"));
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self';"), "{policy}");
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    for file in page.split("=\"./").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let (status, headers, content) = raw(&house, Request::get(format!("/docs/{file}"))).await;
        assert!(status == 200 && !content.is_empty(), "{file}");
        assert_ne!(headers["content-type"], "application/octet-stream", "{file}");
    }
    let (_, _, script) = raw(&house, Request::get("/docs/swagger-initializer.js")).await;
    assert!(String::from_utf8(script).unwrap().contains("/openapi.json"));
    house.ask_as(None, Ask::get("/docs/nothing.js")).await.problem(404, "not-found");
}
