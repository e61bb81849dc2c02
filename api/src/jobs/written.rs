use serde_json::{Map, Value};
use windlass_queue::EnqueueRequest;
use windlass_shared::TenantId;

use super::posted::{Owner, PostedJob};
use crate::access::tag_of;
use crate::problem::Problem;
use crate::shape::shape;

/// Reads a job as an application writes it into the outbox: the kind, the arguments, and the other members of a posted job,
/// which are what `POST /api/v1/jobs` takes. Otherwise answers what is wrong, in a sentence for whoever wrote it.
pub fn read_written(
    kind: &str,
    args: &str,
    options: Option<&str>,
    organization: &str,
) -> Result<EnqueueRequest, String> {
    let tenant: TenantId = organization.parse().map_err(|error| format!("the organization: {error}"))?;
    let args: Value = serde_json::from_str(args).map_err(|error| format!("the args are no JSON: {error}"))?;
    let mut members = match options.filter(|text| !text.trim().is_empty()) {
        Some(text) => members(text)?,
        None => Map::new(),
    };
    for (name, value) in [("kind", kind.into()), ("args", args)] {
        if members.insert(name.to_owned(), value).is_some() {
            return Err(format!("the options have the member {name:?}, which has a column of its own"));
        }
    }
    let posted: PostedJob = shape(Value::Object(members)).map_err(|problem| told(&problem))?;
    request(posted, tenant).map_err(|problem| told(&problem))
}

fn members(options: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(options) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("the options are no JSON object".to_owned()),
        Err(error) => Err(format!("the options are no JSON: {error}")),
    }
}

fn request(mut posted: PostedJob, tenant: TenantId) -> Result<EnqueueRequest, Problem> {
    let Owner { tenant: named, user } = posted.take_owner();
    if named.is_some_and(|named| named != tenant) {
        return Err(Problem::at("/tenant", "the organization has a column of its own"));
    }
    let mut request = posted.into_request(tenant, None)?;
    if let Some(user) = user {
        request.options.tags.push(tag_of(&user).ok_or_else(Problem::internal)?);
    }
    Ok(request)
}

fn told(problem: &Problem) -> String {
    problem.detail().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_like_a_posted_job() {
        let options = r#"{"priority": 2, "delay_ms": 5000, "tags": ["vip"], "user": "ada"}"#;
        let request = read_written("email.send", r#"{"to": ["a@b.c"]}"#, Some(options), "acme").unwrap();
        assert_eq!(request.kind, "email.send");
        assert_eq!(request.args["to"][0], "a@b.c");
        assert_eq!(request.options.tenant.as_str(), "acme");
        assert_eq!(request.options.priority.get(), 2);
        let tags: Vec<_> = request.options.tags.iter().map(windlass_shared::Tag::as_str).collect();
        assert_eq!(tags, ["vip", "user.ada"]);
        assert!(read_written("x", "{}", None, "default").is_ok());
        assert!(read_written("x", "{}", Some(" "), "default").is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_row_is_told() {
        for (args, options, organization, part) in [
            ("{", None, "acme", "the args are no JSON"),
            ("{}", Some("[]"), "acme", "no JSON object"),
            ("{}", Some("{"), "acme", "the options are no JSON"),
            ("{}", Some(r#"{"kind": "y"}"#), "acme", "column of its own"),
            ("{}", Some(r#"{"priority": 12}"#), "acme", "/priority"),
            ("{}", Some(r#"{"prio": 1}"#), "acme", "prio"),
            ("{}", Some(r#"{"tenant": "other"}"#), "acme", "/tenant"),
            ("{}", None, "no name", "the organization"),
        ] {
            let error = read_written("x", args, options, organization).unwrap_err();
            assert!(error.contains(part), "{error:?} should have {part:?}");
        }
    }
}
