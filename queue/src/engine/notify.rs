use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use windlass_shared::Claim;

use super::EngineError;

/// The role that tells an idle worker that there is something to do, so that it need not ask.
///
/// A worker is armed by a claim that brought fewer jobs than it asked for. What happens between that claim and
/// the next call here is not lost.
#[async_trait]
pub trait Listen: Debug + Send {
    /// Waits up to `timeout` for notices; none when nothing happened. A call that is dropped may take a notice
    /// with it, so let it end.
    async fn next(&mut self, timeout: Duration) -> Result<Vec<Notice>, EngineError>;
}

/// Something that a worker should know at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// There may be something to claim, or something is due earlier than the worker was told.
    Work,
    /// The cancellation of a job that the worker runs was requested.
    Cancel(Claim),
}
