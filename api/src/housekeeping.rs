//! What the API does beside its requests.

use std::time::Duration;

use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::router::Floor;

/// How often the store is told when keys were last used.
const USE_TOLD: Duration = Duration::from_secs(10);

/// Keeps house until `shutdown` is cancelled.
pub(crate) async fn keep(floor: Floor, shutdown: CancellationToken) {
    let mut ticks = interval(USE_TOLD);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        floor.access.stored.tell_used().await;
    }
    floor.access.stored.tell_used().await;
}
