use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use windlass_queue::{ClaimedJob, Client, Engine, Registry, Serves, Settlement, Verdict};
use windlass_shared::{Claim, Clock, Entropy, Incarnation, QueueName};

use crate::crew::Crews;
use crate::gate::Gate;
use crate::holdings::{Holdings, Signals};
use crate::lease::Standing;
use crate::outage::Outage;
use crate::reports::Reports;
use crate::starting::Starting;
use crate::tasks::Tasks;

/// What all parts of a worker share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) registry: Arc<Registry>,
    /// The way in which handlers enqueue what follows from their jobs.
    pub(crate) client: Client,
    /// What is claimed: every kind that has a handler.
    pub(crate) serves: Serves,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<Entropy>,
    /// This life of this worker.
    pub(crate) worker: Incarnation,
    pub(crate) tasks: Tasks,
    pub(crate) crews: Crews,
    pub(crate) gate: Gate,
    /// Whether the worker may run jobs, as the heartbeat says.
    pub(crate) standing: watch::Receiver<Standing>,
    pub(crate) phases: Phases,
    /// How long a handler that was told to stop may go on before it counts as stuck.
    pub(crate) stop_grace: Duration,
    pub(crate) tally: Tally,
}

/// The steps of a worker's end; each is reached once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phases {
    /// Nothing new is claimed.
    pub(crate) quiet: CancellationToken,
    /// The worker ends once the running jobs have ended.
    pub(crate) drain: CancellationToken,
    /// The running jobs are given back at once.
    pub(crate) release: CancellationToken,
    /// No job runs any more: what is left to write is written, then everything ends.
    pub(crate) end: CancellationToken,
}

/// What has become of the jobs of a worker so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Settled by their handlers.
    pub(crate) finished: AtomicU64,
    /// Given back.
    pub(crate) released: AtomicU64,
    /// Handlers that went on after they had been told to stop.
    pub(crate) stuck: AtomicU64,
}

impl Core {
    /// Whether jobs may be started now.
    pub(crate) fn may_start(&self) -> bool {
        !self.phases.quiet.is_cancelled() && *self.standing.borrow() == Standing::Held
    }

    /// An outage in the eyes of one part.
    pub(crate) fn outage(&self, part: &'static str, queue: &QueueName) -> Outage {
        Outage::none(part, Some(queue.clone()), Arc::clone(&self.entropy))
    }

    /// `duration`, a quarter more or less, so that workers that started together do not stay so.
    pub(crate) fn jittered(&self, duration: Duration) -> Duration {
        duration.mul_f64(0.75 + 0.5 * self.entropy.fraction())
    }
}

/// What the parts that serve one queue share.
#[derive(Debug)]
pub(crate) struct ServedQueue {
    pub(crate) name: QueueName,
    /// One permit a free slot.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) holdings: Holdings,
    pub(crate) reports: Reports,
    pub(crate) starting: Starting,
    /// There may be something to claim.
    pub(crate) work: Notify,
    /// The engine and the worker disagree about what the worker holds.
    pub(crate) doubt: Notify,
    /// Something may lie ready for another queue.
    pub(crate) outgoing: Notify,
    /// Whether the claimer waits for work, so that it promotes what becomes due.
    pub(crate) idle: AtomicBool,
    endings: mpsc::UnboundedSender<Settlement>,
}

impl ServedQueue {
    /// A queue of which nothing is held, and the end where its settlements come out.
    pub(crate) fn new(name: QueueName, concurrency: usize) -> (Self, mpsc::UnboundedReceiver<Settlement>) {
        let (endings, settlements) = mpsc::unbounded_channel();
        let queue = Self {
            name,
            places: Arc::new(Semaphore::new(concurrency)),
            holdings: Holdings::default(),
            reports: Reports::default(),
            starting: Starting::default(),
            work: Notify::new(),
            doubt: Notify::new(),
            outgoing: Notify::new(),
            idle: AtomicBool::new(false),
            endings,
        };
        (queue, settlements)
    }

    /// Hands the end of a claim to the settler.
    pub(crate) fn settle(&self, claim: Claim, verdict: Verdict) {
        self.holdings.settling(claim);
        self.hand_on(Settlement { claim, tenant: None, verdict });
    }

    /// Hands the end of a job that was started to the settler.
    pub(crate) fn settle_started(&self, job: &ClaimedJob, signals: &Signals, verdict: Verdict) {
        signals.settling();
        self.hand_on(Settlement { claim: job.claim, tenant: Some(job.tenant.clone()), verdict });
    }

    fn hand_on(&self, settlement: Settlement) {
        let claim = settlement.claim;
        if self.endings.send(settlement).is_err() {
            // The settler has given up, which only happens when the engine did not answer until the very end;
            // the claim stays among the holdings, where the shutdown counts it.
            tracing::debug!(event = "settle.abandoned", job.id = %claim.job, "the worker has ended");
        }
    }
}

impl Tally {
    /// Counts a settlement that was applied.
    pub(crate) fn settled(&self, verdict: &Verdict) {
        let counter = if matches!(verdict, Verdict::Release) { &self.released } else { &self.finished };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
