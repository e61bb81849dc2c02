use std::io::{self, Write};
use std::path::Path;

use secrecy::SecretString;

/// What is shorter can be guessed, or is half a file.
const SHORTEST: usize = 16;

/// The secret of this file, or one that is drawn once and kept there, readable for its owner alone.
pub(super) fn kept(
    directory: &Path,
    path: &Path,
    draw: impl FnOnce() -> io::Result<String>,
) -> io::Result<SecretString> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    // Complete before it has its name, and never over another: of two processes that start at the same time
    // one makes the secret, and both read it.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    writeln!(file, "{}", draw()?)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error),
    }
    read(path)?.ok_or_else(|| io::Error::other("it has disappeared"))
}

fn read(path: &Path) -> io::Result<Option<SecretString>> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() < SHORTEST => Err(io::Error::other("it holds no key")),
        Ok(text) => Ok(Some(text.trim().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
