use std::sync::Arc;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, or did not answer in time. Whether a change was made is unknown, unless it was to
    /// be read only.
    #[error("the database cannot be reached: {detail}")]
    Unavailable {
        /// What the driver said.
        detail: String,
    },
    /// Others were in the way for too long, or the database gave this transaction up for another one. Nothing was changed.
    #[error("the database is busy: {detail}")]
    Busy {
        /// What the database said.
        detail: String,
    },
    /// The tables are not there, or not all of them.
    #[error("the database lacks tables that this version needs ({detail}); run `windlass migrate up`")]
    NotMigrated {
        /// What was missed.
        detail: String,
    },
    /// The database is of a newer version.
    #[error(
        "the database has been migrated by a newer version of Windlass ({detail}); run that version, this one could \
         damage what it does not know"
    )]
    Newer {
        /// What this version does not know.
        detail: String,
    },
    /// The database answers, and refuses: no permission, no disk, a rule that was broken.
    #[error("the database refused: {detail}")]
    Refused {
        /// What it said.
        detail: String,
    },
    /// What is stored is not what this version wrote or can read.
    #[error("the database holds something that this version cannot read: {detail}")]
    Corrupt {
        /// What was found where.
        detail: String,
    },
    /// What was to be stored cannot be.
    #[error("{detail}")]
    Invalid {
        /// What is wrong with it.
        detail: String,
    },
    /// The address of the database is none.
    #[error("{0}")]
    Address(#[from] InvalidDatabaseUrl),
}

/// A text that is no address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database's address {fault}; it looks like postgres://user:password@host:5432/windlass, or \
     sqlite:///path/to/store.db"
)]
pub struct InvalidDatabaseUrl {
    pub(crate) fault: String,
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Busy { .. } => true,
            Self::NotMigrated { .. }
            | Self::Newer { .. }
            | Self::Refused { .. }
            | Self::Corrupt { .. }
            | Self::Invalid { .. }
            | Self::Address(_) => false,
        }
    }

    pub(crate) fn corrupt(detail: impl std::fmt::Display) -> Self {
        Self::Corrupt { detail: detail.to_string() }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Self::Unavailable {
                detail: "no connection was to be had in time; it may be down, or have too few connections"
                    .to_owned(),
            },
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
                Self::Unavailable { detail: "the connection was closed".to_owned() }
            }
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(&error),
            DbErr::Conn(RuntimeErr::Internal(detail)) => Self::Unavailable { detail },
            other => Self::Corrupt { detail: other.to_string() },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        of_driver(&Arc::new(error))
    }
}

fn of_driver(error: &sqlx::Error) -> StoreError {
    let detail = error.to_string();
    match error {
        sqlx::Error::Database(database) => {
            of_database(&database.code().unwrap_or_default(), database.message())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => StoreError::Unavailable { detail },
        sqlx::Error::Configuration(_) => StoreError::Refused { detail },
        _ => StoreError::Corrupt { detail },
    }
}

// Result codes of SQLite.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const INTERRUPTED: u32 = 9;
const CORRUPT: u32 = 11;
const CANTOPEN: u32 = 14;
const NOT_A_DATABASE: u32 = 26;

/// What a code means: five characters are a SQLSTATE of PostgreSQL
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), numbers are result codes of SQLite
/// (<https://www.sqlite.org/rescode.html>), whose lowest byte is the sort.
fn of_database(code: &str, message: &str) -> StoreError {
    let detail = format!("{message} ({code})");
    if code.len() == 5 {
        return match (&code[..2], code) {
            // Connection exceptions; shutting down, starting up, recovering, or a statement's time is over; too many
            // connections; a transaction's time is over.
            ("08" | "57", _) | (_, "53300" | "25P03" | "25P04") => StoreError::Unavailable { detail },
            // Deadlocks and serialization failures; a lock that was not to be had.
            ("40", _) | (_, "55P03") => StoreError::Busy { detail },
            // No such table or column.
            (_, "42P01" | "42703") => StoreError::NotMigrated { detail: message.to_owned() },
            _ => StoreError::Refused { detail },
        };
    }
    match code.parse::<u32>().unwrap_or_default() & 0xFF {
        BUSY | LOCKED | INTERRUPTED => StoreError::Busy { detail },
        CORRUPT | NOT_A_DATABASE => StoreError::Corrupt { detail },
        CANTOPEN => StoreError::Unavailable { detail },
        _ if message.starts_with("no such table") || message.starts_with("no such column") => {
            StoreError::NotMigrated { detail: message.to_owned() }
        }
        _ => StoreError::Refused { detail },
    }
}
