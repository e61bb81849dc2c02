use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::time::Instant;

/// Servers close idle connections, some after 10 seconds: ours are given up before.
const MAX_IDLE: Duration = Duration::from_secs(8);

/// Many servers end a connection after 100 messages.
const MAX_MESSAGES: u32 = 100;

/// How long an idle connection may take to prove that it is alive.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that is ready for the next message.
pub(super) struct Pooled {
    pub(super) connection: AsyncSmtpConnection,
    messages: u32,
}

impl Pooled {
    pub(super) fn new(connection: AsyncSmtpConnection) -> Self {
        Self { connection, messages: 0 }
    }
}

/// Connections whose last message was answered, the most recent last.
#[derive(Default)]
pub(super) struct IdleConnections(Mutex<Vec<Parked>>);

struct Parked {
    pooled: Pooled,
    since: Instant,
}

impl IdleConnections {
    /// The connection that was used last. Those that stood too long are closed.
    pub(super) fn take(&self) -> Option<Pooled> {
        let mut parked = self.lock();
        parked.retain(|parked| parked.since.elapsed() < MAX_IDLE);
        parked.pop().map(|parked| parked.pooled)
    }

    /// Keeps a connection on which a message was sent and answered.
    pub(super) fn park(&self, mut pooled: Pooled) {
        pooled.messages += 1;
        let mut parked = self.lock();
        parked.retain(|parked| parked.since.elapsed() < MAX_IDLE);
        if pooled.messages < MAX_MESSAGES {
            parked.push(Parked { pooled, since: Instant::now() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Parked>> {
        // A panic elsewhere leaves the list whole: it only ever holds connections that are ready.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
