use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::attempt::Attempt;
use super::course::Course;
use crate::core::{Core, ServedQueue};
use crate::crew::Place;

/// How many jobs make it worth while that one more thread starts them.
const WORTH_A_THREAD: usize = 64;
/// After how many handlers those get a turn that were started before: about as often as the runtime itself looks around
/// while it has tasks to run.
const TURN: usize = 64;
/// How often it is looked whether those that wait get on.
const LOOK: Duration = Duration::from_millis(10);

/// Jobs that came together and whose handlers share the threads of a crew.
///
/// Most handlers are short, so one task calls many of them, one after the other. One that has to wait goes on in a task
/// of its own, and one that blocks its thread holds nobody up either: other tasks call those that have not started, as
/// long as there is a thread for them.
#[derive(Debug)]
pub(super) struct Lot {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    pub(super) place: Place,
    waiting: Mutex<VecDeque<Arc<Attempt>>>,
    runners: AtomicUsize,
    /// How many have not ended.
    left: AtomicUsize,
    ended: Notify,
}

impl Lot {
    /// A lot of which nothing has started.
    pub(super) fn new(core: Arc<Core>, queue: Arc<ServedQueue>, attempts: VecDeque<Arc<Attempt>>) -> Self {
        let (place, left) = (core.crews.place(), AtomicUsize::new(attempts.len()));
        queue.starting.more(attempts.len());
        let (waiting, runners) = (Mutex::new(attempts), AtomicUsize::new(0));
        Self { core, queue, place, waiting, runners, left, ended: Notify::new() }
    }

    /// Starts the handlers, on as many threads as seem worth it.
    pub(super) fn start(self: &Arc<Self>) {
        let threads = self.lock().len().div_ceil(WORTH_A_THREAD).min(self.core.crews.threads());
        self.start_runners(threads);
    }

    /// Sees to it that what has not started by now starts as soon as there is a thread for it.
    pub(super) async fn keep_starting(self: &Arc<Self>) {
        let threads = self.core.crews.threads();
        let mut missing = threads.saturating_sub(self.runners.load(Ordering::Relaxed));
        loop {
            let waiting = self.lock().len();
            self.start_runners(missing.min(waiting));
            if waiting == 0 {
                return;
            }
            sleep(LOOK).await;
            // The task that was to start them can be out of reach, kept for a thread that is blocked.
            let stands_still = self.lock().len() == waiting;
            let may_be_more = self.runners.load(Ordering::Relaxed) < threads + waiting;
            missing = usize::from(stands_still && may_be_more);
        }
    }

    /// Waits until every job has ended.
    pub(super) async fn ended(&self) {
        while self.left.load(Ordering::Acquire) > 0 {
            self.ended.notified().await;
        }
    }

    fn start_runners(self: &Arc<Self>, many: usize) {
        self.runners.fetch_add(many, Ordering::Relaxed);
        for _ in 0..many {
            self.core.tasks.spawn_on(&self.place.threads, Arc::clone(self).run());
        }
    }

    async fn run(self: Arc<Self>) {
        let mut started = 0;
        while let Some(attempt) = self.next() {
            let waits = self.call(&attempt).await;
            self.queue.starting.one_less();
            started += 1;
            // A task that was started here is kept for this thread at first, so it has to have its turn before the next
            // handler, which may block.
            if waits || started % TURN == 0 {
                yield_now().await;
            }
        }
        self.runners.fetch_sub(1, Ordering::Relaxed);
    }

    /// Calls a handler; answers whether it has to wait for something, and so goes on by itself.
    async fn call(self: &Arc<Self>, attempt: &Arc<Attempt>) -> bool {
        if let Some(mut course) = attempt.begin()
            && poll_fn(|cx| Poll::Ready(course.advance(cx))).await.is_pending()
        {
            self.core.tasks.spawn_on(&self.place.threads, Arc::clone(self).see_off(course));
            return true;
        }
        self.one_ended();
        false
    }

    async fn see_off(self: Arc<Self>, course: Course) {
        course.await;
        self.one_ended();
    }

    fn one_ended(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.ended.notify_one();
        }
    }

    fn next(&self) -> Option<Arc<Attempt>> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Attempt>>> {
        // A job is taken in one step.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
