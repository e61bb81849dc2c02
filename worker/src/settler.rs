use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, sleep_until};
use windlass_queue::{EngineError, Report, Settled, Settlement, Verdict};
use windlass_shared::KindName;

use crate::core::{Core, ServedQueue};
use crate::outage::Outage;
use crate::reports::fitting;

/// How many settlements go into one call.
const BATCH: usize = 256;
/// How many jobs may follow from what is settled in one call; those of one job always go together.
const MOST_CHILDREN: usize = 200;
/// How long the first settlement of a batch waits for others at most.
const LINGER: Duration = Duration::from_millis(1);
/// One part in how many of what is held is enough for a call while more jobs wait for their slots.
const ENOUGH: usize = 8;
/// How often what jobs say of themselves is stored.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Writes back how the jobs of one queue end, and what they say of themselves until then.
///
/// One task does both, so that what a job said is stored before its end: afterwards its token would be stale. But
/// the end is what matters: reports that cannot be stored delay no settlement.
#[derive(Debug)]
pub(crate) struct Settler {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    endings: UnboundedReceiver<Settlement>,
    /// Taken from the channel and not answered yet, oldest first.
    pending: Vec<Settlement>,
    next_report: Instant,
    /// When settlements were written last.
    last_call: Instant,
    outage: Outage,
    report_outage: Outage,
}

impl Settler {
    /// A settler with nothing to write yet.
    pub(crate) fn new(
        core: Arc<Core>,
        queue: Arc<ServedQueue>,
        endings: UnboundedReceiver<Settlement>,
    ) -> Self {
        let (outage, report_outage) =
            (core.outage("settler", &queue.name), core.outage("reporter", &queue.name));
        let now = Instant::now();
        Self {
            core,
            queue,
            endings,
            pending: Vec::new(),
            next_report: now,
            last_call: now,
            outage,
            report_outage,
        }
    }

    /// Writes until the worker ends and nothing is left to write.
    pub(crate) async fn run(mut self) {
        while self.gather().await {
            match self.run_once().await {
                Ok(()) => self.outage.over(),
                Err(error) => {
                    sleep(self.outage.failed(&error)).await;
                    // Nothing has ended yet, so what the jobs said may still be stored before.
                    self.next_report = Instant::now();
                }
            }
        }
    }

    /// Writes what is pending. What an error leaves unwritten stays pending, in its order.
    pub(crate) async fn run_once(&mut self) -> Result<(), EngineError> {
        if let Err(error) = self.report().await {
            self.next_report = Instant::now() + self.report_outage.failed(&error);
        }
        self.settle().await
    }

    /// Waits for something to write and lets more of it gather. `false` when there will be nothing more.
    async fn gather(&mut self) -> bool {
        if self.pending.is_empty() {
            tokio::select! {
                biased;
                _taken @ 1.. = self.endings.recv_many(&mut self.pending, BATCH) => {}
                () = report_due(&self.queue, self.next_report) => return true,
                () = self.core.phases.end.cancelled() => return false,
            }
        }
        self.gather_more().await;
        true
    }

    /// Lets more settlements come, for as long as that is worth it: one call costs the engine about the same for one as
    /// for some dozen, and while a call is under way others gather by themselves.
    async fn gather_more(&mut self) {
        let first = Instant::now();
        while let Some(until) = self.worth_waiting(first).filter(|until| Instant::now() < *until) {
            let starting = self.queue.starting.any();
            let room = BATCH - self.pending.len();
            tokio::select! {
                // Short jobs end one right after the other, so not each of them wakes this.
                () = self.queue.starting.none(), if starting => self.take_more(room),
                _taken @ 1.. = self.endings.recv_many(&mut self.pending, room), if !starting => {}
                () = sleep_until(until) => self.take_more(room),
            }
        }
    }

    /// Until when more are worth waiting for; `None` when what is there is enough.
    fn worth_waiting(&self, first: Instant) -> Option<Instant> {
        let (pending, held) = (self.pending.len(), self.queue.holdings.len());
        // When everything that is held is here already, nothing more can come.
        if pending >= BATCH || pending >= held {
            return None;
        }
        let until = first + LINGER;
        if self.queue.starting.any() {
            return Some(until);
        }
        // Nobody needs the slots, so calls are only kept apart.
        if self.queue.idle.load(Ordering::Relaxed) {
            return Some(until.min(self.last_call + LINGER));
        }
        (pending < held / ENOUGH).then_some(until)
    }

