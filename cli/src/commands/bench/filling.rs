use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use windlass_queue::{Client, EnqueueOptions, EnqueueRequest, JobKind};
use windlass_shared::TenantId;

use super::ping::Ping;
use super::stage::Stage;
use crate::args::FillArgs;
use crate::failure::Failure;

/// How often the progress is shown.
const GLANCE: Duration = Duration::from_millis(200);

/// How a queue is filled.
#[derive(Debug)]
pub(super) struct Filling {
    pub(super) jobs: u32,
    pub(super) payload: u32,
    /// How many jobs a call enqueues.
    pub(super) batch: u32,
    /// How many calls are under way at the same time.
    pub(super) calls: usize,
    /// Whose the jobs are, in turn.
    pub(super) tenants: Vec<TenantId>,
}

impl Filling {
    /// Enough calls at a time to keep client and engine busy.
    pub(super) const USUAL_CALLS: usize = 4;

    pub(super) fn new(jobs: u32, payload: u32, fill: FillArgs) -> Result<Self, Failure> {
        let tenants = match fill.tenants {
            1 => vec![TenantId::default()],
            many => (0..many).map(|number| format!("t{number}").parse()).collect::<Result<_, _>>()?,
        };
        Ok(Self { jobs, payload, batch: fill.batch, calls: Self::USUAL_CALLS, tenants })
    }

    /// Puts the jobs on the queue; answers how long it took, everything that the client does included.
    pub(super) async fn run(self, stage: &Stage) -> Result<Duration, Failure> {
        let (calls, all) = (self.calls, u64::from(self.jobs));
        let (filling, next) = (Arc::new(self), Arc::new(AtomicU64::new(0)));
        let mut tasks = JoinSet::new();
        let start = Instant::now();
        for _ in 0..calls {
            tasks.spawn(enqueue(stage.client.clone(), Arc::clone(&filling), Arc::clone(&next)));
        }
        loop {
            tokio::select! {
                ended = tasks.join_next() => match ended {
                    Some(ended) => ended.map_err(std::io::Error::other)??,
                    None => return Ok(start.elapsed()),
                },
                () = sleep(GLANCE) => stage.progress.show("filling", next.load(Ordering::Relaxed).min(all), all),
            }
        }
    }
}

/// Enqueues one stretch of numbers after the other until none is left.
async fn enqueue(client: Client, filling: Arc<Filling>, next: Arc<AtomicU64>) -> Result<(), Failure> {
    loop {
        let first = next.fetch_add(filling.batch.into(), Ordering::Relaxed);
        let Some(first) = u32::try_from(first).ok().filter(|first| *first < filling.jobs) else {
            return Ok(());
        };
        let numbers = first..filling.jobs.min(first.saturating_add(filling.batch));
        let requests = numbers.map(|number| {
            let tenant = filling.tenants[number as usize % filling.tenants.len()].clone();
            request(number, filling.payload, tenant)
        });
        for answer in client.enqueue_batch(requests.collect()).await {
            answer.map_err(|error| Failure::Refused { error, known: Vec::new() })?;
        }
    }
}

/// A job as a caller asks for it.
pub(super) fn request(number: u32, payload: u32, tenant: TenantId) -> EnqueueRequest {
    let args = serde_json::json!(Ping::of_size(number, payload as usize));
    let options = EnqueueOptions { tenant, ..EnqueueOptions::default() };
    EnqueueRequest { kind: Ping::NAME.to_owned(), args, options }
}
