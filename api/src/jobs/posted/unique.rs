use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use windlass_queue::{OnConflict, UniqueBy, Until};

use crate::openapi::shapes;
use crate::problem::Problem;

/// A wish for uniqueness, as callers post it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PostedUnique {
    /// The names of the args that count; all of them if left out.
    args: Option<Vec<String>>,
    /// For how long it holds its key.
    until: PostedUntil,
    /// How long, where `until` is `period`.
    #[schema(minimum = 1, maximum = 31_536_000_000_u64)]
    period_ms: Option<u64>,
    /// What happens where another one holds the key.
    #[serde(default)]
    #[schema(value_type = shapes::OnConflict)]
    on_conflict: OnConflict,
}

/// For how long a job holds its key, without the length of a period.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PostedUntil {
    Start,
    Finish,
    Period,
}

impl PostedUnique {
    pub(super) fn into_wish(self) -> Result<UniqueBy, Problem> {
        let until = match (self.until, self.period_ms) {
            (PostedUntil::Start, None) => Until::Start,
            (PostedUntil::Finish, None) => Until::Finish,
            (PostedUntil::Period, Some(millis)) => Until::Period(Duration::from_millis(millis)),
            (PostedUntil::Period, None) => {
                return Err(Problem::at("/unique/period_ms", "is needed where until is \"period\""));
            }
            (PostedUntil::Start | PostedUntil::Finish, Some(_)) => {
                return Err(Problem::at("/unique/period_ms", "is only for until \"period\""));
            }
        };
        Ok(UniqueBy { args: self.args, until, on_conflict: self.on_conflict })
    }
}
