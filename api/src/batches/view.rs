use serde::Serialize;
use windlass_queue::Batch;

/// A batch as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize)]
pub struct BatchView {
    #[serde(flatten)]
    batch: Batch,
    /// How many of its members have ended, in percent, rounded down.
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
