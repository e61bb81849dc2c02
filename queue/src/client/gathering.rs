use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;
use windlass_shared::QueueName;

use super::EnqueueError;
use crate::engine::{Engine, EngineError, Enqueued, NewJob};

/// How many jobs go in one call. An engine cuts it up further where they are large.
const MOST_AT_ONCE: usize = 200;
/// How many jobs of a queue stand in line or are on their way; whoever brings another one waits for room first.
const MOST_IN_LINE: usize = 2_000;

/// Takes jobs one at a time, from many callers, and hands them to the engine together: of each queue one call is under
/// way, and what comes meanwhile goes with the next one. Nobody waits for company: a job that comes alone goes at once,
/// and the busier the engine is, the more jobs share a call.
///
/// The calls are made by a task of their own, not by the first of those who wait: a caller who hangs up, or whose future
/// is not polled for a while, holds nobody else up.
#[derive(Debug)]
pub(super) struct Gathering {
    engine: Arc<dyn Engine>,
    lines: Mutex<HashMap<QueueName, Arc<Line>>>,
    /// Nobody waits for these tasks: whoever wants the answer of a call waits for that.
    tasks: TaskTracker,
}

/// Those who wait to have a job enqueued on one queue.
#[derive(Debug)]
struct Line {
    room: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Whether a task makes calls for this line.
    is_served: bool,
}

#[derive(Debug)]
struct Waiting {
    job: NewJob,
    caller: Caller,
}

/// Where an answer goes.
#[derive(Debug)]
struct Caller {
    answer: oneshot::Sender<Result<Enqueued, EngineError>>,
    /// Kept until then, also when nobody listens any more, so that those who hung up count as well.
    _place: OwnedSemaphorePermit,
}

impl Gathering {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, lines: Mutex::default(), tasks: TaskTracker::new() }
    }

    /// Enqueues a job. It is accepted or not, and the answer is its own; a call that fails as a whole fails for each job
    /// that went with it. When this is dropped the job is enqueued or not, and no other one is affected.
    pub(super) async fn enqueue(&self, job: NewJob) -> Result<Enqueued, EnqueueError> {
        let line = self.line(&job.queue);
        let place = Arc::clone(&line.room).acquire_owned().await.map_err(|_closed| EnqueueError::NoAnswer)?;
        let (answer, answered) = oneshot::channel();
        if let Some(service) = line.join(Waiting { job, caller: Caller { answer, _place: place } }) {
            self.tasks.spawn(service.run(Arc::clone(&self.engine)));
        }
        Ok(answered.await.map_err(|_dropped| EnqueueError::NoAnswer)??)
    }

    fn line(&self, queue: &QueueName) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(queue) {
            return Arc::clone(line);
        }
        Arc::clone(lines.entry(queue.clone()).or_default())
    }
}

impl Default for Line {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(MOST_IN_LINE)), state: Mutex::default() }
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job in line; where nobody serves that, the caller has to see to it.
    fn join(self: &Arc<Self>, one: Waiting) -> Option<Service> {
        let mut state = self.state();
        state.waiting.push_back(one);
        let was_served = std::mem::replace(&mut state.is_served, true);
        (!was_served).then(|| Service { line: Arc::clone(self), is_over: false })
    }

    /// Those who go next, but for those who have hung up. If there is nobody, the line counts as not served from now on.
    fn next(&self) -> Vec<Waiting> {
        let mut state = self.state();
        let mut next = Vec::with_capacity(state.waiting.len().min(MOST_AT_ONCE));
        while next.len() < MOST_AT_ONCE
            && let Some(one) = state.waiting.pop_front()
        {
            if !one.caller.answer.is_closed() {
                next.push(one);
            }
        }
        state.is_served = !next.is_empty();
        next
    }
}

/// Makes calls for a line until it is empty.
struct Service {
    line: Arc<Line>,
    is_over: bool,
}

impl Service {
    async fn run(mut self, engine: Arc<dyn Engine>) {
        loop {
            let next = self.line.next();
            if next.is_empty() {
                self.is_over = true;
                return;
            }
            let (jobs, callers): (Vec<_>, Vec<_>) = next.into_iter().map(|one| (one.job, one.caller)).unzip();
            let answers = engine.enqueue(&jobs).await;
            for (caller, answer) in callers.into_iter().zip(answers) {
                // Fails where the caller has hung up, who wants no answer.
                drop(caller.answer.send(answer));
            }
        }
    }
}

impl Drop for Service {
    /// A service that is cut off, because its runtime ends or the engine panics, leaves nobody waiting who would never be
    /// answered, and lets the next one who comes start another.
    fn drop(&mut self) {
        if !self.is_over {
            *self.line.state() = State::default();
        }
    }
}
