use std::num::NonZeroUsize;

use redis::aio::MultiplexedConnection;
use windlass_queue::{
    ClaimJobs, ClaimRequest, Engine, InspectJobs, MaintainQueue, NewJob, Serves, SettleJobs, Settled,
    Settlement, Suspects, Verdict,
};
use windlass_redis::RedisEngine;
use windlass_shared::{Claim, Entropy, Incarnation, JobId, QueueName, TenantId, Timestamp};

/// A queue of this test's own on the single server.
pub(crate) struct Queue {
    pub(crate) name: QueueName,
    pub(crate) engine: RedisEngine,
    entropy: Entropy,
}

impl Queue {
    pub(crate) fn new(engine: &RedisEngine) -> Self {
        let entropy = Entropy::from_system();
        let name = format!("own-{:016x}", entropy.number()).parse().unwrap();
        Self { name, engine: engine.clone(), entropy }
    }

    pub(crate) async fn new_job(&self) -> NewJob {
        let number = self.engine.queue_number(&self.name).await.unwrap();
        NewJob::plain(
            JobId::new(Timestamp::from_millis(0), number, self.entropy.number()),
            self.name.clone(),
            "own.plain".parse().unwrap(),
        )
    }

    /// Claims one job.
    pub(crate) async fn claim(&self) -> Claim {
        let request = ClaimRequest {
            worker: Incarnation::draw(&self.entropy),
            queue: self.name.clone(),
            most: NonZeroUsize::MIN,
            suspects: Suspects::Leave,
            serves: Serves::Every,
        };
        self.engine.claim(&request).await.unwrap().jobs[0].claim
    }

    pub(crate) async fn complete(&self, children: Vec<NewJob>) {
        let claim = self.claim().await;
        self.settle(claim, Verdict::Complete { result: None, children }).await;
    }

    /// Ends a claim like a worker that knows whose job it is.
    pub(crate) async fn settle(&self, claim: Claim, verdict: Verdict) {
        let tenant = Some(TenantId::default());
        let answers = self.engine.settle(&[Settlement { claim, tenant, verdict }]).await.unwrap();
        assert!(matches!(answers[..], [Settled::Applied { .. }]), "{answers:?}");
    }

    pub(crate) async fn relay(&self) -> usize {
        self.engine.relay(&self.name, 10).await.unwrap()
    }

    pub(crate) async fn exists(&self, job: JobId) -> bool {
        self.engine.get(&[job]).await.unwrap()[0].is_some()
    }
}

#[expect(clippy::disallowed_methods, reason = "where the servers of a test run are is said from outside")]
pub(crate) fn url() -> String {
    std::env::var("WINDLASS_TEST_REDIS_URL").unwrap_or_else(|_| {
        panic!("WINDLASS_TEST_REDIS_URL is not set; run `cargo xtask test`, which starts the servers")
    })
}

pub(crate) async fn wire() -> MultiplexedConnection {
    redis::Client::open(url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}
