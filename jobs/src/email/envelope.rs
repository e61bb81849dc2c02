use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_email::{Body, Draft, Header, InvalidMessage, Mailbox};
use windlass_queue::{JobContext, JobError};

use super::address::Address;
use super::attachment::Attachment;
use super::delivery::{identity, permanent};

/// What a message is sent for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailType {
    /// Part of something that the recipient does: a receipt, a password reset.
    #[default]
    Transactional,
    /// Sent because the sender wants to.
    Marketing,
    /// Tells of something that happened.
    Notification,
    /// Tells operators something.
    System,
}

/// What the kinds that send one message share: all but its content. It is no part of the arguments' types
/// themselves, because flattened fields and refused unknown ones do not go together.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) to: Vec<Address>,
    pub(super) cc: Vec<Address>,
    pub(super) bcc: Vec<Address>,
    pub(super) reply_to: Vec<Address>,
    pub(super) from: Option<Address>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) attachments: Vec<Attachment>,
}

impl Envelope {
    /// Puts content into the envelope. What cannot be part of a message now never can.
    pub(super) fn draft(self, subject: String, body: Body, context: &JobContext) -> Result<Draft, JobError> {
        let mut draft = Draft::new(identity(context)?, subject, body);
        draft.from = self.from.as_ref().map(Address::mailbox).transpose().map_err(permanent)?;
        draft.to = mailboxes(&self.to).map_err(permanent)?;
        draft.cc = mailboxes(&self.cc).map_err(permanent)?;
        draft.bcc = mailboxes(&self.bcc).map_err(permanent)?;
        draft.reply_to = mailboxes(&self.reply_to).map_err(permanent)?;
        draft.headers = headers(&self.headers).map_err(permanent)?;
        draft.attachments = self.attachments.iter().map(Attachment::decode).collect::<Result<_, _>>()?;
        Ok(draft)
    }
}

fn mailboxes(addresses: &[Address]) -> Result<Vec<Mailbox>, InvalidMessage> {
    addresses.iter().map(Address::mailbox).collect()
}

fn headers(headers: &BTreeMap<String, String>) -> Result<Vec<Header>, InvalidMessage> {
    headers.iter().map(|(name, value)| Header::new(name, value)).collect()
}
