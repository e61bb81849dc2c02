use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_shared::TenantId;

use super::view::OrganizationView;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::page;
use crate::path::PathId;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// Which page of organizations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Where to go on: the `next` of the page before.
    #[param(value_type = Option<shapes::TenantId>)]
    cursor: Option<TenantId>,
    /// How many a page has at most.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u16>,
}

/// A page of organizations, and the cursor for the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organizations {
    organizations: Vec<OrganizationView>,
    /// The cursor of the next page; `null` at the end.
    #[schema(value_type = Option<shapes::TenantId>, required)]
    next: Option<String>,
}

/// Lists the organizations that the caller reaches, by id: their own, or all.
#[utoipa::path(
    get,
    path = "/organizations",
    operation_id = "list_organizations",
    tag = "access",
    security(("key" = ["organization.read"])),
    params(ListQuery),
    responses((status = 200, description = "A page of organizations.", body = Organizations)),
)]
pub(crate) async fn list_organizations(
    desk: Desk<may::ReadOrganizations>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Organizations>, Problem> {
    let most = page::size(query.limit)?;
    let found = desk.organizations(query.cursor.as_ref(), page::with_one_more(most)).await?;
    let (found, next) = page::of(found, most, |organization| organization.id.to_string());
    let organizations = found.into_iter().map(OrganizationView::from).collect();
    Ok(Json(Organizations { organizations, next }))
}

/// Shows an organization.
#[utoipa::path(
    get,
    path = "/organizations/{id}",
    operation_id = "get_organization",
    tag = "access",
    security(("key" = ["organization.read"])),
    params(("id" = shapes::TenantId, Path, description = "The organization's id.")),
    responses(
        (status = 200, description = "The organization.", body = OrganizationView),
        (status = 404, description = "`unknown-organization`: the caller reaches none of this id."),
    ),
)]
pub(crate) async fn get_organization(
    desk: Desk<may::ReadOrganizations>,
    PathId(id): PathId,
) -> Result<Json<OrganizationView>, Problem> {
    Ok(Json(desk.organization(&id).await?.into()))
}
