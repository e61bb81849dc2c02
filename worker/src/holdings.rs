use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use windlass_queue::ClaimedJob;
use windlass_shared::{Claim, KindName};

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
    stage: Stage,
    signals: Signals,
    #[expect(dead_code, reason = "held for its drop: the slot is freed with the claim")]
    slot: Option<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    Settling,
}

/// How others reach a running job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    /// Takes the job away from its handler, which is dropped. Includes `stop`.
    pub(crate) interrupt: CancellationToken,
    /// Asks the handler to stop.
    pub(crate) stop: CancellationToken,
}

impl Signals {
    fn new() -> Self {
        let interrupt = CancellationToken::new();
        Self { stop: interrupt.child_token(), interrupt }
    }
}

impl Holdings {
    /// Adds a job that starts in `slot`.
    pub(crate) fn start(&self, job: &ClaimedJob, slot: Slot) -> Signals {
        let signals = Signals::new();
        let holding = Holding {
            kind: Some(job.kind.clone()),
            stage: Stage::Running,
            signals: signals.clone(),
            slot: Some(slot),
        };
        self.lock().insert(job.claim, holding);
        signals
    }

    /// Notes that the end of `claim` is being written; also of one that never started.
    pub(crate) fn settling(&self, claim: Claim) {
        self.lock()
            .entry(claim)
            .or_insert_with(|| Holding {
                kind: None,
                stage: Stage::Settling,
                signals: Signals::new(),
                slot: None,
            })
            .stage = Stage::Settling;
    }

    /// Lets go of claims, all slots at once, and answers the kind of each.
    pub(crate) fn free(&self, claims: impl IntoIterator<Item = Claim>) -> Vec<Option<KindName>> {
        let mut held = self.lock();
        let freed: Vec<_> = claims.into_iter().map(|claim| held.remove(&claim)).collect();
        drop(held);
        freed.into_iter().map(|holding| holding.and_then(|holding| holding.kind)).collect()
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
        self.lock().values().for_each(|holding| holding.signals.interrupt.cancel());
    }

    /// Takes those of `claims` that still run away from their handlers, and answers how many these were.
    pub(crate) fn interrupt(&self, claims: &[Claim]) -> usize {
        let held = self.lock();
        let running = claims.iter().filter_map(|claim| held.get(claim)).filter(|h| h.stage == Stage::Running);
        running.inspect(|holding| holding.signals.interrupt.cancel()).count()
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
