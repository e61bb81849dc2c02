use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::error::SendError;
use tokio::time::{Instant, sleep, timeout_at};
use windlass_queue::{ClaimRequest, Claimed, ClaimedJob, EngineError, Verdict};

use crate::core::{Core, ServedQueue};
use crate::gate::{Company, Room};
use crate::holdings::Signals;
use crate::lease::Standing;
use crate::outage::Outage;
use crate::reconcile::reconcile;
use crate::suspicion::Suspicion;

/// How long an idle claimer sleeps at most. Notices wake it; this is for the case that one gets lost.
const FALLBACK: Duration = Duration::from_secs(5);
/// How often a claimer looks for suspects while the worker is busy.
const SUSPECTS_EVERY: Duration = Duration::from_secs(30);

/// A job that has a slot and now starts.
#[derive(Debug)]
pub(crate) struct StartedJob {
    pub(crate) job: ClaimedJob,
    pub(crate) signals: Signals,
}

/// Claims the jobs of one queue, never more than there are free slots: claimed means started.
#[derive(Debug)]
pub(crate) struct Claimer {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    jobs: UnboundedSender<Vec<StartedJob>>,
    suspicion: Suspicion,
    /// A claim failed whose answer may have named jobs.
    in_doubt: bool,
    outage: Outage,
}

/// When to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// At once.
    Now,
    /// When there is work, or after this long.
    Work(Duration),
    /// After this long, because the engine failed.
    Engine(Duration),
}

/// What a claimer may do next.
enum Turn {
    Claim(Room),
    Reconcile,
    /// Others did not end, so no suspect can run.
    LeaveSuspects,
    Stop,
}

impl Claimer {
    /// A claimer that passes what it claims to `jobs`.
    pub(crate) fn new(
        core: Arc<Core>,
        queue: Arc<ServedQueue>,
        jobs: UnboundedSender<Vec<StartedJob>>,
    ) -> Self {
        let outage = core.outage("claimer", &queue.name);
        let suspicion = Suspicion::new(Instant::now());
        Self { core, queue, jobs, suspicion, in_doubt: false, outage }
    }

    /// Claims until the worker becomes quiet. A claim that is under way then is waited for: its answer must not
    /// be lost.
    pub(crate) async fn run(mut self) {
        while !self.core.phases.quiet.is_cancelled() {
            let next = self.run_once().await;
            self.rest(next).await;
        }
    }

    /// Claims once, as soon as there is room.
    pub(crate) async fn run_once(&mut self) -> Next {
        match self.step().await {
            Ok(next) => {
                self.outage.over();
                next
            }
            Err(error) => {
                self.in_doubt = true;
                Next::Engine(self.outage.failed(&error))
            }
        }
    }

    async fn step(&mut self) -> Result<Next, EngineError> {
        if self.in_doubt {
            // No claim is under way here, so whatever the engine knows and the worker does not was lost.
            reconcile(&self.core, &self.queue).await?;
            self.in_doubt = false;
        }
        let room = match self.turn().await {
            Turn::Claim(room) => room,
            Turn::Reconcile => {
                self.in_doubt = true;
                return Ok(Next::Now);
            }
            Turn::LeaveSuspects => {
                self.suspicion.gave_up(Instant::now(), self.core.jittered(SUSPECTS_EVERY));
                return Ok(Next::Now);
            }
            Turn::Stop => return Ok(Next::Now),
        };
        let Some(most) = NonZeroUsize::new(room.len()) else { return Ok(Next::Now) };
        let pause = self.core.jittered(SUSPECTS_EVERY);
        let suspects = self.suspicion.ask(self.core.gate.others(&room), Instant::now(), pause);
        let request = ClaimRequest {
            worker: self.core.worker,
            queue: self.queue.name.clone(),
            most,
            suspects,
            serves: self.core.serves.clone(),
        };
        let claimed = self.core.engine.claim(&request).await?;
        Ok(self.start(claimed, room))
    }

