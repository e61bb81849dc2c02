use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;
use windlass_store::{Store, StoreError};

use super::Floor;
use crate::outage::Outage;

/// Holds the loops back until the tables are those of this version: another one could damage what it does not know.
#[derive(Debug)]
pub(super) struct Gate {
    store: Store,
    floor: Floor,
    tasks: TaskTracker,
    /// Whether it opened; it does not before the end.
    opened: Arc<OnceCell<bool>>,
}

impl Gate {
    pub(super) fn new(store: Store, floor: Floor) -> Self {
        Self { store, floor, tasks: TaskTracker::new(), opened: Arc::default() }
    }

    /// Starts a loop once the gate is open.
    pub(super) fn spawn(&self, run: impl Future<Output = ()> + Send + 'static) {
        let (store, floor, opened) = (self.store.clone(), self.floor.clone(), Arc::clone(&self.opened));
        self.tasks.spawn(async move {
            if *opened.get_or_init(|| open(&store, &floor)).await {
                run.await;
            }
        });
    }

    /// All loops; there are no more.
    pub(super) fn close(self) -> TaskTracker {
        self.tasks.close();
        self.tasks
    }
}

/// Waits for the tables; answers whether they are there before the end.
async fn open(store: &Store, floor: &Floor) -> bool {
    let mut outage = Outage::none("tables");
    loop {
        let error = match store.pending_migrations().await {
            Ok(pending) if pending.is_empty() => {
                outage.over();
                return true;
            }
            Ok(pending) => StoreError::NotMigrated { detail: pending.join(", ") },
            Err(error) => error,
        };
        if !floor.pause(outage.failed(&error.into(), &floor.entropy)).await {
            return false;
        }
    }
}
