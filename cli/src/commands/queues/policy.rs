use windlass_queue::{Client, Order, PolicyChange, RetentionChange, Setting};

use super::{engine_of, tell};
use crate::args::Bound;
use crate::args::queues::{PolicyArgs, QueueArgs};
use crate::failure::Failure;

/// Keeps new jobs out.
pub(super) async fn drain(args: &QueueArgs, client: &Client) -> Result<(), Failure> {
    let done = "takes no new jobs; those that are there are worked off";
    change(args, client, &PolicyChange::DRAIN, done).await
}

/// Lets new jobs in again.
pub(super) async fn undrain(args: &QueueArgs, client: &Client) -> Result<(), Failure> {
    change(args, client, &PolicyChange::UNDRAIN, "takes new jobs").await
}

/// Sets order, bounds and retention, as far as they are given.
pub(super) async fn set(args: &PolicyArgs, client: &Client) -> Result<(), Failure> {
    change(&args.queue, client, &args.change(), "its policy is set").await
}

async fn change(args: &QueueArgs, client: &Client, change: &PolicyChange, done: &str) -> Result<(), Failure> {
    let engine = engine_of(args, client).await?;
    change.check()?;
    engine.set_policy(&args.queue, change).await?;
    tell(done, args, engine).await
}

impl PolicyArgs {
    fn change(&self) -> PolicyChange {
        let bound = |bound: Option<Bound>| bound.map_or(Setting::Stays, |bound| Setting::Is(bound.0));
        PolicyChange {
            order: self.order.map(Order::from),
            draining: None,
            max_depth: bound(self.max_depth),
            tenant_quota: bound(self.tenant_quota),
            retention: self.retention(),
        }
    }

    fn retention(&self) -> Setting<RetentionChange> {
        if self.keep_as_workers_say {
            return Setting::Is(None);
        }
        let most = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let change = RetentionChange {
            completed_for: self.keep_completed.map(|length| length.0),
            completed_most: self.keep_completed_most.map(most),
            failed_for: self.keep_failed.map(|length| length.0),
            failed_most: self.keep_failed_most.map(most),
            results_for: self.keep_results.map(|length| length.0),
        };
        if change == RetentionChange::default() { Setting::Stays } else { Setting::Is(Some(change)) }
    }
}
