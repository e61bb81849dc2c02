//! API keys: made, listed and revoked.

mod delete;
mod list;
mod post;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::Floor;
pub use view::KeyView;

/// What can be asked about keys.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(list::list_keys, post::post_key)).routes(routes!(delete::revoke_key))
}

/// How large the body of a wish for a key may be.
const LIMIT: usize = 16 << 10;