    async fn turn(&self) -> Turn {
        tokio::select! {
            biased;
            () = self.core.phases.quiet.cancelled() => Turn::Stop,
            () = self.queue.doubt.notified() => Turn::Reconcile,
            // Without an answer the heartbeat is gone; that raises the alarm, which ends this too.
            Some(turn) = self.room() => turn,
        }
    }

    async fn room(&self) -> Option<Turn> {
        let mut standing = self.core.standing.clone();
        standing.wait_for(|standing| *standing == Standing::Held).await.ok()?;
        let room = |company| self.core.gate.room(&self.queue.places, company);
        match self.suspicion.alone_until() {
            None => room(Company::Shared).await.map(Turn::Claim),
            Some(until) => match timeout_at(until, room(Company::Alone)).await {
                Ok(room) => room.map(Turn::Claim),
                Err(_) => Some(Turn::LeaveSuspects),
            },
        }
    }

    fn start(&mut self, claimed: Claimed, mut room: Room) -> Next {
        let full = claimed.jobs.len() >= room.len();
        let suspect = claimed.jobs.iter().any(|job| job.suspect);
        // A suspect comes back once it can be alone, and others that waited for the ordinary jobs' turn may come.
        let again = suspect || self.suspicion.has_served();
        if suspect {
            self.suspicion.one_came(room.company, Instant::now());
        } else {
            self.suspicion.none_came();
        }
        self.start_all(claimed.jobs, &mut room);
        match claimed.next_due {
            _ if full || again || claimed.more => Next::Now,
            Some(due) => Next::Work(due.min(self.core.jittered(FALLBACK))),
            None => Next::Work(self.core.jittered(FALLBACK)),
        }
    }

    /// Starts jobs, or gives them back; either way each keeps its slot until that is settled.
    ///
    /// A suspect that came although others run beside it is given back, because the time of its attempt would
    /// pass while it waits. The next claim is made when nobody else runs, that release included.
    fn start_all(&self, jobs: Vec<ClaimedJob>, room: &mut Room) {
        let alone = room.company == Company::Alone;
        let mut starting = Vec::with_capacity(jobs.len());
        for job in jobs {
            if let Some(slot) = if job.suspect && alone { room.whole() } else { room.slot() } {
                starting.push((job, slot));
            } else {
                let claim = job.claim;
                tracing::error!(event = "claim.excess", job.id = %claim.job, "the engine gave more than was asked for");
                self.queue.settle(claim, Verdict::Release);
            }
        }
        let started = self.queue.holdings.start(starting);
        // Asked after the jobs are among the holdings: a lease that is lost later finds them there.
        let may_start = self.core.may_start();
        let (started, given_back): (Vec<_>, Vec<_>) =
            started.into_iter().partition(|started| may_start && (alone || !started.job.suspect));
        self.give_back(&given_back);
        if !started.is_empty()
            && let Err(SendError(started)) = self.jobs.send(started)
        {
            self.give_back(&started);
        }
    }

    fn give_back(&self, started: &[StartedJob]) {
        for StartedJob { job, signals } in started {
            self.queue.settle_started(job, signals, Verdict::Release);
        }
    }

    async fn rest(&mut self, next: Next) {
        match next {
            Next::Now => {}
            Next::Engine(pause) => {
                tokio::select! {
                    () = self.core.phases.quiet.cancelled() => {}
                    () = sleep(pause) => {}
                }
            }
            Next::Work(most) => {
                self.queue.idle.store(true, Ordering::Relaxed);
                tokio::select! {
                    () = self.core.phases.quiet.cancelled() => {}
                    () = self.queue.work.notified() => {}
                    () = self.queue.doubt.notified() => self.in_doubt = true,
                    () = sleep(most) => {}
                }
                self.queue.idle.store(false, Ordering::Relaxed);
            }
        }
    }
}
