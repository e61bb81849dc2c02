use axum::Json;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::view::OrganizationView;
use super::{LIMIT, check_name};
use crate::access::{Act, Desk, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;
use crate::shape::shape;

/// What is to change of an organization; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostedOrganizationChange)]
struct PostedChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    name: Option<String>,
    /// Whether its keys and people are kept out. Its jobs that are there go on.
    suspended: Option<bool>,
}

/// Gives an organization another name, suspends it or resumes it.
#[utoipa::path(
    patch,
    path = "/organizations/{id}",
    operation_id = "change_organization",
    tag = "access",
    security(("key" = ["organizations.manage"])),
    params(("id" = shapes::TenantId, Path, description = "The organization's id.")),
    request_body(content = PostedChange, example = json!({"name": "Acme Inc."})),
    responses(
        (status = 200, description = "The organization as it is now.", body = OrganizationView),
        (status = 404, description = "`unknown-organization`: there is none of this id."),
    ),
)]
pub(crate) async fn patch_organization(
    desk: Desk<may::ManageOrganizations>,
    PathId(id): PathId,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let PostedChange { name, suspended } = shape(body)?;
    name.as_deref().map_or(Ok(()), check_name)?;
    let organization = desk.organization(&id).await?;
    let action = match suspended {
        Some(true) => "organizations.suspend",
        Some(false) => "organizations.resume",
        None => "organizations.rename",
    };
    let act = Act::on(action, &organization.id).of(&organization.id);
    desk.audited(act.with(json!({ "name": name })), async {
        let changed = desk.change(&organization, name.as_deref(), suspended).await?;
        Ok(Json(OrganizationView::from(changed)))
    })
    .await
}
