use windlass_shared::Timestamp;

use crate::address::{EmailAddress, Mailbox};
use crate::attachment::Attachment;
use crate::body::Body;
use crate::header::{Header, MAX_VALUE_LENGTH};
use crate::identity::Identity;
use crate::invalid::{InvalidMessage, shown};
use crate::limits::Limits;
use crate::rfc5322;

/// A message in the making: valid parts that need not yet fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What makes it the same message when it is sent again.
    pub identity: Identity,
    /// Whom it comes from; the mailer's default when absent.
    pub from: Option<Mailbox>,
    /// Whom it is for.
    pub to: Vec<Mailbox>,
    /// Who reads it too.
    pub cc: Vec<Mailbox>,
    /// Who reads it without the others' knowledge.
    pub bcc: Vec<Mailbox>,
    /// Where answers go, when not to the sender.
    pub reply_to: Vec<Mailbox>,
    /// The subject: one line, at most 900 bytes.
    pub subject: String,
    /// What it says.
    pub body: Body,
    /// Further headers, each name once.
    pub headers: Vec<Header>,
    /// Files that travel with it.
    pub attachments: Vec<Attachment>,
}

impl Draft {
    /// A draft without addresses, headers or attachments.
    pub fn new(identity: Identity, subject: impl Into<String>, body: Body) -> Self {
        Self {
            identity,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: subject.into(),
            body,
            headers: Vec::new(),
            attachments: Vec::new(),
        }
    }

    /// Completes the draft to a message that can be sent.
    pub fn into_message(
        mut self,
        default_from: &Mailbox,
        limits: &Limits,
    ) -> Result<Message, InvalidMessage> {
        check_subject(&self.subject)?;
        check_repeated(&self.headers)?;
        let from = self.from.take().unwrap_or_else(|| default_from.clone());
        let message = Message { from, draft: self };
        limits.check(&message)?;
        Ok(message)
    }
}

/// A message that can be sent: it has a sender, a recipient, content, and is within its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    from: Mailbox,
    draft: Draft,
}

impl Message {
    /// The caller's key, the same each time that this message is sent.
    pub fn key(&self) -> &str {
        self.draft.identity.key()
    }

    /// The Message-ID header with its angle brackets.
    pub fn message_id(&self) -> String {
        self.draft.identity.message_id(self.from.address())
    }

    /// When it was written.
    pub fn date(&self) -> Timestamp {
        self.draft.identity.date()
    }

    /// Whom it comes from.
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Whom it is for.
    pub fn to(&self) -> &[Mailbox] {
        &self.draft.to
    }

    /// Who reads it too.
    pub fn cc(&self) -> &[Mailbox] {
        &self.draft.cc
    }

    /// Who reads it without the others' knowledge.
    pub fn bcc(&self) -> &[Mailbox] {
        &self.draft.bcc
    }

    /// Where answers go, when not to the sender.
    pub fn reply_to(&self) -> &[Mailbox] {
        &self.draft.reply_to
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.draft.subject
    }

    /// What it says.
    pub fn body(&self) -> &Body {
        &self.draft.body
    }

    /// Further headers.
    pub fn headers(&self) -> &[Header] {
        &self.draft.headers
    }

    /// Files that travel with it.
    pub fn attachments(&self) -> &[Attachment] {
        &self.draft.attachments
    }

    /// Everybody who receives it (to, cc and bcc), each address once.
    pub fn recipients(&self) -> Vec<&EmailAddress> {
        let mut recipients: Vec<&EmailAddress> = Vec::new();
        for mailbox in self.to().iter().chain(self.cc()).chain(self.bcc()) {
            if !recipients.contains(&mailbox.address()) {
                recipients.push(mailbox.address());
            }
        }
        recipients
    }

    /// The message as RFC 5322 text, as it goes over the wire. Bcc is not part of it.
    pub fn to_rfc5322(&self) -> Result<Vec<u8>, InvalidMessage> {
        Ok(rfc5322::build(self)?.formatted())
    }

