//! The answers that many endpoints have in common, so that each handler names only those that are its own.

mod refusal;

use serde_json::{Map, Value, json};

use refusal::{Endpoint, FOREIGN, REFUSALS, Refusal};

/// Adds them to every endpoint that can give them, and completes those that handlers name.
pub(super) fn add(document: &mut Value) {
    let shared: Map<_, _> = REFUSALS.iter().map(component).collect();
    document["components"]["responses"] = shared.into();
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = json!({
        "Organization": {
            "name": "Windlass-Organization",
            "in": "header",
            "required": false,
            "description": "The organization that the request is kept within. Only who may reach every organization names \
                            another than their own.",
            "schema": { "$ref": "#/components/schemas/TenantId" },
        },
    });
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, methods) in paths {
        for operation in methods.as_object_mut().into_iter().flat_map(Map::values_mut) {
            complete(path, operation);
        }
    }
}

fn complete(path: &str, operation: &mut Value) {
    let endpoint = Endpoint::of(path, operation);
    let common: Vec<_> = REFUSALS.iter().filter(|refusal| (refusal.of)(&endpoint)).collect();
    if endpoint.is_guarded {
        let parameters =
            operation.as_object_mut().map(|operation| operation.entry("parameters").or_insert(json!([])));
        if let Some(Value::Array(parameters)) = parameters {
            parameters.push(json!({ "$ref": "#/components/parameters/Organization" }));
        }
    } else {
        operation["security"] = json!([]);
    }
    let permission = operation["security"][0]["key"][0].as_str().map(str::to_owned);
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let own_403 = responses.get("403").and_then(|own| own["description"].as_str()).map(str::to_owned);
    for (status, response) in responses.iter_mut() {
        if status.as_str() >= "400" {
            *response = problem(status, response["description"].as_str().unwrap_or_default());
        } else {
            response["headers"]["x-request-id"] = json!({ "$ref": "#/components/headers/RequestId" });
            if endpoint.is_guarded {
                response["headers"]["RateLimit"] = json!({ "$ref": "#/components/headers/RateLimit" });
                response["headers"]["RateLimit-Policy"] =
                    json!({ "$ref": "#/components/headers/RateLimitPolicy" });
            }
        }
    }
    for refusal in common {
        let link = json!({ "$ref": format!("#/components/responses/{}", refusal.name) });
        match responses.get_mut(refusal.status) {
            None => drop(responses.insert(refusal.status.to_owned(), link)),
            Some(own) if refusal.name != "NotFound" => {
                own["description"] =
                    format!("{} {}", own["description"].as_str().unwrap_or_default(), refusal.about).into();
            }
            Some(_) => {}
        }
    }
    if let Some(permission) = permission {
        let own = own_403.map_or(String::new(), |own| own + " ");
        let about = format!("{own}`forbidden`: the permission `{permission}` is missing. {FOREIGN}");
        responses.insert("403".to_owned(), problem("403", &about));
    }
}

fn component(refusal: &Refusal) -> (String, Value) {
    (refusal.name.to_owned(), problem(refusal.status, refusal.about))
}

fn problem(status: &str, about: &str) -> Value {
    let mut headers = json!({ "x-request-id": { "$ref": "#/components/headers/RequestId" } });
    if status == "401" {
        headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/Challenge" });
    }
    if ["429", "503"].contains(&status) {
        headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
    }
    json!({
        "description": about,
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "The request's own `x-request-id` where it brought a usable one, else a new one.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 64 },
        },
        "RetryAfter": {
            "description": "After how many seconds the same may be asked again.",
            "schema": { "type": "integer", "minimum": 1 },
        },
        "RateLimit": {
            "description": "What is left, where requests are limited (draft-ietf-httpapi-ratelimit-headers).",
            "schema": { "type": "string" },
        },
        "RateLimitPolicy": {
            "description": "The limits, where requests are limited (draft-ietf-httpapi-ratelimit-headers).",
            "schema": { "type": "string" },
        },
        "Challenge": { "description": "`Bearer`, with what is wrong.", "schema": { "type": "string" } },
    })
}
