use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use windlass_shared::{Clock, TenantId};
use windlass_store::{Answer, Earlier, Question, Store, StoreError};

/// How long the store may take. Enqueueing does not wait for it any longer: ids that are made of the key keep a repetition
/// harmless without it, too.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long the store is left alone after it did not answer.
const LEFT_ALONE: Duration = Duration::from_secs(5);
/// How many answers one transaction keeps at most.
const AT_A_TIME: usize = 200;
/// How many bytes of answers wait for the store at most. What is more is not kept.
const MOST_BYTES: usize = 64 << 20;

/// What was answered to requests with an idempotency key. Clones share what they know.
#[derive(Debug, Clone)]
pub(crate) struct Answers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
}

/// Answers that the store does not have yet.
#[derive(Debug, Default)]
struct Waiting {
    answers: HashMap<(TenantId, String), (Question, Answer)>,
    bytes: usize,
    /// Whether somebody is on the way to the store.
    is_told: bool,
    /// Until when the store is not asked.
    left_alone_until: Option<Instant>,
}

impl Answers {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { store, clock, waiting: Mutex::default() }))
    }

    /// What is known of a request whose key was used before.
    pub(crate) async fn earlier(&self, question: &Question) -> Option<Earlier> {
        if let Some((asked, answer)) = self.waiting().answers.get(&place(question)) {
            let is_same = asked.fingerprint == question.fingerprint;
            return Some(if is_same { Earlier::Answered(answer.clone()) } else { Earlier::Other });
        }
        self.patiently(self.0.store.answers().look(question)).await.flatten()
    }

    /// Keeps an answer, a moment later and together with others.
    pub(crate) fn keep(&self, question: Question, answer: Answer, tasks: &TaskTracker) {
        let mut waiting = self.waiting();
        if waiting.bytes + answer.body.len() > MOST_BYTES {
            return;
        }
        if let Entry::Vacant(vacant) = waiting.answers.entry(place(&question)) {
            let bytes = answer.body.len();
            vacant.insert((question, answer));
            waiting.bytes += bytes;
        }
        if !mem::replace(&mut waiting.is_told, true) {
            tasks.spawn(self.clone().tell());
        }
    }

    /// Tells the store what waits, until nothing does.
    async fn tell(self) {
        loop {
            let some: Vec<_> = {
                let mut waiting = self.waiting();
                let some: Vec<_> = waiting.answers.values().take(AT_A_TIME).cloned().collect();
                waiting.is_told = !some.is_empty();
                some
            };
            if some.is_empty() {
                return;
            }
            // What it does not take is not offered again: the ids have to do.
            self.patiently(self.0.store.answers().keep(&some, self.0.clock.now())).await;
            let mut waiting = self.waiting();
            for (question, answer) in &some {
                waiting.answers.remove(&place(question));
                waiting.bytes = waiting.bytes.saturating_sub(answer.body.len());
            }
        }
    }

    /// What the store says, if it does so soon.
    async fn patiently<T>(&self, asked: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        if self.waiting().left_alone_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let fault = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("there was no answer within {} s", PATIENCE.as_secs()),
        };
        self.waiting().left_alone_until = Some(Instant::now() + LEFT_ALONE);
        tracing::warn!(fault, "repeated requests are told apart by their ids alone while the store is away");
        None
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing is left half-changed by a panic between these lines.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(question: &Question) -> (TenantId, String) {
    (question.organization.clone(), question.key.clone())
}
