use std::fmt;

use lettre::message::header::ContentType;

use crate::invalid::{InvalidMessage, shown};

const MAX_FILENAME_LENGTH: usize = 200;

/// A file that travels with a message.
#[derive(Clone, PartialEq)]
pub struct Attachment {
    filename: String,
    content_type: ContentType,
    bytes: Vec<u8>,
}

impl Attachment {
    /// Checks the name (no path, no control character) and the type (`type/subtype`, not `multipart/…`).
    pub fn new(filename: &str, content_type: &str, bytes: Vec<u8>) -> Result<Self, InvalidMessage> {
        let refuse = |fault| InvalidMessage::Attachment { filename: shown(filename), fault };
        if let Some(fault) = filename_fault(filename) {
            return Err(refuse(fault));
        }
        let content_type = parse_content_type(content_type)
            .ok_or_else(|| refuse("has a content type that is not like application/pdf"))?;
        Ok(Self { filename: filename.to_owned(), content_type, bytes })
    }

    /// The name under which the reader saves it.
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn content_type(&self) -> &ContentType {
        &self.content_type
    }

    /// The size in base64 with its line breaks.
    pub(crate) fn encoded_len(&self) -> usize {
        const LINE: usize = 76;
        let base64 = self.bytes.len().div_ceil(3) * 4;
        base64 + base64.div_ceil(LINE) * "\r\n".len()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("filename", &self.filename)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

fn filename_fault(filename: &str) -> Option<&'static str> {
    if filename.trim().is_empty() {
        Some("has no file name")
    } else if filename.contains(|c: char| c.is_control() || c == '/' || c == '\\') {
        Some("has a slash or a control character in its file name")
    } else if filename.len() > MAX_FILENAME_LENGTH {
        Some("has a file name of more than 200 bytes")
    } else {
        None
    }
}

fn parse_content_type(text: &str) -> Option<ContentType> {
    let is_container = text.to_ascii_lowercase().starts_with("multipart/");
    let is_plain = text.is_ascii() && !text.contains(char::is_control);
    (is_plain && !is_container).then(|| ContentType::parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_with_a_path_or_a_line_break_is_refused() {
        for bad in ["", " ", "../a.pdf", "a\\b.pdf", "a\r\nContent-Type: text/html", &"x".repeat(201)] {
            assert!(Attachment::new(bad, "application/pdf", Vec::new()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_content_type_that_is_none_is_refused() {
        for bad in ["", "pdf", "application/pdf\r\nX-A: b", "multipart/mixed; boundary=x"] {
            let error = Attachment::new("a.pdf", bad, Vec::new()).unwrap_err().to_string();
            assert!(error.contains("a.pdf"), "{error}");
        }
        assert!(Attachment::new("a.txt", "text/plain; charset=utf-8", Vec::new()).is_ok());
    }
}
