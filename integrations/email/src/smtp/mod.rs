mod config;
mod connection;
mod failure;
mod idle;
mod security;

pub use config::{Credentials, InvalidSmtpConfig, SmtpConfig};
pub use security::{TlsPolicy, UnknownTlsPolicy};

use std::fmt;

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::connection::Server;
use self::failure::{Stage, answer, classify};
use self::idle::{IdleConnections, Pooled};
use crate::message::Message;
use crate::provider::{Provider, SendError, Sent};
use crate::rfc5322;

/// Hands messages to an SMTP server.
///
/// Connections are kept for a short time and used again. Each attempt has its time-out: `lettre` waits for
/// an answer for ever. A connection on which something went wrong, or whose send was given up half-way, is never used
/// again: the late answer to one message would be taken for the answer to the next.
pub struct Smtp {
    server: Server,
    idle: IdleConnections,
    /// How many connections may be open at once.
    slots: Semaphore,
}

impl Smtp {
    /// Checks the configuration and loads the system's root certificates. Connects when the first message comes.
    pub fn new(config: SmtpConfig) -> Result<Self, InvalidSmtpConfig> {
        let max_connections = config.max_connections.get();
        let server = Server::new(config)?;
        Ok(Self { server, idle: IdleConnections::default(), slots: Semaphore::new(max_connections) })
    }

    async fn deliver(&self, envelope: &Envelope, content: &[u8]) -> Result<Response, SendError> {
        let mut pooled = self.connection().await?;
        let response = pooled
            .connection
            .send(envelope, content)
            .await
            .map_err(|error| classify(&self.server.name, Stage::Send, &error))?;
        self.idle.park(pooled);
        Ok(response)
    }

    async fn connection(&self) -> Result<Pooled, SendError> {
        while let Some(mut pooled) = self.idle.take() {
            if is_alive(&mut pooled.connection).await {
                return Ok(pooled);
            }
        }
        Ok(Pooled::new(self.server.open().await?))
    }

    fn timed_out(&self) -> SendError {
        SendError::transient(format!(
            "the SMTP server {} did not take the message within {} s; it may have been taken without an answer, so a further attempt carries the same Message-ID",
            self.server.name,
            self.server.timeout().as_secs_f32()
        ))
    }
}

#[async_trait]
impl Provider for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        let built = rfc5322::build(message)?;
        let content = built.formatted();
        // Waiting for a free connection is not the server's fault and not part of its time.
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|_| SendError::transient("the SMTP client has been shut down"))?;
        let response = timeout(self.server.timeout(), self.deliver(built.envelope(), &content))
            .await
            .unwrap_or_else(|_| Err(self.timed_out()))?;
        Ok(Sent { provider: self.name(), message_id: message.message_id(), answer: answer(&response) })
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server.name).finish_non_exhaustive()
    }
}

/// Whether a connection that stood idle still answers. A dead one must not use up the whole attempt.
async fn is_alive(connection: &mut AsyncSmtpConnection) -> bool {
    timeout(idle::PROBE_TIMEOUT, connection.test_connected()).await.unwrap_or(false)
}
