//! The one door through which the tests see their environment: what `cargo xtask test` provides.

use std::path::PathBuf;

use anyhow::{Result, bail};

/// The nodes of a Redis Cluster, separated by commas.
pub fn redis_cluster_urls() -> Result<String> {
    variable("WINDLASS_TEST_REDIS_CLUSTER_URLS")
}

/// The program under test.
pub(crate) fn windlass() -> Result<PathBuf> {
    variable("WINDLASS_TEST_BIN").map(PathBuf::from)
}

/// A `redis-server` or `valkey-server`.
pub(crate) fn redis_server() -> Result<PathBuf> {
    variable("WINDLASS_TEST_REDIS_SERVER").map(PathBuf::from)
}

/// The folder of PostgreSQL's programs.
pub(crate) fn postgres_programs() -> Result<PathBuf> {
    variable("WINDLASS_TEST_POSTGRES_BIN").map(PathBuf::from)
}

/// A Python that has the packages of `tests/python/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    variable("WINDLASS_TEST_PYTHON").map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn variable(name: &str) -> Result<String> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        Ok(_) | Err(_) => bail!("{name} is not set: run `cargo xtask test`"),
    }
}
