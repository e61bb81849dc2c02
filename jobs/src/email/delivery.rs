use std::collections::HashSet;
use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_email::{Draft, Identity, Mailer, SendError};
use windlass_queue::{JobContext, JobError};

const NOT_CONFIGURED: &str = "no email provider is configured: set SMTP_HOST (with SMTP_PORT, SMTP_USERNAME and \
                              SMTP_PASSWORD as your server asks for them) and FROM_EMAIL";

/// The result of a job that sent a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivered {
    /// Who took it.
    pub provider: String,
    /// Its Message-ID header. A job that is run again sends the same one again.
    pub message_id: String,
    /// How many recipients it was accepted for: to, cc and bcc, each address once.
    pub accepted: usize,
    /// What the provider said, which often holds its own id of the message.
    pub answer: String,
}

/// Hands a message to the provider.
pub(super) async fn deliver(
    mailer: &Mailer,
    draft: Draft,
    context: &JobContext,
) -> Result<Delivered, JobError> {
    let accepted = recipients(&draft);
    // The last moment at which nothing has happened.
    context.check_cancelled()?;
    let sent = mailer.send(draft).await.map_err(failure)?;
    Ok(Delivered {
        provider: sent.provider.to_owned(),
        message_id: sent.message_id,
        accepted,
        answer: sent.answer,
    })
}

/// The mailer, or what to do about its absence.
pub(super) fn configured(mailer: Option<&Mailer>) -> Result<&Mailer, JobError> {
    mailer.ok_or_else(|| permanent(NOT_CONFIGURED))
}

/// Something that no other attempt would change.
pub(super) fn permanent(fault: impl Display) -> JobError {
    JobError::permanent(fault.to_string())
}

/// What makes a message the same one when its job runs again: both parts stay as they are.
pub(super) fn identity(context: &JobContext) -> Result<Identity, JobError> {
    Identity::new(&context.job.to_string(), context.created_at).map_err(permanent)
}

fn recipients(draft: &Draft) -> usize {
    let everybody = draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
    everybody.map(windlass_email::Mailbox::address).collect::<HashSet<_>>().len()
}

fn failure(error: SendError) -> JobError {
    match error {
        SendError::Transient { reason } => JobError::transient(reason),
        SendError::RateLimited { retry_after, reason } => {
            JobError::RateLimited { retry_after, message: reason }
        }
        SendError::Permanent { reason } => JobError::permanent(reason),
        other if other.may_retry() => JobError::transient(other.to_string()),
        other => permanent(other),
    }
}
