//! The args of every kind, so that generated clients have a type for each.

use serde_json::{Map, Value, json};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{Catalog, JobKind, Kind};

const SCHEMAS: &str = "#/components/schemas/";

/// Replaces the schema of a posted job by one for each kind.
pub(super) fn add(document: &mut Value, catalog: &Catalog) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let Some(any) = schemas.get("PostedJob").cloned() else { return };
    let (mut each, mut mapping) = (Vec::new(), Map::new());
    // A bulk operation is asked for at an endpoint of its own.
    for kind in catalog.kinds().filter(|kind| kind.name.as_str() != BulkJobs::NAME) {
        let name = format!("PostedJob.{}", kind.name);
        let args = add_args(schemas, kind);
        schemas.insert(name.clone(), posted(&any, kind, &args));
        let link = format!("{SCHEMAS}{name}");
        each.push(json!({ "$ref": link }));
        mapping.insert(kind.name.to_string(), link.into());
    }
    if each.is_empty() {
        return;
    }
    schemas.insert(
        "PostedJob".to_owned(),
        json!({
            "description": any["description"],
            "oneOf": each,
            "discriminator": { "propertyName": "kind", "mapping": mapping },
        }),
    );
}

/// A posted job of one kind: as of any kind, with this kind's name and args.
fn posted(any: &Value, kind: &Kind, args: &str) -> Value {
    let mut posted = any.clone();
    posted["title"] = kind.name.as_str().into();
    posted["description"] = kind.summary.into();
    posted["properties"]["kind"] = json!({ "type": "string", "const": kind.name.as_str() });
    posted["properties"]["args"] = json!({ "$ref": args });
    let needs_args = kind.schema["required"].as_array().is_some_and(|required| !required.is_empty());
    posted["required"] = if needs_args { json!(["kind", "args"]) } else { json!(["kind"]) };
    posted
}

/// Adds the kind's schema and those that it is made of. Answers the link to it.
fn add_args(schemas: &mut Map<String, Value>, kind: &Kind) -> String {
    let name = format!("Args.{}", kind.name);
    let mut args = kind.schema.clone();
    let mut parts = Map::new();
    if let Some(args) = args.as_object_mut() {
        args.remove("$schema");
        if let Some(Value::Object(defined)) = args.remove("$defs") {
            parts = defined;
        }
    }
    for (part, mut schema) in parts {
        relink(&mut schema, &name);
        schemas.insert(format!("{name}.{part}"), schema);
    }
    relink(&mut args, &name);
    let link = format!("{SCHEMAS}{name}");
    schemas.insert(name, args);
    link
}

/// A kind's schema is a document of its own; as a part of this one its links begin elsewhere.
fn relink(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(link)) = members.get_mut("$ref")
                && let Some(part) = link.strip_prefix("#/$defs/")
            {
                *link = format!("{SCHEMAS}{name}.{part}");
            }
            members.values_mut().for_each(|member| relink(member, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| relink(item, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
