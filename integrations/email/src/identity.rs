use windlass_shared::Timestamp;

use crate::address::EmailAddress;
use crate::invalid::{InvalidMessage, shown};

/// RFC 5322 gives no limit; with the longest domain a Message-ID still fits one line.
const MAX_KEY_LENGTH: usize = 128;

/// What makes a message the same message when it is sent again.
///
/// Take both parts from the job, never from the moment of sending: a job that runs twice, because the first
/// answer was lost, then repeats the same Message-ID and Date. Readers and servers can drop the duplicate, and
/// a [`MailboxFolder`](crate::MailboxFolder) overwrites its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    key: String,
    date: Timestamp,
}

impl Identity {
    /// A message identified by `key`, unique per message (such as a job's id), and written at `date`.
    pub fn new(key: &str, date: Timestamp) -> Result<Self, InvalidMessage> {
        if !is_dot_atom(key) {
            return Err(InvalidMessage::Key { key: shown(key) });
        }
        // Mail knows no years before its own.
        Ok(Self { key: key.to_owned(), date: date.max(Timestamp::from_millis(0)) })
    }

    /// The caller's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The message's date.
    pub fn date(&self) -> Timestamp {
        self.date
    }

    /// The Message-ID with its angle brackets, in the sender's domain (RFC 5322 section 3.6.4).
    pub(crate) fn message_id(&self, sender: &EmailAddress) -> String {
        let domain = sender.domain().trim_matches(['[', ']']);
        format!("<{}@{domain}>", self.key)
    }
}

/// The left side of a Message-ID, which is a file name on every system as well.
fn is_dot_atom(key: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    key.len() <= MAX_KEY_LENGTH && key.split('.').all(is_atom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_follows_from_key_and_sender() {
        let identity = Identity::new("0199a1b2-c3d4.7", Timestamp::from_millis(0)).unwrap();
        let sender = "hi@example.com".parse().unwrap();
        assert_eq!(identity.message_id(&sender), "<0199a1b2-c3d4.7@example.com>");
    }

    #[test]
    fn a_key_that_is_no_file_name_or_ends_the_header_is_refused() {
        for bad in ["", ".", "..", "../etc/passwd", "a..b", "a>b", "a\r\nb", "a b", "ä", &"x".repeat(129)] {
            assert!(Identity::new(bad, Timestamp::from_millis(0)).is_err(), "{bad:?}");
        }
    }
}
