use std::fmt;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, InfoDict, RedisResult};
use tokio::time::{Instant, sleep, timeout};
use windlass_queue::EngineError;
use windlass_shared::QueueName;

use crate::error::{timed_out, translate};
use crate::keys;
use crate::options::RedisOptions;

/// How many commands a pipeline carries, and how many pipelines are under way at the same time: enough for the server to
/// be what limits.
const PIPELINE: usize = 100;
const UNDER_WAY: usize = 4;
/// How many keys are written; more operations come by them again.
const RAW_KEYS: usize = 100_000;
/// How many keys a step of an erasure looks at.
const STEP: usize = 1_000;
/// How long an erasure waits for the server to have given the memory back.
const FREED_WITHIN: Duration = Duration::from_secs(10);
/// Commands that only carry others or belong to the measurement itself.
const CARRIERS: [&str; 4] = ["fcall", "info", "function|load", "hello"];

/// A look at a Redis server from beside the engine, for those who measure: what it can do at its best, and what it has
/// spent.
#[derive(Clone)]
pub struct Probe {
    wire: MultiplexedConnection,
}

/// What a server has spent since its start.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerFigures {
    /// Its version, like `7.0.15`.
    pub version: String,
    /// Whether it writes an append-only file.
    pub append_only: bool,
    /// CPU time of all its threads.
    pub cpu: Duration,
    /// Commands that it has run, those inside of scripts included; the calls of scripts themselves do not count.
    pub commands: u64,
    /// Bytes of memory in use for data, without what connections and the append-only file keep for a moment.
    pub used_memory: u64,
}

/// What a server does at its best with values of one size, 100 commands a pipeline, through the engine's own driver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRates {
    /// `SET` of values, each under a key of its own.
    pub sets_per_second: f64,
    /// `LPUSH` of values to one list.
    pub pushes_per_second: f64,
}

impl Probe {
    /// Connects. `None` where the server is a node of a Cluster: it could only tell of its own part.
    pub async fn connect(options: &RedisOptions) -> Result<Option<Self>, EngineError> {
        let [node] = &options.nodes[..] else { return Ok(None) };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let open = async {
            let client = Client::open(node.clone())?;
            let mut wire = client.get_multiplexed_async_connection_with_config(&config).await?;
            let info: InfoDict = redis::cmd("INFO").arg("cluster").query_async(&mut wire).await?;
            Ok((wire, info.get::<u8>("cluster_enabled") == Some(1)))
        };
        let opened = timeout(3 * options.connect_timeout, open).await.map_err(|_| timed_out())?;
        let (wire, in_cluster) = told(opened)?;
        Ok((!in_cluster).then_some(Self { wire }))
    }

    /// What the server has spent so far.
    pub async fn figures(&self) -> Result<ServerFigures, EngineError> {
        let mut info = redis::cmd("INFO");
        info.arg(&["server", "persistence", "cpu", "memory", "commandstats"]);
        let text: String = told(info.query_async(&mut self.wire.clone()).await)?;
        Ok(ServerFigures::read(&text))
    }

    /// Measures what the server does at its best, with keys of `queue`, which are erased again.
    pub async fn raw_rates(
        &self,
        queue: &QueueName,
        operations: usize,
        bytes: usize,
    ) -> Result<RawRates, EngineError> {
        let value = "x".repeat(bytes);
        let (key, list) = (keys::of(queue, "raw:"), keys::of(queue, "raw"));
        let set = |n: usize| Cmd::set(format!("{key}{}", n % RAW_KEYS), &value);
        let sets_per_second = self.rate(operations, set).await?;
        let pushes_per_second = self.rate(operations, |_| Cmd::lpush(&list, &value)).await?;
        self.erase_all(&format!("{list}*")).await?;
        Ok(RawRates { sets_per_second, pushes_per_second })
    }

    /// Removes everything that is kept for a queue but its number. No worker may serve the queue meanwhile, and no other
    /// process may enqueue to it. Returns when the server has given the memory back.
    pub async fn erase(&self, queue: &QueueName) -> Result<(), EngineError> {
        self.erase_all(&keys::of(queue, "*")).await
    }

