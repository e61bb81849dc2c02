use utoipa::ToSchema;

/// Where a job is in its life.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum JobState {
    /// Its time is ahead.
    Scheduled,
    /// It waits for something else than time: for the one that holds its unique key.
    Pending,
    /// It can be claimed.
    Available,
    /// A worker has it.
    Running,
    /// An attempt failed; it waits for the next.
    Retryable,
    /// It is done.
    Completed,
    /// Somebody cancelled it.
    Cancelled,
    /// It was given up: the dead letter.
    Discarded,
}

/// In which way a job was accepted: as a `new` one; as a `duplicate`, because its idempotency key had come before; as a
/// `conflict`, where the answer is the job that holds its unique key; as what has `replaced` the content of that one.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Acceptance {
    New,
    Duplicate,
    Conflict,
    Replaced,
}

/// What happens to a job whose unique key another one holds.
///
/// `reject`: it is not accepted, and the holder is the answer. `replace`: what waits takes over its content and its time.
/// `debounce`: the same, and the time begins anew. `keep_latest`: what waits takes over its content.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum OnConflict {
    Reject,
    Replace,
    Debounce,
    KeepLatest,
}

/// What sort of bad end an attempt had.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ErrorReason {
    /// The handler failed in a way that may pass.
    Transient,
    /// The handler failed in a way that will not pass.
    Permanent,
    /// The handler panicked.
    Panic,
    /// It took longer than it may.
    Timeout,
    /// The args are not what the kind takes.
    Undecodable,
    /// Workers died under the job.
    Poison,
    /// Its time to start was over.
    Expired,
}

/// What decides first which job is next: that tenants take turns, or priority.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Order {
    TenantsFirst,
    PriorityFirst,
}

/// What is done to each job.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum BulkVerb {
    Cancel,
    Retry,
    Delete,
    Reprioritize,
}
