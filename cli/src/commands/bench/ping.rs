use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use windlass_queue::{Handler, JobContext, JobError, JobKind};

use super::tally::Tally;

/// A job that is numbered, and carries a load.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ping {
    pub(super) number: u32,
    pub(super) load: String,
}

impl JobKind for Ping {
    const NAME: &'static str = "bench.ping";
    const QUEUE: &'static str = "bench";
    type Output = ();
}

impl Ping {
    /// A job whose arguments have this many bytes, as far as the frame around its load leaves a choice.
    pub(super) fn of_size(number: u32, bytes: usize) -> Self {
        let frame = r#"{"number":,"load":""}"#.len() + number.checked_ilog10().unwrap_or(0) as usize + 1;
        Self { number, load: "x".repeat(bytes.saturating_sub(frame)) }
    }
}

/// Who is told when a job runs.
#[derive(Debug)]
pub(super) enum PingHandler {
    /// A count.
    Counted(Arc<Tally>),
    /// Somebody in this process, with the job's number and the instant.
    Timed(UnboundedSender<(u32, Instant)>),
    /// Whoever reads this process's output: `s` and the number at the start, `e` at the end, which is so much later.
    Told(Duration),
}

#[async_trait]
impl Handler<Ping> for PingHandler {
    async fn run(&self, ping: Ping, _: &JobContext) -> Result<(), JobError> {
        match self {
            Self::Counted(tally) => tally.count(),
            Self::Timed(started) => {
                let _nobody_listens_any_more = started.send((ping.number, Instant::now()));
            }
            Self::Told(lasts) => {
                tell('s', ping.number)?;
                tokio::time::sleep(*lasts).await;
                tell('e', ping.number)?;
            }
        }
        Ok(())
    }
}

/// Writes a line that is out of this process when the call returns, so that no kill can take it back.
fn tell(what: char, number: u32) -> Result<(), JobError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}{number}")
        .and_then(|()| out.flush())
        .map_err(|error| JobError::permanent(format!("nobody reads what a job tells: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_have_the_size_that_is_asked_for() {
        for number in [0, 9, 10, 12_345] {
            let args = serde_json::to_vec(&Ping::of_size(number, 120)).unwrap();
            assert_eq!(args.len(), 120, "{number}");
        }
    }
}
