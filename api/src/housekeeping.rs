//! What the API does beside its requests.

use std::time::Duration;

use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;
use windlass_queue::IDEMPOTENCY_WINDOW;
use windlass_shared::Timestamp;

use crate::router::Floor;

/// How often the store is told when keys were last used.
const USE_TOLD: Duration = Duration::from_secs(10);
/// How often answers are removed that nobody repeats any more, and how many in one go.
const ANSWERS_PRUNED: Duration = Duration::from_mins(10);
const ANSWERS_AT_A_TIME: u64 = 1_000;

/// Keeps house until `shutdown` is cancelled.
pub(crate) async fn keep(floor: Floor, shutdown: CancellationToken) {
    let mut ticks = interval(USE_TOLD);
    let mut pruned = Instant::now();
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        floor.access.stored.tell_used().await;
        if pruned.elapsed() >= ANSWERS_PRUNED {
            pruned = Instant::now();
            prune_answers(&floor).await;
        }
    }
    floor.access.stored.tell_used().await;
}

async fn prune_answers(floor: &Floor) {
    let window = i64::try_from(IDEMPOTENCY_WINDOW.as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp::from_millis(floor.clock.now().as_millis().saturating_sub(window));
    loop {
        match floor.store.answers().prune(before, ANSWERS_AT_A_TIME).await {
            Ok(ANSWERS_AT_A_TIME) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::debug!(%error, "old answers are removed later");
                return;
            }
        }
    }
}
