use std::sync::Arc;
use std::time::Duration;

use redis::IntoConnectionInfo;
use redis::io::tcp::TcpSettings;
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
        let node = |url: &str| {
            let info =
                url.trim().into_connection_info().map_err(|error| InvalidRedisUrl(error.to_string()))?;
            Ok(info.set_tcp_settings(prompt()))
        };
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

/// What is written is sent at once. Otherwise the end of a call of several packets waits until the server has confirmed
/// those before it, for which a server that waits for the end of the call takes 40 ms.
pub(crate) fn prompt() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// A URL that leads to no Redis.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the Redis URL cannot be used: {0}; write it like redis://user:password@host:6379/0")]
pub struct InvalidRedisUrl(String);
