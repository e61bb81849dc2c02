mod accept;
mod batches;
mod job;
mod lanes;
mod moment;
mod news;
mod queue;
mod records;
mod rules;
mod settle;
mod steer;
mod unique;
mod why;

use std::collections::{BTreeMap, BTreeSet};

use windlass_queue::{Decision, Event, Place, UniqueKey, transition};
use windlass_shared::{Claim, Incarnation, JobId, QueueName};

use self::unique::Hold;

pub(crate) use batches::ModelBatch;
pub(crate) use job::ModelJob;
pub(crate) use lanes::Asked;
pub(crate) use moment::Moment;
pub(crate) use rules::RuleBook;

/// What a queue should hold, in memory and without any engine: [`transition()`], the rules, keys and batches.
#[derive(Debug)]
pub(crate) struct Model {
    queue: QueueName,
    pub(crate) jobs: Vec<ModelJob>,
    pub(crate) claims: Vec<ModelClaim>,
    pub(crate) batches: Vec<ModelBatch>,
    /// The jobs that were left for another queue.
    pub(crate) elsewhere: Vec<JobId>,
    pub(crate) rules: RuleBook,
    pub(crate) now: Moment,
    keys: BTreeMap<UniqueKey, Hold>,
    /// Ids that are remembered although another job stood for them.
    remembered: BTreeSet<JobId>,
    back: u32,
}

#[derive(Debug)]
pub(crate) struct ModelClaim {
    pub(crate) claim: Claim,
    pub(crate) job: usize,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    ByWorker,
    ByCaretaker,
}

impl Model {
    pub(crate) fn new(queue: QueueName) -> Self {
        Self {
            queue,
            jobs: Vec::new(),
            claims: Vec::new(),
            batches: Vec::new(),
            elsewhere: Vec::new(),
            rules: RuleBook::default(),
            now: Moment::START,
            keys: BTreeMap::new(),
            remembered: BTreeSet::new(),
            back: 0,
        }
    }

    pub(crate) fn is_open(&self, claim: usize) -> bool {
        self.claims[claim].end == End::Open
    }

    /// The claims that are current.
    pub(crate) fn open_claims(&self) -> Vec<usize> {
        (0..self.claims.len()).filter(|claim| self.is_open(*claim)).collect()
    }

    /// What `worker` holds.
    pub(crate) fn held(&self, worker: Incarnation) -> BTreeSet<Claim> {
        let open = self.claims.iter().filter(|claim| claim.end == End::Open).map(|claim| claim.claim);
        open.filter(|claim| claim.token.worker == worker).collect()
    }

    /// The jobs that exist.
    pub(crate) fn existing(&self) -> impl Iterator<Item = &ModelJob> {
        self.jobs.iter().filter(|job| !job.is_gone)
    }

    /// Does what `event` means, and all that follows from the new state.
    fn apply(&mut self, job: usize, event: Event) {
        let Decision::Change(change) = transition(self.jobs[job].snapshot, event) else {
            panic!("the model does not {event:?} a job that is {}", self.jobs[job].state());
        };
        self.jobs[job].snapshot = change.after;
        match change.place {
            Some(Place::Front) => self.place(job, 0),
            Some(Place::Back | Place::Suspects) => self.place_at_back(job),
            None => {}
        }
        self.arrived(job);
    }

    fn place_at_back(&mut self, job: usize) {
        self.back += 1;
        self.place(job, self.back);
    }

    fn place(&mut self, job: usize, position: u32) {
        self.jobs[job].position = position;
        self.jobs[job].strays = false;
    }

    /// What follows when a job has come to its state.
    fn arrived(&mut self, job: usize) {
        let state = self.jobs[job].state();
        self.let_go_in(job, state);
        if state.is_final() {
            self.jobs[job].finished_at = self.now;
            self.cross_off(job, state);
        }
    }

    /// Where a job comes to stand that comes by another one's end is left to an engine.
    fn stand_anywhere(&mut self, job: usize) {
        self.jobs[job].strays = true;
    }

    fn find(&self, id: JobId) -> Option<usize> {
        self.jobs.iter().position(|job| job.id() == id)
    }
}
