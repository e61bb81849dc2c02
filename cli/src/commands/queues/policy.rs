use windlass_queue::{Client, Order, QueuePolicy, Retention};

use super::{engine_of, tell};
use crate::args::Length;
use crate::args::queues::{PolicyArgs, QueueArgs};
use crate::failure::Failure;

/// Keeps new jobs out.
pub(super) async fn drain(args: &QueueArgs, client: &Client) -> Result<(), Failure> {
    let draining = |policy| QueuePolicy { draining: true, ..policy };
    change(args, client, draining, "takes no new jobs; those that are there are worked off").await
}

/// Lets new jobs in again.
pub(super) async fn undrain(args: &QueueArgs, client: &Client) -> Result<(), Failure> {
    change(args, client, |policy| QueuePolicy { draining: false, ..policy }, "takes new jobs").await
}

/// Sets order, bounds and retention, as far as they are given.
pub(super) async fn set(args: &PolicyArgs, client: &Client) -> Result<(), Failure> {
    change(&args.queue, client, |policy| args.onto(policy), "its policy is set").await
}

async fn change(
    args: &QueueArgs,
    client: &Client,
    change: impl FnOnce(QueuePolicy) -> QueuePolicy,
    done: &str,
) -> Result<(), Failure> {
    let engine = engine_of(args, client).await?;
    let policy = change(engine.rules(&args.queue).await?.policy);
    policy.check()?;
    engine.set_policy(&args.queue, &policy).await?;
    tell(done, args, engine).await
}

impl PolicyArgs {
    fn onto(&self, policy: QueuePolicy) -> QueuePolicy {
        QueuePolicy {
            order: self.order.map_or(policy.order, Order::from),
            draining: policy.draining,
            max_depth: self.max_depth.map_or(policy.max_depth, |bound| bound.0),
            tenant_quota: self.tenant_quota.map_or(policy.tenant_quota, |bound| bound.0),
            retention: self.retention(policy.retention),
        }
    }

    fn retention(&self, retention: Option<Retention>) -> Option<Retention> {
        if self.keep_as_workers_say {
            return None;
        }
        let ages = [self.keep_completed, self.keep_failed, self.keep_results];
        let counts = [self.keep_completed_most, self.keep_failed_most];
        if ages.iter().all(Option::is_none) && counts.iter().all(Option::is_none) {
            return retention;
        }
        let old = retention.unwrap_or_default();
        let age = |length: Option<Length>, old| length.map_or(old, |length| length.0);
        let most =
            |count: Option<u32>, old| count.map_or(old, |count| usize::try_from(count).unwrap_or(usize::MAX));
        Some(Retention {
            completed_for: age(self.keep_completed, old.completed_for),
            completed_most: most(self.keep_completed_most, old.completed_most),
            failed_for: age(self.keep_failed, old.failed_for),
            failed_most: most(self.keep_failed_most, old.failed_most),
            results_for: age(self.keep_results, old.results_for),
        })
    }
}
