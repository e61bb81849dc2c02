use std::path::Path;

use rusqlite::ErrorCode;
use windlass_queue::{EngineError, Reach};

/// What this engine is called, in messages and metrics.
pub(crate) const ENGINE: &str = "sqlite";

/// Why a verb could not be done.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite said no.
    Sqlite(rusqlite::Error),
    /// The verb itself said no.
    Refused(String),
    /// What is stored makes no sense.
    Corrupt(String),
    /// A cursor that no page gave.
    InvalidCursor,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Fault> for EngineError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => from_sqlite(&error),
            Fault::Refused(detail) => Self::Refused { engine: ENGINE, detail },
            Fault::Corrupt(detail) => Self::Corrupt { engine: ENGINE, detail },
            Fault::InvalidCursor => Self::InvalidCursor,
        }
    }
}

/// An error of the file system around the database.
pub(crate) fn refused_path(doing: &str, path: &Path, error: &std::io::Error) -> EngineError {
    EngineError::Refused { engine: ENGINE, detail: format!("{doing} {}: {error}", path.display()) }
}

/// The engine cannot answer, and it is not known who else is affected.
pub(crate) fn unavailable(detail: impl Into<String>) -> EngineError {
    EngineError::Unavailable { engine: ENGINE, reach: Reach::Unknown, detail: detail.into() }
}

fn from_sqlite(error: &rusqlite::Error) -> EngineError {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => EngineError::Refused {
            engine: ENGINE,
            detail: format!(
                "{detail}; free some space on the disk of the data directory, nothing was stored"
            ),
        },
        Some(
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied,
        ) => EngineError::Refused {
            engine: ENGINE,
            detail: format!("{detail}; the file and its folder must be writable"),
        },
        Some(ErrorCode::OutOfMemory | ErrorCode::TooBig | ErrorCode::NoLargeFileSupport) => {
            EngineError::Refused { engine: ENGINE, detail }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            unavailable(format!("{detail}; another process has been writing for too long"))
        }
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted
            | ErrorCode::OperationAborted,
        ) => unavailable(detail),
        _ => EngineError::Corrupt { engine: ENGINE, detail },
    }
}
