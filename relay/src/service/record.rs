use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windlass_queue::Engine;
use windlass_shared::QueueName;

use super::{Active, Floor};
use crate::error::RelayError;
use crate::outage::Outage;
use crate::recorder::Recorder;

/// From one look at the queues to the next one, while something happens in them, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// For how long a recorder stands by after another one was faster.
const STAND_BY: Duration = Duration::from_secs(5);

/// Records what happens in all queues, until it is told to end.
pub(super) async fn run(mut round: Round, floor: Floor) {
    let mut outage = Outage::none("record");
    let mut pause = PAUSE.0;
    loop {
        let wait = match round.go(&floor).await {
            Ok(Busy::Very) => Duration::ZERO,
            Ok(Busy::Somewhat) => {
                pause = PAUSE.0;
                pause
            }
            Ok(Busy::Not) => {
                pause = (pause * 2).min(PAUSE.1);
                pause
            }
            Err(error) => {
                if !floor.pause(outage.failed(&error, &floor.entropy)).await {
                    return;
                }
                continue;
            }
        };
        outage.over();
        if !floor.pause(wait).await {
            return;
        }
    }
}

/// How much there was to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Busy {
    Not,
    Somewhat,
    Very,
}

/// One look at every queue after the other.
pub(super) struct Round {
    recorder: Recorder,
    engine: Arc<dyn Engine>,
    most_events: Option<u64>,
    bounded: HashSet<QueueName>,
    standing_by: HashMap<QueueName, Instant>,
    active: Active,
}

impl Round {
    pub(super) fn new(
        recorder: Recorder,
        engine: Arc<dyn Engine>,
        most_events: Option<u64>,
        active: Active,
    ) -> Self {
        let (bounded, standing_by) = (HashSet::new(), HashMap::new());
        Self { recorder, engine, most_events, bounded, standing_by, active }
    }

    async fn go(&mut self, floor: &Floor) -> Result<Busy, RelayError> {
        let mut busy = Busy::Not;
        for queue in self.engine.queues().await? {
            if floor.end.is_cancelled() {
                break;
            }
            self.bound(&queue).await?;
            busy = busy.max(self.queue(&queue, floor).await?);
        }
        Ok(busy)
    }

    async fn queue(&mut self, queue: &QueueName, floor: &Floor) -> Result<Busy, RelayError> {
        let now = Instant::now();
        if self.standing_by.get(queue).is_some_and(|until| *until > now) {
            return Ok(Busy::Not);
        }
        let report = match self.recorder.run_once(queue).await {
            Ok(report) => report,
            Err(error) if error.is_transient() => return Err(error),
            // What is wrong with one queue keeps no other from being recorded.
            Err(error) => {
                tracing::error!(event = "history.stuck", %queue, %error, "what happens here is not recorded for now");
                self.standing_by.insert(queue.clone(), now + 10 * STAND_BY);
                return Ok(Busy::Not);
            }
        };
        self.active.note(queue, !report.overtaken);
        if report.overtaken {
            let until = now + STAND_BY.mul_f64(0.5 + floor.entropy.fraction());
            self.standing_by.insert(queue.clone(), until);
            return Ok(Busy::Not);
        }
        Ok(match (report.events, report.behind) {
            (0, _) => Busy::Not,
            (_, 0) => Busy::Somewhat,
            (_, _) => Busy::Very,
        })
    }

    /// Tells the engine once how many events it should keep.
    async fn bound(&mut self, queue: &QueueName) -> Result<(), RelayError> {
        let Some(most) = self.most_events.filter(|_| !self.bounded.contains(queue)) else { return Ok(()) };
        self.engine.bound_events(queue, most).await?;
        self.bounded.insert(queue.clone());
        Ok(())
    }
}
