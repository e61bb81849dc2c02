use axum::Json;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use windlass_shared::{QueueName, TenantId, Timestamp};

use super::LIMIT;
use super::view::KeyView;
use crate::access::{Act, Desk, KeyWish, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::problem::Problem;
use crate::shape::shape;

/// How many characters a name has at most.
const LONGEST_NAME: usize = 100;
/// How many roles and queues a key has at most.
const MOST_ENTRIES: usize = 32;

/// A key, as callers ask for it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedKey {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    name: String,
    /// The roles of whoever shows it. Nobody gives a permission that they do not have.
    #[schema(min_items = 1, max_items = 32)]
    roles: Vec<String>,
    /// The queues that it is for; every queue when empty.
    #[serde(default)]
    #[schema(value_type = Vec<shapes::QueueName>, max_items = 32)]
    queues: Vec<QueueName>,
    /// The organization that it is to belong to, which only an operator names; the caller's own if left out. A key that belongs
    /// to none is an operator's key of the installation.
    #[schema(value_type = Option<shapes::TenantId>)]
    organization: Option<TenantId>,
    /// When it is to end by itself; never if left out.
    #[schema(value_type = Option<shapes::Timestamp>)]
    expires_at: Option<Timestamp>,
}

/// A key that has just been made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issued {
    /// The key itself, which is shown this once.
    key: String,
    #[serde(flatten)]
    about: KeyView,
}

/// Makes an API key. Its text is in this answer, and never to be had again.
#[utoipa::path(
    post,
    path = "/keys",
    operation_id = "create_key",
    tag = "access",
    security(("key" = ["keys.manage"])),
    request_body(content = PostedKey, example = json!({"name": "The website", "roles": ["teacher"], "queues": ["email"]})),
    responses(
        (status = 201, description = "The key, with its text.", body = Issued, headers(("Location" = String, description = "Where it can be revoked."))),
        (status = 403, description = "`forbidden`: it would have a permission that the caller does not have."),
    ),
)]
pub(crate) async fn post_key(
    desk: Desk<may::ManageKeys>,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let wish = shape::<PostedKey>(body)?.into_wish()?;
    let key = desk.checked(wish).await?;
    let details = json!({ "roles": key.roles, "queues": key.queues, "expires_at": key.expires_at });
    let act = Act { organization: key.organization.clone(), ..Act::on("keys.create", &key.name) };
    desk.audited(act.with(details), async {
        let issued = desk.issue(key).await?;
        let location = format!("/api/v1/keys/{}", issued.key.id);
        let answer = Issued { key: issued.text.expose_secret().to_owned(), about: issued.key.into() };
        Ok((StatusCode::CREATED, [(LOCATION, location)], Json(answer)))
    })
    .await
}

impl PostedKey {
    fn into_wish(self) -> Result<KeyWish, Problem> {
        let Self { name, roles, queues, organization, expires_at } = self;
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.contains(char::is_control) {
            return Err(Problem::at("/name", "has 1 to 100 characters that can be printed"));
        }
        if !(1..=MOST_ENTRIES).contains(&roles.len()) {
            return Err(Problem::at("/roles", "has 1 to 32 roles"));
        }
        if queues.len() > MOST_ENTRIES {
            return Err(Problem::at("/queues", "has at most 32 queues"));
        }
        Ok(KeyWish { organization, name, roles, queues, expires_at })
    }
}
