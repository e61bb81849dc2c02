use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::time::timeout;
use windlass_queue::Engine;
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::SystemClock;
use windlass_sqlite::SqliteEngine;

use crate::api::Api;
use crate::environment;
use crate::process::Process;
use crate::redis::RedisServer;
use crate::witness::Witness;

const API_KEY: &str = "key-of-the-whole-system-tests";

/// How long a command of the command line may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a system keeps its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// In a file that all its processes share.
    Embedded,
    /// In a Redis server of its own.
    Redis,
}

/// One installation: processes that share a data directory and an engine.
#[derive(Debug)]
pub struct System {
    folder: TempDir,
    redis: Option<RedisServer>,
    redis_url: Option<String>,
    variables: Vec<(String, String)>,
}

impl System {
    /// An installation without any process, besides the Redis server that it may need.
    pub async fn start(kind: EngineKind) -> Result<Self> {
        let redis = match kind {
            EngineKind::Embedded => None,
            EngineKind::Redis => Some(RedisServer::start().await?),
        };
        let redis_url = redis.as_ref().map(RedisServer::url);
        Ok(Self { folder: folder()?, redis, redis_url, variables: Vec::new() })
    }

    /// An installation on the Redis, or Redis Cluster, that is there already.
    pub fn on_redis(url: String) -> Result<Self> {
        Ok(Self { folder: folder()?, redis: None, redis_url: Some(url), variables: Vec::new() })
    }

    /// The same with a variable in the environment of every process that starts from now on.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The Redis server of this installation.
    pub fn redis(&mut self) -> Result<&mut RedisServer> {
        self.redis.as_mut().context("this system has no Redis server of its own")
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts API and worker in one process, with a key that it makes itself.
    pub async fn dev(&self) -> Result<Api> {
        let process = self.spawn("dev", &["dev", "--listen", "127.0.0.1:0"], self.redis_url.as_deref())?;
        let api = Api::of(process, "http://", "").await?;
        let key = std::fs::read_to_string(self.data_dir().join("api-key"))?;
        Ok(api.with_key(key.trim()))
    }

    /// Starts the API and waits until it is ready.
    pub async fn api(&self) -> Result<Api> {
        let process = self.spawn("api", &["api", "--listen", "127.0.0.1:0"], self.redis_url.as_deref())?;
        Api::of(process, "address=", API_KEY).await
    }

    /// Starts a worker; `name` is only for its log.
    pub fn worker(&self, name: &str, options: &[&str]) -> Result<Process> {
        self.spawn(name, &[&["worker"], options].concat(), self.redis_url.as_deref())
    }

    /// Starts a worker that reaches Redis at another address, as through a proxy.
    pub fn worker_at(&self, redis_url: &str, name: &str, options: &[&str]) -> Result<Process> {
        self.spawn(name, &[&["worker"], options].concat(), Some(redis_url))
    }

    /// Starts what records and relays.
    pub fn relay(&self, name: &str) -> Result<Process> {
        self.spawn(name, &["relay"], self.redis_url.as_deref())
    }

    /// Runs a command of the command line to its end.
    pub async fn cli(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::from(self.command(arguments, self.redis_url.as_deref())?);
        command.stdin(Stdio::null()).kill_on_drop(true);
        timeout(PATIENCE, command.output())
            .await
            .context("the command did not end")?
            .context("cannot run windlass")
    }

    /// Somebody who sees the jobs where they are kept.
    pub fn witness(&self) -> Result<Witness> {
        let engine = match &self.redis_url {
            Some(url) => Arc::new(RedisEngine::new(RedisOptions::from_url(url)?)) as Arc<dyn Engine>,
            None => Arc::new(self.embedded_engine()?),
        };
        Ok(Witness::new(engine))
    }

    fn embedded_engine(&self) -> Result<SqliteEngine> {
        std::fs::create_dir_all(self.data_dir())?;
        Ok(SqliteEngine::open(self.data_dir().join("queue.db"), Arc::new(SystemClock))?)
    }

    fn spawn(&self, name: &str, arguments: &[&str], redis_url: Option<&str>) -> Result<Process> {
        Process::spawn(name, &mut self.command(arguments, redis_url)?, self.folder.path())
    }

    /// The program with the common options and nothing of our own environment that could be a setting.
    fn command(&self, arguments: &[&str], redis_url: Option<&str>) -> Result<Command> {
        let mut command = Command::new(environment::windlass()?);
        command.env_clear().current_dir(self.folder.path());
        command.args(arguments).arg("--diagnostics").arg("--data-dir").arg(self.data_dir());
        command.args(redis_url.into_iter().flat_map(|url| ["--redis-url", url]).map(OsStr::new));
        if arguments.first() == Some(&"api") {
            command.env("WINDLASS_API_KEY", API_KEY);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("windlass-test-").tempdir()?)
}
