use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Attachment as AttachmentPart, Mailboxes, MessageBuilder, MultiPart, SinglePart};
use windlass_shared::Timestamp;

use crate::address::Mailbox;
use crate::body::Body;
use crate::invalid::InvalidMessage;
use crate::message::Message;

/// Writes the message in the form of RFC 5322 and MIME, with the envelope that SMTP needs.
pub(crate) fn build(message: &Message) -> Result<lettre::Message, InvalidMessage> {
    let builder = with_headers(lettre::Message::builder(), message)?.envelope(envelope(message)?);
    let built = match (content(message.body()), message.attachments()) {
        (Content::Single(part), []) => builder.singlepart(part),
        (Content::Alternative(parts), []) => builder.multipart(parts),
        (content, _) => builder.multipart(with_attachments(content, message)),
    };
    built.map_err(|error| unwritable(&error))
}

fn with_headers(builder: MessageBuilder, message: &Message) -> Result<MessageBuilder, InvalidMessage> {
    let mut builder = builder
        .mailbox(header::From::from(mailboxes(std::slice::from_ref(message.from()))))
        .date(system_time(message.date()))
        .message_id(Some(message.message_id()))
        .subject(message.subject());
    // Each list is set in one go: the builder's way of adding one by one parses what it wrote before.
    if !message.to().is_empty() {
        builder = builder.mailbox(header::To::from(mailboxes(message.to())));
    }
    if !message.cc().is_empty() {
        builder = builder.mailbox(header::Cc::from(mailboxes(message.cc())));
    }
    if !message.reply_to().is_empty() {
        builder = builder.mailbox(header::ReplyTo::from(mailboxes(message.reply_to())));
    }
    for header in message.headers() {
        let name =
            HeaderName::new_from_ascii(header.name().to_owned()).map_err(|error| unwritable(&error))?;
        builder = builder.raw_header(HeaderValue::new(name, header.value().to_owned()));
    }
    Ok(builder)
}

/// Bcc lives here and in no header.
fn envelope(message: &Message) -> Result<Envelope, InvalidMessage> {
    let recipients = message.recipients().into_iter().map(crate::EmailAddress::to_lettre).collect();
    Envelope::new(Some(message.from().address().to_lettre()), recipients).map_err(|error| unwritable(&error))
}

enum Content {
    Single(SinglePart),
    Alternative(MultiPart),
}

fn content(body: &Body) -> Content {
    match body {
        Body::Text(text) => Content::Single(SinglePart::plain(text.clone())),
        Body::Html(html) => Content::Single(SinglePart::html(html.clone())),
        Body::Both { text, html } => {
            Content::Alternative(MultiPart::alternative_plain_html(text.clone(), html.clone()))
        }
    }
}

fn with_attachments(content: Content, message: &Message) -> MultiPart {
    let mixed = match content {
        Content::Single(part) => MultiPart::mixed().singlepart(part),
        Content::Alternative(parts) => MultiPart::mixed().multipart(parts),
    };
    message.attachments().iter().fold(mixed, |mixed, attachment| {
        let part = AttachmentPart::new(attachment.filename().to_owned());
        mixed.singlepart(part.body(attachment.bytes().to_vec(), attachment.content_type().clone()))
    })
}

fn mailboxes(list: &[Mailbox]) -> Mailboxes {
    list.iter().map(Mailbox::to_lettre).collect()
}

fn system_time(date: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(date.as_millis()).unwrap_or(0))
}

fn unwritable(error: &dyn std::fmt::Display) -> InvalidMessage {
    InvalidMessage::Unwritable { fault: error.to_string() }
}
