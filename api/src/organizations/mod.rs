//! Organizations: whose jobs are kept apart from all others'.

mod list;
mod patch;
mod post;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::router::Floor;
pub use view::OrganizationView;

/// What can be asked about organizations.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new()
        .routes(routes!(list::list_organizations, post::post_organization))
        .routes(routes!(list::get_organization, patch::patch_organization))
}

/// How large the body may be.
const LIMIT: usize = 16 << 10;
/// How many characters a name has at most.
const LONGEST_NAME: usize = 100;

fn check_name(name: &str) -> Result<(), Problem> {
    if (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(Problem::at("/name", "has 1 to 100 characters that can be printed"))
}
