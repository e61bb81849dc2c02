use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How many jobs of a queue are about to start or in their first moment: their handlers have neither ended nor had to
/// wait for anything. Most short jobs end in that moment, so their ends are worth waiting for.
#[derive(Debug, Default)]
pub(crate) struct Starting {
    jobs: AtomicUsize,
    none: Notify,
}

impl Starting {
    /// So many more are about to start.
    pub(crate) fn more(&self, jobs: usize) {
        self.jobs.fetch_add(jobs, Ordering::AcqRel);
    }

    /// One has ended, or has to wait.
    pub(crate) fn one_less(&self) {
        if self.jobs.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none.notify_one();
        }
    }

    /// Whether there is any.
    pub(crate) fn any(&self) -> bool {
        self.jobs.load(Ordering::Acquire) > 0
    }

    /// Waits until there is none.
    pub(crate) async fn none(&self) {
        while self.any() {
            self.none.notified().await;
        }
    }
}
