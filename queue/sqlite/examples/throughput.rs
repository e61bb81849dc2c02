//! How many jobs a second the embedded engine takes in and hands out on this machine's disk.
//!
//! `cargo run --release -p windlass-sqlite --example throughput [JOBS]`

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use windlass_queue::{
    ClaimJobs, ClaimRequest, Engine, EngineError, EnqueueJobs, NewJob, Serves, SettleJobs, Settlement,
    Suspects, Verdict,
};
use windlass_shared::{Clock, Entropy, Incarnation, JobId, QueueName, SystemClock};
use windlass_sqlite::SqliteEngine;

/// How many tasks call the engine at once.
const TASKS: usize = 4;
/// How many jobs a call is about.
const BATCH: usize = 100;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
async fn main() -> Result<(), Box<dyn Error>> {
    let jobs = std::env::args().nth(1).map_or(Ok(200_000), |jobs| jobs.parse::<usize>())?;
    let folder = tempfile::tempdir_in(".")?;
    let engine = Arc::new(SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock))?);
    let queue: QueueName = "throughput".parse()?;
    engine.queue_number(&queue).await?;

    let start = Instant::now();
    in_tasks(|| enqueue(engine.clone(), queue.clone(), jobs / TASKS)).await?;
    let enqueued = start.elapsed();
    let start = Instant::now();
    in_tasks(|| drain(engine.clone(), queue.clone())).await?;
    let drained = start.elapsed();

    for (what, time) in [("enqueue", enqueued), ("claim and settle", drained)] {
        let rate = u128::try_from(jobs)? * 1_000_000 / time.as_micros();
        println!("{what}: {rate} jobs/s ({jobs} jobs in {time:.2?}, {TASKS} tasks, batches of {BATCH})");
    }
    Ok(())
}

async fn in_tasks<F>(task: impl Fn() -> F) -> Result<(), Box<dyn Error>>
where
    F: Future<Output = Result<(), EngineError>> + Send + 'static,
{
    let mut tasks: JoinSet<_> = (0..TASKS).map(|_| task()).collect();
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn enqueue(engine: Arc<SqliteEngine>, queue: QueueName, jobs: usize) -> Result<(), EngineError> {
    let number = engine.queue_number(&queue).await?;
    let entropy = Entropy::from_system();
    let job = |_| NewJob {
        timeout: std::time::Duration::from_mins(10),
        args: r#"{"to":"somebody@example.com","template":"welcome","locale":"en"}"#.into(),
        ..NewJob::plain(
            JobId::new(SystemClock.now(), number, entropy.number()),
            queue.clone(),
            "diagnostic.noop".parse().unwrap_or_else(|_| unreachable!("it is a name")),
        )
    };
    for _ in 0..jobs / BATCH {
        let batch: Vec<_> = (0..BATCH).map(job).collect();
        engine.enqueue(&batch).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    }
    Ok(())
}

async fn drain(engine: Arc<SqliteEngine>, queue: QueueName) -> Result<(), EngineError> {
    let worker = Incarnation::draw(&Entropy::from_system());
    let most = NonZeroUsize::MIN.saturating_add(BATCH - 1);
    let request = ClaimRequest { worker, queue, most, suspects: Suspects::Take, serves: Serves::Every };
    loop {
        let claimed = engine.claim(&request).await?;
        if claimed.jobs.is_empty() {
            return Ok(());
        }
        let settlement = |job: &windlass_queue::ClaimedJob| Settlement {
            claim: job.claim,
            tenant: None,
            verdict: Verdict::Complete { result: None, children: Vec::new() },
        };
        let settlements: Vec<_> = claimed.jobs.iter().map(settlement).collect();
        engine.settle(&settlements).await?;
    }
}
