//! rusty-sidekiq.

use std::time::Instant;

use async_trait::async_trait;
use bb8::Pool;
use sidekiq::{Processor, ProcessorConfig, RedisConnectionManager, RedisPool, Worker};

use crate::Outcome;
use crate::job::{Job, pause, redis_url};

const WORKERS: usize = 16;
/// How many callers enqueue at the same time; there is no bulk call.
const CALLERS: usize = 64;
const CALLERS_CONNECTIONS: u32 = 16;

struct Bench;

#[async_trait]
impl Worker<Job> for Bench {
    async fn perform(&self, job: Job) -> sidekiq::Result<()> {
        job.run().map_err(sidekiq::Error::Any)
    }
}

pub async fn work() -> Outcome<()> {
    // An idle worker holds one connection while it waits and needs another one for its notes.
    let pool = connect(2 * u32::try_from(WORKERS)?).await?;
    let config = ProcessorConfig::default().num_workers(WORKERS);
    let mut processor = Processor::new(pool, vec!["default".into()]).with_config(config);
    processor.register(Bench);
    processor.run().await;
    Ok(())
}

pub async fn enqueue(jobs: usize, bytes: usize) -> Outcome<f64> {
    let pool = connect(CALLERS_CONNECTIONS).await?;
    let job = Job::of_size(bytes);
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (pool, job) = (pool.clone(), job.clone());
            // The first ones take what does not divide evenly.
            let share = jobs / CALLERS + usize::from(caller < jobs % CALLERS);
            tokio::spawn(async move {
                for _ in 0..share {
                    Bench::perform_async(&pool, job.clone()).await?;
                }
                sidekiq::Result::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    Ok(start.elapsed().as_secs_f64())
}

pub async fn trickle(jobs: usize, bytes: usize) -> Outcome<()> {
    let pool = connect(1).await?;
    let job = Job::of_size(bytes);
    for _ in 0..jobs {
        pause().await;
        Bench::perform_async(&pool, job.stamped()).await?;
    }
    Ok(())
}

/// A pool without a `PING` before each use, which would be one more command for each of them.
async fn connect(connections: u32) -> Outcome<RedisPool> {
    let manager = RedisConnectionManager::new(redis_url()?)?;
    let builder = Pool::builder().max_size(connections).min_idle(connections).test_on_check_out(false);
    Ok(builder.build(manager).await?)
}
