//! A job of your own: its type, its handler, a client that enqueues it, and a worker that runs it.
//!
//! `cargo run -p own_job` does all of it in one process on the embedded engine, prints the result, and ends.

use std::sync::Arc;
use std::time::Duration;

use windlass_sqlite::SqliteEngine;
use windlass_worker::{
    Catalog, Client, Engine, EnqueueOptions, Handler, JobContext, JobError, JobKind, Registry, SystemClock,
    Worker, async_trait,
};

/// Counts the words of a text. The fields are the job's arguments.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct CountWords {
    text: String,
}

impl JobKind for CountWords {
    const NAME: &'static str = "text.count_words";
    type Output = usize;
}

/// Does the work. Its fields would be what the work needs: clients, pools, settings.
struct Counter;

#[async_trait]
impl Handler<CountWords> for Counter {
    async fn run(&self, args: CountWords, context: &JobContext) -> Result<usize, JobError> {
        context.log("counting");
        Ok(args.text.split_whitespace().count())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the result is for the one who runs the example")]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(SystemClock);
    let engine: Arc<dyn Engine> =
        Arc::new(SqliteEngine::open(folder.path().join("queue.db"), clock.clone())?);

    let mut catalog = Catalog::new();
    catalog.add::<CountWords>()?;
    let client = Client::new(engine.clone(), Arc::new(catalog), clock.clone());
    let args = CountWords { text: "To be, or not to be".to_owned() };
    let enqueued = client.enqueue(&args, EnqueueOptions::default()).await?;

    let mut registry = Registry::new();
    registry.add::<CountWords>(Counter)?;
    let worker = Worker::builder(engine, Arc::new(registry), clock).start()?;

    // An application would rather have the handler tell whoever needs to know.
    let job = client.wait(enqueued.id, Duration::from_secs(10)).await?;
    println!("{} {}: {:?}", job.kind, job.state, job.result.unwrap_or_default());
    worker.drain();
    worker.join().await;
    Ok(())
}
