use std::sync::Arc;
use std::time::Duration;

use redis::IntoConnectionInfo;
use windlass_shared::ManualClock;

/// Where Redis is, and how patient to be with it.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    pub(crate) nodes: Vec<redis::ConnectionInfo>,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) clock: Option<Arc<ManualClock>>,
}

impl RedisOptions {
    /// Options for the server at `url`: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
    /// Several URLs, separated by commas, are nodes of one Cluster; whether a single one is a Cluster's is found
    /// out when connecting.
    pub fn from_url(url: &str) -> Result<Self, InvalidRedisUrl> {
        let node =
            |url: &str| url.trim().into_connection_info().map_err(|error| InvalidRedisUrl(error.to_string()));
        Ok(Self {
            nodes: url.split(',').map(node).collect::<Result<_, _>>()?,
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(2),
            clock: None,
        })
    }

    /// How long a command may take before its connection is given up. Two seconds unless set.
    pub fn response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// Adds the clock's offset to the server's time, so that a test can let an hour pass.
    pub fn clock(self, clock: Arc<ManualClock>) -> Self {
        Self { clock: Some(clock), ..self }
    }
}

/// A URL that leads to no Redis.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the Redis URL cannot be used: {0}; write it like redis://user:password@host:6379/0")]
pub struct InvalidRedisUrl(String);
