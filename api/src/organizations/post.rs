use axum::Json;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use windlass_shared::TenantId;

use super::view::OrganizationView;
use super::{LIMIT, check_name};
use crate::access::{Act, Desk, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::problem::Problem;
use crate::shape::shape;

/// An organization, as callers post it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedOrganization {
    /// Its id, which stays for ever: the tenant of its jobs.
    #[schema(value_type = shapes::TenantId)]
    id: TenantId,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    name: String,
}

/// Makes an organization.
#[utoipa::path(
    post,
    path = "/organizations",
    operation_id = "create_organization",
    tag = "access",
    security(("key" = ["organizations.manage"])),
    request_body(content = PostedOrganization, example = json!({"id": "acme", "name": "Acme Ltd."})),
    responses(
        (status = 201, description = "The organization.", body = OrganizationView, headers(("Location" = String, description = "Where it can be looked at."))),
        (status = 409, description = "`organization-exists`: there is one of this id."),
    ),
)]
pub(crate) async fn post_organization(
    desk: Desk<may::ManageOrganizations>,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let PostedOrganization { id, name } = shape(body)?;
    check_name(&name)?;
    let act = Act::on("organizations.create", &id).of(&id).with(json!({ "name": name }));
    desk.audited(act, async {
        let organization = desk.create(&id, &name).await?;
        let location = format!("/api/v1/organizations/{id}");
        Ok((StatusCode::CREATED, [(LOCATION, location)], Json(OrganizationView::from(organization))))
    })
    .await
}
