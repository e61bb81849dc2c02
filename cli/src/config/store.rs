use secrecy::{ExposeSecret, SecretString};
use windlass_store::Database;

use super::key;
use super::reader::Reader;

/// Where the store is.
#[derive(Debug, Clone)]
pub(crate) struct StoreSettings {
    /// The database; without it a file in the data directory.
    pub(crate) database: Option<Database>,
    /// What the hashes of API keys are made with.
    pub(crate) secret: Option<SecretString>,
}

const SHORTEST_SECRET: usize = 32;

impl StoreSettings {
    /// Reads them; what is wrong stays with the reader.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let database = reader.secret(&key::DATABASE_URL).map(|url| Database::from_url(&url));
        let database = database.and_then(|checked| reader.accept(&key::DATABASE_URL, checked));
        let secret = reader.secret(&key::SECRET_KEY).map(long_enough);
        let secret = secret.and_then(|checked| reader.accept(&key::SECRET_KEY, checked));
        Self { database, secret }
    }
}

fn long_enough(secret: SecretString) -> Result<SecretString, String> {
    let length = secret.expose_secret().chars().count();
    if length < SHORTEST_SECRET {
        return Err(format!(
            "the secret has {length} characters; take {SHORTEST_SECRET} or more, like the output of `openssl rand -hex 32`"
        ));
    }
    Ok(secret)
}
