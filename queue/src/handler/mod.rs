//! What whoever writes the work of a kind has to do with.

mod children;
mod context;
mod error;
mod memory;
mod runtime;

use async_trait::async_trait;

pub use self::children::{MAX_CHILD_BYTES, MAX_CHILDREN};
pub use self::context::JobContext;
pub use self::error::JobError;
pub use self::runtime::JobRuntime;
use crate::kind::JobKind;

/// Does the work of one kind of job.
///
/// A handler may be called more than once for a job (at least once is what a queue can promise), so what it
/// does to the world should bear repetition; [`JobContext::step`] and [`JobContext::checkpoint`] help with that.
///
/// It is dropped at an `await` when its attempt runs out of time or is interrupted. A cancellation asks first, through
/// the context; a handler that goes on all the same is dropped a little later.
#[async_trait]
pub trait Handler<K: JobKind>: Send + Sync + 'static {
    /// Does the work of one job.
    async fn run(&self, args: K, context: &JobContext) -> Result<K::Output, JobError>;
}
