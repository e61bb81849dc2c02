use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use windlass_shared::Backoff;

/// How long to wait after a failure, as callers write and read it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PostedBackoff {
    /// Twice as long after each failure, up to the most.
    Exponential {
        #[schema(maximum = 2_592_000_000_u64)]
        base_ms: u64,
        #[schema(maximum = 2_592_000_000_u64)]
        most_ms: u64,
    },
    /// The same each time.
    Fixed {
        #[schema(maximum = 2_592_000_000_u64)]
        wait_ms: u64,
    },
    /// One a failure; the last one repeats.
    List {
        #[schema(max_items = 100)]
        waits_ms: Vec<u64>,
    },
}

impl PostedBackoff {
    pub(super) fn into_backoff(self) -> Backoff {
        let millis = Duration::from_millis;
        match self {
            Self::Exponential { base_ms, most_ms } => {
                Backoff::Exponential { base: millis(base_ms), most: millis(most_ms) }
            }
            Self::Fixed { wait_ms } => Backoff::Fixed(millis(wait_ms)),
            Self::List { waits_ms } => Backoff::List(waits_ms.into_iter().map(millis).collect()),
        }
    }
}

impl From<Backoff> for PostedBackoff {
    fn from(backoff: Backoff) -> Self {
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        match backoff {
            Backoff::Exponential { base, most } => {
                Self::Exponential { base_ms: millis(base), most_ms: millis(most) }
            }
            Backoff::Fixed(wait) => Self::Fixed { wait_ms: millis(wait) },
            Backoff::List(waits) => Self::List { waits_ms: waits.into_iter().map(millis).collect() },
        }
    }
}
