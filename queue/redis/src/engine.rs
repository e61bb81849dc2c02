use std::sync::Arc;

use async_trait::async_trait;
use windlass_queue::{Engine, EngineError, KeepLease, Listen};
use windlass_shared::{Incarnation, QueueName, QueueNumber};

use crate::lease::LeaseKeeper;
use crate::link::Link;
use crate::notify::Listener;
use crate::options::RedisOptions;
use crate::queues::Queues;

/// Jobs in Redis.
#[derive(Debug, Clone)]
pub struct RedisEngine {
    pub(crate) link: Link,
    pub(crate) queues: Queues,
}

impl RedisEngine {
    /// An engine for the Redis that `options` lead to. It connects when it is first needed, and again whenever the
    /// connection is lost: Redis may be away when a process starts.
    pub fn new(options: RedisOptions) -> Self {
        let link = Link::new(Arc::new(options));
        Self { queues: Queues::new(link.clone()), link }
    }
}

#[async_trait]
impl Engine for RedisEngine {
    fn name(&self) -> &'static str {
        crate::error::ENGINE
    }

    async fn ping(&self) -> Result<(), EngineError> {
        self.link.command(&redis::cmd("PING")).await
    }

    async fn queue_number(&self, queue: &QueueName) -> Result<QueueNumber, EngineError> {
        self.queues.number(queue).await
    }

    async fn queues(&self) -> Result<Vec<QueueName>, EngineError> {
        self.queues.all().await
    }

    async fn lease_keeper(&self) -> Result<Box<dyn KeepLease>, EngineError> {
        Ok(Box::new(LeaseKeeper::new(self.link.sibling())))
    }

    async fn listener(&self, worker: Incarnation, queue: &QueueName) -> Result<Box<dyn Listen>, EngineError> {
        Ok(Box::new(Listener::new(&self.link, worker, queue)))
    }
}
