use std::time::Duration;

use windlass_store::{History, QueuePosition};

use super::{Active, Floor};
use crate::error::RelayError;
use crate::outage::Outage;
use crate::recorder::Recorder;

/// How often it is looked whether events were lost.
const EVERY: Duration = Duration::from_secs(5);

/// Makes up for lost events of the queues that this process records, beside the recorder that goes on meanwhile, until it is
/// told to end.
pub(super) async fn run(recorder: Recorder, history: History, active: Active, floor: Floor) {
    let mut outage = Outage::none("repair");
    loop {
        let wait = tokio::select! {
            () = floor.end.cancelled() => return,
            repaired = repair_all(&recorder, &history, &active) => match repaired {
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

async fn repair_all(recorder: &Recorder, history: &History, active: &Active) -> Result<(), RelayError> {
    let mut broken = None;
    for QueuePosition { queue, .. } in
        history.positions().await?.into_iter().filter(QueuePosition::needs_repair)
    {
        if !active.has(&queue) {
            continue;
        }
        match recorder.repair(&queue).await {
            Ok(_) => {}
            Err(error) if error.is_transient() => return Err(error),
            // What is wrong with one queue keeps no other from being repaired.
            Err(error) => broken = Some(error),
        }
    }
    broken.map_or(Ok(()), Err)
}
