use windlass_queue::{ClaimedJob, Event, Order, Scope, Serves, Suspects};
use windlass_shared::{Claim, Incarnation, JobState};

use super::rules::Held;
use super::{End, Model, ModelClaim, ModelJob};

/// What a worker asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) worker: Incarnation,
    pub(crate) most: usize,
    pub(crate) suspects: Suspects,
    pub(crate) serves: Serves,
}

impl Model {
    /// Takes in what an engine gave, and checks that it was jobs that may run, in a right order.
    pub(crate) fn claim(&mut self, asked: &Asked, given: &[ClaimedJob]) {
        self.let_stray(&asked.serves);
        for claimed in given {
            let job = self.ready(claimed.claim);
            assert_eq!(claimed.suspect, self.jobs[job].is_suspect());
            if claimed.suspect {
                assert_eq!((asked.suspects, given.len()), (Suspects::Take, 1), "a suspect comes alone");
            } else {
                let before = self.before(job, &asked.serves);
                assert!(before.is_none(), "{before:?} goes before {claimed:?}");
            }
            self.start(asked, claimed.claim, job);
            self.check_claimed(claimed, job);
        }
    }

    /// Takes in a claim whose answer was lost: in which order its jobs would have come is not known.
    pub(crate) fn find_claimed(&mut self, asked: &Asked, claim: Claim) {
        self.let_stray(&asked.serves);
        let job = self.ready(claim);
        self.start(asked, claim, job);
    }

    /// A job that is left although nothing holds it up for this worker; `None` when nothing was forgotten.
    pub(crate) fn forgotten(&self, asked: &Asked) -> Option<&ModelJob> {
        let wanted = |job: &ModelJob| asked.suspects == Suspects::Take || !job.is_suspect();
        self.existing().find(|job| job.is_available() && wanted(job) && self.must_run(job, &asked.serves))
    }

    /// Whether a claim that takes suspects should have brought one.
    pub(crate) fn forgotten_suspect(&self, asked: &Asked) -> Option<&ModelJob> {
        let is_next = |job: &&ModelJob| job.is_suspect() && job.is_available() && !job.strays;
        let mut suspects = self.existing().filter(is_next);
        suspects.find(|job| asked.suspects == Suspects::Take && self.must_run(job, &asked.serves))
    }

    /// The job of a claim, which has to wait for a worker.
    fn ready(&mut self, claim: Claim) -> usize {
        self.follow_time_to(claim.job);
        let job = self.find(claim.job).expect("an engine gives only what it was given");
        assert_eq!(self.jobs[job].state(), JobState::Available, "{:?} is claimed", self.jobs[job]);
        job
    }

    fn start(&mut self, asked: &Asked, claim: Claim, job: usize) {
        let known = &self.jobs[job];
        assert!(!known.is_gone && !known.has_expired(self.now), "{known:?} may not run");
        assert!(known.is_served(&asked.serves), "{known:?} is not served by {:?}", asked.serves);
        let blocks = self.blocks(known, Held::Surely);
        assert!(blocks.is_empty(), "{known:?} is held up by {blocks:?}");
        assert_eq!((claim.token.worker, claim.token.number.get()), (asked.worker, known.claims + 1));
        let scopes = known.scopes();
        self.rules.start(&scopes, self.now);
        self.apply(job, Event::Claim);
        self.jobs[job].claims += 1;
        self.claims.push(ModelClaim { claim, job, end: End::Open });
        self.let_stray(&asked.serves);
    }

    fn check_claimed(&self, claimed: &ClaimedJob, job: usize) {
        let job = &self.jobs[job];
        assert_eq!((claimed.attempt, claimed.deaths), (job.snapshot.attempt, job.snapshot.deaths));
        assert_eq!((&claimed.args, claimed.priority), (&job.new.args, job.new.priority));
        assert_eq!((&claimed.kind, &claimed.tenant), (&job.new.kind, &job.new.tenant));
        assert_eq!((&claimed.limit_key, claimed.batch), (&job.new.limit_key, job.new.batch));
        assert_eq!(claimed.max_attempts, job.new.max_attempts);
        assert_eq!(claimed.expires_at.is_some(), job.expires_at.is_some());
        assert_eq!(claimed.has_records, job.has_records(), "{job:?}");
    }

    /// A job of the same lane, or of a more urgent one, that has to go before this one.
    fn before(&self, job: usize, serves: &Serves) -> Option<&ModelJob> {
        let next = &self.jobs[job];
        let urgent = |other: &ModelJob| other.new.priority < next.new.priority;
        let ahead = |other: &ModelJob| {
            let in_front = other.new.priority == next.new.priority && other.position < next.position;
            urgent(other) || (in_front && !next.strays)
        };
        let precedes = |other: &ModelJob| {
            let by_order = self.rules.policy.order == Order::PriorityFirst && urgent(other);
            (other.new.tenant == next.new.tenant && ahead(other)) || by_order
        };
        let mut others = self.existing().filter(|other| other.is_available() && !other.is_suspect());
        others.find(|other| !other.strays && precedes(other) && self.must_run(other, serves))
    }

    /// Whether nothing at all keeps a job that waits from running under a worker.
    fn must_run(&self, job: &ModelJob, serves: &Serves) -> bool {
        job.is_served(serves) && !job.has_expired(self.now) && self.blocks(job, Held::Possibly).is_empty()
    }

    /// The scopes that hold a job up.
    pub(super) fn blocks(&self, job: &ModelJob, held: Held) -> Vec<Scope> {
        let blocked = |scope: &Scope| {
            self.rules.is_paused(scope, self.now, held)
                || self.rules.is_full(scope, self.running(scope).count())
                || self.rules.is_used_up(scope, self.now, held)
        };
        job.scopes().into_iter().filter(blocked).collect()
    }

    /// The jobs that run in a scope.
    pub(super) fn running<'a>(&'a self, scope: &Scope) -> impl Iterator<Item = &'a ModelJob> + use<'a> {
        let scope = scope.clone();
        let is_in = move |job: &&ModelJob| job.state() == JobState::Running && job.scopes().contains(&scope);
        self.existing().filter(is_in)
    }

    /// What cannot run now may be parked by any claim that comes across it.
    pub(crate) fn let_stray(&mut self, serves: &Serves) {
        for job in 0..self.jobs.len() {
            let known = &self.jobs[job];
            let held_up = self.blocks(known, Held::Possibly).iter().any(|scope| known.parks_under(scope));
            if known.is_available() && (held_up || !known.is_served(serves)) {
                self.jobs[job].strays = true;
            }
        }
    }
}
