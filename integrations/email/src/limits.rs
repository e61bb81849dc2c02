use crate::invalid::InvalidMessage;
use crate::message::Message;

/// How large one message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Recipients in to, cc and bcc together. Default 100: what every server must take (RFC 5321 section
    /// 4.5.3.1.8).
    pub max_recipients: usize,
    /// Bytes of all parts as they travel, attachments in base64. Default 25 MiB, what the large mailbox
    /// providers take.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_recipients: 100, max_bytes: 25 * 1024 * 1024 }
    }
}

impl Limits {
    pub(crate) fn check(&self, message: &Message) -> Result<(), InvalidMessage> {
        let count = message.recipients().len();
        if count == 0 {
            return Err(InvalidMessage::NoRecipient);
        }
        if count > self.max_recipients {
            return Err(InvalidMessage::TooManyRecipients { count, max: self.max_recipients });
        }
        let bytes = message.encoded_len();
        if bytes > self.max_bytes {
            return Err(InvalidMessage::TooLarge { bytes, max: self.max_bytes });
        }
        Ok(())
    }
}
