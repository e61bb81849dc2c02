use std::time::Duration;

use super::Floor;
use crate::outage::Outage;
use crate::outbox::{OutboxRelay, RelayReport};

/// From one look at the outbox to the next one, when there was something, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// Moves what applications write, until it is told to end.
pub(super) async fn run(relay: OutboxRelay, floor: Floor) {
    let (mut pause, mut outage) = (PAUSE.0, Outage::none("outbox"));
    loop {
        let wait = match relay.run_once().await {
            Ok(report) => {
                outage.over();
                if report.refused > 0 {
                    let refused = report.refused;
                    tracing::warn!(
                        event = "outbox.refused",
                        refused,
                        "rows of the outbox will never be jobs as they stand"
                    );
                }
                // Rows that were put off or refused went behind others, or away: more may be waiting.
                if report == RelayReport::default() {
                    pause = (pause * 2).min(PAUSE.1);
                    pause
                } else {
                    pause = PAUSE.0;
                    Duration::ZERO
                }
            }
            Err(error) => outage.failed(&error, &floor.entropy),
        };
        if !floor.pause(wait).await {
            return;
        }
    }
}
