use std::collections::BTreeSet;

use windlass_queue::{
    CancelAnswer, ClaimedJob, Decision, Depth, Event, Fenced, Place, SUSPECT_AFTER_DEATHS, Settled, Snapshot,
    Suspects, transition,
};
use windlass_shared::{Claim, Incarnation, JobId, JobState};

use super::operation::Wish;

/// How many later claims of a job an engine remembers the end of a claim over.
const REMEMBERED: u32 = 8;

/// What a queue should hold, in memory and without any engine: [`transition()`] and the order of lanes.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) jobs: Vec<ModelJob>,
    pub(crate) claims: Vec<ModelClaim>,
    hour: u32,
    ticks: u32,
    back: u32,
}

#[derive(Debug)]
pub(crate) struct ModelJob {
    pub(crate) id: JobId,
    pub(crate) snapshot: Snapshot,
    pub(crate) claims: u32,
    /// Whether it died alone. What becomes of the last attempt's number then is left to the engine.
    pub(crate) is_poison: bool,
    tenant: u8,
    priority: u8,
    /// Where it stands in its lane, from 1; 0 for all that was given back. Those stand in front of the others, in
    /// an order that is left to the engine.
    position: u32,
    /// When it is due, while it waits; the second number tells apart what falls into one hour.
    due: (u32, u32),
    /// Whether it was cancelled while it was available: an engine may count it as that for a while.
    left_in_lane: bool,
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
    /// A number that grows with each call: the milliseconds that make due times differ.
    pub(crate) fn tick(&mut self) -> u32 {
        self.ticks += 1;
        self.ticks
    }

    pub(crate) fn enqueue(&mut self, id: JobId, wish: Wish) {
        let Wish { tenant, priority, hours, max_attempts } = wish;
        let state = if hours == 0 { JobState::Available } else { JobState::Scheduled };
        self.back += 1;
        self.jobs.push(ModelJob {
            id,
            snapshot: Snapshot {
                state,
                attempt: 0,
                max_attempts,
                deaths: 0,
                alone: false,
                cancel_requested: false,
            },
            claims: 0,
            is_poison: false,
            tenant,
            priority,
            position: self.back,
            due: (self.hour + u32::from(hours), self.ticks),
            left_in_lane: false,
        });
    }

    pub(crate) const fn advance(&mut self) {
        self.hour += 1;
    }

    /// Answers how many jobs became available.
    pub(crate) fn promote(&mut self, most: usize) -> usize {
        let waits = |job: &ModelJob| matches!(job.snapshot.state, JobState::Scheduled | JobState::Retryable);
        let mut due: Vec<_> = (0..self.jobs.len())
            .filter(|job| waits(&self.jobs[*job]) && self.jobs[*job].due.0 <= self.hour)
            .collect();
        due.sort_by_key(|job| self.jobs[*job].due);
        due.truncate(most);
        for job in &due {
            self.apply(*job, Event::Promote);
        }
        due.len()
    }

    /// How many jobs a claim must bring, after it has promoted what is due.
    pub(crate) fn expected(&self, most: usize, suspects: Suspects) -> usize {
        if suspects == Suspects::Take && self.available().any(ModelJob::is_suspect) {
            return 1;
        }
        self.available().filter(|job| !job.is_suspect()).count().min(most)
    }

    /// Takes in what an engine gave to `worker`, and checks that it was the right jobs in the right order.
    pub(crate) fn claim(&mut self, worker: Incarnation, suspects: Suspects, given: &[ClaimedJob]) {
        let wants_suspect = suspects == Suspects::Take && self.available().any(ModelJob::is_suspect);
        for claimed in given {
            let job = self.position_of(claimed.claim.job);
            if wants_suspect {
                assert!(self.jobs[job].is_suspect(), "a suspect goes first: {claimed:?}");
            } else {
                assert!(self.may_be_next(&self.jobs[job]), "out of order: {claimed:?}");
            }
            self.apply(job, Event::Claim);
            self.check_claimed(worker, claimed, job);
            self.jobs[job].claims += 1;
            self.claims.push(ModelClaim { claim: claimed.claim, job, end: End::Open });
        }
    }

    fn check_claimed(&self, worker: Incarnation, claimed: &ClaimedJob, job: usize) {
        let ModelJob { snapshot, claims, .. } = self.jobs[job];
        assert_eq!(claimed.claim.token.worker, worker);
        assert_eq!(claimed.claim.token.number.get(), claims + 1);
        assert_eq!((claimed.attempt, claimed.deaths), (snapshot.attempt, snapshot.deaths));
        assert_eq!(claimed.suspect, self.jobs[job].is_suspect());
    }