    #[expect(clippy::cast_precision_loss, reason = "no count of operations comes near 2^52")]
    async fn rate(&self, operations: usize, command: impl Fn(usize) -> Cmd) -> Result<f64, EngineError> {
        let pipelines = (0..operations).step_by(PIPELINE).map(|first| {
            let mut pipeline = redis::pipe();
            for n in first..operations.min(first + PIPELINE) {
                pipeline.add_command(command(n)).ignore();
            }
            let mut wire = self.wire.clone();
            async move { pipeline.exec_async(&mut wire).await }
        });
        let start = Instant::now();
        told(stream::iter(pipelines).buffer_unordered(UNDER_WAY).try_collect::<Vec<_>>().await)?;
        Ok(operations as f64 / start.elapsed().as_secs_f64())
    }

    async fn erase_all(&self, pattern: &str) -> Result<(), EngineError> {
        let mut wire = self.wire.clone();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let (next, found): (u64, Vec<Vec<u8>>) = told(scan.query_async(&mut wire).await)?;
            if !found.is_empty() {
                let unlink = redis::cmd("UNLINK").arg(&found).exec_async(&mut wire).await;
                told(unlink)?;
            }
            cursor = next;
            if cursor == 0 {
                return self.freed().await;
            }
        }
    }

    /// Waits until the server has freed in the background what was unlinked, or for long enough.
    async fn freed(&self) -> Result<(), EngineError> {
        const PAUSE: Duration = Duration::from_millis(10);
        let start = Instant::now();
        loop {
            let info = redis::cmd("INFO").arg("memory").query_async(&mut self.wire.clone()).await;
            let info: InfoDict = told(info)?;
            if info.get::<u64>("lazyfree_pending_objects").unwrap_or(0) == 0 || start.elapsed() > FREED_WITHIN
            {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl ServerFigures {
    /// Reads the text of `INFO`: a line a fact, `name:value`. What a server does not tell counts as nothing.
    fn read(info: &str) -> Self {
        let facts = || info.lines().filter_map(|line| line.trim_end().split_once(':'));
        let fact = |name: &str| facts().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        let seconds = |name: &str| fact(name).parse::<f64>().unwrap_or_default().max(0.0);
        let bytes = |name: &str| fact(name).parse::<u64>().unwrap_or_default();
        let calls = facts().filter_map(|(name, value)| {
            let command = name.strip_prefix("cmdstat_")?;
            let calls = value.strip_prefix("calls=")?.split(',').next()?;
            (!CARRIERS.contains(&command)).then(|| calls.parse::<u64>().ok())?
        });
        Self {
            version: fact("redis_version").to_owned(),
            append_only: fact("aof_enabled") == "1",
            cpu: Duration::try_from_secs_f64(seconds("used_cpu_user") + seconds("used_cpu_sys"))
                .unwrap_or_default(),
            commands: calls.sum(),
            used_memory: bytes("used_memory")
                .saturating_sub(bytes("mem_aof_buffer") + bytes("mem_clients_normal")),
        }
    }
}

/// There is one server, since a probe has no other.
fn told<T>(answer: RedisResult<T>) -> Result<T, EngineError> {
    answer.map_err(|error| translate(&error, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_a_server_tells() {
        let info = "# Server\r\nredis_version:7.0.15\r\naof_enabled:1\r\nused_memory:1048576\r\n\
                    used_memory_human:1.00M\r\nmem_aof_buffer:1000\r\nmem_clients_normal:576\r\nused_cpu_sys:1.250000\r\nused_cpu_user:2.500000\r\n\
                    used_cpu_user_children:9.0\r\ncmdstat_lpush:calls=7,usec=9,usec_per_call=1.00\r\n\
                    cmdstat_fcall:calls=100,usec=9\r\ncmdstat_config|get:calls=2,usec=1\r\n";
        let figures = ServerFigures {
            version: "7.0.15".to_owned(),
            append_only: true,
            cpu: Duration::from_millis(3_750),
            commands: 9,
            used_memory: 1_047_000,
        };
        assert_eq!(ServerFigures::read(info), figures);
    }
}
