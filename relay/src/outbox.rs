//! The outbox: what applications have written in transactions of their own goes to the queue.

use std::fmt::Debug;
use std::sync::Arc;

use windlass_queue::{Client, EngineError, EnqueueError, EnqueueRequest};
use windlass_shared::Clock;
use windlass_store::Outbox;
use windlass_store::outbox::{Fate, OutboxId, OutboxRow, Taken};

use crate::error::RelayError;

/// How many rows are taken at once.
const CHUNK: u64 = 500;

/// Reads what somebody has written into the outbox. It is written like a job that is posted to the API, so who knows the one
/// form knows the other.
pub trait ReadOutbox: Debug + Send + Sync + 'static {
    /// The job that a row stands for; otherwise what is wrong with it, in a sentence for whoever wrote it.
    fn read(&self, row: &OutboxRow) -> Result<EnqueueRequest, String>;
}

/// Moves jobs from the outbox to their queues.
///
/// The id of a job follows from that of its row, so moving a row again after a crash makes no second job; the row goes when
/// the queue has answered.
#[derive(Debug)]
pub struct OutboxRelay {
    client: Client,
    outbox: Outbox,
    reader: Arc<dyn ReadOutbox>,
    clock: Arc<dyn Clock>,
}

/// What one step of the relay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RelayReport {
    /// How many rows became jobs, now or in a step whose end was lost.
    pub relayed: usize,
    /// How many rows will never be jobs as they stand.
    pub refused: usize,
    /// How many rows wait, because the queue does not take their jobs now.
    pub waiting: usize,
}

impl OutboxRelay {
    /// A relay from `outbox` to the queues of `client`.
    pub fn new(client: Client, outbox: Outbox, reader: Arc<dyn ReadOutbox>, clock: Arc<dyn Clock>) -> Self {
        Self { client, outbox, reader, clock }
    }

    /// Moves the next rows.
    pub async fn run_once(&self) -> Result<RelayReport, RelayError> {
        let taken = self.outbox.take(CHUNK, self.clock.now()).await?;
        if taken.rows().is_empty() {
            return Ok(RelayReport::default());
        }
        let Moved { fates, outage } = self.move_all(&taken).await;
        taken.settle(&fates, self.clock.now()).await?;
        outage.map_or_else(|| Ok(count(&fates)), |error| Err(error.into()))
    }

    async fn move_all(&self, taken: &Taken) -> Moved {
        let (mut fates, mut ids, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for row in taken.rows() {
            match self.request(row) {
                Ok(request) => {
                    ids.push(row.id.clone());
                    requests.push(request);
                }
                Err(fault) => fates.push((row.id.clone(), Fate::Refused(fault))),
            }
        }
        let answers = self.client.enqueue_batch(requests).await;
        let mut outage = None;
        for (id, answer) in ids.into_iter().zip(answers) {
            match answer {
                Ok(_) => fates.push((id, Fate::Relayed)),
                // Whether it has arrived is unknown, so the row stays as it is.
                Err(EnqueueError::Engine(error @ EngineError::Unavailable { .. })) => outage = Some(error),
                Err(error) if error.is_transient() => fates.push((id, Fate::Later)),
                Err(error) => fates.push((id, Fate::Refused(error.to_string()))),
            }
        }
        Moved { fates, outage }
    }

    fn request(&self, row: &OutboxRow) -> Result<EnqueueRequest, String> {
        let mut request = self.reader.read(row)?;
        request.options.idempotency_key = Some(format!("outbox:{}", row.id));
        Ok(request)
    }
}

/// What became of the rows that were taken.
struct Moved {
    fates: Vec<(OutboxId, Fate)>,
    /// Why there is no word about the others.
    outage: Option<EngineError>,
}

/// What they come to in numbers.
fn count(fates: &[(OutboxId, Fate)]) -> RelayReport {
    let mut report = RelayReport::default();
    for (_, fate) in fates {
        match fate {
            Fate::Relayed => report.relayed += 1,
            Fate::Refused(_) => report.refused += 1,
            Fate::Later => report.waiting += 1,
        }
    }
    report
}
