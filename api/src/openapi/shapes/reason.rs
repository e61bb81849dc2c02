use serde::Deserialize;
use utoipa::ToSchema;

use super::{JobId, KindName, Priority, Scope, TenantId, Timestamp};

/// Something that holds a job up.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum Reason {
    /// Its time is ahead.
    ScheduledFor { at: Timestamp },
    /// An attempt failed, and the next one is due later.
    RetryAt { at: Timestamp },
    /// It is unique, and waits for the one that holds its key.
    WaitsFor { holder: JobId },
    /// It, or all of which it is one, is paused or held.
    Paused { scope: Scope, until: Option<Timestamp>, note: Option<String> },
    /// As many run as may.
    LimitFull { scope: Scope, limit: u32, holders: Vec<JobId> },
    /// As many have started as may in this time.
    RateLimited { scope: Scope, until: Timestamp },
    /// No living worker serves the queue.
    NoWorkers,
    /// Living workers serve the queue, but none of them the kind.
    Unserved { kind: KindName },
    /// Workers died under it, so it must run alone.
    MustRunAlone { deaths: u8 },
    /// Others are before it in its lane; counted up to 10,000.
    Ahead { jobs: u64, tenant: TenantId, priority: Priority },
}
