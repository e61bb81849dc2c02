use clap::Args;
use windlass_shared::{LimitKey, Tag, Timestamp};

use super::length::Length;
use super::words::{BackoffWord, ConflictWord, UntilWord};

/// What `windlass enqueue` takes.
#[derive(Debug, Args)]
pub(crate) struct EnqueueArgs {
    /// Kind of the job, like `email.send_template`
    pub(crate) kind: String,
    /// Arguments as JSON; `@FILE` reads a file and `-` the standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) args: String,
    /// Follow the job until it ends; exit with 1 when it is cancelled or discarded
    #[arg(long)]
    pub(crate) wait: bool,
    /// Place among the jobs of the tenant: 0 is first, 9 is last [default: 5]
    #[arg(long, value_name = "0-9")]
    pub(crate) priority: Option<u8>,
    /// Start no earlier than this many milliseconds from now
    #[arg(long, value_name = "MS", conflicts_with = "run_at")]
    pub(crate) delay_ms: Option<u64>,
    /// Start no earlier than this instant, like 2026-01-31T09:30:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) run_at: Option<Timestamp>,
    /// Word to find the job by; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<Tag>,
    /// How often the job may be tried, 1 to 1000 [default: the kind's]
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<u16>,
    /// How long one attempt may take [default: the kind's]
    #[arg(long, value_name = "MS")]
    pub(crate) timeout_ms: Option<u64>,
    /// How long to wait after a failure: `5s`, one a failure (`1s,10s,1m`), or doubling (`2s..1h`) [default: the kind's]
    #[arg(long, value_name = "WAITS")]
    pub(crate) backoff: Option<BackoffWord>,
    /// Give the job up when it has not started within this time, like 30s, 5m or 2h
    #[arg(long, value_name = "LENGTH")]
    pub(crate) expires_in: Option<Length>,
    /// Key that jobs share limits by, like `stripe` or `stripe:acct_1` [default: the kind's]
    #[arg(long, value_name = "KEY")]
    pub(crate) limit_key: Option<LimitKey>,
    /// Be the only one of its sort until the job starts, until it finishes, or for a time like 10m
    #[arg(long, value_name = "start|finish|LENGTH")]
    pub(crate) unique_until: Option<UntilWord>,
    /// Arguments that make a job the same as another, separated by commas [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "unique_until")]
    pub(crate) unique_args: Vec<String>,
    /// What happens when there is another one [default: reject]
    #[arg(long, value_enum, requires = "unique_until")]
    pub(crate) on_conflict: Option<ConflictWord>,
    /// Enqueueing again with the same key within a day means the same job
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

pub(super) const ENQUEUE_EXAMPLES: &str = r#"Examples:
  windlass enqueue email.send_template --wait --args '{"to":["ada@example.com"],"template":"welcome",
    "variables":{"user_name":"Ada","verification_url":"https://example.com/verify"}}'
  windlass enqueue email.send --args @message.json --delay-ms 60000 --tag newsletter
  windlass enqueue email.send --args @message.json --unique-until 10m --on-conflict debounce
  windlass enqueue diagnostic.sleep --diagnostics --args '{"ms":2000}' --wait"#;
