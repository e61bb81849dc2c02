use std::sync::Arc;

use secrecy::ExposeSecret;
use windlass_queue::Engine;
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_sqlite::SqliteEngine;

use super::clock;
use super::data_dir::data_dir;
use crate::config::Settings;
use crate::failure::Failure;

/// The name of the embedded engine's file in the data directory.
const FILE: &str = "queue.db";

/// The engine that the settings choose. Redis need not be there yet: it is waited for by those who need it.
pub(crate) fn engine(settings: &Settings) -> Result<Arc<dyn Engine>, Failure> {
    match &settings.redis_url {
        Some(url) => Ok(Arc::new(RedisEngine::new(RedisOptions::from_url(url.expose_secret())?))),
        None => Ok(Arc::new(SqliteEngine::open(data_dir(settings)?.join(FILE), clock())?)),
    }
}

/// The engine in words, without its password.
pub(crate) fn describe(settings: &Settings) -> String {
    match &settings.redis_url {
        Some(url) => {
            let nodes: Vec<_> = url.expose_secret().split(',').map(without_login).collect();
            nodes.join(",")
        }
        None => settings.data_dir.join(FILE).display().to_string(),
    }
}

/// A URL without what stands before the host, and without parameters.
fn without_login(url: &str) -> String {
    let (scheme, rest) = url.trim().split_once("://").unwrap_or(("redis", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("redis://127.0.0.1/", "redis://127.0.0.1/"),
            ("rediss://ada:p@ss/w0rd@host:6380/2?x=y", "rediss://host:6380/2"),
            ("redis://:secret@host", "redis://host"),
        ] {
            assert_eq!(without_login(url), shown);
        }
    }
}
