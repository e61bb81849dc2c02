use windlass_queue::{Pause, Scope};
use windlass_shared::TenantId;

use super::filling::Filling;
use super::stage::Stage;
use crate::args::{FillArgs, MeasureArgs};
use crate::failure::Failure;

/// How many jobs a call enqueues that is not measured.
pub(super) const BATCH: u32 = 1_000;

/// Puts jobs on the queue that stay there: those of a tenant that is paused.
pub(super) async fn lay(stage: &Stage, measure: &MeasureArgs) -> Result<(), Failure> {
    if measure.backlog == 0 {
        return Ok(());
    }
    let tenant = tenant()?;
    let pause = Pause { scope: Scope::Tenant(tenant.clone()), lasts: None, note: None };
    stage.engine().pause(&stage.queue, &pause).await?;
    let fill = FillArgs { batch: BATCH, tenants: 1 };
    let filling = Filling::new(measure.backlog, measure.payload, fill)?;
    Filling { tenants: vec![tenant], ..filling }.run(stage).await?;
    Ok(())
}

/// Lets the tenant go on, where that does not go with the queue.
pub(super) async fn lift(stage: &Stage) -> Result<(), Failure> {
    let _was_there_none = stage.engine().resume(&stage.queue, &Scope::Tenant(tenant()?)).await?;
    Ok(())
}

fn tenant() -> Result<TenantId, Failure> {
    Ok("backlog".parse()?)
}
