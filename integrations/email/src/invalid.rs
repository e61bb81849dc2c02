/// Why something is not a message that could be sent. It stays so however often it is tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// A text is not an email address.
    #[error("{text:?} is not an email address: {fault}")]
    Address {
        /// The text, cut to a printable length.
        text: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A display name cannot stand in a header.
    #[error("the name {name:?} of an address {fault}")]
    DisplayName {
        /// The name, cut to a printable length.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The subject cannot stand in a header.
    #[error("the subject {fault}")]
    Subject {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A custom header cannot be set.
    #[error("the header {name:?} {fault}")]
    Header {
        /// The header's name, cut to a printable length.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Neither an HTML nor a text part was given.
    #[error("the message has no content; give html, text or both")]
    NoBody,
    /// A key cannot be part of a Message-ID.
    #[error(
        "{key:?} cannot identify a message; use 1 to 128 of a-z A-Z 0-9 _ - with single dots between them"
    )]
    Key {
        /// The key, cut to a printable length.
        key: String,
    },
    /// An attachment cannot be attached.
    #[error("the attachment {filename:?} {fault}")]
    Attachment {
        /// The attachment's file name, cut to a printable length.
        filename: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Nobody would receive it.
    #[error("the message has no recipient; name at least one in to, cc or bcc")]
    NoRecipient,
    /// It goes to more people than one message may.
    #[error("the message has {count} recipients, {max} are allowed; send several messages")]
    TooManyRecipients {
        /// Recipients in to, cc and bcc together.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// It is larger than a message may be.
    #[error(
        "the message has {bytes} bytes when encoded, {max} are allowed; send a link instead of a large attachment"
    )]
    TooLarge {
        /// Encoded size of all parts.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The message could not be written in the form that mail servers take.
    #[error("the message cannot be written as RFC 5322 text: {fault}")]
    Unwritable {
        /// What is wrong with it.
        fault: String,
    },
}

/// A text that somebody else chose, short enough to be repeated in an error.
pub(crate) fn shown(text: &str) -> String {
    const LENGTH: usize = 80;
    text.chars().take(LENGTH).collect()
}
