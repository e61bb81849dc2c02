//! Orders for many jobs: a job does the work, and is followed from here.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use windlass_jobs::operations::{BulkJobs, BulkVerb, Selection};
use windlass_queue::{Client, Engine, EnqueueOptions, Job};
use windlass_shared::{JobId, JobState, Priority};

use super::Order;
use crate::args::FilterArgs;
use crate::commands::bar::Bar;
use crate::commands::enqueue::{OPERATOR, refused};
use crate::commands::follow::{end, look};
use crate::commands::why::obstacle;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// The pause between two looks: short at first, because most operations are.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// For how long the operation may wait before we ask why.
const PATIENCE: Duration = Duration::from_secs(3);

/// Has it done, and follows it. Ctrl-C stops following only.
pub(super) async fn run(
    order: &Order,
    filter: FilterArgs,
    client: &Client,
    json: bool,
) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    let operation = operation(order, filter);
    let options = EnqueueOptions { tenant: OPERATOR.parse()?, ..EnqueueOptions::default() };
    let enqueued = client.enqueue(&operation, options).await;
    let id = enqueued.map_err(|error| refused(error, client))?.id;
    let mut bar = Bar::new();
    bar.say(&format!("job {id}: {} what matches", word(order.verb)))?;
    tokio::select! {
        result = follow(client.engine().as_ref(), id, &mut bar) => {
            bar.clear()?;
            tell(id, &result?, json)
        }
        () = signals.next() => {
            let next = "`windlass jobs show` shows how far it is, `windlass jobs cancel` stops it";
            // The branch above may have left the bar in the line.
            Ok(writeln!(io::stderr(), "\nthe job {id} goes on without this command; {next}")?)
        }
    }
}

fn operation(order: &Order, filter: FilterArgs) -> BulkJobs {
    let FilterArgs { state, kind, queue, tenant, tag, created_from, created_before } = filter;
    BulkJobs {
        action: order.verb,
        filter: Selection { queue, state, kind, tenant, tag, created_from, created_before },
        priority: order.priority.map(Priority::get),
        dry_run: false,
    }
}

const fn word(verb: BulkVerb) -> &'static str {
    match verb {
        BulkVerb::Cancel => "cancels",
        BulkVerb::Retry => "retries",
        BulkVerb::Delete => "deletes",
        BulkVerb::Reprioritize => "reprioritizes",
    }
}

/// Shows how far the operation is until it ends, and answers its result.
async fn follow(engine: &dyn Engine, id: JobId, bar: &mut Bar) -> Result<Value, Failure> {
    let (start, mut pause, mut wondered) = (Instant::now(), FIRST_PAUSE, false);
    loop {
        match look(engine, id).await {
            Ok(job) if job.state.is_final() => return Ok(end(&job)?.unwrap_or_default()),
            Ok(job) => {
                let progress = &job.progress;
                bar.show(progress.percent, progress.message.as_deref().unwrap_or(job.state.as_str()))?;
                if !wondered && job.state == JobState::Available && start.elapsed() > PATIENCE {
                    wondered = true;
                    wonder(engine, &job, bar).await?;
                }
            }
            Err(Failure::Engine(error)) if error.is_transient() => {
                bar.say(&format!("{error}; still trying"))?;
            }
            Err(failure) => return Err(failure),
        }
        sleep(pause).await;
        pause = pause.mul_f32(1.3).min(LONGEST_PAUSE);
    }
}

async fn wonder(engine: &dyn Engine, job: &Job, bar: &mut Bar) -> Result<(), Failure> {
    match obstacle(engine, job).await? {
        Some(obstacle) => Ok(bar.say(&obstacle)?),
        None => Ok(()),
    }
}

fn tell(id: JobId, result: &Value, json: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{:#}", json!({ "id": id, "result": result }))?;
        return Ok(());
    }
    let count = |name: &str| result.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (matched, changed, refused) = (count("matched"), count("changed"), count("refused"));
    writeln!(out, "{matched} jobs matched: {changed} changed, {refused} refused")?;
    Ok(())
}
