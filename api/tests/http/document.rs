//! The OpenAPI document: complete, valid, and the same as it was.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use windlass_jobs::Diagnostics;

use crate::conformity::{self, faults};
use crate::support::{Ask, Door, House};

/// Set to write the document of now to the file that the test compares with.
const UPDATE: &str = "UPDATE_SNAPSHOTS";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi.json");

/// The document about every kind that there is.
async fn full() -> Value {
    let catalog = windlass_jobs::catalog(Diagnostics::Enabled).unwrap();
    conformity::document(Door::of_nobody_with(Arc::new(catalog)).router()).await
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the variable is the tests' own")]
async fn the_document_is_as_it_was() {
    let mut now = full().await;
    // A new version is no change of the document.
    now["info"]["version"] = "x".into();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(FILE, format!("{now:#}\n")).unwrap();
    }
    let before: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let changed = changed("", &before, &now);
    assert!(
        changed.is_empty(),
        "the document changed at\n  {}\nRun the test with {UPDATE}=1 where that is meant, and look at the difference.",
        changed.join("\n  ")
    );
}

/// Where two values differ.
fn changed(place: &str, before: &Value, now: &Value) -> Vec<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let gone = before.keys().filter(|name| !now.contains_key(*name));
            let mut places: Vec<_> = gone.map(|name| format!("{place}/{name} is gone")).collect();
            for (name, value) in now {
                let place = format!("{place}/{name}");
                match before.get(name) {
                    Some(before) => places.extend(changed(&place, before, value)),
                    None => places.push(format!("{place} is new")),
                }
            }
            places
        }
        (before, now) if before == now => Vec::new(),
        (before, now) => vec![format!("{place} was {before} and is {now}")],
    }
}

#[tokio::test]
async fn every_link_of_the_document_leads_somewhere() {
    let document = full().await;
    let mut links = Vec::new();
    collect(&document, &mut links);
    assert!(links.len() > 100, "{}", links.len());
    for link in links {
        let place = link.strip_prefix('#').expect("a link within the document");
        assert!(document.pointer(place).is_some(), "{link}");
    }
}

fn collect<'a>(value: &'a Value, links: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            links.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, links));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, links)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let document = full().await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(!names.contains(&name), "{name} twice");
            names.push(name);
            for what in ["summary", "tags", "responses"] {
                assert!(!operation[what].is_null(), "{method} {path} has no {what}");
            }
            let tag = &operation["tags"][0];
            let known = document["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag);
            assert!(known, "{method} {path} is of {tag}, which is not described");
        }
    }
}

#[tokio::test]
async fn every_path_of_the_document_is_answered_and_asks_for_a_key_where_it_says_so() {
    let house = House::new();
    for (path, item) in conformity::document(house.router()).await["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_ascii_uppercase().parse().unwrap();
            let answer =
                house.ask_as(None, Ask::get(&path.replace(['{', '}'], "")).method(method.clone())).await;
            let open = operation["security"] == json!([]);
            let expected = if open { 200 } else { 401 };
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_example_is_what_its_endpoint_takes() {
    let document = full().await;
    let mut examples = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            examples += 1;
            let faults = faults(&document, &content["schema"], &content["example"]);
            assert!(faults.is_empty(), "{method} {path}: {faults:?}");
        }
    }
    assert!(examples > 10, "{examples}");
}

#[tokio::test]
async fn every_problem_is_in_the_page_about_the_api_and_no_other() {
    let document = full().await;
    let known =
        document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"].as_array().unwrap();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md")).unwrap();
    let table = page.split("<!-- problems -->").nth(1).unwrap().split("<!-- /problems -->").next().unwrap();
    let mut told = after(table, "\n| `", '`');
    let mut known: Vec<_> =
        known.iter().map(|urn| urn.as_str().unwrap().rsplit(':').next().unwrap().to_owned()).collect();
    told.sort();
    known.sort();
    assert_eq!(told, known);
}

/// The document is made of `routes!`, and what came in beside it would not be in it.
#[test]
fn routes_come_in_by_one_way() {
    let routes: Vec<_> = sources().iter().flat_map(|text| after(text, ".route(\"", '"')).collect();
    assert_eq!(routes, ["/openapi.json", "/docs", "/docs/", "/docs/{file}"]);
}

/// Of two schemas of one name the document would have one, and say of the other what is not so.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut names = Vec::new();
    for text in sources() {
        for schema in text.split("ToSchema)]\n").skip(1) {
            let attributes = schema.split(['{', ';']).next().unwrap();
            let renamed = after(attributes, "#[schema(as = ", ')').pop();
            let ident = ["struct ", "enum "].iter().find_map(|word| attributes.split(word).nth(1));
            let name = renamed.unwrap_or_else(|| ident.unwrap().trim().to_owned());
            assert!(!names.contains(&name), "two schemas are called {name}; give one #[schema(as = …)]");
            names.push(name);
        }
    }
    assert!(names.len() > 40, "{names:?}");
}

/// What stands between each `before` and the next `end`.
fn after(text: &str, before: &str, end: char) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split(end).next().unwrap().to_owned()).collect()
}

/// The text of every file of the API, without its tests.
fn sources() -> Vec<String> {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let text = std::fs::read_to_string(&entry).unwrap();
                texts.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
            }
        }
    }
    texts
}

#[tokio::test]
async fn a_posted_job_is_described_with_the_args_of_its_kind() {
    let document = full().await;
    let job = json!({ "$ref": "#/components/schemas/PostedJob" });
    let mail =
        json!({"kind": "email.send", "args": {"to": ["ada@example.com"], "subject": "Hi", "text": "Hello"}});
    assert_eq!(faults(&document, &job, &mail), Vec::<String>::new());
    for wrong in [
        json!({"kind": "email.send"}),
        json!({"kind": "email.send", "args": {"to": 7, "subject": "Hi", "text": "Hello"}}),
        json!({"kind": "email.sent", "args": {}}),
        json!({"kind": "diagnostic.noop", "prority": 1}),
        json!({"kind": "diagnostic.noop", "priority": 10}),
        json!({"kind": "jobs.bulk", "args": {}}),
    ] {
        assert!(!faults(&document, &job, &wrong).is_empty(), "{wrong}");
    }
    let links =
        document["components"]["schemas"]["PostedJob"]["discriminator"]["mapping"].as_object().unwrap();
    assert!(links.contains_key("email.send") && !links.contains_key("jobs.bulk"), "{links:?}");
}
