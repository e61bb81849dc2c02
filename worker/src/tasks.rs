use std::future::Future;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The one door through which a worker starts tasks, so that its end can wait for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    alarm: CancellationToken,
}

impl Tasks {
    /// Starts one of the worker's own loops. Should it panic, the alarm is raised: without that loop the worker
    /// would hold a lease on jobs that it does not serve.
    pub(crate) fn spawn_loop(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let sentinel = self.sentinel(name);
        self.tracker.spawn(async move {
            let _sentinel = sentinel;
            work.await;
        })
    }

    /// Raises the alarm when it is dropped by a panic.
    pub(crate) fn sentinel(&self, name: &'static str) -> Sentinel {
        Sentinel { name, alarm: self.alarm.clone() }
    }

    /// Raises the alarm for a part that has ended too early.
    pub(crate) fn broken(&self, part: &'static str) {
        tracing::error!(event = "worker.broken", part, "a part of the worker ended too early; it shuts down");
        self.alarm.cancel();
    }

    /// Starts something that may fail by itself without the worker failing with it.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn(work)
    }

    /// Starts something on other threads than those of the worker.
    pub(crate) fn spawn_on<T: Send + 'static>(
        &self,
        threads: &Handle,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn_on(work, threads)
    }

    /// Starts something that computes, on a thread of its own.
    pub(crate) fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn_blocking(work)
    }

    /// Is cancelled when one of the loops has panicked or ended too early.
    pub(crate) const fn alarm(&self) -> &CancellationToken {
        &self.alarm
    }

    /// Waits until every task has ended.
    pub(crate) async fn finish(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Stands by one part of the worker.
#[derive(Debug)]
pub(crate) struct Sentinel {
    name: &'static str,
    alarm: CancellationToken,
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                event = "worker.broken",
                part = self.name,
                "a part of the worker panicked; it shuts down"
            );
            self.alarm.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_panics_raises_the_alarm() {
        let tasks = Tasks::default();
        tasks.spawn_loop("test", async { panic!("on purpose") });
        tasks.alarm().cancelled().await;
        tasks.finish().await;
    }
}
