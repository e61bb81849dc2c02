use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use windlass_queue::{Beat, Engine, EngineError, KeepLease, QueueBeat, Reach};

use super::{Discrepancy, Finding, LeaseClock, LeaseTiming, Standing, memory};
use crate::core::ServedQueue;
use crate::outage::Outage;

/// Renews the worker's lease, and stops its handlers when that fails for too long.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    engine: Arc<dyn Engine>,
    beat: Beat,
    timing: LeaseTiming,
    clock: LeaseClock,
    standing: watch::Sender<Standing>,
    queues: Vec<Compared>,
    outage: Outage,
    keeper: Option<Box<dyn KeepLease>>,
}

/// A queue whose holdings are compared with what the engine counts.
#[derive(Debug)]
struct Compared {
    queue: Arc<ServedQueue>,
    /// How many claims the worker knew when the beat was sent.
    known: usize,
    discrepancy: Discrepancy,
}

impl Heartbeat {
    /// A heartbeat that has not beaten yet. What it finds out is told through `standing`.
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        beat: Beat,
        timing: LeaseTiming,
        queues: &[Arc<ServedQueue>],
        (standing, outage): (watch::Sender<Standing>, Outage),
    ) -> Self {
        let compared = |queue: &Arc<ServedQueue>| Compared {
            queue: Arc::clone(queue),
            known: 0,
            discrepancy: Discrepancy::default(),
        };
        let queues = queues.iter().map(compared).collect();
        Self { engine, beat, timing, clock: LeaseClock::new(timing), standing, queues, outage, keeper: None }
    }

    /// Renews the lease if it can, draws the consequences, and answers when to come back.
    pub(crate) async fn run_once(&mut self) -> Instant {
        // Before the attempt: a process that was stopped for a while must not run on while it tries.
        self.judge();
        let sent = Instant::now();
        self.queues.iter_mut().for_each(|compared| compared.known = compared.queue.holdings.len());
        let next = match self.renew(sent).await {
            Ok(beats) => {
                self.outage.over();
                self.clock.renewed(sent);
                for beat in &beats {
                    self.hear(beat);
                }
                sent + self.timing.beat_every
            }
            Err(error) => {
                self.keeper = None;
                if error.is_down_for_all() {
                    self.clock.down_for_all(sent);
                }
                let pause = self.outage.failed(&error).min(self.timing.beat_every);
                Instant::now() + pause
            }
        };
        self.judge();
        self.clock.stop_at().filter(|stop_at| *stop_at > Instant::now()).map_or(next, |at| at.min(next))
    }

    /// Ends the lease, if the engine can be told in time; otherwise it runs out by itself.
    pub(crate) async fn retire(&mut self) {
        let (until, queues) = (Instant::now() + self.timing.beat_timeout, self.beat.queues.clone());
        let worker = self.beat.worker;
        let retired = async {
            let keeper = self.keeper().await?;
            keeper.retire(worker, &queues).await
        };
        match timeout_at(until, retired).await {
            Ok(Ok(())) => tracing::debug!(event = "lease.retired", worker = %worker, "the lease is ended"),
            Ok(Err(error)) => {
                tracing::warn!(event = "lease.left", %error, "the lease will run out by itself");
            }
            Err(_) => {
                tracing::warn!(event = "lease.left", "the engine did not answer; the lease will run out");
            }
        }
    }

    async fn renew(&mut self, sent: Instant) -> Result<Vec<QueueBeat>, EngineError> {
        let patience = sent + self.timing.beat_timeout;
        // An attempt that hangs must not keep the handlers from being stopped in time.
        let until =
            self.clock.stop_at().filter(|stop_at| *stop_at > sent).map_or(patience, |at| at.min(patience));
        let beat = Beat { memory: memory::resident(), ..self.beat.clone() };
        let attempt = async { self.keeper().await?.heartbeat(&beat).await };
        match timeout_at(until, attempt).await {
            Ok(answer) => answer,
            Err(_) => Err(EngineError::Unavailable {
                engine: self.engine.name(),
                reach: Reach::Unknown,
                detail: "a heartbeat was not answered in time".to_owned(),
            }),
        }
    }

    async fn keeper(&mut self) -> Result<&mut Box<dyn KeepLease>, EngineError> {
        match &mut self.keeper {
            Some(keeper) => Ok(keeper),
            none => Ok(none.insert(self.engine.lease_keeper().await?)),
        }
    }

    fn judge(&mut self) {
        let now = self.clock.standing(Instant::now());
        let before = self.standing.send_replace(now);
        if before == Standing::Held && now == Standing::Lost {
            tracing::error!(
                event = "lease.lost", worker = %self.beat.worker,
                "the lease could not be renewed; running jobs are stopped and given back"
            );
        }
        if now == Standing::Lost {
            self.queues.iter().for_each(|compared| compared.queue.holdings.interrupt_all());
        }
        if before == Standing::Lost && now == Standing::Held {
            tracing::info!(event = "lease.renewed", worker = %self.beat.worker, "jobs are started again");
        }
    }

    fn hear(&mut self, beat: &QueueBeat) {
        let Some(compared) = self.queues.iter_mut().find(|compared| compared.queue.name == beat.queue) else {
            return;
        };
        let queue = &compared.queue;
        for claim in &beat.cancels {
            queue.holdings.cancel(claim);
        }
        let (before, after) = (compared.known, queue.holdings.len());
        let known = before.min(after)..=before.max(after);
        if compared.discrepancy.observe(beat.held, &known) == Finding::Suspicious {
            queue.doubt.notify_one();
        }
    }
}
