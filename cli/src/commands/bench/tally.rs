use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::progress::Progress;
use crate::failure::Failure;

/// How often the progress is shown.
const GLANCE: Duration = Duration::from_millis(200);
/// After how long without any job it is given up.
pub(super) const STALLED: Duration = Duration::from_mins(1);

/// Counts jobs up to a goal, and notes when the first one and the one at the goal came.
#[derive(Debug)]
pub(super) struct Tally {
    count: AtomicU64,
    goal: u64,
    first: OnceLock<Instant>,
    last: OnceLock<Instant>,
    reached: Notify,
}

impl Tally {
    pub(super) fn up_to(goal: u32) -> Self {
        let (first, last) = (OnceLock::new(), OnceLock::new());
        Self { count: AtomicU64::new(0), goal: goal.into(), first, last, reached: Notify::new() }
    }

    pub(super) fn count(&self) {
        self.add(1);
    }

    /// Counts several that came just now.
    pub(super) fn add(&self, jobs: u64) {
        let before = self.count.fetch_add(jobs, Ordering::AcqRel);
        if before == 0 {
            self.first.get_or_init(Instant::now);
        }
        if before < self.goal && before + jobs >= self.goal {
            self.last.get_or_init(Instant::now);
            self.reached.notify_one();
        }
    }

    pub(super) fn so_far(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Waits for the goal; answers the time from the first job to the one at the goal.
    pub(super) async fn reached(&self, progress: &Progress, what: &str) -> Result<Duration, Failure> {
        let (mut seen, mut since) = (0, Instant::now());
        while timeout(GLANCE, self.reached.notified()).await.is_err() {
            let count = self.so_far();
            progress.show(what, count, self.goal);
            if count != seen {
                (seen, since) = (count, Instant::now());
            }
            if since.elapsed() > STALLED {
                return Err(stalled());
            }
        }
        let (first, last) = (self.first.get(), self.last.get());
        Ok(first.zip(last).map(|(first, last)| last.duration_since(*first)).unwrap_or_default())
    }
}

pub(super) fn stalled() -> Failure {
    Failure::Worker(format!("no job has moved for {} s", STALLED.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_time_is_taken_from_the_first_job_to_the_one_at_the_goal() {
        let tally = Tally::up_to(3);
        tally.add(1);
        let first = tally.first.get().copied().unwrap();
        assert!(tally.last.get().is_none(), "there is more to come");
        tally.add(5);
        let took = tally.last.get().unwrap().duration_since(first);
        tally.add(1);
        assert_eq!(tally.reached(&Progress::silent(), "").await.unwrap(), took);
        assert_eq!(tally.so_far(), 7);
    }
}
