use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::error::InvalidDatabaseUrl;

/// Where the store is, and how it is spoken to.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Which database.
    pub database: Database,
    /// What the hashes of API keys are made with. Whoever changes it makes all keys invalid.
    pub secret: SecretString,
    /// How many connections this process has at most; SQLite has one that writes beside them.
    pub connections: u32,
    /// How long a call waits for a connection, or on SQLite for the lock, before it says that there is none.
    pub patience: Duration,
    /// How long a statement may take on a server, at least a millisecond. A third of it is how long one waits for what
    /// another transaction holds; a transaction that does nothing for twice as long is ended by the server, so that a process
    /// whose machine has vanished keeps nothing from others. What the URL says of these (`?options=-c statement_timeout=…`)
    /// has precedence. When the server is not heard of for the patience longer, the call is given up, and its connection.
    pub statement: Duration,
}

/// Which database.
#[derive(Clone)]
pub enum Database {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl StoreOptions {
    /// How long a call waits unless it is said otherwise: on a file for other processes that write, on a server for a
    /// connection, which also is how long somebody waits to hear that the server is down.
    pub const PATIENCE_WITH_FILE: Duration = Duration::from_secs(5);
    /// See [`PATIENCE_WITH_FILE`](Self::PATIENCE_WITH_FILE).
    pub const PATIENCE_WITH_SERVER: Duration = Duration::from_secs(3);
    /// How long a statement may take unless it is said otherwise.
    pub const STATEMENT: Duration = Duration::from_secs(30);
    /// How many connections a process has unless it is said otherwise.
    pub const CONNECTIONS: u32 = 10;

    /// The usual options for this database.
    pub fn new(database: Database, secret: SecretString) -> Self {
        let patience = match database {
            Database::Sqlite(_) => Self::PATIENCE_WITH_FILE,
            Database::Postgres(_) => Self::PATIENCE_WITH_SERVER,
        };
        Self { database, secret, connections: Self::CONNECTIONS, patience, statement: Self::STATEMENT }
    }
}

impl Database {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite://PATH` or `sqlite:PATH`. What stands in the URL is not shown by
    /// any error.
    pub fn from_url(url: &SecretString) -> Result<Self, InvalidDatabaseUrl> {
        let url = url.expose_secret().trim();
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "postgres" | "postgresql" => postgres(url),
            "sqlite" => sqlite(url),
            _ => Err(InvalidDatabaseUrl { fault: "begins with neither postgres:// nor sqlite:".to_owned() }),
        }
    }

    /// Whether it is a file of this machine, which whoever uses it migrates by itself.
    pub const fn is_embedded(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(_) => false,
        }
    }

    /// The database in words, without its password.
    pub fn describe(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(options) => format!(
                "postgres://{}:{}/{}",
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

/// The driver's options would show the password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.describe()).finish()
    }
}

fn postgres(url: &str) -> Result<Database, InvalidDatabaseUrl> {
    let options = url.parse::<PgConnectOptions>().map_err(|error| InvalidDatabaseUrl {
        // The driver's own sentence may quote what it could not read, the password with it.
        fault: match error {
            sqlx::Error::Configuration(_) => "cannot be read as a URL".to_owned(),
            _ => "is not understood".to_owned(),
        },
    })?;
    Ok(Database::Postgres(Box::new(options.application_name("windlass"))))
}

fn sqlite(url: &str) -> Result<Database, InvalidDatabaseUrl> {
    let path = url.trim_start_matches("sqlite:");
    let path = path.strip_prefix("//").unwrap_or(path).split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        return Err(InvalidDatabaseUrl { fault: "names no file".to_owned() });
    }
    Ok(Database::Sqlite(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_url_and_its_password_is_shown_nowhere() {
        for (url, shown) in [
            (
                "postgres://ada:hunter2@db.example.com:6432/windlass",
                "postgres://db.example.com:6432/windlass",
            ),
            ("postgresql://ada:hunter2@db.example.com/windlass", "postgres://db.example.com:5432/windlass"),
            ("sqlite:///var/lib/windlass/store.db", "/var/lib/windlass/store.db"),
            ("sqlite:store.db", "store.db"),
        ] {
            let database = Database::from_url(&url.into()).unwrap();
            assert_eq!(database.describe(), shown);
            assert!(!format!("{database:?}").contains("hunter2"), "{database:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for url in
            ["", "mysql://ada:hunter2@x/y", "sqlite:", "sqlite::memory:", "postgres://ada:hunter2@:x/y"]
        {
            let error = Database::from_url(&url.into()).unwrap_err().to_string();
            assert!(error.contains("postgres://user:password@host") && !error.contains("hunter2"), "{error}");
        }
    }
}
