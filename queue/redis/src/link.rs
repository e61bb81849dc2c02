use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, Value};
use tokio::sync::Mutex;
use tokio::time::timeout;
use windlass_queue::EngineError;

use crate::error::{timed_out, translate};
use crate::options::{RedisOptions, prompt};
use crate::scripts::Call;

/// One connection that is opened when it is first needed and replaced when it is broken.
///
/// The driver's own manager keeps a connection whose commands time out, which a half-open one does for ever; here
/// a time-out is a reason to connect anew. The caller is told at once and decides about trying again.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    options: Arc<RedisOptions>,
    wire: Arc<Mutex<Option<Numbered>>>,
    failures: Arc<Failures>,
}

/// How many tries to connect have failed, and how the newest one did.
#[derive(Debug, Default)]
struct Failures {
    count: AtomicU64,
    newest: std::sync::Mutex<Option<EngineError>>,
}

impl Failures {
    fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    fn add(&self, error: &EngineError) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        self.count.fetch_add(1, Ordering::Release);
    }

    /// The newest failure, if there was one after the first `seen`.
    fn since(&self, seen: u64) -> Option<EngineError> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.clone().filter(|_| self.count() > seen)
    }
}

/// The connection with a number, so that of many callers that see it break only the first one drops it.
#[derive(Clone)]
struct Numbered {
    number: u64,
    wire: Wire,
}

impl std::fmt::Debug for Numbered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("number", &self.number).finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Wire {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(crate) fn new(options: Arc<RedisOptions>) -> Self {
        Self { options, wire: Arc::default(), failures: Arc::default() }
    }

    /// A link of its own with the same options, but patient for `wait` longer: for commands that block.
    pub(crate) fn patient(&self, wait: Duration) -> Self {
        let options = RedisOptions::clone(&self.options);
        let response_timeout = options.response_timeout + wait;
        Self::new(Arc::new(options.response_timeout(response_timeout)))
    }

    /// Another link to the same place.
    pub(crate) fn sibling(&self) -> Self {
        Self::new(Arc::clone(&self.options))
    }

    /// By how many milliseconds scripts have to be off the server's time.
    pub(crate) fn clock_offset(&self) -> i64 {
        self.options.clock.as_ref().map_or(0, |clock| clock.offset_millis())
    }

    pub(crate) async fn script<T: FromRedisValue>(&self, call: &Call) -> Result<T, EngineError> {
        let mut current = self.connected().await?;
        let answer = match &mut current.wire {
            Wire::Single(wire) => timeout(self.options.response_timeout, call.send(wire)).await,
            Wire::Cluster(wire) => timeout(self.options.response_timeout, call.send(wire)).await,
        };
        self.judge(current.number, answer).await
    }

    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, EngineError> {
        let mut current = self.connected().await?;
        let answer = match &mut current.wire {
            Wire::Single(wire) => timeout(self.options.response_timeout, command.query_async(wire)).await,
            Wire::Cluster(wire) => timeout(self.options.response_timeout, command.query_async(wire)).await,
        };
        self.judge(current.number, answer).await
    }

    async fn judge<T>(
        &self,
        number: u64,
        answer: Result<RedisResult<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, EngineError> {
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if error.is_unrecoverable_error() || error.is_io_error() || is_stale_topology(&error) {
                    self.drop_wire(number).await;
                }
                Err(translate(&error, self.is_single()))
            }
            Err(_elapsed) => {
                self.drop_wire(number).await;
                Err(timed_out())
            }
        }
    }

    async fn drop_wire(&self, number: u64) {
        let mut wire = self.wire.lock().await;
        if wire.as_ref().is_some_and(|current| current.number == number) {
            *wire = None;
        }
    }

    /// Callers that find no connection wait for the one that opens it, and share its failure: while Redis is away
    /// nobody waits for more than one try.
    async fn connected(&self) -> Result<Numbered, EngineError> {
        let seen = self.failures.count();
        let mut wire = self.wire.lock().await;
        if let Some(current) = &*wire {
            return Ok(current.clone());
        }
        if let Some(error) = self.failures.since(seen) {
            return Err(error);
        }
        let opened = self.try_open().await.inspect_err(|error| self.failures.add(error))?;
        let current = Numbered { number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), wire: opened };
        *wire = Some(current.clone());
        Ok(current)
    }

    async fn try_open(&self) -> Result<Wire, EngineError> {
        match timeout(3 * self.options.connect_timeout, self.open()).await {
            Ok(opened) => opened.map_err(|error| translate(&error, self.is_single())),
            Err(_elapsed) => Err(timed_out()),
        }
    }

    /// A URL list is a Cluster; so is a single server that says so.
    async fn open(&self) -> RedisResult<Wire> {
        if !self.is_single() {
            return self.open_cluster().await;
        }
        let mut wire = self.open_single().await?;
        let info: Value = redis::cmd("INFO").arg("cluster").query_async(&mut wire).await?;
        if String::from_redis_value(info)?.contains("cluster_enabled:1") {
            return self.open_cluster().await;
        }
        Ok(Wire::Single(wire))
    }

    async fn open_single(&self) -> RedisResult<MultiplexedConnection> {
        let node = self.options.nodes.first().cloned().ok_or_else(no_node)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.options.connect_timeout))
            .set_response_timeout(Some(self.options.response_timeout));
        Client::open(node)?.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn open_cluster(&self) -> RedisResult<Wire> {
        let client: ClusterClient = ClusterClientBuilder::new(self.options.nodes.clone())
            .connection_timeout(self.options.connect_timeout)
            .response_timeout(self.options.response_timeout)
            .tcp_settings(prompt())
            .build()?;
        client.get_async_connection().await.map(Wire::Cluster)
    }

    fn is_single(&self) -> bool {
        self.options.nodes.len() == 1
    }
}

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// The single server has become one that redirects: look at the topology again.
fn is_stale_topology(error: &RedisError) -> bool {
    matches!(error.code(), Some("MOVED" | "CLUSTERDOWN" | "READONLY"))
}

fn no_node() -> RedisError {
    RedisError::from((redis::ErrorKind::InvalidClientConfig, "no Redis URL was given"))
}
