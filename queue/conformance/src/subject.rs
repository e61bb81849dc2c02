use std::sync::Arc;

use async_trait::async_trait;
use windlass_queue::Engine;
use windlass_shared::ManualClock;

/// An engine under test, with what a test needs besides the contract.
#[async_trait]
pub trait Subject: Send + Sync + 'static {
    /// The engine.
    fn engine(&self) -> Arc<dyn Engine>;

    /// Another process' view of the same store: it shares nothing with [`Subject::engine`] in memory but the clock.
    async fn second(&self) -> Arc<dyn Engine>;

    /// The clock that both engines go by.
    fn clock(&self) -> &ManualClock;

    /// How many random histories of each theme are tried; fewer where a call takes long.
    fn histories(&self) -> u32 {
        250
    }
}
