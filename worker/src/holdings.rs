use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use windlass_queue::ClaimedJob;
use windlass_shared::{Claim, KindName};

use crate::claimer::StartedJob;
use crate::gate::Slot;

/// What a worker holds of one queue: every claim from the moment it is known until the engine has answered its
/// settlement. Its size is bounded by the slots, because each claim keeps its slot until then.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    claims: Mutex<HashMap<Claim, Holding>>,
}

#[derive(Debug)]
struct Holding {
    kind: Option<KindName>,
    signals: Signals,
    slot: Option<Slot>,
}

/// How others reach a running job, and how they see that it runs no more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    /// Asks the handler to stop.
    pub(crate) stop: CancellationToken,
    course: Arc<Course>,
}

#[derive(Debug, Default)]
struct Course {
    interrupted: AtomicBool,
    interruption: Notify,
    settling: AtomicBool,
}

impl Signals {
    /// Takes the job away from its handler, which is dropped. Includes the wish that it may stop.
    pub(crate) fn interrupt(&self) {
        self.course.interrupted.store(true, Ordering::Release);
        self.course.interruption.notify_waiters();
        self.stop.cancel();
    }

    /// Whether the job has been taken away from its handler.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.course.interrupted.load(Ordering::Acquire)
    }

    /// Waits until the job is taken away from its handler.
    pub(crate) async fn interrupted(&self) {
        loop {
            // It hears of what happens from here on, so nothing gets lost between the question and the wait.
            let interruption = self.course.interruption.notified();
            if self.is_interrupted() {
                return;
            }
            interruption.await;
        }
    }

    /// Notes that the end of the job is being written.
    pub(crate) fn settling(&self) {
        self.course.settling.store(true, Ordering::Release);
    }

    fn is_settling(&self) -> bool {
        self.course.settling.load(Ordering::Acquire)
    }
}

impl Holdings {
    /// Adds jobs that start, each in its slot.
    pub(crate) fn start(&self, starting: Vec<(ClaimedJob, Slot)>) -> Vec<StartedJob> {
        let mut held = self.lock();
        let start = |(job, slot): (ClaimedJob, Slot)| {
            let signals = Signals::default();
            let holding =
                Holding { kind: Some(job.kind.clone()), signals: signals.clone(), slot: Some(slot) };
            held.insert(job.claim, holding);
            StartedJob { job, signals }
        };
        starting.into_iter().map(start).collect()
    }

    /// Notes that the end of `claim` is being written; also of one that never started.
    pub(crate) fn settling(&self, claim: Claim) {
        let nothing = || Holding { kind: None, signals: Signals::default(), slot: None };
        self.lock().entry(claim).or_insert_with(nothing).signals.settling();
    }

    /// Whether `claim` is held and its end is not being written yet.
    pub(crate) fn is_running(&self, claim: &Claim) -> bool {
        self.lock().get(claim).is_some_and(|holding| !holding.signals.is_settling())
    }

    /// Lets go of claims, all slots at once, and answers the kind of each.
    pub(crate) fn free(&self, claims: impl IntoIterator<Item = Claim>) -> Vec<Option<KindName>> {
        let mut held = self.lock();
        let freed: Vec<_> = claims.into_iter().map(|claim| held.remove(&claim)).collect();
        drop(held);
        let mut slots: Option<Slot> = None;
        let mut let_go = |holding: Holding| {
            match (&mut slots, holding.slot) {
                (Some(slots), Some(slot)) => slots.merge(slot),
                (slots, slot) => *slots = slots.take().or(slot),
            }
            holding.kind
        };
        freed.into_iter().map(|holding| holding.and_then(&mut let_go)).collect()
    }

    /// Asks the handler of `claim` to stop.
    pub(crate) fn cancel(&self, claim: &Claim) {
        if let Some(holding) = self.lock().get(claim) {
            holding.signals.stop.cancel();
        }
    }

    /// How to hear of what happens to `claim`, while it is held.
    pub(crate) fn signals(&self, claim: &Claim) -> Option<Signals> {
        self.lock().get(claim).map(|holding| holding.signals.clone())
    }

    /// Takes every job away from its handler.
    pub(crate) fn interrupt_all(&self) {
        self.lock().values().for_each(|holding| holding.signals.interrupt());
    }

    /// Takes those of `claims` that still run away from their handlers, and answers how many these were.
    pub(crate) fn interrupt(&self, claims: &[Claim]) -> usize {
        let held = self.lock();
        let running = claims.iter().filter_map(|claim| held.get(claim)).filter(|h| !h.signals.is_settling());
        running.inspect(|holding| holding.signals.interrupt()).count()
    }

    /// How many claims are held.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Every claim that is held.
    pub(crate) fn all(&self) -> HashSet<Claim> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Claim, Holding>> {
        // No change below leaves the map in between when it panics.
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
