use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{EngineError, RescueReport, Rescuer};

use super::Chore;

/// Gives back what dead workers held, and ends what ran past its time.
#[derive(Debug)]
pub(crate) struct Rescue {
    rescuer: Rescuer,
}

impl Rescue {
    pub(crate) const fn new(rescuer: Rescuer) -> Self {
        Self { rescuer }
    }
}

#[async_trait]
impl Chore for Rescue {
    const NAME: &'static str = "rescue";
    const EVERY: Duration = Duration::from_secs(1);
    type Report = RescueReport;

    async fn run_once(&mut self) -> Result<RescueReport, EngineError> {
        let report = self.rescuer.run_once().await?;
        if report != RescueReport::default() {
            tracing::warn!(
                event = "jobs.rescued",
                dead = report.dead.len(),
                revived = report.revived,
                overdue = report.overdue,
                "claims were ended that their workers could not end"
            );
        }
        Ok(report)
    }
}
