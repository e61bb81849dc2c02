//! apalis with its Redis backend, as it comes and tuned.

use std::time::{Duration, Instant};

use apalis::prelude::*;
use apalis_redis::{Client, Config, ConnectionManager, RedisStorage};
use redis::aio::ConnectionManagerConfig;
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;
use crate::job::{Job, pause, redis_url};

/// How many jobs one call enqueues.
const BATCH: usize = 1_000;
const QUEUE: &str = "bench";
/// Its own way to connect gives up after half a second, which Redis can exceed while the AOF reaches the disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which of its settings are used.
#[derive(Debug, Clone, Copy)]
pub enum Settings {
    Default,
    Tuned,
}

impl Settings {
    pub fn named(name: &str) -> Outcome<Self> {
        match name {
            "apalis" => Ok(Self::Default),
            "apalis-tuned" => Ok(Self::Tuned),
            _ => Err(format!("there is no `{name}`").into()),
        }
    }

    fn config(self) -> Config {
        let config = Config::default().queue(QUEUE);
        match self {
            Self::Default => config,
            Self::Tuned => config.batch_size(500).lock_tasks(false).emit_events(false),
        }
    }

    /// How often an idle worker looks for work. Without this it looks with its heartbeat, every 30 s.
    fn poll_interval(self) -> Duration {
        match self {
            Self::Default => Duration::from_millis(100),
            Self::Tuned => Duration::from_millis(10),
        }
    }

    async fn storage(self) -> Outcome<RedisStorage<Job>> {
        let config = ConnectionManagerConfig::new().set_response_timeout(Some(PATIENCE));
        let client = Client::open(redis_url()?)?;
        let connection = ConnectionManager::new_with_config(client, config).await?;
        Ok(RedisStorage::new(connection).with_config(self.config()))
    }
}

pub async fn work(settings: Settings) -> Outcome<()> {
    let backend = settings.storage().await?.poll_with_interval(settings.poll_interval());
    let worker = WorkerBuilder::new("bench-worker").backend(backend).build(run);
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = worker.run() => Ok(ended?),
        _ = end.recv() => Ok(()),
    }
}

async fn run(job: Job) -> Result<(), BoxDynError> {
    job.run()
}

pub async fn enqueue(settings: Settings, jobs: usize, bytes: usize) -> Outcome<f64> {
    let mut storage = settings.storage().await?;
    let job = Job::of_size(bytes);
    let start = Instant::now();
    let mut left = jobs;
    while left > 0 {
        let batch = left.min(BATCH);
        storage.push_bulk(vec![job.clone(); batch]).await?;
        left -= batch;
    }
    let seconds = start.elapsed().as_secs_f64();
    make_ready(storage.get_connection()).await?;
    Ok(seconds)
}

pub async fn trickle(settings: Settings, jobs: usize, bytes: usize) -> Outcome<()> {
    let mut storage = settings.storage().await?;
    let job = Job::of_size(bytes);
    for _ in 0..jobs {
        pause().await;
        storage.push(job.stamped()).await?;
    }
    Ok(())
}

/// Moves what was enqueued from the scheduled set, where this version puts everything, to the list that workers take
/// from. Its worker does the same in one script, which fails when more is due than Lua can unpack (about 8,000 jobs).
async fn make_ready(connection: &mut ConnectionManager) -> Outcome<()> {
    let (scheduled, active) = (format!("{QUEUE}:scheduled"), format!("{QUEUE}:active"));
    loop {
        let popped: Vec<(String, u64)> =
            redis::cmd("ZPOPMIN").arg(&scheduled).arg(BATCH).query_async(connection).await?;
        if popped.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = popped.into_iter().map(|(id, _)| id).collect();
        redis::cmd("RPUSH").arg(&active).arg(ids).exec_async(connection).await?;
    }
}