    /// The worker of a claim ends it; `hours` is how long the job waits, if it does. Answers what an engine may
    /// answer.
    pub(crate) fn settle(&mut self, claim: usize, event: Event, hours: u8) -> Vec<Settled> {
        let ModelClaim { claim: Claim { token, .. }, job, end } = self.claims[claim];
        match end {
            End::Open => {
                self.end(claim, event, hours, End::ByWorker);
                vec![self.settled(job)]
            }
            End::ByWorker if self.jobs[job].claims - token.number.get() < REMEMBERED => {
                vec![self.settled(job)]
            }
            End::ByWorker => vec![self.settled(job), Settled::Stale],
            End::ByCaretaker => vec![Settled::Stale],
        }
    }

    /// Somebody else than its worker ends a claim.
    pub(crate) fn rescue(&mut self, claim: usize, event: Event, hours: u8) -> Fenced {
        if !self.is_open(claim) {
            return Fenced::Stale;
        }
        let job = &mut self.jobs[self.claims[claim].job];
        job.is_poison = event == Event::Lost && job.snapshot.alone && !job.snapshot.cancel_requested;
        self.end(claim, event, hours, End::ByCaretaker);
        Fenced::Applied
    }

    pub(crate) fn begin_alone(&mut self, claim: usize) -> Fenced {
        if !self.is_open(claim) {
            return Fenced::Stale;
        }
        self.jobs[self.claims[claim].job].snapshot.alone = true;
        Fenced::Applied
    }

    pub(crate) fn cancel(&mut self, job: usize) -> CancelAnswer {
        let before = self.jobs[job].snapshot.state;
        if before.is_final() {
            return CancelAnswer::AlreadyFinal(before);
        }
        self.apply(job, Event::Cancel);
        self.jobs[job].left_in_lane = before == JobState::Available;
        if before == JobState::Running { CancelAnswer::Requested } else { CancelAnswer::Cancelled }
    }

    pub(crate) fn is_open(&self, claim: usize) -> bool {
        self.claims[claim].end == End::Open
    }

    pub(crate) fn is_suspect(&self, claim: usize) -> bool {
        self.jobs[self.claims[claim].job].is_suspect()
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

    /// How many jobs are in each state, and how many more may be counted as available.
    pub(crate) fn depth(&self) -> (Depth, u64) {
        let count = |state: JobState| {
            u64::try_from(self.jobs.iter().filter(|job| job.snapshot.state == state).count()).unwrap()
        };
        let depth = Depth {
            waiting: count(JobState::Scheduled) + count(JobState::Retryable),
            available: count(JobState::Available),
            running: count(JobState::Running),
            completed: count(JobState::Completed),
            cancelled: count(JobState::Cancelled),
            discarded: count(JobState::Discarded),
        };
        let left_in_lane = self.jobs.iter().filter(|job| job.left_in_lane).count();
        (depth, u64::try_from(left_in_lane).unwrap())
    }

    fn end(&mut self, claim: usize, event: Event, hours: u8, end: End) {
        let job = self.claims[claim].job;
        self.claims[claim].end = end;
        self.jobs[job].due = (self.hour + u32::from(hours), self.ticks);
        self.apply(job, event);
    }

    fn apply(&mut self, job: usize, event: Event) {
        let Decision::Change(change) = transition(self.jobs[job].snapshot, event) else {
            panic!("the model does not {event:?} a job that is {}", self.jobs[job].snapshot.state);
        };
        self.jobs[job].snapshot = change.after;
        match change.place {
            Some(Place::Front) => self.jobs[job].position = 0,
            Some(Place::Back | Place::Suspects) => {
                self.back += 1;
                self.jobs[job].position = self.back;
            }
            None => {}
        }
    }

    fn settled(&self, job: usize) -> Settled {
        Settled::Applied { state: self.jobs[job].snapshot.state }
    }

    fn available(&self) -> impl Iterator<Item = &ModelJob> {
        self.jobs.iter().filter(|job| job.snapshot.state == JobState::Available)
    }

    /// Whether none of its tenant's jobs has to go before this one.
    fn may_be_next(&self, job: &ModelJob) -> bool {
        let rank = |job: &ModelJob| (job.priority, job.position);
        let mut others = self.available().filter(|other| other.tenant == job.tenant && !other.is_suspect());
        job.snapshot.state == JobState::Available
            && !job.is_suspect()
            && others.all(|other| rank(job) <= rank(other))
    }

    fn position_of(&self, id: JobId) -> usize {
        self.jobs.iter().position(|job| job.id == id).expect("an engine gives only what it was given")
    }
}

impl ModelJob {
    const fn is_suspect(&self) -> bool {
        self.snapshot.deaths >= SUSPECT_AFTER_DEATHS
    }
}
