use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use windlass_queue::EngineError;
use windlass_shared::{JobId, QueueName, QueueNumber};

use crate::error::{ENGINE, corrupt};
use crate::keys::QUEUE_NUMBERS;
use crate::link::Link;
use crate::scripts;

/// The numbers of queues, remembered: they never change.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    link: Link,
    known: Arc<RwLock<HashMap<QueueNumber, QueueName>>>,
}

impl Queues {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, known: Arc::default() }
    }

    /// The number of a queue, given to it now if it is new.
    pub(crate) async fn number(&self, queue: &QueueName) -> Result<QueueNumber, EngineError> {
        let mut call = scripts::QUEUE_NUMBER.on_key(QUEUE_NUMBERS);
        call.arg(queue.as_str()).arg(preferred(queue));
        let number = self.link.script(&call).await?;
        if number == 0 {
            let detail = format!("every queue number is taken, so {queue} gets none; use fewer queues");
            return Err(EngineError::Refused { engine: ENGINE, detail });
        }
        let number = QueueNumber::new(number);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(number, queue.clone());
        Ok(number)
    }

    /// Makes sure that the queue has a number, once for each process.
    pub(crate) async fn ensure(&self, queue: &QueueName) -> Result<(), EngineError> {
        let is_known = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.values().any(|name| name == queue)
        };
        if !is_known {
            self.number(queue).await?;
        }
        Ok(())
    }

    /// The queues that exist, by name.
    pub(crate) async fn all(&self) -> Result<Vec<QueueName>, EngineError> {
        let mut names: Vec<_> = self.read().await?.into_values().collect();
        names.sort();
        Ok(names)
    }

    /// The queue that a job lives in, as its id says; `None` if there is none with that number.
    pub(crate) async fn of(&self, job: JobId) -> Result<Option<QueueName>, EngineError> {
        self.numbered(job.queue()).await
    }

    /// The queue with a number, if there is one.
    pub(crate) async fn numbered(&self, number: QueueNumber) -> Result<Option<QueueName>, EngineError> {
        if let Some(queue) = self.remembered(number) {
            return Ok(Some(queue));
        }
        self.read().await?;
        Ok(self.remembered(number))
    }

    /// Puts what is asked of several jobs together by queue: for each queue the positions of its jobs.
    pub(crate) async fn group(
        &self,
        jobs: impl Iterator<Item = JobId>,
    ) -> Result<HashMap<QueueName, Vec<usize>>, EngineError> {
        let mut groups: HashMap<QueueName, Vec<usize>> = HashMap::new();
        for (position, job) in jobs.enumerate() {
            if let Some(queue) = self.of(job).await? {
                groups.entry(queue).or_default().push(position);
            }
        }
        Ok(groups)
    }

    fn remembered(&self, number: QueueNumber) -> Option<QueueName> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    async fn read(&self) -> Result<HashMap<QueueNumber, QueueName>, EngineError> {
        let stored: HashMap<String, u16> =
            self.link.command(redis::cmd("HGETALL").arg(QUEUE_NUMBERS)).await?;
        let mut queues = HashMap::with_capacity(stored.len());
        for (name, number) in stored {
            let name = name.parse().map_err(|_| corrupt(format!("a queue named {name:?}")))?;
            queues.insert(QueueNumber::new(number), name);
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).extend(queues.clone());
        Ok(queues)
    }
}

/// The number that a queue gets if it is free: FNV-1a of its name, folded into 1 to 65,535.
fn preferred(queue: &QueueName) -> u16 {
    let hash = queue
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u16::try_from(hash % u32::from(u16::MAX)).unwrap_or(0) + 1
}
