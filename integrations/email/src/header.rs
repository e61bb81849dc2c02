use crate::invalid::{InvalidMessage, shown};

/// A header line has at most 998 octets (RFC 5322 section 2.1.1), and a word of it cannot be folded.
pub(crate) const MAX_VALUE_LENGTH: usize = 900;

/// RFC 5322 puts no limit on a name; what is longer than a folded line is a mistake.
const MAX_NAME_LENGTH: usize = 70;

/// Headers that the message's own fields write, or that only servers on its way may write.
const STRUCTURAL: &[&str] = &[
    "bcc",
    "cc",
    "date",
    "delivered-to",
    "dkim-signature",
    "from",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

/// Families of headers that are structural as a whole.
const STRUCTURAL_PREFIXES: &[&str] = &["arc-", "content-", "resent-", "x-windlass-"];

/// A header beyond those that the message's fields write, such as `List-Id` or `In-Reply-To`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

impl Header {
    /// Checks name and value. Refused are line breaks, and headers that say where a message comes from, goes
    /// to or how it is built.
    pub fn new(name: &str, value: &str) -> Result<Self, InvalidMessage> {
        match name_fault(name).or_else(|| value_fault(value)) {
            Some(fault) => Err(InvalidMessage::Header { name: shown(name), fault }),
            None => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
        }
    }

    /// The name, in the case in which it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, before encoding.
    pub fn value(&self) -> &str {
        &self.value
    }

    pub(crate) fn is_same_header(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
    }
}

fn name_fault(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if name.is_empty() || name.len() > MAX_NAME_LENGTH {
        Some("has a name that is empty or longer than 70 characters")
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        Some("has a name that is not made of letters, digits, '-' and '_'")
    } else if STRUCTURAL.contains(&lower.as_str())
        || STRUCTURAL_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
    {
        Some("is written by Windlass or by mail servers and cannot be set; use the message's own fields")
    } else {
        None
    }
}

fn value_fault(value: &str) -> Option<&'static str> {
    if value.contains(char::is_control) {
        Some("has a line break or another control character in its value")
    } else if value.trim().is_empty() {
        Some("has no value")
    } else if value.len() > MAX_VALUE_LENGTH {
        Some("has a value of more than 900 bytes")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_headers_are_taken() {
        for name in ["X-Campaign", "List-Unsubscribe", "In-Reply-To", "References", "Auto-Submitted", "X_1"] {
            assert!(Header::new(name, "<value@example.org>").is_ok(), "{name}");
        }
    }

    #[test]
    fn a_line_break_is_refused_in_name_and_value() {
        for (name, value) in [
            ("X-A", "b\r\nBcc: eve@example.org"),
            ("X-A", "b\nBcc: eve@example.org"),
            ("X-A", "b\r"),
            ("X-A\r\nBcc", "eve@example.org"),
            ("X-A: b\r\nBcc", "eve@example.org"),
            ("X A", "b"),
            ("X-Ä", "b"),
            ("", "b"),
            ("X-A", " "),
        ] {
            assert!(Header::new(name, value).is_err(), "{name:?}: {value:?}");
        }
    }

    #[test]
    fn headers_that_make_up_the_message_cannot_be_overridden() {
        for name in [
            "From",
            "TO",
            "cc",
            "Bcc",
            "Reply-To",
            "Subject",
            "Date",
            "Message-ID",
            "Sender",
            "MIME-Version",
            "Content-Type",
            "content-transfer-encoding",
            "Return-Path",
            "Received",
            "Resent-From",
            "DKIM-Signature",
            "X-Windlass-Envelope-To",
        ] {
            let error = Header::new(name, "value").unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("cannot be set"), "{error}");
        }
    }
}
