use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle, Runtime};

/// How many crews may wait for handlers that were left behind. A process in which more handlers block their threads
/// than that is better replaced.
const MOST_FORMER: usize = 16;

/// The threads on which handlers run that say they wait more than they compute, apart from all else in the process.
///
/// A handler may block its thread, and tokio keeps some tasks for one thread alone: among them could be a part of the
/// worker, which would wait until the handler ends. When a handler is left behind, its thread is lost. Then handlers
/// that start later get a crew with all its threads, and those that run already go on where they are.
#[derive(Debug)]
pub(crate) struct Crews {
    threads: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    current: Crew,
    /// Those of which some handler, or something that it started, is left.
    former: Vec<Crew>,
}

/// There are no threads for handlers that start from now on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoCrew;

/// Threads with a runtime of their own.
#[derive(Debug)]
struct Crew {
    place: Place,
    /// There until this is dropped.
    runtime: Option<Runtime>,
}

/// Where a handler runs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    number: u64,
    pub(crate) threads: Handle,
}

impl Crews {
    /// One crew, with a thread a processor, but no fewer than two.
    pub(crate) fn assemble() -> io::Result<Self> {
        let threads = available_parallelism().map_or(2, NonZeroUsize::get).max(2);
        let state = State { current: Crew::assemble(0, threads)?, former: Vec::new() };
        Ok(Self { threads, state: Mutex::new(state) })
    }

    /// How many threads a crew has.
    pub(crate) const fn threads(&self) -> usize {
        self.threads
    }

    /// Where a handler that starts now runs.
    pub(crate) fn place(&self) -> Place {
        self.lock().current.place.clone()
    }

    /// A handler was left behind at `place`: those that start from now on run elsewhere. Fails when that cannot be.
    pub(crate) fn lost(&self, place: &Place) -> Result<(), NoCrew> {
        let mut state = self.lock();
        if state.current.place.number != place.number {
            return Ok(());
        }
        state.former.retain(Crew::is_busy);
        if state.former.len() == MOST_FORMER {
            return Err(NoCrew);
        }
        let crew = Crew::assemble(place.number + 1, self.threads).map_err(|error| {
            tracing::error!(event = "crew.lost", %error, "no threads can be started in place of one that is blocked");
            NoCrew
        })?;
        let former = std::mem::replace(&mut state.current, crew);
        state.former.push(former);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A crew is exchanged in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Crew {
    fn assemble(number: u64, threads: usize) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).thread_name("windlass-handler").enable_all().build()?;
        let place = Place { number, threads: runtime.handle().clone() };
        Ok(Self { place, runtime: Some(runtime) })
    }

    fn is_busy(&self) -> bool {
        self.place.threads.metrics().num_alive_tasks() > 0
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Nobody waits for handlers that were left behind.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn threads_that_are_lost_are_replaced_once_and_what_runs_there_goes_on() {
        let crews = Crews::assemble().unwrap();
        let first = crews.place();
        let (let_go, blocked) = mpsc::channel::<()>();
        let (sender, receiver) = oneshot::channel();
        let lost = first.threads.spawn(async move { blocked.recv() });
        let waiting = first.threads.spawn(receiver);
        crews.lost(&first).unwrap();
        crews.lost(&first).unwrap();
        let second = crews.place();
        assert_eq!((first.number, second.number), (0, 1));
        assert_eq!(second.threads.spawn(async { 7 }).await.unwrap(), 7);
        sender.send(8).unwrap();
        assert_eq!(waiting.await.unwrap(), Ok(8));

        // Once nothing is left there, the old threads go with the next ones that are lost.
        drop(let_go);
        assert!(lost.await.unwrap().is_err());
        // A task is counted for a moment after its end is known.
        while first.threads.metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
        crews.lost(&second).unwrap();
        assert!(crews.lock().former.len() <= 1, "{crews:?}");
    }

    #[tokio::test]
    async fn a_process_full_of_blocked_threads_gets_no_more_of_them() {
        let crews = Crews::assemble().unwrap();
        let mut held = Vec::new();
        for _ in 0..=MOST_FORMER {
            let (let_go, blocked) = mpsc::channel::<()>();
            crews.place().threads.spawn(async move { blocked.recv() });
            let is_last = held.len() == MOST_FORMER;
            assert_eq!(crews.lost(&crews.place()).is_err(), is_last);
            held.push(let_go);
        }
    }
}
