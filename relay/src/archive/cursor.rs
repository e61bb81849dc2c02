use std::fmt;
use std::str::FromStr;

use windlass_queue::{Cursor, EngineError};
use windlass_store::HistoryCursor;

/// Where the next page of a listing starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveCursor {
    /// Among what the engine holds.
    Queue(Cursor),
    /// Among what only the history knows; `None` for its beginning.
    History(Option<HistoryCursor>),
}

impl fmt::Display for ArchiveCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(Cursor(text)) => write!(f, "q{text}"),
            Self::History(None) => f.write_str("h"),
            Self::History(Some(cursor)) => write!(f, "h{cursor}"),
        }
    }
}

impl FromStr for ArchiveCursor {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        if text == "h" {
            return Ok(Self::History(None));
        }
        if let Some(text) = text.strip_prefix('h') {
            return text
                .parse()
                .map(|cursor| Self::History(Some(cursor)))
                .map_err(|_| EngineError::InvalidCursor);
        }
        let text = text.strip_prefix('q').ok_or(EngineError::InvalidCursor)?;
        Ok(Self::Queue(Cursor(text.to_owned())))
    }
}
