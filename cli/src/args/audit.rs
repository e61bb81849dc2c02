use std::num::NonZeroU16;

use clap::Args;
use windlass_shared::{TenantId, Timestamp};

pub(super) const EXAMPLES: &str = "\
Examples:
  windlass audit
  windlass audit --organization acme --action jobs.cancel
  windlass audit --actor key:k7m2p9xa --from 2026-01-31T00:00:00Z --json";

/// What `windlass audit` takes.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Only what was done to things of this organization
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) organization: Option<TenantId>,
    /// Only what this one did: `key:ID`, `user:SUB`, `configuration` or `cli`
    #[arg(long, value_name = "ACTOR")]
    pub(crate) actor: Option<String>,
    /// Only this action, like `jobs.cancel`
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only what was done to this, like the id of a job
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: Option<String>,
    /// Only what began at this instant or later
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<Timestamp>,
    /// Only what began before this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) before: Option<Timestamp>,
    /// How many entries at most, the newest first
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) limit: NonZeroU16,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
