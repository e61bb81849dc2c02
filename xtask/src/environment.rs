//! The one door through which xtask sees the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// The value of a variable; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The first program of this name on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    programs(name).into_iter().next()
}

/// Every program of this name on the search path, in its order.
pub(crate) fn programs(name: &str) -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).filter(|file| file.is_file()).collect()
}

/// A folder of this user for what may be fetched again, following the XDG base directories.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let base = match variable("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(variable("HOME")?).join(".cache"),
    };
    Some(base.join("windlass"))
}
