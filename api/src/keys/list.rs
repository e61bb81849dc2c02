use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_store::KeyId;

use super::view::KeyView;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::page;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// Which page of keys.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Where to go on: the `next` of the page before.
    #[param(value_type = Option<shapes::KeyId>)]
    cursor: Option<String>,
    /// How many a page has at most.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u16>,
}

/// A page of keys, and the cursor for the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Keys {
    keys: Vec<KeyView>,
    /// The cursor of the next page; `null` at the end.
    #[schema(value_type = Option<shapes::KeyId>, required)]
    next: Option<String>,
}

/// Lists the API keys of the organization, the oldest first, with those that were revoked.
#[utoipa::path(
    get,
    path = "/keys",
    operation_id = "list_keys",
    tag = "access",
    security(("key" = ["keys.manage"])),
    params(ListQuery),
    responses((status = 200, description = "A page of keys, without their secrets.", body = Keys)),
)]
pub(crate) async fn list_keys(
    desk: Desk<may::ManageKeys>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Keys>, Problem> {
    let most = page::size(query.limit)?;
    let after = query.cursor.as_deref().map(str::parse::<KeyId>).transpose();
    let after = after.map_err(|error| Problem::parameter("cursor", &error.to_string()))?;
    let found = desk.keys(after.as_ref(), page::with_one_more(most)).await?;
    let (keys, next) = page::of(found, most, |key| key.id.to_string());
    Ok(Json(Keys { keys: keys.into_iter().map(KeyView::from).collect(), next }))
}
