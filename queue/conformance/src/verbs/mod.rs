mod govern;
mod steer;
mod suspects;

use std::num::NonZeroUsize;

use windlass_queue::{
    AttemptError, ClaimRequest, Claimed, ClaimedJob, Depth, EngineError, Enqueued, ErrorReason, Fenced, Job,
    NewJob, Promoted, QueueBeat, Rejection, Rescue, RescueVerdict, Serves, Settled, Settlement, Suspects,
    Verdict, judge_lost,
};
use windlass_shared::{Claim, ClaimNumber, Incarnation, JobId, JobState};

use crate::Bench;

pub(crate) use govern::{concurrency, rate};

/// The contract's calls for one queue, where an error of the engine is a failure of the test.
impl Bench {
    pub(crate) async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Enqueued> {
        let answers = self.engine.enqueue(jobs).await;
        assert_eq!(answers.len(), jobs.len(), "each job has an answer");
        answers.into_iter().map(Result::unwrap).collect()
    }

    /// Enqueues a job that did not exist.
    pub(crate) async fn add(&self, job: NewJob) -> JobId {
        let answer = self.enqueue(&[job]).await[0];
        assert!(!answer.is_duplicate(), "{answer:?} was new");
        answer.id
    }

    /// Enqueues `count` jobs with nothing special about them.
    pub(crate) async fn add_plain(&self, count: usize) -> Vec<JobId> {
        self.enqueue(&self.new_jobs(count)).await.iter().map(|answer| answer.id).collect()
    }

    /// Enqueues one job that the rules of the queue keep out.
    pub(crate) async fn add_rejected(&self, job: NewJob) -> Rejection {
        match self.engine.enqueue(&[job]).await.remove(0) {
            Err(EngineError::Rejected(rejection)) => rejection,
            other => panic!("the job is rejected, and not {other:?}"),
        }
    }

    /// One call of claim, by a worker that serves every kind.
    pub(crate) async fn ask(&self, worker: Incarnation, most: usize, suspects: Suspects) -> Claimed {
        self.ask_serving(worker, most, suspects, Serves::Every).await
    }

    /// One call of claim.
    pub(crate) async fn ask_serving(
        &self,
        worker: Incarnation,
        most: usize,
        suspects: Suspects,
        serves: Serves,
    ) -> Claimed {
        let most = NonZeroUsize::new(most).unwrap();
        let request = ClaimRequest { worker, queue: self.queue.clone(), most, suspects, serves };
        let claimed = self.engine.claim(&request).await.unwrap();
        assert!(claimed.jobs.len() <= most.get(), "a claim gives at most what was asked for");
        claimed
    }

    /// Claims until there are `most` or no more.
    pub(crate) async fn claim(&self, worker: Incarnation, most: usize) -> Vec<ClaimedJob> {
        self.claim_serving(worker, most, &Serves::Every).await
    }

    /// Claims what a worker serves, until there are `most` or no more.
    pub(crate) async fn claim_serving(
        &self,
        worker: Incarnation,
        most: usize,
        serves: &Serves,
    ) -> Vec<ClaimedJob> {
        let mut jobs = Vec::new();
        while jobs.len() < most {
            let left = most - jobs.len();
            let claimed = self.ask_serving(worker, left, Suspects::Leave, serves.clone()).await;
            jobs.extend(claimed.jobs);
            if !claimed.more {
                break;
            }
        }
        jobs
    }

    /// Claims the one job that there is.
    pub(crate) async fn claim_one(&self, worker: Incarnation) -> ClaimedJob {
        let mut jobs = self.claim(worker, 2).await;
        assert_eq!(jobs.len(), 1, "exactly one job is available");
        jobs.remove(0)
    }

    pub(crate) async fn settle(&self, claim: Claim, verdict: Verdict) -> Settled {
        self.engine.settle(&[self.settlement(claim, verdict).await]).await.unwrap()[0]
    }

    /// Ends several claims in one call.
    pub(crate) async fn settle_all(&self, claims: &[Claim], verdict: &Verdict) -> Vec<Settled> {
        let mut settlements = Vec::new();
        for claim in claims {
            settlements.push(self.settlement(*claim, verdict.clone()).await);
        }
        let answers = self.engine.settle(&settlements).await.unwrap();
        assert_eq!(answers.len(), claims.len(), "each settlement has an answer");
        answers
    }

    /// A settlement that says every other time whose job it is: that must make no difference.
    async fn settlement(&self, claim: Claim, verdict: Verdict) -> Settlement {
        let says_tenant = claim.job.as_bytes()[JobId::BYTES - 1].is_multiple_of(2);
        let jobs = if says_tenant { self.engine.get(&[claim.job]).await.unwrap() } else { Vec::new() };
        let tenant = jobs.into_iter().flatten().next().map(|job| job.tenant);
        Settlement { claim, tenant, verdict }
    }

    pub(crate) async fn begin_alone(&self, claim: Claim) -> Fenced {
        self.engine.begin_alone(claim).await.unwrap()
    }

    pub(crate) async fn rescue(&self, claim: Claim, verdict: RescueVerdict) -> Fenced {
        self.engine.rescue(&self.queue, &[Rescue { claim, verdict }]).await.unwrap()[0]
    }

    /// The worker that holds `claim` has died, and a caretaker finds out.
    pub(crate) async fn lose(&self, claim: Claim) -> Fenced {
        let job = self.get(claim.job).await;
        let verdict = judge_lost(&job, |deaths| AttemptError {
            attempt: job.attempt,
            claim: ClaimNumber::new(job.claims),
            at: self.now(),
            reason: ErrorReason::Poison,
            message: format!("{deaths} worker processes died"),
        });
        self.rescue(claim, verdict.expect("the job runs")).await
    }

    pub(crate) async fn promote(&self, most: usize) -> Promoted {
        self.engine.promote(&self.queue, most).await.unwrap()
    }

    /// One renewal of the lease of `worker`, over a connection that is opened for it.
    pub(crate) async fn heartbeat(&self, worker: Incarnation) -> QueueBeat {
        let mut keeper = self.engine.lease_keeper().await.unwrap();
        keeper.heartbeat(&self.beat(worker)).await.unwrap().remove(0)
    }

    pub(crate) async fn held(&self, worker: Incarnation) -> Vec<Claim> {
        let held = self.engine.held(&self.queue, worker).await.unwrap();
        held.into_iter().map(|held| held.claim).collect()
    }

    /// A job that exists.
    pub(crate) async fn get(&self, job: JobId) -> Job {
        self.engine.get(&[job]).await.unwrap().remove(0).expect("the job exists")
    }

    pub(crate) async fn exists(&self, job: JobId) -> bool {
        self.engine.get(&[job]).await.unwrap()[0].is_some()
    }

    pub(crate) async fn state(&self, job: JobId) -> JobState {
        self.get(job).await.state
    }

    pub(crate) async fn depth(&self) -> Depth {
        self.engine.depth(&self.queue).await.unwrap()
    }
}

/// A worker serves these kinds and no others.
pub(crate) fn these(kinds: &[&str]) -> Serves {
    Serves::These(kinds.iter().map(|kind| kind.parse().unwrap()).collect())
}

/// The ids of claimed jobs, in their order.
pub(crate) fn ids(jobs: &[ClaimedJob]) -> Vec<JobId> {
    jobs.iter().map(|job| job.claim.job).collect()
}

/// The claims of claimed jobs, in their order.
pub(crate) fn claims(jobs: &[ClaimedJob]) -> Vec<Claim> {
    jobs.iter().map(|job| job.claim).collect()
}
