use std::num::{NonZeroU16, NonZeroU32};

use clap::{Args, Subcommand};
use windlass_queue::{LimitScope, Scope};
use windlass_shared::{QueueName, TenantId};

use super::length::Length;
use super::words::{Bound, OrNone, OrderWord, RateWord};

/// The ways to look at queues and to steer them.
#[derive(Debug, Subcommand)]
pub(crate) enum QueuesCommand {
    /// List queues
    #[command(after_help = "Example:\n  windlass queues ls")]
    Ls(ListArgs),
    /// Show what holds for a queue, and who works for it
    #[command(after_help = "Example:\n  windlass queues show email")]
    Show(QueueArgs),
    /// Hold up a queue, or a part of it; running jobs go on
    #[command(after_help = PAUSE_EXAMPLES)]
    Pause(PauseArgs),
    /// End a pause or a hold
    #[command(
        after_help = "Examples:\n  windlass queues resume email\n  windlass queues resume email kind:email.send"
    )]
    Resume(ResumeArgs),
    /// Take no new jobs, and work off those that are there
    #[command(after_help = "Example:\n  windlass queues drain email")]
    Drain(QueueArgs),
    /// Take new jobs again
    #[command(after_help = "Example:\n  windlass queues undrain email")]
    Undrain(QueueArgs),
    /// Limit how many jobs run at a time, or start in a time
    #[command(after_help = LIMIT_EXAMPLES)]
    Limit(LimitArgs),
    /// Set the weight and the quota of a tenant
    #[command(after_help = TENANT_EXAMPLES)]
    Tenant(TenantArgs),
    /// Set the order, the bounds and the retention of a queue
    #[command(after_help = POLICY_EXAMPLES)]
    Policy(PolicyArgs),
}

/// What `windlass queues ls` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// One queue.
#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    /// Name of the queue
    pub(crate) queue: QueueName,
    /// Print the queue as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `windlass queues pause` takes.
#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// What is held up: queue, tenant:NAME, kind:NAME or key:NAME
    #[arg(default_value = "queue")]
    pub(crate) scope: Scope,
    /// For how long, like 30s, 5m or 2h [default: until it is resumed]
    #[arg(long = "for", value_name = "LENGTH")]
    pub(crate) lasts: Option<Length>,
    /// Why, for those who wonder
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

const PAUSE_EXAMPLES: &str = "\
Examples:
  windlass queues pause email
  windlass queues pause email kind:email.send --for 10m --note 'the provider is down'
  windlass queues pause email tenant:acme";

/// What `windlass queues resume` takes.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// What goes on: queue, tenant:NAME, kind:NAME or key:NAME
    #[arg(default_value = "queue")]
    pub(crate) scope: Scope,
}

/// What `windlass queues limit` takes. What is left out stays as it is.
#[derive(Debug, Args)]
#[group(id = "limit", required = true, multiple = true, args = ["concurrency", "rate", "burst", "remove"])]
pub(crate) struct LimitArgs {
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// What is limited: queue, tenant:NAME, tenant:* (each), kind:NAME, key:NAME or key:FAMILY:* (each)
    pub(crate) scope: LimitScope,
    /// How many jobs may run at a time, or none for as many as there are
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<OrNone<NonZeroU32>>,
    /// How many jobs may start in a time, like 10/s, 100/1m or 5000/24h, or none for no rate
    #[arg(long, value_name = "N/TIME")]
    pub(crate) rate: Option<OrNone<RateWord>>,
    /// How many may start at once after a time in which none did; 1 for a rate that is new
    #[arg(long, value_name = "N")]
    pub(crate) burst: Option<NonZeroU32>,
    /// Remove the limit
    #[arg(long, conflicts_with_all = ["concurrency", "rate", "burst"])]
    pub(crate) remove: bool,
}

const LIMIT_EXAMPLES: &str = "\
Examples:
  windlass queues limit email queue --concurrency 50
  windlass queues limit email 'tenant:*' --concurrency 5
  windlass queues limit email key:stripe --rate 100/s --burst 20
  windlass queues limit email key:stripe --concurrency 5
  windlass queues limit email key:stripe --rate none
  windlass queues limit email key:stripe --remove

What is not named stays as it is. A first limit for one tenant or key starts from the one for each, and then takes its
place there.";

/// What `windlass queues tenant` takes. What is left out stays as it is.
#[derive(Debug, Args)]
#[group(id = "policy", required = true, multiple = true, args = ["weight", "quota", "remove"])]
pub(crate) struct TenantArgs {
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// Name of the tenant
    pub(crate) tenant: TenantId,
    /// How many jobs its turn gives, 1 (the usual) to 1000
    #[arg(long, value_name = "N")]
    pub(crate) weight: Option<NonZeroU16>,
    /// How many unfinished jobs it may have, or none for what holds for each tenant
    #[arg(long, value_name = "N")]
    pub(crate) quota: Option<Bound>,
    /// Make it a tenant like all others
    #[arg(long, conflicts_with_all = ["weight", "quota"])]
    pub(crate) remove: bool,
}

const TENANT_EXAMPLES: &str = "\
Examples:
  windlass queues tenant email acme --weight 5
  windlass queues tenant email acme --quota 10000
  windlass queues tenant email acme --quota none
  windlass queues tenant email acme --remove

What is not named stays as it is.";

/// What `windlass queues policy` takes. What is left out stays as it is.
#[derive(Debug, Args)]
#[group(id = "change", required = true, multiple = true, args = [
    "order", "max_depth", "tenant_quota", "keep_completed", "keep_completed_most", "keep_failed",
    "keep_failed_most", "keep_results", "keep_as_workers_say",
])]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// What decides first which job is next
    #[arg(long, value_enum)]
    pub(crate) order: Option<OrderWord>,
    /// How many unfinished jobs the queue holds at most, or none for no bound
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<Bound>,
    /// How many of them any one tenant may have, or none for no bound
    #[arg(long, value_name = "N")]
    pub(crate) tenant_quota: Option<Bound>,
    /// How long completed jobs are kept, like 24h or 7d
    #[arg(long, value_name = "LENGTH")]
    pub(crate) keep_completed: Option<Length>,
    /// How many completed jobs are kept
    #[arg(long, value_name = "N")]
    pub(crate) keep_completed_most: Option<u32>,
    /// How long cancelled and discarded jobs are kept
    #[arg(long, value_name = "LENGTH")]
    pub(crate) keep_failed: Option<Length>,
    /// How many cancelled, and how many discarded jobs are kept
    #[arg(long, value_name = "N")]
    pub(crate) keep_failed_most: Option<u32>,
    /// How long results are kept; they go with their jobs at the latest
    #[arg(long, value_name = "LENGTH")]
    pub(crate) keep_results: Option<Length>,
    /// Keep finished jobs for as long as the workers say
    #[arg(long, conflicts_with_all = [
        "keep_completed", "keep_completed_most", "keep_failed", "keep_failed_most", "keep_results",
    ])]
    pub(crate) keep_as_workers_say: bool,
}

const POLICY_EXAMPLES: &str = "\
Examples:
  windlass queues policy email --order priority-first
  windlass queues policy email --max-depth 1000000 --tenant-quota 50000
  windlass queues policy email --max-depth none --keep-completed 7d";
