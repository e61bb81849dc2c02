//! What one queue leaves for another takes effect once, however often it is delivered: whoever relays may die between the
//! delivery and the note of it.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails its test")]

use std::num::NonZeroUsize;
use std::time::Duration;

use redis::Value;
use redis::aio::MultiplexedConnection;
use windlass_queue::{
    ClaimJobs, ClaimRequest, DeleteAnswer, Engine, EnqueueJobs, InspectJobs, MaintainQueue, NewJob, Serves,
    SettleJobs, Settlement, SteerJobs, Suspects, Verdict, When,
};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::{
    Claim, Entropy, Incarnation, JobId, MaxAttempts, Priority, QueueName, TenantId, Timestamp,
};

/// A queue of this test's own on the single server.
struct Queue {
    name: QueueName,
    engine: RedisEngine,
    entropy: Entropy,
}

impl Queue {
    fn new(engine: &RedisEngine) -> Self {
        let entropy = Entropy::from_system();
        let name = format!("relay-{:016x}", entropy.number()).parse().unwrap();
        Self { name, engine: engine.clone(), entropy }
    }

    async fn new_job(&self) -> NewJob {
        let number = self.engine.queue_number(&self.name).await.unwrap();
        NewJob {
            id: JobId::new(Timestamp::from_millis(0), number, self.entropy.number()),
            queue: self.name.clone(),
            kind: "relay.plain".parse().unwrap(),
            tenant: TenantId::default(),
            priority: Priority::default(),
            when: When::Now,
            max_attempts: MaxAttempts::after_retries(3),
            timeout: Duration::from_mins(1),
            tags: Vec::new(),
            args: "{}".into(),
            tombstone: None,
            backoff: None,
            expires: None,
            limit_key: None,
            unique: None,
            batch: None,
        }
    }

    /// Claims the one job that there is.
    async fn claim(&self) -> Claim {
        let request = ClaimRequest {
            worker: Incarnation::draw(&self.entropy),
            queue: self.name.clone(),
            most: NonZeroUsize::MIN,
            suspects: Suspects::Leave,
            serves: Serves::Every,
        };
        self.engine.claim(&request).await.unwrap().jobs[0].claim
    }

    async fn complete(&self, children: Vec<NewJob>) {
        let verdict = Verdict::Complete { result: None, children };
        self.engine.settle(&[Settlement { claim: self.claim().await, verdict }]).await.unwrap();
    }

    async fn relay(&self) -> usize {
        self.engine.relay(&self.name, 10).await.unwrap()
    }

    async fn exists(&self, job: JobId) -> bool {
        self.engine.get(&[job]).await.unwrap()[0].is_some()
    }
}

#[tokio::test]
async fn a_delivery_that_is_repeated_after_the_job_is_gone_brings_it_no_second_time() {
    let engine = RedisEngine::new(RedisOptions::from_url(&url()).unwrap());
    let (here, there) = (Queue::new(&engine), Queue::new(&engine));
    engine.enqueue(&[here.new_job().await]).await;
    let child = there.new_job().await;
    here.complete(vec![child.clone()]).await;

    let outbox = format!("windlass:{{{}}}:outbox", here.name);
    let mut wire = wire().await;
    let left: Vec<(String, Vec<Value>)> =
        redis::cmd("XRANGE").arg(&outbox).arg("-").arg("+").query_async(&mut wire).await.unwrap();
    assert_eq!((left.len(), here.relay().await, here.relay().await), (1, 1, 0));
    assert!(there.exists(child.id).await);
    there.complete(Vec::new()).await;
    assert!(matches!(engine.delete(&[child.id]).await.unwrap()[0], DeleteAnswer::Deleted(_)));

    // The same entry, as if nobody had struck it out.
    let mut again = redis::cmd("XADD");
    again.arg(&outbox).arg("*");
    for value in &left[0].1 {
        let Value::BulkString(value) = value else { panic!("{value:?} is no text") };
        again.arg(value);
    }
    let _entry: String = again.query_async(&mut wire).await.unwrap();
    assert_eq!((here.relay().await, here.relay().await), (1, 0));
    assert!(!there.exists(child.id).await);
}

#[tokio::test]
async fn what_cannot_be_delivered_keeps_nothing_else_back() {
    let engine = RedisEngine::new(RedisOptions::from_url(&url()).unwrap());
    let (here, there) = (Queue::new(&engine), Queue::new(&engine));
    let mut wire = wire().await;
    let mut unknown = redis::cmd("XADD");
    unknown.arg(format!("windlass:{{{}}}:outbox", here.name)).arg("*").arg("from").arg("the future");
    let _entry: String = unknown.query_async(&mut wire).await.unwrap();
    engine.enqueue(&[here.new_job().await]).await;
    let child = there.new_job().await;
    here.complete(vec![child.clone()]).await;

    assert_eq!(here.relay().await, 1);
    assert!(there.exists(child.id).await);
    let error = engine.relay(&here.name, 1).await.unwrap_err().to_string();
    assert!(error.contains("outbox"), "{error}");
}

#[expect(clippy::disallowed_methods, reason = "where the servers of a test run are is said from outside")]
fn url() -> String {
    std::env::var("WINDLASS_TEST_REDIS_URL").unwrap_or_else(|_| {
        panic!("WINDLASS_TEST_REDIS_URL is not set; run `cargo xtask test`, which starts the servers")
    })
}

async fn wire() -> MultiplexedConnection {
    redis::Client::open(url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}