    fn take_more(&mut self, most: usize) {
        self.pending.extend(std::iter::from_fn(|| self.endings.try_recv().ok()).take(most));
    }

    async fn report(&mut self) -> Result<(), EngineError> {
        let mut unsent = if self.next_report <= Instant::now() {
            self.next_report = Instant::now() + REPORT_EVERY;
            self.queue.reports.take_all()
        } else if self.report_outage.is_on() {
            return Ok(());
        } else {
            self.queue.reports.take(self.pending.iter().map(|settlement| settlement.claim))
        };
        while !unsent.is_empty() {
            let rest = unsent.split_off(fitting(&unsent));
            if let Err(error) = self.send(&unsent).await {
                unsent.extend(rest);
                self.queue.reports.put_back(unsent);
                return Err(error);
            }
            self.report_outage.over();
            unsent = rest;
        }
        Ok(())
    }

    async fn send(&self, reports: &[Report]) -> Result<(), EngineError> {
        match self.core.engine.report(reports).await {
            // A report of a claim that is over says nothing that matters any more.
            Ok(_) => Ok(()),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => {
                tracing::error!(event = "report.dropped", queue = %self.queue.name, %error, "reports cannot be stored");
                Ok(())
            }
        }
    }

    async fn settle(&mut self) -> Result<(), EngineError> {
        while !self.pending.is_empty() {
            self.last_call = Instant::now();
            let next = &self.pending[..fits_together(&self.pending)];
            match self.core.engine.settle(next).await {
                Ok(answers) => self.answered(&answers),
                Err(error) if error.is_transient() => return Err(error),
                Err(_) => self.settle_singly().await?,
            }
        }
        Ok(())
    }

    /// One job that the engine cannot read must not keep the others from being settled.
    async fn settle_singly(&mut self) -> Result<(), EngineError> {
        while let Some(first) = self.pending.first() {
            match self.core.engine.settle(std::slice::from_ref(first)).await {
                Ok(answers) => self.answered(&answers),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    let claim = self.pending.remove(0).claim;
                    tracing::error!(event = "settle.dropped", job.id = %claim.job, %error, "a job cannot be settled");
                    self.queue.holdings.free([claim]);
                }
            }
        }
        Ok(())
    }

    /// Lets go of what the engine has answered.
    fn answered(&mut self, answers: &[Settled]) {
        let done: Vec<_> = self.pending.drain(..answers.len().min(self.pending.len())).collect();
        let claims = || done.iter().map(|settlement| settlement.claim);
        let unsaid = self.queue.reports.take(claims());
        if !unsaid.is_empty() {
            let jobs = unsaid.len();
            tracing::debug!(event = "report.late", queue = %self.queue.name, jobs, "jobs ended before their reports were stored");
        }
        let kinds = self.queue.holdings.free(claims());
        for ((settlement, answer), kind) in done.iter().zip(answers).zip(kinds) {
            match answer {
                Settled::Applied { .. } => {
                    self.core.tally.settled(&settlement.verdict);
                    if children(settlement) > 0 {
                        self.queue.outgoing.notify_one();
                    }
                }
                Settled::Stale => warn_of_stale(settlement, kind.as_ref()),
            }
        }
    }
}

/// How many settlements, from the first on, go into one call.
fn fits_together(pending: &[Settlement]) -> usize {
    let mut total = 0;
    let fits = |settlement: &&Settlement| {
        total += children(settlement);
        total <= MOST_CHILDREN
    };
    pending.iter().take_while(fits).count().max(1)
}

fn children(settlement: &Settlement) -> usize {
    match &settlement.verdict {
        Verdict::Complete { children, .. } => children.len(),
        Verdict::Retry { .. }
        | Verdict::Discard { .. }
        | Verdict::Snooze { .. }
        | Verdict::Release
        | Verdict::Cancel => 0,
    }
}

async fn report_due(queue: &ServedQueue, not_before: Instant) {
    queue.reports.some().await;
    sleep_until(not_before).await;
}

fn warn_of_stale(settlement: &Settlement, kind: Option<&KindName>) {
    tracing::warn!(
        event = "settle.stale",
        job.id = %settlement.claim.job,
        job.kind = kind.map(KindName::as_str),
        verb = settlement.verdict.verb(),
        "the claim had ended before; what this attempt did is not recorded"
    );
}
