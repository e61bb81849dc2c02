use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::access::{Act, Desk, may};
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;

/// Revokes an API key. It opens nothing any more, at the latest after 30 seconds in every process; doing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/keys/{id}",
    operation_id = "revoke_key",
    tag = "access",
    security(("key" = ["keys.manage"])),
    params(("id" = shapes::KeyId, Path, description = "The key's id.")),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 404, description = "`unknown-key`: no key of the caller's organization has this id."),
    ),
)]
pub(crate) async fn revoke_key(desk: Desk<may::ManageKeys>, PathId(id): PathId) -> Result<Response, Problem> {
    let key = desk.key(&id).await?;
    let act = Act { organization: key.organization.clone(), ..Act::on("keys.revoke", &key.id) };
    desk.audited(act.with(json!({ "name": key.name })), async {
        desk.revoke(&key).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
