use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;
use windlass_queue::Catalog;

use super::{args, refusals};
use crate::problem::Problem;

const DESCRIPTION: &str = "\
Enqueue jobs, look at them and steer them, from any language.

Whatever is refused is refused as `application/problem+json` (RFC 9457), and every answer carries an `x-request-id`. \
Times are RFC 3339 in UTC, durations are milliseconds in fields that end in `_ms`. Unknown fields and parameters are \
refused, so that a misspelt one does not go unnoticed. `docs/api.md` describes the conventions.";

const TAGS: [(&str, &str); 6] = [
    ("jobs", "Jobs: enqueued one by one or many at a time, looked at, and steered."),
    ("batches", "Jobs that end together, and the job that follows them."),
    ("queues", "Queues: what is in them, what holds for them, and who works for them."),
    ("kinds", "The kinds of job, with the schemas of their args."),
    ("access", "API keys, organizations, and the audit log: who may, and who did."),
    ("health", "Whether the process runs, and whether it can do its work."),
];

/// The document about these paths, with what holds for all of them, and with the args of every kind.
pub(super) fn complete(paths: OpenApi, catalog: &Catalog) -> Value {
    // What cannot be written down is not there: the test of the whole document would miss it.
    let mut document = serde_json::to_value(paths).unwrap_or_default();
    document["info"] = json!({
        "title": "Windlass",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    document["tags"] =
        TAGS.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect();
    document["security"] = json!([{ "key": [] }]);
    document["components"]["securitySchemes"] = json!({
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "`Authorization: Bearer KEY`, where KEY is an API key or a JWT of the configured issuer.",
        },
    });
    document["components"]["schemas"]["Problem"] = json!(Problem::schema());
    refusals::add(&mut document);
    args::add(&mut document, catalog);
    document
}
