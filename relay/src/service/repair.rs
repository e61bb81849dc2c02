use std::time::Duration;

use windlass_store::History;

use super::Floor;
use crate::error::RelayError;
use crate::outage::Outage;
use crate::recorder::Recorder;

/// How often it is looked whether events were lost.
const EVERY: Duration = Duration::from_secs(5);

/// Makes up for lost events, beside the recorder that goes on meanwhile, until it is told to end.
pub(super) async fn run(recorder: Recorder, history: History, floor: Floor) {
    let mut outage = Outage::none("repair");
    loop {
        let wait = tokio::select! {
            () = floor.end.cancelled() => return,
            repaired = repair_all(&recorder, &history) => match repaired {
                Ok(()) => {
                    outage.over();
                    EVERY
                }
                Err(error) => outage.failed(&error, &floor.entropy).max(EVERY),
            },
        };
        if !floor.pause(wait).await {
            return;
        }
    }
}

async fn repair_all(recorder: &Recorder, history: &History) -> Result<(), RelayError> {
    for position in history.positions().await? {
        if position.needs_repair() {
            recorder.repair(&position.queue).await?;
        }
    }
    Ok(())
}
