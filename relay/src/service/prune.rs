use std::sync::Arc;
use std::time::Duration;

use windlass_shared::{Clock, Timestamp};
use windlass_store::{Store, StoreError};

use super::Floor;
use crate::outage::Outage;

/// From one look to the next one.
const EVERY: Duration = Duration::from_mins(10);
/// How much is removed at once, and how long others have their turn then.
const CHUNK: u64 = 1_000;
const REST: Duration = Duration::from_millis(200);
/// For how long the audit log is kept.
const AUDIT_FOR: Duration = Duration::from_hours(400 * 24);
/// For how long the first answers to requests with an idempotency key are kept.
const ANSWERS_FOR: Duration = Duration::from_hours(24);

/// Removes rows that are too old, a bit at a time, until it is told to end.
pub(super) async fn run(store: Store, clock: Arc<dyn Clock>, keep: Duration, floor: Floor) {
    let mut outage = Outage::none("prune");
    loop {
        let wait = match step(&store, clock.now(), keep).await {
            Ok(removed) => {
                outage.over();
                if removed > 0 { REST } else { EVERY }
            }
            Err(error) => outage.failed(&error.into(), &floor.entropy),
        };
        if !floor.pause(wait).await {
            return;
        }
    }
}

async fn step(store: &Store, now: Timestamp, keep: Duration) -> Result<u64, StoreError> {
    let rows = store.history().prune(now.minus(keep), CHUNK).await?;
    let answers = store.answers().prune(now.minus(ANSWERS_FOR), CHUNK).await?;
    let entries = store.audit().prune(now.minus(AUDIT_FOR), CHUNK).await?;
    Ok(rows + answers + entries)
}