    /// About how many bytes its parts have on the wire.
    pub(crate) fn encoded_len(&self) -> usize {
        let attachments: usize = self.attachments().iter().map(Attachment::encoded_len).sum();
        self.subject().len() + self.body().len() + attachments
    }
}

fn check_subject(subject: &str) -> Result<(), InvalidMessage> {
    if subject.contains(char::is_control) {
        return Err(InvalidMessage::Subject { fault: "has a line break or another control character in it" });
    }
    if subject.len() > MAX_VALUE_LENGTH {
        return Err(InvalidMessage::Subject { fault: "is longer than 900 bytes" });
    }
    Ok(())
}

fn check_repeated(headers: &[Header]) -> Result<(), InvalidMessage> {
    let repeated = headers
        .iter()
        .enumerate()
        .find(|(position, header)| headers[..*position].iter().any(|earlier| earlier.is_same_header(header)));
    match repeated {
        Some((_, header)) => {
            Err(InvalidMessage::Header { name: shown(header.name()), fault: "is given more than once" })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let identity = Identity::new("job-1", Timestamp::from_millis(1_700_000_000_000)).unwrap();
        let mut draft = Draft::new(identity, "Hello", Body::text("Hi."));
        draft.to.push("ada@example.org".parse().unwrap());
        draft
    }

    fn complete(draft: Draft, limits: Limits) -> Result<Message, InvalidMessage> {
        draft.into_message(&"Sails <hi@example.com>".parse().unwrap(), &limits)
    }

    #[test]
    fn the_default_sender_is_used_only_where_none_is_given() {
        let message = complete(draft(), Limits::default()).unwrap();
        assert_eq!(message.from().name(), Some("Sails"));
        assert_eq!(message.message_id(), "<job-1@example.com>");

        let own = Draft { from: Some("own@example.net".parse().unwrap()), ..draft() };
        let message = complete(own, Limits::default()).unwrap();
        assert_eq!(message.message_id(), "<job-1@example.net>");
    }

    #[test]
    fn a_message_without_a_recipient_is_refused() {
        let error = complete(Draft { to: Vec::new(), ..draft() }, Limits::default()).unwrap_err();
        assert_eq!(error, InvalidMessage::NoRecipient);
    }

    #[test]
    fn recipients_are_counted_once_over_to_cc_and_bcc() {
        let mut draft = draft();
        draft.cc.push("Ada <ada@example.org>".parse().unwrap());
        draft.bcc.push("eve@example.org".parse().unwrap());
        let limits = Limits { max_recipients: 2, ..Limits::default() };
        assert_eq!(complete(draft.clone(), limits).unwrap().recipients().len(), 2);

        draft.bcc.push("bob@example.org".parse().unwrap());
        let error = complete(draft, limits).unwrap_err();
        assert_eq!(error, InvalidMessage::TooManyRecipients { count: 3, max: 2 });
    }

    #[test]
    fn attachments_count_with_their_size_on_the_wire() {
        let mut draft = draft();
        draft.attachments.push(Attachment::new("a.bin", "application/octet-stream", vec![0; 900]).unwrap());
        let limits = Limits { max_bytes: 1000, ..Limits::default() };
        assert!(matches!(
            complete(draft, limits),
            Err(InvalidMessage::TooLarge { bytes: 1201.., max: 1000 })
        ));
    }

    #[test]
    fn a_subject_with_a_line_break_is_refused() {
        let broken = Draft { subject: "Hello\r\nBcc: eve@example.org".to_owned(), ..draft() };
        assert!(matches!(complete(broken, Limits::default()), Err(InvalidMessage::Subject { .. })));
    }

    #[test]
    fn a_header_is_set_only_once() {
        let mut draft = draft();
        draft.headers.push(Header::new("X-Campaign", "a").unwrap());
        draft.headers.push(Header::new("x-campaign", "b").unwrap());
        let error = complete(draft, Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "the header \"x-campaign\" is given more than once");
    }
}
