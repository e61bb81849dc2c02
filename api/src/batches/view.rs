use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::Batch;

use crate::openapi::shapes;

/// A batch as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    #[serde(flatten)]
    #[schema(value_type = shapes::Batch)]
    batch: Batch,
    /// How many of its members have ended, in percent, rounded down.
    #[schema(maximum = 100)]
    progress: u8,
}

impl From<Batch> for BatchView {
    fn from(batch: Batch) -> Self {
        let ended = batch.total.saturating_sub(batch.pending);
        // What has no members yet has come nowhere, unless it is over.
        let over = if batch.finished_at.is_some() { 100 } else { 0 };
        let percent = (ended * 100).checked_div(batch.total).unwrap_or(over);
        Self { progress: u8::try_from(percent).unwrap_or(100), batch }
    }
}
