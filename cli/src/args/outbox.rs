use std::num::NonZeroU32;

use clap::{Args, Subcommand};
use windlass_store::outbox::OutboxId;

/// What can be done about the outbox.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Show how much waits, and the rows that were refused with their errors
    #[command(after_help = "Example:\n  windlass outbox ls --json")]
    Ls(OutboxListArgs),
    /// Let refused rows be tried again
    #[command(after_help = "Examples:\n  windlass outbox retry 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007\n  \
                            windlass outbox retry --all")]
    Retry(OutboxRowsArgs),
    /// Remove refused rows; their jobs will never be
    #[command(after_help = "Example:\n  windlass outbox rm 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
    Rm(OutboxRowsArgs),
}

/// What `windlass outbox ls` takes.
#[derive(Debug, Args)]
pub(crate) struct OutboxListArgs {
    /// Show at most so many
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) limit: NonZeroU32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which refused rows.
#[derive(Debug, Args)]
pub(crate) struct OutboxRowsArgs {
    /// Ids of the rows
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) ids: Vec<OutboxId>,
    /// All that were refused
    #[arg(long)]
    pub(crate) all: bool,
}
