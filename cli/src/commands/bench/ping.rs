use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use windlass_queue::{Handler, JobContext, JobError, JobKind};

/// A job that tells when it starts, and carries a load.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ping {
    pub(super) load: String,
}

impl JobKind for Ping {
    const NAME: &'static str = "bench.ping";
    const QUEUE: &'static str = "bench";
    type Output = ();
}

impl Ping {
    /// A job whose arguments have about `bytes` bytes.
    pub(super) fn of_size(bytes: usize) -> Self {
        let frame = r#"{"load":""}"#.len();
        Self { load: "x".repeat(bytes.saturating_sub(frame)) }
    }
}

#[derive(Debug)]
pub(super) struct PingHandler {
    pub(super) started: UnboundedSender<Instant>,
}

#[async_trait]
impl Handler<Ping> for PingHandler {
    async fn run(&self, _: Ping, _: &JobContext) -> Result<(), JobError> {
        let _nobody_listens_any_more = self.started.send(Instant::now());
        Ok(())
    }
}
