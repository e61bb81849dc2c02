use std::sync::Arc;

use crate::address::Mailbox;
use crate::invalid::InvalidMessage;
use crate::limits::Limits;
use crate::message::{Draft, Message};
use crate::provider::{Provider, SendError, Sent};

/// A provider, together with what an installation decides for all its messages.
#[derive(Debug, Clone)]
pub struct Mailer {
    provider: Arc<dyn Provider>,
    default_from: Mailbox,
    limits: Limits,
}

impl Mailer {
    /// A mailer with the usual limits. `default_from` is the sender of drafts that name none.
    pub fn new(provider: Arc<dyn Provider>, default_from: Mailbox) -> Self {
        Self { provider, default_from, limits: Limits::default() }
    }

    /// The same mailer with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The provider's name.
    pub fn provider(&self) -> &'static str {
        self.provider.name()
    }

    /// Completes a draft without sending it.
    pub fn compose(&self, draft: Draft) -> Result<Message, InvalidMessage> {
        draft.into_message(&self.default_from, &self.limits)
    }

    /// Completes a draft and sends it. A draft that is no message fails permanently.
    pub async fn send(&self, draft: Draft) -> Result<Sent, SendError> {
        let message = self.compose(draft)?;
        self.provider.send(&message).await
    }
}
