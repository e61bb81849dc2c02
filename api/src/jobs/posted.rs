use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_queue::{EnqueueOptions, EnqueueRequest, When};
use windlass_shared::{MaxAttempts, Priority, Tag, TenantId, Timestamp};

use crate::problem::Problem;

/// The longest delay: ten years. What is due later has to be given as an instant.
const MAX_DELAY: Duration = Duration::from_hours(10 * 365 * 24);

/// A job as callers post it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedJob {
    kind: String,
    #[serde(default = "no_args")]
    args: Value,
    priority: Option<Priority>,
    run_at: Option<Timestamp>,
    delay_ms: Option<u64>,
    tags: Option<Vec<Tag>>,
    max_attempts: Option<MaxAttempts>,
    timeout_ms: Option<u64>,
}

fn no_args() -> Value {
    Value::Object(Map::new())
}

impl PostedJob {
    /// What the queue's client takes. Everything that it checks itself is left to it.
    pub(crate) fn into_request(
        self,
        tenant: TenantId,
        idempotency_key: Option<String>,
    ) -> Result<EnqueueRequest, Problem> {
        let when = self.when()?;
        let options = EnqueueOptions {
            tenant,
            priority: self.priority.unwrap_or_default(),
            when,
            max_attempts: self.max_attempts,
            timeout: self.timeout_ms.map(Duration::from_millis),
            tags: self.tags.unwrap_or_default(),
            idempotency_key,
        };
        Ok(EnqueueRequest { kind: self.kind, args: self.args, options })
    }

    fn when(&self) -> Result<Option<When>, Problem> {
        match (self.run_at, self.delay_ms.map(Duration::from_millis)) {
            (Some(_), Some(_)) => Err(Problem::at("/delay_ms", "it cannot be given together with run_at")),
            (_, Some(delay)) if delay > MAX_DELAY => {
                Err(Problem::at("/delay_ms", "goes from 0 to 315360000000 (ten years)"))
            }
            (Some(instant), None) => Ok(Some(When::At(instant))),
            (None, Some(delay)) => Ok(Some(When::After(delay))),
            (None, None) => Ok(None),
        }
    }
}
