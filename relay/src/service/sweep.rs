use std::time::Duration;

use super::Floor;
use crate::outage::Outage;
use crate::sweeper::Sweeper;

/// From one sweep to the next one. Everything is looked at each time, and nobody waits for it.
const EVERY: Duration = Duration::from_mins(30);
/// How long the first sweep waits at least, so that a process that fails at its start does not begin with one each time.
const FIRST: Duration = Duration::from_mins(2);

/// Removes large values whose jobs are gone, until it is told to end.
pub(super) async fn run(sweeper: Sweeper, floor: Floor) {
    let (mut outage, mut wait) = (Outage::none("sweep"), FIRST);
    // Processes that start together do not all sweep at the same time.
    while floor.pause(wait.mul_f64(1.0 + floor.entropy.fraction())).await {
        let swept = tokio::select! {
            () = floor.end.cancelled() => return,
            swept = sweeper.run_once() => swept,
        };
        wait = match swept {
            Ok(report) => {
                outage.over();
                if report.removed > 0 {
                    let removed = report.removed;
                    tracing::info!(event = "blobs.swept", removed, "large values of jobs that are gone");
                }
                EVERY
            }
            Err(error) => outage.failed(&error, &floor.entropy).max(FIRST),
        };
    }
}
