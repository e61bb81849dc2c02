use crate::invalid::InvalidMessage;

/// What a message says, in at least one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain text only.
    Text(String),
    /// HTML only.
    Html(String),
    /// Both; the reader's program chooses.
    Both {
        /// The plain text.
        text: String,
        /// The same as HTML.
        html: String,
    },
}

impl Body {
    /// A body of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The body that has the given parts.
    pub fn from_parts(html: Option<String>, text: Option<String>) -> Result<Self, InvalidMessage> {
        match (html, text) {
            (Some(html), Some(text)) => Ok(Self::Both { text, html }),
            (Some(html), None) => Ok(Self::Html(html)),
            (None, Some(text)) => Ok(Self::Text(text)),
            (None, None) => Err(InvalidMessage::NoBody),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(part) | Self::Html(part) => part.len(),
            Self::Both { text, html } => text.len() + html.len(),
        }
    }
}
