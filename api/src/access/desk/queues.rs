use std::collections::BTreeSet;

use windlass_queue::Engine;
use windlass_relay::{QueueProgress, progress};
use windlass_shared::{QueueName, Timestamp};

use super::Desk;
use super::may::{ManageQueues, ReadQueues};
use crate::problem::Problem;

/// Queues are shared by all organizations, so whoever may look at them sees them as they are. Which queue a request means is
/// read by [`PathQueue`](crate::path::PathQueue), which knows those that a key is not for as little as those that do not exist.
impl Desk<ReadQueues> {
    /// Where queues are asked about. Nothing of a single job is told through this.
    pub(crate) fn engine(&self) -> &dyn Engine {
        self.floor.client.engine().as_ref()
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.floor.clock.now()
    }

    /// How far the history of each queue has come, as far as the caller's key is for them.
    pub(crate) async fn history(&self) -> Result<Vec<QueueProgress>, Problem> {
        let (engine, history) = (self.floor.client.engine(), self.floor.store.history());
        let mut told = progress(engine, &history, self.floor.clock.as_ref()).await?;
        told.retain(|told| self.caller.queues.contain(&told.queue));
        Ok(told)
    }

    /// The queues that exist and those that kinds live in, as far as the caller's key is for them.
    pub(crate) async fn known(&self) -> Result<BTreeSet<QueueName>, Problem> {
        let existing = self.engine().queues().await?;
        let all = existing.into_iter().chain(self.catalog().queues());
        Ok(all.filter(|queue| self.caller.queues.contain(queue)).collect())
    }
}

impl Desk<ManageQueues> {
    /// Where rules of queues are set.
    pub(crate) fn engine(&self) -> &dyn Engine {
        self.floor.client.engine().as_ref()
    }
}
