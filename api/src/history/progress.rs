use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use windlass_relay::QueueProgress;
use windlass_shared::Timestamp;

use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::problem::Problem;

/// How far the history has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = History)]
pub struct HistoryView {
    /// By the names of the queues.
    queues: Vec<QueueHistoryView>,
}

/// How far the history of a queue has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueHistory)]
struct QueueHistoryView {
    #[schema(value_type = shapes::QueueName)]
    queue: String,
    /// How many rows were recorded as they happened.
    recorded: u64,
    /// How many events wait to be recorded.
    behind: u64,
    /// For how many milliseconds the oldest of them has been waiting; 0 when none does.
    lag_ms: u64,
    /// How many events were lost before they could be recorded, because there were too many or a store lost its last seconds.
    missed: u64,
    /// How often events were lost.
    gaps: u64,
    /// When that was noticed last.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    last_gap_at: Option<Timestamp>,
    /// How many rows were found again in the jobs that the queue still held.
    repaired: u64,
    /// Whether events were lost for which that has not been done yet.
    needs_repair: bool,
    /// When something was recorded last.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    recorded_at: Option<Timestamp>,
}

/// Tells how far the history has come, and what is missing in it.
#[utoipa::path(
    get,
    path = "/history",
    operation_id = "get_history",
    tag = "queues",
    security(("key" = ["queues.read"])),
    responses((status = 200, description = "Each queue of which anything was recorded, or waits to be.", body = HistoryView)),
)]
pub(crate) async fn get_progress(desk: Desk<may::ReadQueues>) -> Result<Json<HistoryView>, Problem> {
    Ok(Json(desk.history().await?.into()))
}

impl From<Vec<QueueProgress>> for HistoryView {
    fn from(queues: Vec<QueueProgress>) -> Self {
        Self { queues: queues.into_iter().map(QueueHistoryView::from).collect() }
    }
}

impl From<QueueProgress> for QueueHistoryView {
    fn from(progress: QueueProgress) -> Self {
        let QueueProgress { queue, position, behind, lag } = progress;
        let needs_repair = position.as_ref().is_some_and(windlass_store::QueuePosition::needs_repair);
        let count = |read: fn(&windlass_store::QueuePosition) -> u64| position.as_ref().map_or(0, read);
        Self {
            queue: queue.to_string(),
            recorded: count(|position| position.recorded),
            behind,
            lag_ms: u64::try_from(lag.as_millis()).unwrap_or(u64::MAX),
            missed: count(|position| position.missed),
            gaps: count(|position| position.gaps),
            last_gap_at: position.as_ref().and_then(|position| position.last_gap_at),
            repaired: count(|position| position.repaired),
            needs_repair,
            recorded_at: position.map(|position| position.moved_at),
        }
    }
}
