use std::time::Duration;

use async_trait::async_trait;

use crate::invalid::InvalidMessage;
use crate::message::Message;

/// Somebody who takes messages and delivers them.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug + 'static {
    /// A short name for logs, records and metrics, such as `smtp`.
    fn name(&self) -> &'static str;

    /// Hands the message over. `Ok` means that the provider has taken the responsibility for it, not that it
    /// has arrived. Dropping the future gives the attempt up; the message may or may not have been taken.
    async fn send(&self, message: &Message) -> Result<Sent, SendError>;
}

/// What a provider said when it took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The provider's name.
    pub provider: &'static str,
    /// The Message-ID header, with its angle brackets.
    pub message_id: String,
    /// The provider's answer in its own words; it often holds the provider's id of the message.
    pub answer: String,
}

/// Why a message was not taken, and whether another attempt makes sense. Each says in a sentence what happened
/// and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It may work later.
    #[error("{reason}")]
    Transient {
        /// What happened and what to do.
        reason: String,
    },
    /// It will work, but not before some time has passed.
    #[error("{reason}; not before {} s from now", retry_after.as_secs())]
    RateLimited {
        /// How long to hold back.
        retry_after: Duration,
        /// What happened and what to do.
        reason: String,
    },
    /// It fails however often it is tried.
    #[error("{reason}")]
    Permanent {
        /// What happened and what to do.
        reason: String,
    },
}

impl SendError {
    /// Whether the same message may be taken later.
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Transient { .. } | Self::RateLimited { .. } => true,
            Self::Permanent { .. } => false,
        }
    }

    pub(crate) fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into() }
    }

    pub(crate) fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent { reason: reason.into() }
    }
}

impl From<InvalidMessage> for SendError {
    fn from(invalid: InvalidMessage) -> Self {
        Self::permanent(invalid.to_string())
    }
}
