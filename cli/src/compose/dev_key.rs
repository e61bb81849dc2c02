use std::io;

use secrecy::SecretString;

use super::data_dir::data_dir;
use super::kept_secret::kept;
use crate::config::Settings;
use crate::failure::Failure;

/// The name of the key's file in the data directory.
const FILE: &str = "api-key";
const RANDOM_BYTES: usize = 16;

/// The key of a development API: the one from the settings, or one that is made once and kept, readable for its
/// owner alone.
pub(crate) fn dev_key(settings: &Settings) -> Result<SecretString, Failure> {
    if let Some(key) = &settings.api.key {
        return Ok(key.clone());
    }
    let directory = data_dir(settings)?;
    let path = directory.join(FILE);
    let draw = || Ok(format!("dev_{}", draw_key()?));
    kept(directory, &path, draw).map_err(|error| Failure::DevKey { path, detail: error.to_string() })
}

/// Draws a key that nobody can guess. It is a secret, so it comes from the system alone.
pub(crate) fn draw_key() -> io::Result<String> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
