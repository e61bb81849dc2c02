use std::io;
use std::thread;

use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use super::Heartbeat;
use crate::tasks::Sentinel;

/// The thread on which the heart beats, with a runtime of its own: whatever the handlers do to theirs, the lease
/// is renewed.
#[derive(Debug)]
pub(crate) struct HeartbeatThread {
    farewell: oneshot::Sender<Farewell>,
    ended: oneshot::Receiver<()>,
}

/// How a worker goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It has given everything back: its lease ends now.
    Retire,
    /// It leaves something behind, which comes back to the queue when the lease has run out.
    Leave,
}

impl HeartbeatThread {
    /// Starts beating.
    pub(crate) fn start(heartbeat: Heartbeat, sentinel: Sentinel) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (farewell, said) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        thread::Builder::new().name("windlass-heartbeat".to_owned()).spawn(move || {
            let _sentinel = sentinel;
            runtime.block_on(beat(heartbeat, said));
            // Nobody waits for the end when the worker itself was dropped.
            let _nobody = ending.send(());
        })?;
        Ok(Self { farewell, ended })
    }

    /// Stops beating, and waits until the thread is done.
    pub(crate) async fn end(self, farewell: Farewell) {
        // A thread that is gone already needs no farewell; either end of the channels tells so.
        let _gone = self.farewell.send(farewell);
        let _gone = self.ended.await;
    }
}

/// Beats until a farewell is said, or nobody is left to say it: a worker that was dropped must not look alive.
async fn beat(mut heartbeat: Heartbeat, mut said: oneshot::Receiver<Farewell>) {
    loop {
        let next = heartbeat.run_once().await;
        tokio::select! {
            biased;
            farewell = &mut said => {
                if farewell == Ok(Farewell::Retire) {
                    heartbeat.retire().await;
                }
                return;
            }
            () = sleep_until(next) => {}
        }
    }
}
