//! Every answer that a test gets is what the document says that there may be, so that neither changes alone.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::Answer;

/// The document that this router serves.
pub(crate) async fn document(router: Router) -> Value {
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let body = router.oneshot(request).await.unwrap().into_body();
    serde_json::from_slice(&to_bytes(body, 10 << 20).await.unwrap()).unwrap()
}

/// Panics where the document does not know this answer to such a request.
pub(crate) async fn check(router: Router, method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap();
    if !path.starts_with("/api/") && !path.starts_with("/health/") || method == Method::HEAD {
        return;
    }
    let document = document(router).await;
    let status = answer.status.as_str();
    let Some(item) = matching(&document, path) else {
        assert!(
            ["404", "414", "431"].contains(&status),
            "{method} {path} is not in the document: {answer:?}"
        );
        return;
    };
    let Some(operation) = item.get(method.as_str().to_ascii_lowercase()) else {
        assert!(
            ["405", "414", "431"].contains(&status),
            "{method} {path} is not in the document: {answer:?}"
        );
        return;
    };
    let response = followed(&document, &operation["responses"][status]);
    assert!(
        response.is_object(),
        "{method} {path} answers {status}, which the document does not know: {answer:?}"
    );
    if answer.body.is_null() {
        assert!(
            response.get("content").is_none(),
            "{method} {path} answers nothing with {status}: {answer:?}"
        );
        return;
    }
    let schema = &response["content"][answer.header("content-type")]["schema"];
    assert!(schema.is_object(), "{method} {path} answers a body that the document does not know: {answer:?}");
    let faults = faults(&document, schema, &answer.body);
    assert!(faults.is_empty(), "{method} {path}, {status}: {faults:#?}\n{:#}", answer.body);
}

/// What is wrong with a value of this schema of the document.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The part of the document about a path; what is written out goes before what a parameter stands for.
fn matching<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let given: Vec<_> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<_> = template.split('/').collect();
        parts.len() == given.len()
            && parts.iter().zip(&given).all(|(part, given)| part == given || part.starts_with('{'))
    };
    let paths = document["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(template, _)| fits(template));
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, item)| item)
}

fn followed<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(link) => document.pointer(link.strip_prefix('#').unwrap()).unwrap(),
        None => part,
    }
}
