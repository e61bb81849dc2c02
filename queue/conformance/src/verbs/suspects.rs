use windlass_queue::{Fenced, NewJob, Suspects};
use windlass_shared::{Claim, JobId};

use crate::Bench;

/// Jobs under which workers die.
impl Bench {
    /// A job under which two workers have died.
    pub(crate) async fn suspect(&self) -> JobId {
        self.suspected(self.new_job()).await
    }

    /// Enqueues the one job that can run, and two workers die under it.
    pub(crate) async fn suspected(&self, job: NewJob) -> JobId {
        let job = self.add(job).await;
        for _ in 0..2 {
            let claim = self.claim_one(self.worker()).await.claim;
            assert_eq!((claim.job, self.lose(claim).await), (job, Fenced::Applied));
        }
        job
    }

    /// Claims the suspect that there is.
    pub(crate) async fn take_suspect(&self) -> Claim {
        self.ask(self.worker(), 1, Suspects::Take).await.jobs[0].claim
    }
}
