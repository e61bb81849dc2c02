use windlass_queue::{EngineError, Verdict};
use windlass_shared::Claim;

use crate::core::{Core, ServedQueue};

/// What a reconciliation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reconciled {
    /// Claims that the engine knows and the worker did not: their answer was lost. They are given back.
    pub(crate) unknown: usize,
    /// Claims that the worker runs and the engine does not know: somebody else has ended them. Their handlers
    /// are stopped, because the jobs may run elsewhere by now.
    pub(crate) lost: usize,
}

/// Compares what the engine thinks that the worker holds of a queue with what it holds, claim by claim.
///
/// Must not run beside a claim of the same queue, whose jobs would look unknown. Claims whose settlement is on
/// its way count as known: they were held before the engine was asked.
pub(crate) async fn reconcile(core: &Core, queue: &ServedQueue) -> Result<Reconciled, EngineError> {
    let known = queue.holdings.all();
    let held: Vec<Claim> =
        core.engine.held(&queue.name, core.worker).await?.into_iter().map(|held| held.claim).collect();
    let unknown: Vec<_> = held.iter().filter(|claim| !known.contains(claim)).copied().collect();
    let lost: Vec<_> = known.into_iter().filter(|claim| !held.contains(claim)).collect();
    for claim in &unknown {
        queue.settle(*claim, Verdict::Release);
    }
    let reconciled = Reconciled { unknown: unknown.len(), lost: queue.holdings.interrupt(&lost) };
    if reconciled != (Reconciled { unknown: 0, lost: 0 }) {
        tracing::warn!(
            event = "claim.reconciled", queue = %queue.name, unknown = reconciled.unknown, lost = reconciled.lost,
            "the engine and the worker disagreed about what the worker holds"
        );
    }
    Ok(reconciled)
}
