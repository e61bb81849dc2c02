use std::io::{self, Write};
use std::path::Path;

use secrecy::SecretString;

use super::data_dir::data_dir;
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
    kept(directory, &path).map_err(|error| Failure::DevKey { path, detail: error.to_string() })
}

fn kept(directory: &Path, path: &Path) -> io::Result<SecretString> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    // Complete before it has its name, and never over another: of two processes that start at the same time
    // one makes the key, and both read it.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    writeln!(file, "dev_{}", draw_key()?)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error),
    }
    read(path)?.ok_or_else(|| io::Error::other("it has disappeared"))
}

fn read(path: &Path) -> io::Result<Option<SecretString>> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() < 16 => Err(io::Error::other("it holds no key")),
        Ok(text) => Ok(Some(text.trim().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Draws a key that nobody can guess. It is a secret, so it comes from the system alone.
pub(crate) fn draw_key() -> io::Result<String> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
