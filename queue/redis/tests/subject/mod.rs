#![expect(clippy::unwrap_used, reason = "a subject that cannot be set up fails its test")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use windlass_conformance::Subject;
use windlass_queue::Engine;
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::ManualClock;

/// How long an answer may take: longer than usual, so that a busy machine makes no test fail.
const PATIENCE: Duration = Duration::from_secs(30);

/// The Redis that an environment variable leads to; every test has queues of its own on it, and random histories
/// are tried in this number.
pub(crate) struct Server {
    urls: String,
    clock: Arc<ManualClock>,
    engine: Arc<dyn Engine>,
    histories: u32,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "where the servers of a test run are is said from outside")]
    pub(crate) fn from_environment(variable: &str, histories: u32) -> Self {
        let urls = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set; run `cargo xtask test`, which starts the servers")
        });
        let clock = Arc::new(ManualClock::default());
        let engine = connect(&urls, &clock);
        Self { urls, clock, engine, histories }
    }
}

#[async_trait]
impl Subject for Server {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone()
    }

    async fn second(&self) -> Arc<dyn Engine> {
        connect(&self.urls, &self.clock)
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }

    fn histories(&self) -> u32 {
        self.histories
    }
}

fn connect(urls: &str, clock: &Arc<ManualClock>) -> Arc<dyn Engine> {
    let options = RedisOptions::from_url(urls).unwrap().clock(clock.clone());
    Arc::new(RedisEngine::new(options.response_timeout(PATIENCE)))
}
