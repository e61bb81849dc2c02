use clap::{Args, Subcommand};
use windlass_shared::{JobId, JobState, KindName, QueueName, Tag, TenantId, Timestamp};

/// The ways to look at jobs and to steer them.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List jobs
    #[command(after_help = LS_EXAMPLES)]
    Ls(ListArgs),
    /// Show all that is known of one job
    #[command(after_help = "Example:\n  windlass jobs show 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
    Show(ShowArgs),
    /// Cancel jobs: at once, or by request to the worker that runs them
    #[command(after_help = CANCEL_EXAMPLES)]
    Cancel(SteerArgs),
    /// Run jobs now that wait, or again that have ended
    #[command(after_help = RETRY_EXAMPLES)]
    Retry(RetryArgs),
    /// Remove jobs with all that is known of them, unless they run
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(SteerArgs),
    /// Give jobs another priority
    #[command(after_help = REPRIORITIZE_EXAMPLES)]
    Reprioritize(ReprioritizeArgs),
}

/// What `windlass jobs ls` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Only jobs with this text in one of their errors
    #[arg(long, value_name = "TEXT")]
    pub(crate) error: Option<String>,
    /// Only jobs that ended at this instant or later
    #[arg(long, value_name = "INSTANT")]
    pub(crate) finished_from: Option<Timestamp>,
    /// Only jobs that ended before this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) finished_before: Option<Timestamp>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
    /// Go on where the page before ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which jobs; all that is given must match.
#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArgs {
    /// Only jobs in this state
    #[arg(long)]
    pub(crate) state: Option<JobState>,
    /// Only jobs of this kind
    #[arg(long)]
    pub(crate) kind: Option<KindName>,
    /// Only jobs of this queue
    #[arg(long)]
    pub(crate) queue: Option<QueueName>,
    /// Only jobs of this tenant
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// Only jobs with this tag
    #[arg(long)]
    pub(crate) tag: Option<Tag>,
    /// Only jobs that were enqueued at this instant or later, like 2026-01-31T09:30:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) created_from: Option<Timestamp>,
    /// Only jobs that were enqueued before this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) created_before: Option<Timestamp>,
}

const LS_EXAMPLES: &str = "\
Examples:
  windlass jobs ls --state retryable
  windlass jobs ls --kind email.send --limit 100 --json
  windlass jobs ls --error 'no such address' --finished-from 2026-01-01T00:00:00Z

Jobs that their queues hold come first, then those that only the history still knows.";

/// What `windlass jobs show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id of the job
    pub(crate) id: JobId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which jobs are steered: those with these ids, those that match, or all.
#[derive(Debug, Args)]
pub(crate) struct SteerArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Some jobs, by id or by what they are.
#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = true, args = [
    "ids", "state", "kind", "queue", "tenant", "tag", "created_from", "created_before", "all",
])]
pub(crate) struct WhichArgs {
    /// Ids of the jobs
    #[arg(conflicts_with_all = ["state", "kind", "queue", "tenant", "tag", "created_from", "created_before", "all"])]
    pub(crate) ids: Vec<JobId>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// All jobs of all queues
    #[arg(long)]
    pub(crate) all: bool,
    /// Count what matches, and change nothing
    #[arg(long, conflicts_with = "ids")]
    pub(crate) dry_run: bool,
}

/// What `windlass jobs retry` takes.
#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    pub(crate) steer: SteerArgs,
    /// Other arguments, as JSON, for one job with an id; `@FILE` reads a file and `-` the standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = [
        "state", "kind", "queue", "tenant", "tag", "created_from", "created_before", "all",
    ])]
    pub(crate) args: Option<String>,
}

/// What `windlass jobs reprioritize` takes.
#[derive(Debug, Args)]
pub(crate) struct ReprioritizeArgs {
    #[command(flatten)]
    pub(crate) steer: SteerArgs,
    /// The new priority: 0 is first, 9 is last
    #[arg(long, value_name = "0-9", value_parser = clap::value_parser!(u8).range(0..=9))]
    pub(crate) priority: u8,
}

const CANCEL_EXAMPLES: &str = "\
Examples:
  windlass jobs cancel 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007
  windlass jobs cancel --kind email.send --tag newsletter --dry-run
  windlass jobs cancel --kind email.send --tag newsletter

Jobs that are chosen by what they are, are steered by a job of their own in the queue `maintenance`. Its progress is
shown; Ctrl-C leaves it running.";

const RETRY_EXAMPLES: &str = "\
Examples:
  windlass jobs retry 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007
  windlass jobs retry 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007 --args @corrected.json
  windlass jobs retry --state discarded --kind email.send";

const DELETE_EXAMPLES: &str = "\
Examples:
  windlass jobs delete 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007
  windlass jobs delete --state discarded --created-before 2026-01-01T00:00:00Z --dry-run";

const REPRIORITIZE_EXAMPLES: &str = "\
Examples:
  windlass jobs reprioritize 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007 --priority 0
  windlass jobs reprioritize --tag newsletter --priority 9";
