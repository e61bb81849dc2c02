use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::config::Settings;
use crate::failure::Failure;

/// The data directory, which exists afterwards. A new one is for its owner alone: jobs' arguments are in it.
pub(super) fn data_dir(settings: &Settings) -> Result<&Path, Failure> {
    let path = &settings.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| Failure::DataDir { path: path.clone(), source })?;
    Ok(path)
}
