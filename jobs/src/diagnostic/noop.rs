use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_queue::{Handler, JobContext, JobError, JobKind};

/// Nothing. What such a job costs is what the queue itself costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noop {}

impl JobKind for Noop {
    const NAME: &'static str = "diagnostic.noop";
    const SUMMARY: &'static str = "Does nothing, successfully.";
    type Output = ();
}

#[derive(Debug)]
pub(crate) struct NoopHandler;

#[async_trait]
impl Handler<Noop> for NoopHandler {
    async fn run(&self, _: Noop, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}
